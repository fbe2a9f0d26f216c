// @ts-check
/** One tab at a time. */

import { store, uuid } from "./page.js";

const LEASE = 30_000;
const owner = uuid();

/**
 * Web Locks need a secure context; on plain http a lease in localStorage does. It is not airtight, and need not be:
 * a message sent by two tabs carries one id and the server takes it once.
 * @param {string} name @param {() => Promise<unknown>} job
 */
export async function exclusively(name, job) {
  if (navigator.locks) return navigator.locks.request(store.prefix + name, job);
  const key = `lease:${name}`;
  const take = () => store.set(key, { owner, until: Date.now() + LEASE });
  const free = () => {
    const lease = store.get(key);
    return !lease || lease.owner === owner || lease.until < Date.now();
  };
  while (!free()) await new Promise((resolve) => setTimeout(resolve, 500));
  take();
  const renewal = setInterval(take, LEASE / 3);
  try {
    return await job();
  } finally {
    clearInterval(renewal);
    store.delete(key);
  }
}
