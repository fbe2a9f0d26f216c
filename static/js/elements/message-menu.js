// @ts-check
/**
 * What can be done with a message of somebody else's: a menu beside the one under the pointer. From the keyboard it is
 * the stop after the history, at the last message in view; the arrow keys take it to the others.
 */

import { all, element, gettext, one, shownConversation, userid } from "../helpers/page.js";

const recipient = document.documentElement.dataset.concerns;
const menu = element("details", "menu message-menu", "");
const button = element("summary", "menu__button button button--quiet", "⋯");
const link = element("a", "menu__item", gettext("Report a concern"));
const panel = element("div", "menu__panel", "");
panel.append(link);
menu.name = "menu";
menu.dataset.added = "true";
menu.append(button, panel);
button.addEventListener("keydown", step);

/** The pointer or the focus has come to something. @param {{ type: string, target: EventTarget | null }} event */
export function offer({ type, target }) {
  if (!(target instanceof Element) || !target.closest("message-list")) return;
  if (menu.isConnected && (menu.open || menu.contains(document.activeElement))) return;
  const focused = type === "focusin" && target.matches("message-list");
  place(focused ? reportable(target).filter(isSeen).at(-1) : target.closest("[data-message]"));
}

/** @param {Element} inside @returns {HTMLElement[]} */
const reportable = (inside) => all(inside.closest("message-list") ?? inside, "[data-message]").filter(isReportable);

/** @param {HTMLElement} row */
const isReportable = ({ dataset: { sender } }) => sender && sender !== userid && sender !== recipient;

/** @param {HTMLElement} row */
function isSeen(row) {
  const { top, bottom } = /** @type {Element} */ (row.parentElement).getBoundingClientRect();
  const box = row.getBoundingClientRect();
  return box.bottom > top && box.top < bottom;
}

/** @param {any} row */
function place(row) {
  if (!row || !isReportable(row) || menu.parentElement === row) return;
  const { message, sender, name } = row.dataset;
  const about = { userid: sender, conversation: shownConversation() ?? "", message };
  link.href = `/concerns/new/?${new URLSearchParams(about)}`;
  const words = [gettext("Menu of the message"), name, one(row, "time").textContent];
  button.setAttribute("aria-label", words.join(", "));
  menu.open = false;
  row.append(menu);
}

/** @param {KeyboardEvent} event */
function step(event) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const rows = reportable(menu);
  place(rows[rows.indexOf(menu.parentElement) + by]);
  button.focus();
}

document.addEventListener("pointerover", offer);
document.addEventListener("focusin", offer);
offer({ type: "focusin", target: document.activeElement });
