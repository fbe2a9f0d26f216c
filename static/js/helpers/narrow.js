// @ts-check
/** Fewer rows of a list while one types. */

import { one, plain } from "./page.js";

/**
 * Shows those whose name has what is wanted, accents and case aside, and words instead where there is none.
 * @param {HTMLElement[]} rows @param {string} name a selector @param {string} wanted @param {HTMLElement | null} none
 */
export function narrow(rows, name, wanted, none) {
  const letters = plain(wanted.trim());
  for (const row of rows) row.hidden = !plain(one(row, name).textContent).includes(letters);
  if (none) none.hidden = !letters || rows.some((row) => !row.hidden);
}
