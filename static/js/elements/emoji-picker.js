// @ts-check
/** The emoji picker: a dialog over the composer. What is chosen goes in where the caret stands. */

import { all, element, gettext, one, plain } from "../helpers/page.js";
import { styled } from "../helpers/sheet.js";
import { groups } from "../models/emoji.js";

const dialog = element("dialog", "emoji-picker", "");
const search = element("input", "emoji-picker__search", "");
const list = element("div", "emoji-picker__list", "");
/** The composer it writes into. @type {HTMLTextAreaElement} */
let box;

/** @param {HTMLElement} button @param {HTMLTextAreaElement} text */
export async function open(button, text) {
  box = text;
  await styled(button.dataset.sheet);
  dialog.close();
  button.closest("composer-form")?.append(dialog);
  place();
  search.value = "";
  filter();
  dialog.showModal();
  list.scrollTop = 0;
  // A search field would bring up a keyboard over the emoji.
  if (matchMedia("(pointer: fine)").matches) search.focus();
  else shown()[0].focus();
}

/** Above its button, wherever a keyboard that comes or goes moves that. */
function place() {
  const { top } = one(dialog.parentElement, ".composer__emoji").getBoundingClientRect();
  dialog.style.insetBlockEnd = `${document.documentElement.clientHeight - top + 12}px`;
}

/** @returns {HTMLElement[]} */
const shown = () => all(list, ".emoji-picker__emoji:not([hidden])");

/** @param {HTMLElement | undefined} emoji */
function choose(emoji) {
  if (!emoji) return;
  dialog.close();
  box.setRangeText(emoji.textContent ?? "", box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

/** Shows those of whose words some begin with each of the words typed. */
function filter() {
  const typed = plain(search.value).split(/\s+/);
  for (const emoji of all(list, ".emoji-picker__emoji")) {
    const words = plain(emoji.title).split(" ");
    emoji.hidden = !typed.every((/** @type {string} */ start) => words.some((word) => word.startsWith(start)));
  }
  stop(shown()[0]);
}

/** Only one of them is a stop of the Tab key. @param {HTMLElement | undefined} emoji */
function stop(emoji) {
  for (const other of all(list, "[tabindex='0']")) other.tabIndex = -1;
  if (emoji) emoji.tabIndex = 0;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.isComposing) return;
  const { key, target } = event;
  const emoji = shown();
  const here = emoji.indexOf(/** @type {HTMLElement} */ (target));
  const forward = getComputedStyle(list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (target === search) {
    if (key === "ArrowDown") emoji[0]?.focus();
    else if (key === "Enter" && search.value) choose(emoji[0]);
    else if (key !== "Enter") return;
  } else if (key === "ArrowLeft" || key === "ArrowRight") emoji[here + (key === forward ? 1 : -1)]?.focus();
  else if (key === "ArrowDown") beside(emoji, here, 1)?.focus();
  else if (key === "ArrowUp") (beside(emoji, here, -1) ?? search).focus();
  else if (key === "Home") emoji[0].focus();
  else if (key === "End") emoji.at(-1)?.focus();
  else return;
  event.preventDefault();
}

/** The one nearest in the row above or below. @param {HTMLElement[]} emoji @param {number} here @param {1 | -1} way */
function beside(emoji, here, way) {
  const { top, left } = emoji[here].getBoundingClientRect();
  const far = emoji
    .map((other) => ({ other, box: other.getBoundingClientRect() }))
    .filter(({ box }) => (box.top - top) * way > 1)
    .sort((a, b) => (a.box.top - b.box.top) * way || Math.abs(a.box.left - left) - Math.abs(b.box.left - left));
  return far[0]?.other;
}

dialog.setAttribute("aria-label", gettext("Emoji"));
search.type = "search";
search.placeholder = gettext("Find an emoji");
search.setAttribute("aria-label", search.placeholder);
for (const { name, emoji } of groups) {
  const group = element("section", "emoji-picker__group", "");
  group.setAttribute("aria-label", name);
  group.append(element("h3", "emoji-picker__name", name));
  for (const [picture, title] of emoji) {
    const button = Object.assign(element("button", "emoji-picker__emoji", picture), { type: "button", title, tabIndex: -1 });
    button.setAttribute("aria-label", title);
    group.append(button);
  }
  list.append(group);
}
const status = element("div", "", "");
status.setAttribute("role", "status");
status.append(element("p", "emoji-picker__none", gettext("Nothing matches.")));
list.append(status);
dialog.append(search, list);

search.addEventListener("input", filter);
globalThis.visualViewport?.addEventListener("resize", () => dialog.open && place());
dialog.addEventListener("keydown", pressed);
list.addEventListener("focusin", ({ target }) => stop(target));
dialog.addEventListener("click", ({ target }) => {
  if (target === dialog) dialog.close(); // beside it
  else choose(target.closest(".emoji-picker__emoji"));
});
