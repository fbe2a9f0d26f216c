// @ts-check
/**
 * The page's keys. What they do is loaded with the first use. None has Ctrl and Alt, which is how Windows says AltGr:
 * people type letters with it. templates/chat/shortcuts/index.html tells of all of them.
 */

import { element, gettext, one } from "../helpers/page.js";

const mac = /^(Mac|iP)/.test(navigator.platform);
const moving = () => import("./moving.js");
const help = async () => (await import("./shortcuts-help.js")).show();

/** @type {Record<string, (() => unknown) | undefined>} */
const does = {
  "Main+k": openSwitcher,
  "Alt+ArrowDown": async () => (await moving()).step(1),
  "Alt+ArrowUp": async () => (await moving()).step(-1),
  "Alt+Shift+ArrowDown": async () => (await moving()).stepUnread(1),
  "Alt+Shift+ArrowUp": async () => (await moving()).stepUnread(-1),
  F6: async () => (await moving()).cross(1),
  "Shift+F6": async () => (await moving()).cross(-1),
  Escape: async () => (await moving()).markRead(),
  "?": help,
};

/** Where a key is the browser's, or something else's. @type {Record<string, string | undefined>} */
const notIn = {
  "Alt+ArrowDown": "select",
  "Alt+ArrowUp": "select",
  Escape: "header.topbar, #sidebar",
  "?": "input, textarea, select, [contenteditable]",
};

/** What was open when the key went down: Escape may have closed it since. @type {Element | null} */
let open = null;

/** @param {KeyboardEvent} event */
function chord({ ctrlKey, metaKey, altKey, shiftKey, key, code }) {
  const [main, other] = mac ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  // A letter is the one of the Latin alphabet at its place, whatever alphabet is written; "?" may need Shift.
  const name = key.length > 1 ? key : /^Key/.test(code) && key > "~" ? code.slice(3).toLowerCase() : key.toLowerCase();
  const held = { Main: main, Other: other, Alt: altKey, Shift: shiftKey && name !== "?" };
  return [...Object.entries(held).flatMap(([name, is]) => (is ? name : [])), name].join("+");
}

/** @param {Event} event */
function pressed(event) {
  // Browsers that fill in forms send events of that name without a key.
  if (!(event instanceof KeyboardEvent) || event.defaultPrevented || event.repeat) return;
  if (event.isComposing || event.keyCode === 229 || event.getModifierState("AltGraph")) return;
  const name = chord(event);
  const target = event.target instanceof Element ? event.target : document.body;
  if (!Object.hasOwn(does, name) || open || target.closest(notIn[name] ?? "dialog")) return;
  event.preventDefault();
  does[name]?.();
}

/** It opens at once, so that what is typed next is typed there; the rest of it follows. */
async function openSwitcher() {
  one(document, "#dialogs-sheet").disabled = false;
  const dialog = element("dialog", "switcher", "");
  const input = element("input", "switcher__input", "");
  input.ariaLabel = input.placeholder = gettext("Go to a person or a conversation");
  input.autocomplete = "off";
  input.spellcheck = false;
  dialog.append(input);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  (await import("./switcher.js")).fill(dialog);
}

addEventListener("keydown", () => (open = one(document, "dialog[open], details.menu[open]")), true);
addEventListener("keydown", pressed);
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest('a[href="/shortcuts/"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  one(/** @type {Element} */ (link.closest("details")), "summary").focus(); // where the focus returns to
  help();
});
