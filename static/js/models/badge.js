// @ts-check
/**
 * How much is unread, in the tab's title and icon and on the installed app. The rows of the sidebar are the one source;
 * what becomes more there is news, and `elements/notifier.js` tells of it.
 */

import { all, on, one, setBadge } from "../helpers/page.js";
import { decide, isNews, remembered } from "./notices.js";

const title = one(document, "title");
const icon = one(document, "link[rel=icon]");
const usual = icon.getAttribute("href");
let shown = "";
/** How each conversation stood when something in it was last told. @type {Map<string, import("./notices.js").Standing>} */
const told = new Map();

const rows = () => all(document, "#conversation-list > .conversation");

/** @param {HTMLElement} row @returns {import("./notices.js").Standing} */
function standing({ dataset: { newest = "", order, unread = "" } }) {
  return { newest, order: Number(order), unread };
}

function show() {
  const counted = rows().filter(({ dataset }) => decide({ muted: "muted" in dataset, read: !dataset.unread }, {}).badge);
  const numbers = counted.map((row) => row.dataset.unread);
  const sum = numbers.reduce((before, number) => before + parseInt(number, 10), 0);
  const words = document.title.startsWith(shown) ? document.title.slice(shown.length) : document.title;
  shown = sum ? `(${sum}${numbers.some((number) => number.endsWith("+")) ? "+" : ""}) ` : "";
  if (document.title !== shown + words) document.title = shown + words;
  const wanted = sum ? icon.dataset.unread : usual;
  if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
  setBadge(sum);
}

/** Takes in how the conversations stand: where something has come, and in which nothing is unread any more. */
function compare() {
  const at = Date.now();
  const read = new Set([...told].filter(([, { unread }]) => unread).map(([id]) => id));
  const news = rows().filter((row) => {
    const { conversation } = row.dataset;
    const now = standing(row);
    const before = told.get(conversation) ?? { newest: "", order: 0, unread: "" };
    told.set(conversation, remembered(now, before, at));
    if (now.unread) read.delete(conversation);
    return isNews(now, before, at);
  });
  for (const id of read) told.set(id, { ...told.get(id), unread: "" });
  return { news, read };
}

for (const row of rows()) told.set(row.dataset.conversation, standing(row));
on("conversations:placed", async () => {
  show();
  const { news, read } = compare();
  const visible = read.size && globalThis.Notification?.permission === "granted";
  if (news.length || visible) (await import("../elements/notifier.js")).heard(news, read);
});
new MutationObserver(show).observe(title, { childList: true });
show();
