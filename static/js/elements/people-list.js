// @ts-check
/**
 * The people and the card of one: what changes by itself, and fewer of them while one types. Without scripts, pages and
 * a GET form.
 */

import { fetched } from "../helpers/fetched.js";
import { narrow } from "../helpers/narrow.js";
import { refreshPane } from "../helpers/pane.js";
import { all, on, one, patch } from "../helpers/page.js";

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
  const shown = one(document, "#people");
  if (!shown) return refreshPane(keepLookedAt);
  const page = await fetched("/people/");
  const fresh = page && one(page, "#people");
  if (fresh && shown.isConnected) place(shown, fresh);
}

/**
 * What one accepts stays the key that one has looked at, also should it change in the last moment: then the portal says
 * so and asks to compare again.
 * @param {Element} fresh @param {Element} shown
 */
function keepLookedAt(fresh, shown) {
  const [offered, lookedAt] = [fresh, shown].map((card) => one(card, "[name=accept]"));
  if (offered && lookedAt) offered.value = lookedAt.value;
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
  const wanted = one(document, "#people-q")?.value ?? "";
  narrow(all(document, "#people > [data-person]"), ".people__name", wanted, one(document, "#people-none"));
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
