// @ts-check
/** <conversation-filter>: narrows the list while one types, accents and case aside. Without scripts, a GET form. */

import { fetched } from "../helpers/fetched.js";
import { narrow } from "../helpers/narrow.js";
import { all, emit, on, one } from "../helpers/page.js";

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
    const link = this.#wanted && one(rows().find((row) => !row.hidden) ?? this, "a");
    if (!link) return;
    link.focus(); // so that the composer takes it over
    link.click();
  }

  #filter() {
    narrow(rows(), ".conversation__title", this.#wanted, one(document, ".conversation-list__none"));
  }

  get #wanted() {
    return one(this, "input").value.trim();
  }
}

customElements.define("conversation-filter", ConversationFilter);
