// @ts-check
/** <outbox-list>: the messages of all conversations that are waiting or have failed, to send or discard them all. */

import { all, gettext, on, one, patch } from "../helpers/page.js";
import { inWords } from "../helpers/times.js";
import { outbox } from "../models/outbox.js";

class OutboxList extends HTMLElement {
  connectedCallback() {
    on("outbox:changed", () => this.#show());
    on("conversations:placed", () => this.#show());
    one(this, "[data-all=retry]").onclick = () => outbox.retryAll();
    one(this, "[data-all=discard]").onclick = () => {
      const sure = gettext("Discard all messages that were not sent? They can't be brought back.");
      if (confirm(sure)) outbox.discardAll();
    };
    this.#show();
  }

  #show() {
    const entries = outbox.entries();
    const list = one(this, "ul");
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const at = all(list, "li").findIndex((row) => focused && row.contains(focused));
    const known = new Map(all(list, "li").map((row) => [row.dataset.message, row]));
    list.replaceChildren(
      ...entries.map((entry) => {
        const row = this.#row(entry);
        const old = known.get(entry.id);
        if (old) patch(old, row);
        return old ?? row;
      }),
    );
    one(this, "[data-all=retry]").hidden = !entries.some(({ state }) => state === "failed");
    one(this, ".page-actions").hidden = !entries.some((entry) => outbox.isIdle(entry));
    one(this, ".outbox-list__none").textContent = entries.length ? "" : gettext("Nothing waits to be sent.");
    if (focused) this.#focus(focused, at);
  }

  /**
   * The focus stays; from what is gone it goes on to the next message's buttons, or else to the page.
   * @param {Element} focused @param {number} at the message's place, -1 for those of all
   */
  #focus(focused, at) {
    const rows = all(this, "li");
    const buttons = [...rows.slice(Math.max(at, 0)), ...rows.reverse()].flatMap((row) => all(row, "button"));
    const isShown = (/** @type {Element} */ element) => element.getClientRects().length > 0;
    [focused, ...buttons, this.closest("[tabindex]")].find(isShown)?.focus({ preventScroll: true });
  }

  /** What people wrote goes in as text only. @param {import("../models/outbox.js").Entry} entry */
  #row(entry) {
    const { id, conversation, text, at, state, cause = "" } = entry;
    const row = one(this, "template").content.firstElementChild.cloneNode(true);
    const failed = state === "failed";
    const title = one(document, `#conversation-${CSS.escape(conversation)} .conversation__title`);
    const to = one(row, "a");
    Object.assign(row.dataset, { message: id, state });
    to.href = `/conversations/${conversation}/`;
    to.textContent = title?.textContent ?? gettext("Conversation");
    const idle = outbox.isIdle(entry);
    const pending = idle ? gettext("Waits for the connection") : gettext("Sending");
    const words = [inWords(at), failed ? gettext("Not sent") : pending, cause];
    one(row, ".page-list__detail").textContent = words.filter(Boolean).join(" · ");
    one(row, ".outbox-list__text").textContent = text;
    one(row, "[data-action=retry]").hidden = !failed;
    one(row, ".page-actions").hidden = !idle;
    return row;
  }
}

customElements.define("outbox-list", OutboxList);
