// @ts-check
/** The shortcuts in a dialog over the page: the same table as on their own page. */

import { gettext, on, one, parse, request, say } from "../helpers/page.js";

/** @type {HTMLDialogElement | null} */
let dialog = null;

export async function show() {
  dialog ??= await fetched();
  if (!dialog) return say(gettext("The portal can't be reached. Check the connection and try again."));
  if (!one(document, "dialog[open]")) dialog.showModal();
}

// What Enter does may be another thing now.
on("preferences:changed", () => {
  dialog?.remove();
  dialog = null;
});

async function fetched() {
  one(document, "#dialogs-sheet").disabled = false;
  const response = await request("/shortcuts/").catch(() => null);
  const found = response?.ok && one(parse(await response.text()), "dialog");
  if (!found) return null;
  // A click beside it closes it.
  found.addEventListener("click", (/** @type {Event} */ { target }) => target === found && found.close());
  document.body.append(found);
  return found;
}
