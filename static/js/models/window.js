// @ts-check
/**
 * Which rows stand in the page: so many around the reader. Those far below wait in a fragment, where what happens to
 * them still finds them; those far above go, and are asked for again. What is selected, focused or linked to stays,
 * and so do all between it and the reader.
 */

import { all, element, gettext, one } from "../helpers/page.js";

const KEPT = 200;
const STEP = 50;
/** Copies of messages on their way stay last. */
const COPY = ":is([data-state=pending], [data-state=failed])";
/** All that stands before them. */
const SETTLED = `:scope > :not(.newer, .message-list__empty, ${COPY})`;

/** Takes rows away where most are out of view. @param {HTMLElement} list @param {DocumentFragment} below */
export function fit(list, below) {
  const { top, bottom } = list.getBoundingClientRect();
  const rows = all(list, `:scope > [data-message]:not(${COPY})`);
  const boxes = rows.map((row) => row.getBoundingClientRect());
  const over = rows.length - KEPT;
  const above = boxes.filter((box) => box.bottom <= top).length;
  const beneath = boxes.filter((box) => box.top >= bottom).length;
  const held = rows.map(isHeld);
  if (above > beneath) {
    const first = held.indexOf(true);
    const going = Math.min(over, above, first < 0 ? above : first);
    if (going) drop(list, rows[going]);
  } else {
    park(list, below, rows[Math.max(rows.length - Math.min(over, beneath), held.lastIndexOf(true) + 1)]);
  }
}

/** Brings the next rows back. @param {HTMLElement} list @param {DocumentFragment} below */
export function unpark(list, below) {
  const button = one(list, ":scope > .newer");
  const last = all(below, "[data-message]").at(STEP - 1);
  const nodes = [...below.childNodes];
  button.before(...(last ? nodes.slice(0, nodes.indexOf(last) + 1) : nodes));
  if (!one(below, "[data-message]")) button.replaceWith(below); // a day's line may be left, of a row that has gone
}

/**
 * Brings the last rows back; those between go, unless something must stay.
 * @param {HTMLElement} list @param {DocumentFragment} below
 */
export function unparkLast(list, below) {
  const first = all(below, "[data-message]").at(-KEPT);
  if (first && !all(list, ":scope > [data-message]").some(isHeld)) {
    for (const node of all(list, SETTLED)) node.remove();
    while (below.firstChild !== first) below.firstChild?.remove();
    first.before(linkAbove(list, first));
  }
  one(list, ":scope > .newer").replaceWith(below);
}

/** @param {HTMLElement} row */
function isHeld(row) {
  const selection = getSelection();
  const selected = selection && !selection.isCollapsed && selection.containsNode(row, true);
  return selected || row.contains(document.activeElement) || row.matches(":target");
}

/** @param {HTMLElement} list @param {HTMLElement} first that stays */
function drop(list, first) {
  const nodes = all(list, SETTLED);
  for (const node of nodes.slice(0, nodes.indexOf(first))) node.remove();
  first.before(linkAbove(list, first));
}

/**
 * Always one of its own: what another has asked for belongs elsewhere.
 * @param {HTMLElement} list @param {HTMLElement} row
 */
function linkAbove(list, { dataset: { message, created } }) {
  const query = new URLSearchParams({ before: String(message), at: String(created) });
  const link = element("a", "older", gettext("Show earlier messages"));
  link.href = `/conversations/${list.closest("section")?.dataset.conversation}/messages/?${query}`;
  return link;
}

/** @param {HTMLElement} list @param {DocumentFragment} below @param {Element | undefined} first that goes */
function park(list, below, first) {
  if (!first) return;
  while (first.previousElementSibling?.matches(".day, .unread")) first = first.previousElementSibling;
  const words = gettext("Show later messages");
  const button = one(list, ":scope > .newer") ?? element("button", "newer button button--quiet", words);
  button.type = "button";
  const nodes = all(list, SETTLED);
  first.before(button);
  below.prepend(...nodes.slice(nodes.indexOf(first)));
}
