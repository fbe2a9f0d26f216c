// @ts-check
/** The shortcuts in a dialog over the page: the same table as on their own page. */

import { fetched } from "../helpers/fetched.js";
import { on, one } from "../helpers/page.js";
import { unreachable } from "../helpers/trouble.js";

/** @type {HTMLDialogElement | null} */
let dialog = null;

export async function show() {
  dialog ??= await made();
  if (!dialog) return unreachable();
  if (!one(document, "dialog[open]")) dialog.showModal();
}

// What Enter does may be another thing now.
on("preferences:changed", () => {
  dialog?.remove();
  dialog = null;
});

async function made() {
  one(document, "#dialogs-sheet").disabled = false;
  const page = await fetched("/shortcuts/");
  const found = page && one(page, "dialog");
  if (!found) return null;
  // A click beside it closes it.
  found.addEventListener("click", (/** @type {Event} */ { target }) => target === found && found.close());
  document.body.append(found);
  return found;
}
