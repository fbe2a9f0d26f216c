// @ts-check
/** What is news, and whether it is told by a notification, by a sound and in the badge. Knows no page and no browser. */

/**
 * `read`: seen already, in whatever browser.
 * @typedef {{ alert?: boolean, own?: boolean, muted?: boolean, hidden?: boolean, read?: boolean }} Happening
 * `looking`: the tab with the focus shows it; `taken`: another tab tells of it; `notify`, `sound`: wanted, and possible.
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

/**
 * How a conversation stands: its newest message, when that was written, and how many are unread, "50+" at most.
 * @typedef {{ newest: string, order: number, unread: string }} Standing
 */

/**
 * Whether something has come since. A number also appears when it is first counted, which alone is no news.
 * @param {Standing} now @param {Standing} before
 */
export const isNews = (now, before) =>
  Boolean(now.unread) &&
  ((now.newest !== before.newest && now.order >= before.order) ||
    (Boolean(before.unread) && parseInt(now.unread, 10) > parseInt(before.unread, 10)));
