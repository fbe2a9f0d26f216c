// @ts-check
/**
 * The rows of a conversation: where one belongs among them, its mark, the copy of a message on its way, and days, groups
 * and times in the reader's own zone and by the clock they prefer.
 */

import { all, element, gettext, hourCycle, language, on, one, userid } from "../helpers/page.js";

const GROUPED_WITHIN = 5 * 60_000;

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(language, { ...options, hourCycle: hourCycle() });
const formats = () => [
  format({ hour: "numeric", minute: "2-digit" }),
  format({ dateStyle: "full", timeStyle: "medium" }),
];
let [clock, moment] = formats();
on("preferences:changed", () => ([clock, moment] = formats()));
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** @param {ParentNode} root @returns {Map<string | undefined, HTMLElement>} */
export const rowsIn = (root) => new Map(all(root, "[data-message]").map((row) => [row.dataset.message, row]));

/** A copy of a message of ours that is pending or failed. @param {Element} row */
export const onItsWay = (row) => row.matches("[data-state=pending], [data-state=failed]");

/** @param {Element} element @returns {Element | null} */
export function nextRow({ nextElementSibling: next }) {
  return !next || next.matches("[data-message]") ? next : nextRow(next);
}

/**
 * Puts rows in the order given, from the end upward; one that is already right is not touched. Copies of messages on
 * their way stay last in the list, also while what comes before them waits below.
 * @param {HTMLElement} list @param {DocumentFragment} below
 * @param {HTMLElement[]} rows in their order, ending with the conversation's last @param {Element[]} copies
 */
export function arrange(list, below, rows, copies) {
  /** @param {Element} row */
  const following = (row) => {
    const next = nextRow(row);
    if (row.parentNode === below) return next;
    return next && !copies.includes(next) ? next : one(below, "[data-message]");
  };
  /** @type {Element | null} */
  let next = null;
  for (const row of [...rows].reverse()) {
    if (following(row) !== next) {
      if (next) next.before(row);
      else append(list, below, row, copies);
    }
    next = row;
  }
}

/**
 * An order for what is here too: what stands last and it knows nothing of, as it is an older one, stays last.
 * @param {any[]} known @param {any[]} ids
 */
export function woven(known, ids) {
  const last = known.findLastIndex((id) => ids.includes(id));
  return last < 0 ? ids : [...ids, ...known.slice(last + 1)];
}

/**
 * As the last but for the copies.
 * @param {HTMLElement} list @param {DocumentFragment} below @param {Element} row @param {Element[]} copies
 */
export function append(list, below, row, copies) {
  if (below.firstElementChild) below.append(row);
  else list.insertBefore(row, copies[0] ?? null);
}

/** @param {HTMLElement | null} row @param {string} state @param {string} [seen] by whom, in a group */
export function mark(row, state, seen) {
  const words = row && one(row, ".message__state > *");
  if (!words) return;
  row.dataset.state = state;
  const known = { sent: gettext("Sent"), delivered: gettext("Delivered"), viewed: gettext("Viewed") };
  words.textContent = seen ?? known[/** @type {keyof typeof known} */ (state)] ?? "";
  if (!seen) return;
  words.parentElement.title = seen;
  one(row, ".message__seen")?.remove();
  const line = element("p", "message__seen", seen);
  line.ariaHidden = "true";
  row.append(line);
}

/**
 * The row of a message on its way, from the page's inert template. What people wrote goes in as text only.
 * @param {import("./outbox.js").Entry} entry @param {boolean} idle it can be discarded
 * @returns {HTMLElement | null}
 */
export function filledCopy({ id, text, at, state, cause = "" }, idle) {
  const row = one(document, "#message-template")?.content.firstElementChild.cloneNode(true);
  if (!row) return null;
  const failed = state === "failed";
  const created = new Date(at).toISOString();
  row.id = `message-${id}`;
  Object.assign(row.dataset, { message: id, sender: userid, created, state });
  one(row, "time").dateTime = created;
  one(row, ".message__text").textContent = text;
  const { labelFailed, labelPending, labelWaiting } = row.dataset;
  one(row, ".message__state > *").textContent = failed ? labelFailed : idle ? "" : labelPending;
  const reason = one(row, ".message__cause");
  reason.textContent = failed ? cause : labelWaiting;
  if (failed) reason.setAttribute("role", "alert");
  one(row, "[data-action=retry]").hidden = !failed;
  reason.hidden = one(row, ".message__actions").hidden = !idle;
  return row;
}

// Days, groups and times

/** @param {HTMLElement} row */
export function showTime(row) {
  const time = one(row, "time");
  const date = new Date(time?.dateTime);
  if (!Number(date)) return;
  time.textContent = clock.format(date);
  time.title = moment.format(date);
}

/**
 * A line above each day's first row, and rows of one person set close together.
 * @param {HTMLElement} list @param {(row: HTMLElement) => boolean} isApart whether a row keeps its name
 */
export function decorate(list, isApart) {
  for (const day of all(list, ":scope > .day")) if (!day.nextElementSibling?.matches("[data-message]")) day.remove();
  let sender = "";
  let before = new Date(0);
  for (const row of all(list, ":scope > [data-message]")) {
    const created = new Date(row.dataset.created);
    const above = row.previousElementSibling;
    const day = above?.matches(".day") ? above : null;
    const sameDay = before.toDateString() === created.toDateString();
    if (sameDay) day?.remove();
    else showDay(row, day, created);
    const close = sameDay && Math.abs(Number(created) - Number(before)) < GROUPED_WITHIN;
    const same = Boolean(sender) && row.dataset.sender === sender;
    row.classList.toggle("message--grouped", close && same && !isApart(row));
    sender = row.dataset.sender;
    before = created;
  }
}

/** @param {string} className @param {string} words @returns {HTMLElement} */
export function separator(className, words) {
  const fresh = element("div", className, words);
  fresh.setAttribute("role", "separator");
  fresh.setAttribute("aria-label", words);
  return fresh;
}

/** @param {Element} row @param {Element | null} known @param {Date} date */
function showDay(row, known, date) {
  const name = dayName(date);
  if (known?.textContent === name) return;
  known?.remove();
  row.before(separator("day", name));
}

/** @param {Date} date @returns {string} */
function dayName(date) {
  const today = new Date();
  const ago = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (ago === 0 || ago === 1) {
    return relative.format(-ago, "day").replace(/^./u, (first) => first.toLocaleUpperCase(language));
  }
  const year = date.getFullYear() === today.getFullYear() ? undefined : "numeric";
  const words = { weekday: "long", year, month: "long", day: "numeric" };
  return Number(date) ? date.toLocaleDateString(language, /** @type {Intl.DateTimeFormatOptions} */ (words)) : "";
}
