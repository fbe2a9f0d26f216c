// @ts-check
/** The hidden conversations, as they are hidden and shown again elsewhere. */

import { refreshPane } from "../helpers/pane.js";
import { all, on } from "../helpers/page.js";

on("live:event", ({ drop = [], rows = "" }) => {
  const back = all(document, "#hidden a").some((link) => rows.includes(`"${link.getAttribute("href")}"`));
  if (drop.length || back) refreshPane();
});
on("live:list", () => refreshPane());
