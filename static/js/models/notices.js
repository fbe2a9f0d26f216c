// @ts-check
/** What is news, and whether it is told by a notification, by a sound and in the badge. Knows no page and no browser. */

/**
 * `read`: seen already, in whatever browser.
 * @typedef {{ alert?: boolean, own?: boolean, muted?: boolean, hidden?: boolean, read?: boolean }} Happening
 * `looking`: it is before the person's eyes; `taken`: another tab tells of it; `notify`, `sound`: wanted, and possible.
 * @typedef {{ looking?: boolean, taken?: boolean, notify?: boolean, sound?: boolean }} State
 */

/** @param {Happening} happening @param {State} state */
export function decide({ alert, own, muted, hidden, read }, { looking, taken, notify, sound }) {
  const counts = !own && !muted && !hidden && !read;
  const tell = counts && !taken;
  return {
    notify: tell && !looking && Boolean(notify),
    sound: tell && (!looking || Boolean(alert)) && Boolean(sound),
    badge: counts && !alert,
  };
}

const COUNTING = 10_000; // ms in which a new message has its number, unless it is read meanwhile

/**
 * How a conversation stands: its newest message, when that was written, and how many are unread, "50+" at most.
 * `quiet`: the newest message since then that had no number; `since`: when it came, in milliseconds since 1970.
 * @typedef {{ newest: string, order: number, unread: string, quiet?: string, since?: number }} Standing
 */

/**
 * Whether something has come since. A number also appears when it is first counted, or for a message that was read and is
 * marked as unread again, which alone are no news.
 * @param {Standing} now @param {Standing} before @param {number} at in milliseconds since 1970
 */
export function isNews({ newest, order, unread }, before, at) {
  if (!unread) return false;
  if (before.unread && parseInt(unread, 10) > parseInt(before.unread, 10)) return true;
  const wasRead = newest === before.quiet && at - Number(before.since) > COUNTING;
  return newest !== before.newest && order >= before.order && !wasRead;
}

/**
 * How it stood when something in it was last told, and what came since without a number.
 * @param {Standing} now @param {Standing} before @param {number} at in milliseconds since 1970 @returns {Standing}
 */
export function remembered(now, before, at) {
  if (now.unread) return now;
  const since = now.newest === before.quiet ? before.since : at;
  return { ...before, unread: "", quiet: now.newest, since };
}
