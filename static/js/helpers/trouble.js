// @ts-check
/** What went wrong, said in the page's alert region. */

import { emit, gettext, say, wordsIn } from "./page.js";

export const UNREACHABLE = gettext("The portal can't be reached. Check the connection and try again.");

/** Whoever waits for another conversation waits no more. @param {string} words */
function tell(words) {
  say(words);
  emit("navigation:failed");
}

/** There was no answer. */
export const unreachable = () => tell(UNREACHABLE);

// Much is loaded with its first use. Browsers name what could not be in words of their own, and all say "module".
addEventListener("unhandledrejection", ({ reason }) => /module/.test(reason?.message) && unreachable());

/** @param {string} [html] the answer, which may have the words for it */
export const refused = (html = "") => tell(wordsIn(html) || gettext("That did not work. Try again in a moment."));
