// @ts-check
/** Reads new messages out, together after a moment: a busy conversation must not talk without end. */

import { element, ngettext, one } from "../helpers/page.js";

const PAUSE = 1_000;
const LONGEST = 120;
const MOST = 3;

/** @type {string[]} */
let waiting = [];

/** @param {HTMLElement} row */
function spoken(row) {
  const said = one(row, ".message__text").textContent.trim() || one(row, ".message__cause")?.textContent.trim() || "";
  const text = [...said.replace(/\s+/g, " ")];
  return `${row.dataset.name}: ${text.slice(0, LONGEST).join("")}${text.length > LONGEST ? "…" : ""}`;
}

function speak() {
  const more = waiting.length - MOST;
  const sum = ngettext("{n} new message", "{n} new messages", waiting.length).replace("{n}", `${waiting.length}`);
  const lines = more > 0 ? [sum, ...waiting.slice(more)] : waiting;
  waiting = [];
  one(document, "#new-messages")?.replaceChildren(...lines.map((line) => element("span", "", `${line} `)));
}

/** @param {HTMLElement[]} rows that have just come */
export function announce(rows) {
  if (!waiting.length) setTimeout(speak, PAUSE);
  waiting.push(...rows.map(spoken));
}
