// @ts-check
/** Turns htmx's events into the page's own and its failures into words. Only models/kept.js knows its names besides. */

import { emit, on, one, say, signIn } from "./page.js";
import { UNREACHABLE, refused, unreachable } from "./trouble.js";

/** What is swapped in when one goes back. Pages beside them have sheets and scripts of their own and are loaded whole. */
const CONVERSATIONS = /^\/(conversations\/((?!hidden\/)[\w-]+\/)?)?(\?|$)/;

/** Makes htmx aware of links that came in by other ways. @param {Element} element */
export const process = (element) => /** @type {any} */ (globalThis).htmx?.process(element);

/** Whether something clicked has no answer yet. */
export const isAsking = () => Boolean(one(document, ".htmx-request"));

// Carrying attributes over from what is replaced would undo what the elements did to the new one.
if ("htmx" in globalThis) /** @type {any} */ (globalThis).htmx.config.attributesToSettle = [];

on("htmx:beforeRequest", ({ target }) => target.id === "conversation" && emit("navigation:start"));
document.addEventListener("htmx:historyCacheMiss", (event) => {
  // htmx says nothing of one without an answer. Loaded whole, the page is here, or what says why it is not.
  /** @type {any} */ (event).detail.xhr.onerror = () => location.reload();
  if (CONVERSATIONS.test(/** @type {any} */ (event).detail.path)) return emit("navigation:start");
  event.preventDefault();
  location.reload();
});
on("htmx:afterSwap", () => say(""));
on("htmx:historyCacheMissLoadError", () => location.reload());
on("live:state", () => {
  if (document.documentElement.dataset.live === "on" && one(document, "#alerts")?.textContent === UNREACHABLE) say("");
});
on("htmx:sendError", unreachable);
on("htmx:timeout", unreachable);
on("htmx:responseError", ({ xhr }) => refused(xhr.responseText));
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, target } = /** @type {any} */ (event).detail;
  if (xhr.status === 401) signIn();
  // An answer for what has been replaced meanwhile would change the address and nothing on screen.
  else if (target.isConnected) return;
  event.preventDefault();
});
