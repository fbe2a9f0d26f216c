// @ts-check
/** What the person prefers: that it is saved holds until something is changed. */

import { one } from "../helpers/page.js";

one(document, ".preferences").addEventListener("input", () => {
  one(document, ".page-actions__outcome").textContent = "";
});
