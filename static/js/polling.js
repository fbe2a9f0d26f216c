// @ts-check
/**
 * Where pages come and no websocket does: something on the way may not let one pass. The page is asked for again every
 * few seconds, as one without scripts would be by its reader, and what is new in it is taken over, until there is a
 * line. Loaded when the line has failed often.
 */

import { emit, gettext, on, one, shownConversation, signIn, unseen } from "./helpers/page.js";

const EVERY = 5_000;
const HIDDEN = 30_000;
const LIMIT = 20_000;
const root = document.documentElement;
root.dataset.polling = gettext("News comes a few seconds late: something on the way may not let WebSockets pass.");

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
/** Another one as soon as a page that is on its way is older than what is here, or than one that was asked for since. */
let turn = 0;

async function look() {
  const id = shownConversation();
  const mine = ++turn;
  const page = await fetched(id ? `/conversations/${id}/` : "/").catch(() => null);
  if (!waiting) return; // there is a line by now
  wait();
  emit("live:polled", { ok: Boolean(page) });
  if (!page || mine !== turn) return;
  root.dataset.upstream = page.documentElement.dataset.upstream;
  emit("live:list", page);
  const pane = one(page, "#conversation").dataset.conversation ?? null;
  if (pane === shownConversation()) emit("live:conversation", page);
  emit("live:alerts", { html: one(page, "#alert-banners").innerHTML.trim() });
}

/** @param {string} path @returns {Promise<Document | null>} the whole page, which says for whom it is */
async function fetched(path) {
  const response = await fetch(path, { headers: unseen(), signal: AbortSignal.timeout?.(LIMIT) });
  if (response.redirected) return new Promise(signIn); // the page is leaving
  if (response.status === 404 && path !== "/") return fetched("/"); // it is no longer ours to see
  if (!response.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.documentElement.dataset.signin !== root.dataset.signin) location.reload();
  return page;
}

function wait() {
  clearTimeout(waiting); // two looks may have been under way
  const pause = document.hidden ? HIDDEN : EVERY;
  waiting = setTimeout(look, pause * (0.5 + Math.random() / 2));
}

on("live:state", ({ state }) => {
  const polls = state === "polling" || (state === "connecting" && root.dataset.live === "off");
  if (polls === Boolean(waiting)) return;
  clearTimeout(waiting);
  waiting = polls ? setTimeout(look) : undefined;
});
document.addEventListener("visibilitychange", () => waiting && !document.hidden && (clearTimeout(waiting), look()));
for (const name of ["live:list", "messages:placed", "outbox:sent"]) on(name, () => turn++);
emit("live:ask");
