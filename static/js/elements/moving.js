// @ts-check
/** Moving about by keyboard: from conversation to conversation, between the page's regions, and to the end. */

import { posted } from "../helpers/fetched.js";
import { all, on, one } from "../helpers/page.js";

/** The row that is being opened, for who presses again before it is. @type {HTMLElement | null} */
let next = null;
for (const over of ["conversation:changed", "navigation:failed"]) on(over, () => (next = null));

const rows = () => all(document, "#conversation-list > [data-conversation]:not([hidden])");

/** @param {HTMLElement} row */
const isCurrent = (row) => (next ? row === next : Boolean(one(row, "a[aria-current]")));

/** @param {HTMLElement} row */
const isUnread = ({ dataset }) => "unread" in dataset && !("muted" in dataset);

/** The conversation below or above, as the list shows them. @param {1 | -1} by */
export function step(by) {
  const list = rows();
  const at = list.findIndex(isCurrent);
  go(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by]);
}

/** The unread one below or above, and from the list's end on at its other end. @param {1 | -1} by */
export function stepUnread(by) {
  const list = by > 0 ? rows() : rows().reverse();
  const at = list.findIndex(isCurrent);
  go([...list.slice(at + 1), ...list.slice(0, Math.max(at, 0))].find(isUnread));
}

/** @param {HTMLElement | undefined} row */
function go(row) {
  if (!row) return;
  next = row;
  row.scrollIntoView({ block: "nearest" });
  one(row, "a").click();
}

/** What F6 leads to, in the page's order: each region, and what in it gets the focus. */
const regions = () =>
  [
    ["#sidebar", ".conversation:not([hidden]) a[aria-current]", "#filter"],
    ["message-list"],
    ["composer-form", "textarea"],
    [".page-pane__content", ":is(a, button, input, select, textarea, summary):not([type=hidden], [tabindex='-1'])"],
  ]
    .map(([region, ...targets]) => {
      const inside = targets.map((target) => one(document, `${region} ${target}`)).find(Boolean);
      return { region: one(document, region), target: inside ?? one(document, region) };
    })
    .filter(({ target }) => target?.getClientRects().length);

/** The region after or before this one. @param {1 | -1} by */
export function cross(by) {
  const list = regions();
  const at = list.findIndex(({ region }) => region.contains(document.activeElement));
  const to = at < 0 && by < 0 ? list.length - 1 : (at + by + list.length) % list.length;
  list[to]?.target.focus();
}

/** All of the conversation on screen counts as read, and its end is shown. */
export async function markRead() {
  const pane = one(document, "#conversation[data-conversation]");
  if (!pane) return;
  one(pane, ".jump-to-latest").click(); // first, or the last row may not be in the page
  const row = all(pane, "message-list > [data-message]:not([data-state=pending], [data-state=failed])").at(-1);
  if (!row) return;
  await posted(`/conversations/${pane.dataset.conversation}/read/`, { message: row.dataset.message });
}
