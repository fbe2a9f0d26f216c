// @ts-check
/**
 * The page's keys. What they do is loaded with the first use. None has Ctrl and Alt, which is how Windows says AltGr:
 * people type letters with it. templates/chat/shortcuts/_shortcuts.html tells of all of them.
 */

import { element, gettext, one } from "../helpers/page.js";

const mac = /^(Mac|iP)/.test(navigator.platform);
const help = async () => (await import("./shortcuts-help.js")).show();

/** One promise for all: of several imports under way the later may come first. @type {Promise<any> | undefined} */
let loaded;

/** @param {keyof typeof import("./moving.js")} name @param {1 | -1} [by] onward or back */
const moving = (name, by) => async () => {
  loaded ??= import("./moving.js");
  loaded.catch(() => (loaded = undefined));
  (await loaded)[name](by);
};

/** @type {Record<string, (() => unknown) | undefined>} */
const does = {
  "Main+k": openSwitcher,
  "Alt+ArrowDown": moving("step", 1),
  "Alt+ArrowUp": moving("step", -1),
  "Alt+Shift+ArrowDown": moving("stepUnread", 1),
  "Alt+Shift+ArrowUp": moving("stepUnread", -1),
  F6: moving("cross", 1),
  "Shift+F6": moving("cross", -1),
  Escape: moving("markRead"),
  "?": help,
};

/** Where a key is the browser's, or something else's. @type {Record<string, string | undefined>} */
const notIn = {
  "Alt+ArrowDown": "select",
  "Alt+ArrowUp": "select",
  Escape: "header.topbar, #sidebar, .page-pane",
  "?": "input, textarea, select, [contenteditable]",
};

/** What was open when the key went down: Escape may have closed it since. @type {Element | null} */
let open = null;

/** @param {KeyboardEvent} event */
function chord({ ctrlKey, metaKey, altKey, shiftKey, key, code }) {
  const [main, other] = mac ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  // A letter is the one of the Latin alphabet at its place, whatever alphabet is written; "?" may need Shift.
  const name = key.length > 1 ? key : /^Key/.test(code) && key > "~" ? code.slice(3).toLowerCase() : key.toLowerCase();
  const held = [main && "Main", other && "Other", altKey && "Alt", shiftKey && name !== "?" && "Shift"];
  return [...held.filter(Boolean), name].join("+");
}

/** @param {Event} event */
function pressed(event) {
  // Browsers that fill in forms send events of that name without a key.
  if (!(event instanceof KeyboardEvent) || event.defaultPrevented || event.repeat) return;
  if (event.isComposing || event.keyCode === 229 || event.getModifierState("AltGraph")) return;
  const keys = chord(event);
  const act = does[keys];
  const elsewhere = notIn[keys];
  if (!act || open || (elsewhere && event.target instanceof Element && event.target.closest(elsewhere))) return;
  event.preventDefault();
  act();
}

/** It opens at once, so that what is typed next is typed there; the rest of it follows. */
async function openSwitcher() {
  one(document, "#dialogs-sheet").disabled = false;
  const dialog = element("dialog", "switcher", "");
  const input = element("input", "switcher__input", "");
  input.placeholder = gettext("Go to a person or a conversation");
  for (const named of [dialog, input]) named.setAttribute("aria-label", input.placeholder);
  dialog.append(input);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  try {
    (await import("./switcher.js")).fill(dialog);
  } catch (trouble) {
    dialog.close();
    throw trouble;
  }
}

addEventListener("keydown", () => (open = one(document, "dialog[open], details.menu[open]")), true);
addEventListener("keydown", pressed);
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest('a[href="/shortcuts/"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("details")?.querySelector("summary")?.focus(); // where the focus returns to
  help();
});
