// @ts-check
/** The times of a page beside the conversations. */

import { one } from "../helpers/page.js";
import { showTimes } from "../helpers/times.js";

showTimes(one(document, ".page-pane"));
