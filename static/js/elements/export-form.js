// @ts-check
/** <export-form>: downloads with a progress bar and a way to end them. Without scripts its links are plain downloads. */

import { gettext, language, one, request, say } from "../helpers/page.js";
import { textOf } from "../helpers/stream.js";
import { refused, unreachable } from "../helpers/trouble.js";

/** What a line with a message begins with, and what stands in the last lines of a file that is not complete. */
const FORMATS = {
  html: { message: /^<article/gm, incomplete: 'data-complete="false"' },
  txt: { message: /^\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}/gm, incomplete: "\n!!! " },
  json: { message: /^\{"id"/gm, incomplete: '"complete": false' },
};
const ENDING = 2000;

class ExportForm extends HTMLElement {
  /** @type {AbortController | undefined} */ #abort;

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const link = /** @type {HTMLAnchorElement | null} */ (target.closest("a[href*='format=']"));
      if (target.closest("button")) this.#abort?.abort();
      if (!link) return;
      event.preventDefault();
      this.#export(link);
    });
  }

  disconnectedCallback() {
    this.#abort?.abort();
  }

  /** @param {HTMLAnchorElement} link */
  async #export(link) {
    this.#abort?.abort();
    const { signal } = (this.#abort = new AbortController());
    say("");
    this.#bar.removeAttribute("value");
    one(this, ".busy__count").textContent = "";
    this.#busy.hidden = false;
    this.#say(gettext("Looking for the first message…"));
    try {
      await this.#fetch(link.href, signal);
    } catch {
      if (this.#abort.signal !== signal) return; // another export has begun
      this.#say(signal.aborted ? gettext("The export was cancelled.") : "");
      if (!signal.aborted) unreachable();
    }
    if (this.#abort.signal !== signal) return;
    if (this.#busy.contains(document.activeElement)) link.focus(); // the keyboard's place is not lost with its button
    this.#busy.hidden = true;
  }

  /** @param {string} url @param {AbortSignal} signal */
  async #fetch(url, signal) {
    const response = await request(url, undefined, signal);
    this.#say("");
    if (!response.ok) return refused(await response.text());
    const format = /** @type {keyof typeof FORMATS} */ (new URL(url).searchParams.get("format"));
    const { message, incomplete } = FORMATS[format];
    const total = Number(response.headers.get("X-Messages"));
    const parts = [];
    let line = "";
    let count = 0;
    let tail = "";
    for await (const text of textOf(response)) {
      parts.push(text);
      tail = (tail + text).slice(-ENDING);
      line += text;
      const end = line.lastIndexOf("\n") + 1;
      count += line.slice(0, end).match(message)?.length ?? 0;
      line = line.slice(end);
      this.#progress(Math.min(count, total), total);
    }
    save(new Blob(parts, { type: response.headers.get("Content-Type") ?? "" }), nameIn(response));
    const whole = !tail.includes(incomplete);
    this.#say(gettext("The file is saved."));
    if (!whole) say(gettext("The export is not complete; the file says why at its end."));
  }

  /** @param {number} count @param {number} total */
  #progress(count, total) {
    this.#bar.max = total || 1;
    this.#bar.value = count;
    one(this, ".busy__count").textContent = [count, total].map((number) => number.toLocaleString(language)).join(" / ");
  }

  /** @param {string} words */
  #say(words) {
    one(this, "[role=status]").textContent = words;
  }

  get #busy() {
    return one(this, ".busy");
  }

  get #bar() {
    return one(this, "progress");
  }
}

/** @param {Response} response */
function nameIn(response) {
  const [, name] = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") ?? "") ?? [];
  return name ? decodeURIComponent(name) : "";
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

customElements.define("export-form", ExportForm);
