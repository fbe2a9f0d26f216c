// @ts-check
/** <search-form>: hits stand on the page as they are found. Without scripts the form's answer is a page that grows. */

import { element, gettext, one, parse, request, say } from "../helpers/page.js";
import { textOf } from "../helpers/stream.js";
import { showTimes } from "../helpers/times.js";
import { refused, unreachable } from "../helpers/trouble.js";

const END = "</li>";

class SearchForm extends HTMLElement {
  #abort = new AbortController();

  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
    one(this.#busy, "a").addEventListener("click", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#abort.abort();
      one(this, "input[name=q]").focus();
    });
    showTimes(this);
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
    }
  }

  get #busy() {
    return one(this, ".busy");
  }

  get #list() {
    return one(this, ".hits");
  }
}

customElements.define("search-form", SearchForm);
