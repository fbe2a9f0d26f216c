// @ts-check
/** The quick switcher: a few letters of a name lead to a person or a conversation. */

import { element, gettext, one } from "../helpers/page.js";
import { conversations, fitting, people } from "../models/places.js";

/** @typedef {import("../models/places.js").Place} Place */

/** @param {HTMLDialogElement} dialog with its input, in which somebody may be writing already */
export async function fill(dialog) {
  const input = one(dialog, "input");
  const list = element("ul", "switcher__list", "");
  const note = element("p", "switcher__note", "");
  /** @type {Place[]} */
  let places = [];
  /** @type {Place[]} */
  let shown = [];
  let at = 0;
  let complete = false;

  /** @param {Place} [active] */
  function show(active) {
    shown = fitting(places, input.value);
    list.replaceChildren(...shown.map(option));
    list.hidden = !shown.length;
    note.textContent = complete && !shown.length ? gettext("Nothing matches.") : "";
    input.setAttribute("aria-expanded", String(!list.hidden));
    activate(Math.max(0, active ? shown.indexOf(active) : 0));
  }

  /** @param {number} index */
  function activate(index) {
    at = index;
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  function choose(index) {
    const place = shown[index];
    if (!place) return;
    dialog.close();
    go(place);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (event.isComposing || event.keyCode === 229 || altKey || shiftKey) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
    if (ctrlKey || metaKey) {
      if (key !== "k") return;
      dialog.close();
    } else if (key === "Enter") choose(at);
    else if (to !== undefined && shown.length) activate((to + shown.length) % shown.length);
    else return;
    event.preventDefault();
  }

  /** @param {Place[]} more */
  function add(more) {
    const known = new Set(places.map(({ href }) => href));
    const active = shown[at];
    places = [...places, ...more.filter(({ href }) => !known.has(href))];
    show(active);
  }

  list.id = "switcher-list";
  label(list, { role: "listbox", "aria-label": gettext("People and conversations") });
  label(input, { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id });
  label(input, { autocomplete: "off", spellcheck: "false" });
  label(note, { role: "status" });
  dialog.append(list, note);
  input.addEventListener("input", () => show());
  input.addEventListener("keydown", pressed);
  list.addEventListener("mousedown", (/** @type {Event} */ event) => event.preventDefault()); // the focus stays
  dialog.addEventListener("click", ({ target }) => {
    const row = target instanceof Element && target.closest("[role=option]");
    if (row) choose([...list.children].indexOf(row));
    else if (target === dialog) dialog.close();
  });

  // What had the focus before may have gone with another conversation by then.
  dialog.addEventListener("close", () => {
    if (document.activeElement === document.body) one(document, "composer-form textarea")?.focus({ preventScroll: true });
  });

  for (const ask of [conversations, people]) add(await ask().catch(() => []));
  complete = true;
  show(shown[at]);
}

/** @param {Place} place @param {number} i */
function option({ name, avatar, detail }, i) {
  const row = element("li", "switcher__option", "");
  row.id = `switcher-${i}`;
  row.setAttribute("role", "option");
  const words = element("span", "switcher__name", "");
  words.append(element("bdi", "", name));
  row.append(avatar.cloneNode(true), words, element("span", "switcher__detail", detail));
  return row;
}

/** As if it had been chosen in the list, where it has a row there. @param {Place} place */
function go({ href }) {
  const link = one(document, `.conversation__link[href="${CSS.escape(href)}"]`);
  if (!link) return location.assign(href);
  link.focus(); // so that the composer takes it over
  link.click();
}

/** @param {Element} one @param {Record<string, string>} attributes */
function label(one, attributes) {
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
}
