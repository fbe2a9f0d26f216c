// @ts-check
/** Of a person's tabs in this browser one takes a thing. What was taken up to which place is kept in the browser. */

import { store, uuid } from "../helpers/page.js";

const SETTLED = 150; // ms until two tabs see what the other wrote
const me = uuid();

export const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Web Locks need a secure context; on plain http the tab that wrote last has it, which is not airtight.
 * @param {string} name @param {number} place greater the later @param {string} [what] stands at that place
 * @returns {Promise<boolean>} whether it is this tab's
 */
export async function claim(name, place, what) {
  const key = `taken:${name}`;
  if (navigator.locks) return navigator.locks.request(store.prefix + key, () => take(key, place, what));
  if (!take(key, place, what)) return false;
  await pause(SETTLED);
  return store.get(key)?.by === me;
}

/** @param {string} key @param {number} place @param {string} [what] */
function take(key, place, what) {
  const taken = store.get(key) ?? { place: -1 };
  if (taken.place > place || (taken.place === place && taken.what === what)) return false;
  store.set(key, { place, what, by: me });
  return true;
}
