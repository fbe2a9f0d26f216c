// @ts-check
/** The row of a message on its way, from the page's inert template. What people wrote goes in as text only. */

import { one, userid } from "./page.js";

/**
 * @param {{ id: string, text: string, at: number, state: string, cause?: string }} entry
 * @returns {HTMLElement | null}
 */
export function filledCopy({ id, text, at, state, cause = "" }) {
  const row = one(document, "#message-template")?.content.firstElementChild.cloneNode(true);
  if (!row) return null;
  const failed = state === "failed";
  const created = new Date(at).toISOString();
  row.id = `message-${id}`;
  Object.assign(row.dataset, { message: id, sender: userid, created, state });
  one(row, "time").dateTime = created;
  one(row, ".message__text").textContent = text;
  one(row, ".message__state > *").textContent = failed ? row.dataset.labelFailed : row.dataset.labelPending;
  const reason = one(row, ".message__cause");
  reason.textContent = cause;
  if (failed) reason.setAttribute("role", "alert");
  reason.hidden = one(row, ".message__actions").hidden = !failed;
  return row;
}
