// @ts-check
/** The people: their presence by itself, and fewer of them while one types. Without scripts, a page and a GET form. */

import { all, on, one, parse, patch, plain, request } from "../helpers/page.js";

const PAUSE = 300;
let due = false;
let busy = false;

/** What the server says of them now, one look after the other; many changes at once are one look. */
async function refresh() {
  due = true;
  if (busy) return;
  for (busy = true; due; await look()) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    due = false;
  }
  busy = false;
}

async function look() {
  const shown = one(document, "#people, #presence");
  if (!shown) return;
  const response = await request(shown.id === "people" ? "/people/" : location.pathname).catch(() => null);
  const fresh = response?.ok && one(parse(await response.text()), `#${shown.id}`);
  if (!fresh || !shown.isConnected) return;
  if (shown.id === "people") place(shown, fresh);
  else patch(shown, fresh);
}

/**
 * Each row stays the person's own, wherever it moves: so does the focus in it.
 * @param {Element} list @param {Element} fresh
 */
function place(list, fresh) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  list.removeAttribute("data-q");
  const rows = [...fresh.children].map((row) => {
    const known = row.id && one(list, `#${CSS.escape(row.id)}`);
    if (known) patch(known, row);
    return known || row;
  });
  for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
  rows.forEach((row, i) => list.children[i] !== row && list.insertBefore(row, list.children[i] ?? null));
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  filter();
}

function filter() {
  const wanted = plain(one(document, "#people-q")?.value.trim() ?? "");
  const rows = all(document, "#people > [data-person]");
  for (const row of rows) row.hidden = !plain(one(row, ".people__name").textContent).includes(wanted);
  const none = one(document, "#people-none");
  if (none) none.hidden = !wanted || rows.some((row) => !row.hidden);
}

on("live:event", ({ people }) => people && refresh());
on("live:list", refresh);
document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.id !== "people-q") return;
  // A list the server has filtered is not the whole list.
  if (one(document, "#people[data-q]")) refresh();
  else filter();
});
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.id === "people-filter") event.preventDefault();
});
