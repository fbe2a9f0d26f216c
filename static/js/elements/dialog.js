// @ts-check
/** A page's own part in a dialog over the page that is open. Where that fails, the page itself. */

import { fetched } from "../helpers/fetched.js";
import { process } from "../helpers/htmx.js";
import { element, gettext, on, one, shownConversation } from "../helpers/page.js";
import { styled } from "../helpers/sheet.js";

/** @returns {HTMLDialogElement} it stays in the page when it is closed: an answer may still be on its way to its form */
function made() {
  const dialog = element("dialog", "dialog", "");
  // A choice closes it, and so do a click beside it and going on to another conversation.
  dialog.addEventListener("submit", () => dialog.close());
  on("conversation:changed", () => dialog.close());
  dialog.addEventListener("click", (/** @type {MouseEvent} */ { target }) => target === dialog && dialog.close());
  document.body.append(dialog);
  return dialog;
}

/** @param {HTMLAnchorElement} link */
export async function show(link) {
  const about = shownConversation();
  const page = await fetched(link.href);
  await styled(page && one(page, "link")?.getAttribute("href"));
  if (about !== shownConversation()) return;
  if (!page) return location.assign(link.href);
  const heading = element("h2", "", link.textContent.replace("…", ""));
  heading.id = "dialog-title";
  const close = element("button", "dialog__close button", gettext("Cancel"));
  close.type = "button";
  const dialog = one(document, "dialog.dialog") ?? made();
  close.onclick = () => dialog.close();
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.replaceChildren(heading, page, close);
  process(dialog);
  dialog.showModal();
}
