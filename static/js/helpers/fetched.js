// @ts-check
/** A page or a part of one, asked of the portal. */

import { parse, request } from "./page.js";

/**
 * Nothing when it can't be had whole: no answer, another one, or one that was cut.
 * @param {string} url @returns {Promise<DocumentFragment | null>}
 */
export async function fetched(url) {
  const response = await request(url).catch(() => null);
  const html = response?.ok ? await response.text().catch(() => null) : null;
  return html === null ? null : parse(html);
}
