// @ts-check
/**
 * Tells the person of what came, by a notification and a sound, from one of their tabs. The service worker shows the
 * notifications, so that any tab can take one away and a click finds the message; it keeps nothing of them.
 */

import { fetched } from "../helpers/fetched.js";
import { gettext, one, store, userid } from "../helpers/page.js";
import { chime } from "../helpers/sound.js";
import { lookedAt } from "../models/looking.js";
import { decide } from "../models/notices.js";
import { claim, exclusively, pause } from "../models/turns.js";

const LONGEST = 200; // characters
const MOST = 3; // conversations that are told of one by one
const TOGETHER = 100; // ms in which what comes is told of together
const PATIENCE = 500; // ms in which the tab with the focus comes first: on plain http it alone knows what is looked at
const PAUSE = 3_000; // ms between two calls for attention
const COMING_UP = 10_000; // ms for the service worker, and for what is asked of the portal
// Chromium forgets a notification that is not quite there yet while another tab asks which ones there are.
const ONE_AT_A_TIME = "notifications";
const { dataset } = document.documentElement;

/** Whether notifications can be shown; if not, why: "http", "missing", "default" (not asked yet) or "denied". */
export function permission() {
  if (!isSecureContext) return "http";
  return "Notification" in window && "serviceWorker" in navigator ? Notification.permission : "missing";
}

// What came

/** Rows of the sidebar with something that is not told yet. @type {Set<HTMLElement>} */
const waiting = new Set();
/** One after the other: what was asked for later must not be overtaken by what was asked for before. */
let telling = Promise.resolve();

/** @param {HTMLElement[]} news rows of the sidebar @param {Iterable<string>} read conversations */
export async function heard(news, read) {
  for (const id of read) takeAway(id);
  if (!one(document, "#conversation-list > [data-unread]:not([data-muted])")) takeAway("many");
  const first = !waiting.size;
  for (const row of news) waiting.add(row);
  if (!first || !waiting.size) return;
  await turn();
  telling = telling.then(tellOfWaiting, tellOfWaiting);
}

async function tellOfWaiting() {
  const rows = [...waiting].filter((row) => row.dataset.unread);
  waiting.clear();
  const looked = await lookedAt();
  const called = [];
  for (const row of rows) {
    const { conversation = "", order, newest, unread } = row.dataset;
    const taken = !(await claim(conversation, Number(order), `${newest} ${unread}`));
    const state = { looking: looked.has(conversation), taken, ...wanted() };
    const { notify, sound } = decide({ muted: "muted" in row.dataset }, state);
    if (notify || sound) called.push({ row, state });
  }
  if (called.length > MOST) return together(called.length);
  for (const { row, state } of called) await message(row, state);
}

/** Until it is this tab's turn. */
const turn = () => pause(document.hasFocus() ? TOGETHER : PATIENCE);

/** @param {HTMLElement} row @param {import("../models/notices.js").State} state */
async function message(row, state) {
  const { conversation = "" } = row.dataset;
  const newest = await newestUnread(conversation);
  const id = newest?.dataset.message;
  const known = `told:${conversation}`;
  if (id && store.get(known) === id) return; // something else in its row has changed
  if (id) store.set(known, id);
  const path = `/conversations/${conversation}/${id ? `#message-${id}` : ""}`;
  const how = decide({ own: newest?.dataset.sender === userid, read: newest === null }, state);
  tell(how, one(row, ".conversation__title").textContent, { body: words(row, newest), tag: conversation, data: { path } });
}

/** After an absence one notification for all is enough. @param {number} number of conversations */
function together(number) {
  const body = gettext("New messages in {number} conversations").replace("{number}", `${number}`);
  tell(decide({}, wanted()), gettext("Ozeki Web"), { body, tag: "many" });
}

/** @param {HTMLElement[]} banners alerts */
export async function alerted(banners) {
  await turn();
  const looking = (await lookedAt()).size > 0;
  for (const banner of banners) {
    const tag = `alert-${banner.dataset.alert}`;
    const how = decide({ alert: true }, { looking, taken: !(await claim(tag, 1)), ...wanted() });
    const body = dataset.notifyWords === "off" ? "" : shortened(one(banner, ".alert-banner__text").textContent);
    tell(how, one(banner, ".alert-banner__title").textContent.trim(), { body, tag });
  }
}

// What is told

/** The newest unread message. Null: there is none any more; undefined: not to be had. @param {string} conversation */
async function newestUnread(conversation) {
  const page = await Promise.race([fetched(`/conversations/${conversation}/notice/`), pause(COMING_UP)]);
  return page && one(page, "[data-message]");
}

/** @param {HTMLElement} row @param {HTMLElement | undefined | null} newest */
function words(row, newest) {
  const hidden = dataset.notifyWords === "off";
  const text = (!hidden && newest && shortened(one(newest, ".message__text").textContent)) || gettext("New message");
  return one(row, ".avatar--group") && newest ? `${newest.dataset.name}: ${text}` : text;
}

/** @param {string} text */
function shortened(text) {
  const letters = [...text.trim()];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join("")}…` : letters.join("");
}

// Telling

const wanted = () => ({
  notify: dataset.notify === "on" && permission() === "granted",
  sound: dataset.sound === "on",
});

/**
 * What comes close on something that called for attention does so no more.
 * @param {{ notify: boolean, sound: boolean }} how @param {string} title @param {NotificationOptions} options
 */
function tell({ notify, sound }, title, options) {
  if (!notify && !sound) return;
  const renotify = Date.now() - (store.get("called") ?? 0) > PAUSE;
  if (renotify) store.set("called", Date.now());
  if (sound && renotify) chime();
  if (notify) show(title, { renotify, ...options });
}

/**
 * @param {string} title @param {NotificationOptions & { renotify?: boolean }} options the sound is ours, or none
 * @returns {Promise<boolean>} whether the browser took it
 */
export async function show(title, options) {
  const icon = one(document, "link[rel=apple-touch-icon]").href;
  const registration = await worker();
  const shown = exclusively(ONE_AT_A_TIME, () => registration?.showNotification(title, { icon, silent: true, ...options }));
  return shown.then(
    () => Boolean(registration),
    () => false,
  );
}

/** @param {string} tag */
export async function takeAway(tag) {
  if (permission() !== "granted") return;
  const registration = await worker();
  const all = await exclusively(ONE_AT_A_TIME, () => registration?.getNotifications({ tag }));
  for (const shown of all ?? []) shown.close();
}

/** The service worker, unless something keeps it away. @returns {Promise<any>} */
const worker = () => Promise.race([navigator.serviceWorker.ready, pause(COMING_UP)]);
