// @ts-check
/** Long messages open below their first lines and fold above their button. */

import { all, one } from "../helpers/page.js";

/** Lists that are watched already. @type {WeakSet<Element>} */
const watched = new WeakSet();

/** @param {HTMLElement} list @param {import("./scroll-keeper.js").ScrollKeeper} keeper */
export function watchFolds(list, keeper) {
  if (watched.has(list)) return;
  watched.add(list);

  /** @param {any} target */
  function fold(target) {
    const button = target.closest(".message__fold");
    if (!button) return;
    const row = button.parentElement;
    const anchor = row.classList.contains("message--open") ? button : row;
    keeper.hold(anchor, () => row.classList.toggle("message--open"));
  }

  /** The browser has scrolled a folded text, to what it found or to what got the focus. @param {any} text */
  function found(text) {
    const by = text.scrollTop;
    if (text === list || !by) return;
    text.scrollTop = 0;
    fold(one(text.parentElement, ".message__fold"));
    list.scrollTop += by;
  }

  list.addEventListener("click", ({ target }) => fold(target));
  list.addEventListener("scroll", ({ target }) => found(target), true);
  all(list, ".message__text").forEach(found); // an address may have found something before this was here
}
