// @ts-check
/** The banner that says what is wrong with the connection, once it has been wrong for a few seconds. */

import { element, emit, gettext, on, one } from "../helpers/page.js";

const PATIENCE = 4_000;
const root = document.documentElement;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
let patient = true;

/** What the page says about itself right now, or nothing. @returns {"off" | "connecting" | "upstream" | null} */
function trouble() {
  const { live, upstream } = root.dataset;
  if (live !== "on") return live === "off" ? "off" : "connecting";
  return (upstream ?? "on") === "on" ? null : "upstream";
}

function show() {
  const wrong = trouble();
  const banner = one(document, "#connection");
  const words = (!patient && wrong && banner?.dataset[wrong]) || "";
  // The server may bring a new, empty banner with the page; a status region must not repeat itself.
  if (!banner || (banner.firstElementChild?.textContent ?? "") === words) return;
  if (!words) return banner.replaceChildren();
  const retry = element("button", "button", gettext("Try now"));
  retry.type = "button";
  retry.onclick = () => emit("live:try");
  banner.replaceChildren(element("span", "", words), ...(wrong === "upstream" ? [] : [retry]));
}

function look() {
  if (!trouble()) {
    clearTimeout(waiting);
    waiting = undefined;
    patient = true;
  }
  waiting ??= trouble() ? setTimeout(() => ((patient = false), show()), PATIENCE) : undefined;
  show();
}

on("live:state", look);
on("conversation:changed", () => queueMicrotask(show));
look();
