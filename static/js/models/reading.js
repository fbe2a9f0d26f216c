// @ts-check
/**
 * Tells the portal what was really seen: rows of others that end within the view, a second after something moved, in a
 * page that is visible and has the focus. What was marked as unread stays so until one has been elsewhere.
 */

import { all, on, request, userid } from "../helpers/page.js";

const PAUSE = 1_000;

export class Reading {
  #list;
  #abort = new AbortController();
  /** @type {Set<string>} */ #told = new Set();
  #held = false;
  #timer = 0;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
    const { signal } = this.#abort;
    for (const name of ["conversation:changed", "messages:placed", "live:state"]) on(name, () => this.#soon(), signal);
    for (const name of ["focus", "resize"]) addEventListener(name, () => this.#soon(), { signal });
    addEventListener("blur", () => this.#left(), { signal });
    document.addEventListener("visibilitychange", () => this.#left(), { signal });
    document.addEventListener("submit", (event) => this.#submitted(event), { signal });
    list.addEventListener("scroll", () => this.#soon(), { passive: true, signal });
    this.#soon();
  }

  stop() {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  #soon() {
    this.#timer ||= setTimeout(() => this.#look(), PAUSE);
  }

  #look() {
    this.#timer = 0;
    if (this.#held || document.hidden || !document.hasFocus()) return;
    const seen = this.#seen().filter((id) => !this.#told.has(id));
    if (seen.length) this.#tell(seen);
  }

  /** @param {string[]} ids in the order they stand */
  async #tell(ids) {
    for (const id of ids) this.#told.add(id);
    const { conversation } = /** @type {HTMLElement} */ (this.#list.closest("#conversation")).dataset;
    const path = `/conversations/${conversation}`;
    const posts = [
      request(`${path}/read/`, { message: ids[ids.length - 1] }),
      request(`${path}/reports/`, ids.map((id) => ["message", id])),
    ];
    const answers = await Promise.allSettled(posts);
    const failed = answers.some((answer) => answer.status === "rejected" || answer.value.status >= 500);
    if (failed) for (const id of ids) this.#told.delete(id); // they are told with the next ones
  }

  /** @param {SubmitEvent} event */
  #submitted({ submitter }) {
    if (submitter?.getAttribute("name") === "unread") this.#held = true;
  }

  /** Whoever comes back begins anew. */
  #left() {
    if (this.#held) this.#told.clear();
    this.#held = false;
    this.#soon();
  }

  #seen() {
    const { top, bottom } = this.#list.getBoundingClientRect();
    return all(this.#list, ":scope > [data-message]")
      .filter((row) => {
        const end = row.getBoundingClientRect().bottom;
        return row.dataset.sender !== userid && end > top && end <= bottom + 1;
      })
      .map((row) => row.dataset.message);
  }
}
