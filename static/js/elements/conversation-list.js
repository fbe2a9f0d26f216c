// @ts-check
/** The sidebar's list: rows placed by id, favourites first, then by last message; the open one marked. */

import "../models/badge.js"; // before any row is placed, or it would not know what is news
import { fetched } from "../helpers/fetched.js";
import { isAsking, process } from "../helpers/htmx.js";
import { all, emit, on, one, parse, patch, shownConversation, store } from "../helpers/page.js";

const LAST = "last";

class Conversations {
  /** The conversation on screen until now. @type {string | null} */ #left = null;

  constructor() {
    on("conversation:changed", () => queueMicrotask(() => this.#shown()));
    // htmx takes every click on a row; one that asks for another tab is the browser's.
    const leave = (/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) event.stopPropagation();
    };
    one(document, "#sidebar").addEventListener("click", leave, true);
    this.#rows.forEach(colour);
    this.#shown();
    this.#openLast();
  }

  /** @param {{ conversation?: string, header?: string, rows?: string, drop?: string[], availability?: string }} frame */
  apply({ conversation, header, rows, drop = [], availability }) {
    if (availability) showAvailability(availability);
    for (const id of drop) takeAway(this.#row(id));
    if (rows || drop.length) this.#place(parse(rows ?? ""));
    if (!header || conversation !== shownConversation()) return;
    const old = one(document, "#conversation-header");
    patch(old, one(parse(header), "header"));
    process(old);
  }

  /** The whole list anew. @param {DocumentFragment} fragment */
  refresh(fragment) {
    showAvailability(one(fragment, "[data-availability]")?.dataset.availability);
    for (const row of this.#rows) if (!fragment.getElementById(row.id)) takeAway(row);
    this.#list.removeAttribute("data-q");
    this.#place(fragment);
  }

  /** @param {DocumentFragment} fragment */
  #place(fragment) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    for (const fresh of all(fragment, ".conversation")) {
      const known = this.#row(fresh.dataset.conversation);
      const row = known ?? fresh;
      if (known) patch(known, fresh);
      // Among those of its second it stays where it stands.
      if (!known || this.#rows.some((other, at, rows) => at && before(other, rows[at - 1]))) {
        this.#list.insertBefore(row, this.#rows.find((other) => other !== row && before(row, other)) ?? null);
      }
      colour(row);
      process(row);
    }
    if (this.#rows.length) one(this.#list, ".conversation-list__empty")?.remove();
    this.#shown();
    if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
    emit("conversations:placed");
  }

  #shown() {
    const shown = shownConversation();
    if (shown) store.set(LAST, shown);
    for (const link of all(this.#list, "a[aria-current]")) link.removeAttribute("aria-current");
    // A page beside the conversations may be about one.
    this.#link(shown ?? one(document, "#conversation")?.dataset.page)?.setAttribute("aria-current", "page");
    if (!shown) this.#comeBack(this.#left);
    this.#left = shown;
  }

  /** On a phone the list takes the conversation's place: one stands in it where one came from. @param {string | null} left */
  #comeBack(left) {
    const { activeElement, body } = document;
    if (activeElement === body && !one(document, "#conversation")?.getClientRects().length) this.#link(left)?.focus();
  }

  /** The start page shows the conversation last open, where there is room beside the list, unless one is chosen there. */
  async #openLast() {
    const pane = one(document, "#conversation");
    const link = this.#link(store.get(LAST));
    if (location.pathname !== "/" || !pane?.getClientRects().length || shownConversation() || !link || isAsking()) return;
    emit("navigation:start");
    let chosen = false;
    document.addEventListener("navigation:start", () => (chosen = true), { once: true });
    const page = await fetched(link.href);
    const fresh = page && one(page, "section");
    if (!fresh || chosen || !pane.isConnected || location.pathname !== "/") return;
    document.title = one(page, "title")?.textContent ?? document.title;
    history.replaceState({ htmx: true }, "", link.href);
    pane.replaceWith(fresh);
    process(fresh);
  }

  get #list() {
    return one(document, "#conversation-list");
  }

  get #rows() {
    return all(this.#list, ".conversation");
  }

  /** @param {string | null} id */
  #row(id) {
    return this.#rows.find((row) => row.dataset.conversation === id);
  }

  /** @param {string | null} id */
  #link(id) {
    return one(this.#row(id) ?? new DocumentFragment(), "a");
  }
}

/** @param {string | undefined} action */
async function showAvailability(action) {
  if (one(document, "button[name=action]")) (await import("./availability.js")).show(action);
}

/** @param {HTMLElement} row @param {HTMLElement} other */
function before(row, other) {
  const [mine, theirs] = [row, other].map(({ dataset }) => "favorite" in dataset);
  return mine === theirs ? Number(row.dataset.order) > Number(other.dataset.order) : mine;
}

/** The focus in a row that goes is the next one's. @param {HTMLElement | undefined} row */
function takeAway(row) {
  if (row?.contains(document.activeElement)) one(row.nextElementSibling ?? row.parentElement, "a")?.focus();
  row?.remove();
}

/** The person's colour for a conversation: the policy forbids style attributes in HTML. @param {HTMLElement} row */
function colour(row) {
  if (row.dataset.color) row.style.setProperty("--conversation-color", row.dataset.color);
  else row.removeAttribute("style");
}

export const conversations = new Conversations();
