// @ts-check
/** A link below the list of conversations to what is not sent yet, as long as there is something. */

import { element, gettext, on, one } from "../helpers/page.js";
import { outbox } from "./outbox.js";

/** So long a message may be on its way without a word about it, in ms. */
const USUAL = 5_000;

const link = element("a", "unsent", "");
link.href = "/outbox/";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function show() {
  clearTimeout(timer);
  const entries = outbox.entries();
  const late = entries.filter((entry) => outbox.isIdle(entry) || Date.now() - entry.at >= USUAL);
  if (late.length < entries.length) timer = setTimeout(show, USUAL);
  const words = `${gettext("Not sent yet")}: ${late.length}`;
  if (!late.length) return link.remove();
  if (link.textContent !== words) link.textContent = words;
  if (!link.isConnected) one(document, "#sidebar")?.append(link);
}

on("outbox:changed", show);
show();
