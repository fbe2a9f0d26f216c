// @ts-check
/**
 * <search-form>: hits stand on the page as they are found. Without scripts the form's answer is a page that grows. Whoever
 * comes back from one finds them again: only the tab's own history has the words.
 */

import { element, gettext, one, parse, request, say } from "../helpers/page.js";
import { textOf } from "../helpers/stream.js";
import { showTimes } from "../helpers/times.js";
import { refused, unreachable } from "../helpers/trouble.js";

const END = "</li>";

class SearchForm extends HTMLElement {
  #abort = new AbortController();
  /** What was looked for on this page before, by whom, and which hit was followed. @type {Record<string, string>} */
  #past = history.state ?? {};

  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#note({ words: this.#box.value, signin: document.documentElement.dataset.signin ?? "" });
      this.#search();
    });
    this.#list.addEventListener("click", ({ target }) => {
      const hit = /** @type {Element} */ (target).closest("a") && /** @type {Element} */ (target).closest("[data-message]");
      if (hit) this.#note({ ...this.#past, hit: hit.id });
    });
    one(this.#busy, "a").addEventListener("click", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#abort.abort();
      this.#box.focus();
    });
    showTimes(this);
    if (!this.#past.words || this.#past.signin !== document.documentElement.dataset.signin) return;
    this.#box.value = this.#past.words;
    this.#search();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  async #search() {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    say("");
    this.#list.replaceChildren();
    this.#busy.hidden = false;
    try {
      await this.#show(signal);
    } catch {
      if (this.#abort.signal !== signal) return; // another search has begun
      if (signal.aborted) this.#list.append(element("li", "hits__end", gettext("The search was cancelled.")));
      else unreachable();
    }
    if (this.#abort.signal !== signal) return;
    this.#busy.hidden = true;
    one(this, "[role=status]").textContent = one(this, ".hits__end")?.textContent.trim() ?? "";
  }

  /** @param {AbortSignal} signal */
  async #show(signal) {
    const form = one(this, "form");
    const response = await request(form.action, /** @type {string[][]} */ ([...new FormData(form)]), signal);
    if (!response.ok) return refused(await response.text());
    let html = "";
    for await (const text of textOf(response)) {
      html += text;
      const end = html.lastIndexOf(END) + END.length;
      if (end < END.length) continue;
      const found = parse(html.slice(0, end));
      html = html.slice(end);
      showTimes(found);
      this.#list.append(found);
      this.#return();
    }
  }

  /** Back to the hit that was followed, unless the reader has gone elsewhere or typed meanwhile. */
  #return() {
    if (!this.#past.hit || this.#past.words !== this.#box.value) return;
    if (document.activeElement !== document.body && document.activeElement !== this.#box) return;
    /** @type {HTMLElement | null} */ (this.#list.querySelector(`#${CSS.escape(this.#past.hit)} a`))?.focus();
  }

  /** @param {Record<string, string>} past */
  #note(past) {
    this.#past = past;
    history.replaceState(past, "");
  }

  get #box() {
    return /** @type {HTMLInputElement} */ (one(this, "input[name=q]"));
  }

  get #busy() {
    return one(this, ".busy");
  }

  get #list() {
    return one(this, ".hits");
  }
}

customElements.define("search-form", SearchForm);
