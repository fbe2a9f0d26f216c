// @ts-check
/** Times that the page has in UTC, in the reader's own zone. */

import { all, language, one } from "../helpers/page.js";

const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** @param {ParentNode} root */
export function localise(root) {
  for (const time of all(root, "time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number(date)) time.textContent = moment.format(date);
  }
}

localise(one(document, ".page-pane"));
