// @ts-check
/**
 * Of a person's tabs in this browser one takes a thing, or does one at a time. What was taken up to which place is kept
 * in the browser.
 */

import { store, uuid } from "../helpers/page.js";

const LEASE = 30_000; // ms for which a tab that says no more has its turn
const AGAIN = 500; // ms between two looks whether it is over
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

/**
 * One tab at a time. Web Locks need a secure context; on plain http a lease in localStorage does. It is not airtight,
 * and need not be: a message sent by two tabs carries one id and the server takes it once.
 * @param {string} name @param {() => Promise<unknown>} job
 */
export async function exclusively(name, job) {
  if (navigator.locks) return navigator.locks.request(store.prefix + name, job);
  const key = `lease:${name}`;
  const take = () => store.set(key, { by: me, until: Date.now() + LEASE });
  const free = () => {
    const lease = store.get(key);
    return !lease || lease.by === me || lease.until < Date.now();
  };
  while (!free()) await pause(AGAIN);
  take();
  const renewal = setInterval(take, LEASE / 3);
  try {
    return await job();
  } finally {
    clearInterval(renewal);
    store.delete(key);
  }
}
