// @ts-check
/** What a browser knows of itself and its line, on the status page, and all of that page as a text to copy. */

import { copy } from "../helpers/clipboard.js";
import { fetched } from "../helpers/fetched.js";
import { all, element, emit, gettext, hourCycle, language, on, one, patch } from "../helpers/page.js";
import { countdown } from "./connection-banner.js";
import { showTimes } from "../helpers/times.js";

const RIGHT = 2_000;
const UNITS = /** @type {const} */ ([["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]]);
const root = document.documentElement;
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: hourCycle() });

const LINE = {
  live: gettext("Live: what happens is here at once."),
  connecting: gettext("No connection to the portal."),
  polling: gettext("News comes a few seconds late: something on the way may not let WebSockets pass."),
  offline: gettext("This device is offline."),
  "signed-out": gettext("Signed out."),
};
/** What the portal uses where it can. @type {[string, boolean][]} */
const OFFERS = [
  [gettext("notifications"), isSecureContext && "Notification" in window],
  [gettext("a page for when there is no connection (service worker)"), "serviceWorker" in navigator],
  [gettext("the clipboard"), Boolean(navigator.clipboard)],
  [gettext("locks between tabs"), Boolean(navigator.locks)],
  [gettext("random ids"), Boolean(crypto.randomUUID)],
];

// Facts

/** Says something in the list of facts. @param {string} label @param {string} words */
function fact(label, words) {
  const list = one(document, "#status-facts");
  const known = all(list, "dt").find((term) => term.textContent === label)?.nextElementSibling;
  if (!known) list.append(element("dt", "", label), element("dd", "", words));
  else if (known.textContent !== words) known.textContent = words;
}

function address() {
  if (isSecureContext) return gettext("Secure");
  return gettext("Plain http: browsers keep some of what they can for https.");
}

function missing() {
  const names = OFFERS.filter(([, there]) => !there).map(([name]) => name);
  if (!names.length) return gettext("Nothing");
  const list = new Intl.ListFormat(language).format(names);
  const why = isSecureContext
    ? gettext("This browser does not offer it.")
    : gettext("Browsers offer it at an https address only.");
  return `${list}. ${why} ${gettext("The portal works without.")}`;
}

/** @param {number} ahead milliseconds by which this clock is ahead of the portal's @param {number} unsure as many */
function clockWords(ahead, unsure) {
  if (Math.abs(ahead) <= RIGHT + unsure) return gettext("It agrees with the portal's.");
  const seconds = Math.abs(ahead) / 1_000;
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? UNITS[3];
  const off = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(
    Math.round(seconds / size),
  );
  const words =
    ahead > 0
      ? gettext("This device's clock is {time} ahead of the portal's.")
      : gettext("This device's clock is {time} behind the portal's.");
  return words.replace("{time}", off);
}

// Keeping them true

/** @type {import("../models/line.js").Line} */
let line;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let counting;

function showLine() {
  clearTimeout(counting);
  const when = countdown(line);
  fact(gettext("Connection"), `${LINE[line.state]} ${when}`.trim());
  if (when) counting = setTimeout(showLine, 1_000);
}

/** What the portal says now, and how its clock compares to the middle of the time it took to ask. */
async function look() {
  const sent = Date.now();
  const page = await fetched("/status/");
  const took = Date.now() - sent;
  const fresh = page && one(page, "#status-portal");
  const stale = one(document, "#status-stale");
  stale.textContent = fresh ? "" : stale.dataset.words;
  if (!fresh) return fact(gettext("Clock"), gettext("Not known: the portal does not answer."));
  const now = Number(new Date(one(fresh, "#status-now").dateTime));
  fact(gettext("Clock"), clockWords(sent + took / 2 - now, took / 2));
  showTimes(fresh);
  patch(one(document, "#status-portal"), fresh);
}

let known = "";

on("live:state", (now) => {
  line = now;
  showLine();
  const state = `${line.state} ${root.dataset.upstream}`;
  if (state !== known) look();
  known = state;
});
on("live:wake", look);
on("live:event", ({ n }) => {
  const words = gettext("Number {number}, at {time}");
  fact(gettext("Last news"), words.replace("{number}", n).replace("{time}", clock.format(Date.now())));
});

emit("live:ask");
fact(gettext("Last news"), gettext("None since this page was opened"));
fact(gettext("Clock"), gettext("Comparing…"));
fact(gettext("Address"), address());
fact(gettext("Not offered here"), missing());
fact(gettext("Language"), navigator.languages.join(", "));
fact(gettext("Time zone"), Intl.DateTimeFormat().resolvedOptions().timeZone);

// Copying

/** @param {Element} part */
const words = (part) => part.textContent?.replace(/\s+/g, " ").trim() ?? "";

/** @param {Element} section */
function asText(section) {
  const facts = all(section, "dt").map((term) => `${words(term)}: ${words(term.nextElementSibling)}`);
  return [words(one(section, "h3")), ...facts].join("\n");
}

one(document, "#status-no-scripts").remove();
const button = one(document, "#status-copy");
button.hidden = false;
button.onclick = async () => {
  const text = all(document, "#conversation .page-section").map(asText).join("\n\n");
  const copied = await copy(text, one(document, "#status-text"));
  const said = copied ? gettext("Copied.") : gettext("This browser does not let the portal copy. Copy the text below.");
  one(document, "#status-said").textContent = said;
};
