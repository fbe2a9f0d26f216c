// @ts-check
/** Menus are <details>: the browser opens them and closes one for another. Escape, a choice and a click beside close too. */

const open = () => /** @type {HTMLDetailsElement | null} */ (document.querySelector("details.menu[open]"));

/** @param {HTMLDetailsElement | null} menu @param {boolean} [refocus] */
function close(menu, refocus) {
  if (!menu) return;
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  if (refocus && inside) menu.querySelector("summary")?.focus();
}

document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element) || !target.closest("details.menu") || target.closest(".menu__item")) close(open());
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open()) close(open(), true);
});
