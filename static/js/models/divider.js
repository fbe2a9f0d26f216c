// @ts-check
/** The line above what was unread when the conversation was opened. It stays as long as the conversation is open. */

import { gettext, userid } from "../helpers/page.js";
import { nextRow, separator } from "./rows.js";

export class Divider {
  /** @type {HTMLElement | undefined} */ #line;

  /** Draws it where it belongs by what is loaded; not, where nothing is new. @param {HTMLElement[]} rows */
  draw(rows) {
    const { read, readAt } = rows[0]?.closest("section")?.dataset ?? {};
    if (readAt === undefined) return;
    const last = rows.findIndex((row) => row.dataset.message === read);
    const unread = last < 0 ? rows.filter((row) => String(row.dataset.created) > readAt) : rows.slice(last + 1);
    const first = unread.find((row) => row.dataset.sender !== userid);
    if (!first) return;
    this.#line ??= separator("unread", gettext("New messages"));
    const above = first.previousElementSibling;
    (above?.matches(".day") ? above : first).before(this.#line);
  }

  /** What is unread may begin further up than it looked. @param {HTMLElement[]} rows */
  redraw(rows) {
    if (this.#line) this.draw(rows);
  }

  /** It goes with the last row below it. */
  tidy() {
    if (this.#line && !nextRow(this.#line)) this.#line.remove();
  }

  drop() {
    this.#line?.remove();
    this.#line = undefined;
  }

  get line() {
    return this.#line;
  }
}
