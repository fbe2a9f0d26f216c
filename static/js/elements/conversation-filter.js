// @ts-check
/** <conversation-filter>: narrows the list while one types, accents and case aside. Without scripts, a GET form. */

import { fetched } from "../helpers/fetched.js";
import { all, emit, on, one, plain } from "../helpers/page.js";

const rows = () => all(document, "#conversation-list > [data-conversation]");

class ConversationFilter extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => this.#typed());
    this.addEventListener("submit", (event) => this.#submitted(event));
    on("conversations:placed", () => this.#filter());
    if (this.#wanted) this.#typed();
  }

  async #typed() {
    this.#filter();
    // A list the server has filtered is not the whole list.
    if (!one(document, "#conversation-list[data-q]")) return;
    const list = await fetched("/conversations/");
    if (list) emit("live:list", list);
  }

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault();
    if (this.#wanted) one(rows().find((row) => !row.hidden) ?? this, "a")?.click();
  }

  #filter() {
    const wanted = this.#wanted;
    for (const row of rows()) row.hidden = !plain(one(row, ".conversation__title").textContent).includes(wanted);
    const none = one(document, ".conversation-list__none");
    if (none) none.hidden = !wanted || rows().some((row) => !row.hidden);
  }

  get #wanted() {
    return plain(one(this, "input").value.trim());
  }
}

customElements.define("conversation-filter", ConversationFilter);
