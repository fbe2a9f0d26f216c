// @ts-check
/** A page beside the conversations, made again as the server has it by now. */

import { fetched } from "./fetched.js";
import { one, patch } from "./page.js";
import { showTimes } from "./times.js";

/** One look after the other. @type {Promise<unknown>} */
let queue = Promise.resolve();

/** @param {(fresh: Element, shown: Element) => void} [prepare] may change what is about to be shown */
export const refreshPane = (prepare) => (queue = queue.then(() => look(prepare)));

/** @param {(fresh: Element, shown: Element) => void} [prepare] */
async function look(prepare) {
  const shown = one(document, ".page-pane");
  const page = shown && (await fetched(location.pathname));
  const fresh = page && one(page, ".page-pane");
  if (!fresh || !shown.isConnected) return;
  showTimes(fresh);
  prepare?.(fresh, shown);
  keepFocus(shown, () => patch(shown, fresh));
}

/**
 * The focus goes with what has its id, or else to the page: never to what has taken its place.
 * @param {Element} pane @param {() => void} change
 */
function keepFocus(pane, change) {
  const focused = document.activeElement;
  const { id } = focused ?? {};
  const inside = pane.contains(focused);
  change();
  if (!inside || (focused?.isConnected && focused.id === id)) return;
  const next = (id && document.getElementById(id)) || one(pane, ".page-pane__content");
  next.focus({ preventScroll: true });
}
