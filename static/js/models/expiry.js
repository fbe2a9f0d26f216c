// @ts-check
/** Rows go when their time is over, by the server's clock as far as it shows; days get other names at midnight. */

const LONGEST_TIMER = 2 ** 31 - 1;

export class Expiry {
  #changed;
  /** By how much this computer's clock runs ahead of the server's. */ #ahead = 0;
  #timer = 0;

  /** @param {HTMLElement[]} rows just rendered @param {() => void} changed */
  constructor(rows, changed) {
    this.#changed = changed;
    this.learn(rows);
  }

  /**
   * If rows that were just rendered look expired, the clock is wrong; if they may have waited for this tab, only `beyond`
   * so many ms. @param {HTMLElement[]} rows @param {number} [beyond]
   */
  learn(rows, beyond = 0) {
    const over = rows.map((row) => Date.now() + 1000 - expiry(row)).filter((by) => by > beyond);
    this.#ahead = Math.max(this.#ahead, ...over);
  }

  /** @param {HTMLElement[]} rows */
  sweep(rows) {
    for (const row of rows) if (expiry(row) + this.#ahead <= Date.now()) row.remove();
  }

  /** One timer, for the next row to expire or the next midnight. @param {HTMLElement[]} rows */
  wait(rows) {
    clearTimeout(this.#timer);
    const next = Math.min(new Date().setHours(24, 0, 0, 0), ...rows.map((row) => expiry(row) + this.#ahead));
    this.#timer = setTimeout(this.#changed, Math.min(Math.max(next - Date.now(), 0) + 50, LONGEST_TIMER));
  }

  stop() {
    clearTimeout(this.#timer);
  }
}

/** When a row goes, in ms; most never do while someone looks. @param {HTMLElement} row */
const expiry = (row) => Date.parse(row.dataset.expires ?? "") || Infinity;
