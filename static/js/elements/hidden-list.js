// @ts-check
/** The hidden conversations, as they are hidden and shown again elsewhere. */

import { fetched } from "../helpers/fetched.js";
import { all, on, one, patch } from "../helpers/page.js";

/** One look after the other. @type {Promise<unknown>} */
let queue = Promise.resolve();

const refresh = () => (queue = queue.then(look));

async function look() {
  const shown = one(document, "#hidden");
  if (!shown) return;
  const page = await fetched("/conversations/hidden/");
  const fresh = page && one(page, "#hidden");
  if (fresh && shown.isConnected) patch(shown, fresh);
}

on("live:event", ({ drop = [], rows = "" }) => {
  const back = all(document, "#hidden a").some((link) => rows.includes(`"${link.getAttribute("href")}"`));
  if (drop.length || back) refresh();
});
on("live:list", refresh);
