// @ts-check
/** Times that the server wrote in UTC, in the reader's own zone and by the clock they prefer. */

import { all, hourCycle, language } from "./page.js";

const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", hourCycle: hourCycle() });

/** @param {Date | number} date @returns {string} */
export const inWords = (date) => moment.format(date);

/** @param {ParentNode} root */
export function showTimes(root) {
  for (const time of all(root, "time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number(date)) time.textContent = inWords(date);
  }
}
