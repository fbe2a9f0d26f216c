// @ts-check
/**
 * What is before the person's eyes, known to all their tabs in this browser: the tab with the focus holds a Web Lock in
 * the conversation's name. However a tab ends, its lock ends with it. Plain http has none: there a tab knows of itself.
 */

import { on, shownConversation, store } from "../helpers/page.js";

const NAME = `${store.prefix}looking:`;
/** @type {string | undefined} */
let told;
let release = () => {};

/** The conversation looked at in this tab: "" is a page without one, undefined that nobody looks. */
const here = () => (document.hasFocus() ? (shownConversation() ?? "") : undefined);

function tell() {
  const looked = here();
  if (looked === told) return;
  told = looked;
  release();
  if (looked === undefined) return;
  const over = new Promise((resolve) => (release = () => resolve(undefined)));
  navigator.locks?.request(NAME + looked, { mode: "shared" }, () => over);
}

/** The conversations looked at, with "" for a page without one. @returns {Promise<Set<string | undefined>>} */
export async function lookedAt() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(NAME));
  const own = here();
  return new Set([...names.map((name) => name.slice(NAME.length)), ...(own === undefined ? [] : [own])]);
}

for (const name of ["focus", "blur"]) addEventListener(name, tell);
on("conversation:changed", () => queueMicrotask(tell));
tell();
