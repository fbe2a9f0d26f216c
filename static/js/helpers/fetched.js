// @ts-check
/** A page or a part of one, asked of the portal; and a form posted to it. */

import { parse, request, say } from "./page.js";
import { refused, unreachable } from "./trouble.js";

/**
 * Null when it is not, or no longer, ours to see; undefined when it can't be had whole: no answer, another one, or one
 * that was cut.
 * @param {string} url @returns {Promise<DocumentFragment | null | undefined>}
 */
export async function fetched(url) {
  const response = await request(url).catch(() => undefined);
  if (response?.status === 403 || response?.status === 404) return null;
  const html = response?.ok ? await response.text().catch(() => undefined) : undefined;
  return html === undefined ? undefined : parse(html);
}

/**
 * Says so when it fails, and no more once it is done.
 * @param {string} url @param {Record<string, string>} form @returns {Promise<boolean>} whether it was done
 */
export async function posted(url, form) {
  const response = await request(url, form).catch(() => undefined);
  if (!response) unreachable();
  else if (response.ok) say("");
  else refused(await response.text().catch(() => ""));
  return Boolean(response?.ok);
}
