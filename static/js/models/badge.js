// @ts-check
/** How much is unread, in the tab's title and icon. The rows of the sidebar are the one source; muted ones don't count. */

import { all, on, one } from "../helpers/page.js";

const title = one(document, "title");
const icon = one(document, "link[rel=icon]");
const usual = icon.getAttribute("href");
let shown = "";

function show() {
  const numbers = all(document, "#conversation-list > [data-unread]:not([data-muted])").map((row) => row.dataset.unread);
  const sum = numbers.reduce((before, number) => before + parseInt(number, 10), 0);
  const words = document.title.startsWith(shown) ? document.title.slice(shown.length) : document.title;
  shown = sum ? `(${sum}${numbers.some((number) => number.endsWith("+")) ? "+" : ""}) ` : "";
  if (document.title !== shown + words) document.title = shown + words;
  const wanted = sum ? icon.dataset.unread : usual;
  if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
}

on("conversations:placed", show);
new MutationObserver(show).observe(title, { childList: true });
show();
