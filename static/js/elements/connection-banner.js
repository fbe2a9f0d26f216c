// @ts-check
/** The banner that says what is wrong with the connection, once it has been wrong for a few seconds. */

import { all, element, emit, gettext, on, one } from "../helpers/page.js";

const PATIENCE = 4_000;
const STATUS = "/status/";
const root = document.documentElement;

/** @type {import("../models/line.js").Line} */
let line;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let counting;
let patient = true;
/** What else goes wrong is said below it, however high it is, and alerts stand below both. */
const size = new ResizeObserver(() => {
  for (const [name, said] of Object.entries({ "--connection": "#connection", "--trouble": "#alerts" }))
    root.style.setProperty(name, `${one(document, said)?.offsetHeight ?? 0}px`);
});

/** What the page says about itself right now, or nothing: the name of the banner's sentence for it. */
function trouble() {
  const { live, upstream } = root.dataset;
  if (["offline", "polling", "signed-out"].includes(line.state)) return line.state;
  if (live !== "on") return live === "off" ? "off" : "connecting";
  return (upstream ?? "on") === "on" ? null : "upstream";
}

function show() {
  const wrong = trouble();
  const banner = one(document, "#connection");
  const told = { ...root.dataset, ...banner?.dataset, ...one(document, ".page-pane")?.dataset };
  const words = (!patient && wrong && told[wrong]) || "";
  // The server may bring a new, empty banner with the page; a status region must not repeat itself.
  if (banner && (banner.firstElementChild?.textContent ?? "") !== words) banner.replaceChildren(...content(words));
  for (const said of all(document, "#connection, #alerts")) size.observe(said);
  count();
}

/** @param {string} words */
function content(words) {
  if (!words) return [];
  // Only for the eye: read out, it would never end.
  const next = element("span", "connection__next", "");
  next.ariaHidden = "true";
  const why = element("a", "", gettext("What is wrong?"));
  why.href = STATUS;
  why.hidden = location.pathname === STATUS;
  const retry = element("button", "button", gettext("Try now"));
  retry.type = "button";
  retry.onclick = () => emit("live:try");
  return [element("span", "", words), next, why, ...(trouble() === "upstream" ? [] : [retry])];
}

function count() {
  clearTimeout(counting);
  const next = one(document, ".connection__next");
  if (!next) return;
  next.textContent = countdown(line);
  counting = setTimeout(count, 1_000);
}

/** When the line is tried again, in words; nothing when that is not known. @param {typeof line} line */
export function countdown({ state, attempt, next }) {
  if (!["connecting", "polling"].includes(state) || !attempt) return "";
  if (!next) return gettext("Connecting now (attempt {attempt})").replace("{attempt}", `${attempt}`);
  const seconds = Math.max(1, Math.ceil((next - Date.now()) / 1_000));
  const words = gettext("Connecting again in {seconds} s (attempt {attempt})");
  return words.replace("{seconds}", `${seconds}`).replace("{attempt}", `${attempt}`);
}

on("live:state", (now) => {
  line = now;
  if (!trouble()) {
    clearTimeout(waiting);
    waiting = undefined;
    patient = true;
  }
  waiting ??= trouble() ? setTimeout(() => ((patient = false), show()), PATIENCE) : undefined;
  show();
});
on("conversation:changed", () => queueMicrotask(show));
emit("live:ask");
