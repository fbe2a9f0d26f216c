// @ts-check
/** Style sheets that come with the first use of what they are for. */

import { one } from "./page.js";

/** @param {string | null | undefined} href @returns {Promise<unknown> | undefined} until it is here, if it was not */
export function styled(href) {
  if (!href || one(document, `link[href="${href}"]`)) return;
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}
