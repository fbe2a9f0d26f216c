// @ts-check
/** Menus are <details>: the browser opens them and closes one for another. Escape, a choice and a click beside close too. */

const open = () => /** @type {HTMLDetailsElement | null} */ (document.querySelector("details.menu[open]"));

function close() {
  const menu = open();
  if (menu?.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  if (menu) menu.open = false;
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  // Later: htmx forgets the button when it loses the focus.
  if (!target.closest("details.menu") || target.closest(".menu__item")) setTimeout(close);
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest("[data-dialog]"));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  import("../elements/dialog.js").then(({ show }) => show(link)).catch(() => location.assign(link.href));
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") close();
});
// Who goes on by keyboard has left it.
document.addEventListener("focusin", ({ target }) => {
  const menu = open();
  const focused = /** @type {Node} */ (target);
  // What is around it gets the focus where it is pressed itself, beside its items or, in some browsers, on them.
  if (menu && !menu.contains(focused) && !focused.contains(menu)) menu.open = false;
});
