// @ts-check
/** Turns htmx's events into the page's own and its failures into words. Only models/kept.js knows its names besides. */

import { emit, gettext, on, one, say, signIn, wordsIn } from "./page.js";

/** What is swapped in when one goes back. Pages beside them have sheets and scripts of their own and are loaded whole. */
const CONVERSATIONS = /^\/(conversations\/((?!hidden\/)[\w-]+\/)?)?(\?|$)/;

/** Makes htmx aware of links that came in by other ways. @param {Element} element */
export const process = (element) => /** @type {any} */ (globalThis).htmx?.process(element);

// Carrying attributes over from what is replaced would undo what the elements did to the new one.
if ("htmx" in globalThis) /** @type {any} */ (globalThis).htmx.config.attributesToSettle = [];

const UNREACHABLE = gettext("The portal can't be reached. Check the connection and try again.");
const unreachable = () => say(UNREACHABLE);

on("htmx:beforeRequest", () => emit("navigation:start"));
document.addEventListener("htmx:historyCacheMiss", (event) => {
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
on("htmx:responseError", ({ xhr }) => {
  say(wordsIn(xhr.responseText) || gettext("That did not work. Try again in a moment."));
});
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (/** @type {any} */ (event).detail.xhr.status !== 401) return;
  event.preventDefault();
  signIn();
});
