// @ts-check
/** Where one can go: the conversations, the latest first, and the people; and which of them fit some words. */

import { fetched } from "../helpers/fetched.js";
import { all, gettext, on, one, plain, shownConversation } from "../helpers/page.js";

/** @typedef {{ name: string, href: string, avatar: Element, detail: string }} Place */

const MOST = 50;

/** Asked for once, and again when they have changed. @type {Promise<any[]> | undefined} */
let asked;
on("live:event", (frame) => {
  if (frame.people) asked = undefined;
});
on("live:list", () => (asked = undefined));

/** @param {string} path @param {string} selector @returns {Promise<any[]>} */
async function found(path, selector) {
  const page = await fetched(path);
  if (!page) throw new Error(path);
  return all(page, selector);
}

/** The one on screen comes last: one is there already. @returns {Promise<Place[]>} */
export async function conversations() {
  // A list the server has filtered is not the whole list.
  const filtered = one(document, "#conversation-list[data-q]");
  const listed = "#conversation-list > .conversation";
  const rows = filtered ? await found("/conversations/", listed) : all(document, listed);
  const order = (/** @type {HTMLElement} */ { dataset: { conversation, order } }) =>
    conversation === shownConversation() ? -1 : Number(order);
  return rows
    .sort((row, other) => order(other) - order(row))
    .map((row) => place(row, ".conversation__title", one(row, "a"), one(row, ".conversation__unread")?.textContent));
}

/** Everybody, by their conversation or else by their card. @returns {Promise<Place[]>} */
export async function people() {
  asked ??= found("/people/", "[data-person]");
  asked.catch(() => (asked = undefined));
  return (await asked).map((row) => {
    const write = one(row, "a.button");
    return place(row, ".people__name", write ?? one(row, "a"), write ? "" : gettext("No conversation yet"));
  });
}

/**
 * @param {Element} row @param {string} name a selector @param {HTMLAnchorElement} link @param {string} [detail]
 * @returns {Place}
 */
const place = (row, name, link, detail = "") => ({
  name: one(row, name).textContent,
  href: link.getAttribute("href") ?? "",
  avatar: one(row, ".avatar"),
  detail,
});

/** @param {Place[]} places @param {string} words @returns {Place[]} those that fit every word, the best first */
export function fitting(places, words) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return places
    .map((place) => ({ place, fits: wanted.map((word) => fit(plain(place.name), word)) }))
    .filter(({ fits }) => fits.every(Boolean))
    .sort((a, b) => total(b.fits) - total(a.fits))
    .slice(0, MOST)
    .map(({ place }) => place);
}

/** @param {number[]} fits */
const total = (fits) => fits.reduce((sum, fit) => sum + fit, 0);

/**
 * How well: 5 is it, 4 begins with it, 3 a word does, 2 has it, 1 has its letters in this order, 0 not at all.
 * @param {string} name @param {string} word
 */
function fit(name, word) {
  if (name === word) return 5;
  if (name.startsWith(word)) return 4;
  if (name.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) return 3;
  if (name.includes(word)) return 2;
  let at = -1;
  return [...word].every((letter) => (at = name.indexOf(letter, at + 1)) >= 0) ? 1 : 0;
}
