// @ts-check
/** Times that the page has in UTC, in the reader's own zone. */

import { all, language } from "../helpers/page.js";

const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

for (const time of all(document, ".page-pane time[datetime]")) {
  const date = new Date(time.dateTime);
  if (Number(date)) time.textContent = moment.format(date);
}
