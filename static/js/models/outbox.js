// @ts-check
/**
 * Messages on their way, one entry each in the browser's storage until the server has answered. The id made here is
 * the message's id for good, so an entry can be sent again without becoming two messages.
 */

import { all, emit, gettext, on, one, parse, request, shownConversation, store, uuid, wordsIn } from "../helpers/page.js";
import { filledCopy, onItsWay } from "./rows.js";
import { exclusively } from "./turns.js";

/**
 * `posting`: a tab has asked the server to take it. `lost`: no answer of the portal's came at all; `again`: nor did one
 * when it was sent once more by itself.
 * @typedef {{ id: string, conversation: string, text: string, at: number, state: "pending" | "failed" | "discarded",
 *   posting?: boolean, cause?: string, lost?: boolean, again?: boolean }} Entry
 */

const KEY = "outbox:";
const AGAIN = 3_000;

class Outbox {
  /** The device has no network: what is written waits, and can still be discarded. */ offline = false;
  /** Conversations being worked on. */ #draining = new Set();
  /** Requests under way, by the message's id. @type {Map<string, Promise<unknown>>} */ #posts = new Map();
  #connected = false;

  constructor() {
    on("conversation:changed", () => this.#open());
    // The live event may be here before the answer.
    on("messages:placed", (ids) => ids.forEach((/** @type {string} */ id) => this.#settle(id)));
    on("live:conversation", () => this.#forget());
    on("live:state", (line) => this.#follow(line));
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("storage", (event) => this.#changedElsewhere(event));
    this.#open();
    emit("live:ask");
  }

  /** All that is waiting or has failed, in the order they were written. @returns {Entry[]} */
  entries() {
    const entries = store.keys(KEY).map((key) => store.get(key));
    return entries.filter(Boolean).sort((a, b) => a.at - b.at);
  }

  retryAll() {
    for (const entry of this.entries()) if (entry.state === "failed") this.#retry(entry);
  }

  discardAll() {
    for (const entry of this.entries()) if (this.isIdle(entry)) this.#discard(entry);
  }

  /** @param {string} conversation @param {string} text */
  send(conversation, text) {
    // What no answer came for was written before, so it goes first.
    for (const entry of this.#of(conversation)) if (entry.lost) this.#retry(entry);
    const at = Math.max(Date.now(), (this.entries().at(-1)?.at ?? 0) + 1); // in order also where the clock is set back
    /** @type {Entry} */
    const entry = { id: uuid(), conversation, text, at, state: "pending" };
    store.set(KEY + entry.id, entry);
    // Before it is drawn, which takes as long as the way to the server. Where nothing else waits it need not wait for
    // its turn either; a tab that takes it up meanwhile sends the same id.
    this.#drain(conversation);
    if (!this.offline && this.#of(conversation).length === 1) this.#post(entry);
    emit("outbox:changed");
    this.#show(entry, true);
  }

  /** Shows what was left of the conversation on screen, and sends what still can be. */
  #open() {
    const conversation = shownConversation();
    if (!conversation) return;
    this.#of(conversation).forEach((entry) => this.#show(entry));
    this.#drain(conversation);
  }

  /**
   * What waited for the line goes out, and what no answer came for: by itself when the line is back.
   * @param {import("./line.js").Line} line
   */
  #follow({ state }) {
    const was = { offline: this.offline, connected: this.#connected };
    this.offline = state === "offline";
    this.#connected = state === "live" || state === "polling";
    const back = this.#connected && !was.connected;
    if (this.offline === was.offline && !back) return;
    for (const entry of this.entries()) {
      if (entry.lost && back) this.#retry(entry);
      if (entry.state === "pending") this.#show(entry);
      this.#drain(entry.conversation);
    }
    emit("outbox:changed");
  }

  // Sending

  /** In order, one at a time, by one tab. @param {string} conversation */
  async #drain(conversation) {
    if (this.#draining.has(conversation)) return;
    this.#draining.add(conversation);
    try {
      while (this.#next(conversation)) {
        await exclusively(`${KEY}${conversation}`, async () => {
          for (let entry = this.#next(conversation); entry; entry = this.#next(conversation)) await this.#post(entry);
        });
      }
    } finally {
      this.#draining.delete(conversation);
    }
  }

  /** What another tab sent and was cleared before this one heard of it would wait here for ever. */
  #forget() {
    for (const { dataset } of all(document, "[data-message]").filter(onItsWay)) {
      if (!store.get(KEY + dataset.message)) emit("outbox:gone", { id: dataset.message });
    }
  }

  /** @param {string} conversation */
  #next(conversation) {
    return this.offline ? undefined : this.#of(conversation).find(({ state }) => state === "pending");
  }

  /** Whether no request about it is under way. @param {Entry} entry */
  isIdle(entry) {
    return entry.state === "failed" || (this.offline && !entry.posting);
  }

  /** Asks the server to take it, once at a time. @param {Entry} entry */
  #post(entry) {
    const post = this.#posts.get(entry.id) ?? this.#ask(entry).finally(() => this.#posts.delete(entry.id));
    this.#posts.set(entry.id, post);
    return post;
  }

  /** @param {Entry} entry */
  async #ask(entry) {
    const { id, conversation, text } = entry;
    let response;
    let html = "";
    store.set(KEY + id, { ...entry, posting: true });
    try {
      response = await request(`/conversations/${conversation}/messages/`, { text, id });
      html = await response.text();
    } catch {
      response = undefined;
    }
    if (!store.get(KEY + id)) return; // the live event settled it
    if (response?.status === 401) return new Promise(() => {}); // the page is leaving, and the entry stays
    const row = response?.ok && one(parse(html), `#message-${CSS.escape(id)}`);
    if (row) {
      if (row.dataset.instance === "gone") return this.#discard(entry); // cleared since, or further up
      this.#settle(id);
      return emit("outbox:sent", { conversation, id, html });
    }
    const words = response ? wordsIn(html) : "";
    const unknown = !response || response.ok || response.status >= 500;
    const doubt = gettext("It is not known whether this message arrived. Retry looks first and does not send it twice.");
    const cause = unknown ? `${words} ${doubt}`.trim() : words || gettext("The message was refused.");
    // A proxy in front of a portal that is down says so. What the portal itself answers has its policy.
    const lost = !response || (response.status >= 502 && !response.headers.has("Content-Security-Policy"));
    this.#update({ ...entry, state: "failed", cause, lost });
    // The line may have been back before a proxy said that the portal is not there: no line comes back after it.
    if (lost && !entry.again) setTimeout(() => this.#onceMore(id), AGAIN);
  }

  /** @param {string} id */
  #onceMore(id) {
    const entry = store.get(KEY + id);
    if (entry?.lost && this.#connected) this.#retry({ ...entry, again: true });
  }

  // Actions

  /** @param {MouseEvent} event */
  #clicked({ target }) {
    const button = target instanceof Element && target.closest("[data-action]");
    const id = button && button.closest("[data-message]")?.getAttribute("data-message");
    const entry = id && store.get(KEY + id);
    if (!entry || !this.isIdle(entry)) return;
    if (button.getAttribute("data-action") === "discard") this.#discard(entry);
    else this.#retry(entry);
    // The button is gone now. Where a finger pressed it, a keyboard would come up over the messages.
    if (matchMedia("(pointer: fine)").matches) one(document, "composer-form textarea")?.focus({ preventScroll: true });
  }

  /** @param {Entry} entry */
  #discard(entry) {
    store.set(KEY + entry.id, { ...entry, state: "discarded" }); // or other tabs would take it for sent
    this.#settle(entry.id);
    emit("outbox:gone", entry);
  }

  /** @param {Entry} entry */
  #retry(entry) {
    this.#update({ ...entry, state: "pending", cause: "", lost: false });
    this.#drain(entry.conversation);
  }

  /** Another tab sends, retries or discards. @param {StorageEvent} event */
  #changedElsewhere({ key, newValue, oldValue }) {
    if (!key?.startsWith(store.prefix + KEY)) return;
    emit("outbox:changed");
    /** @type {Entry} */
    const entry = JSON.parse(newValue ?? oldValue ?? "{}");
    if (entry.state === "discarded") emit("outbox:gone", entry);
    else if (newValue) this.#show(entry); // one that was sent is replaced by its live event
    if (newValue && entry.state === "pending") this.#drain(entry.conversation); // if that tab does not live to do it
  }

  // Entries

  /** @param {string} conversation */
  #of(conversation) {
    return this.entries().filter((entry) => entry.conversation === conversation);
  }

  /** It is sent, or not to be sent. @param {string} id */
  #settle(id) {
    if (!store.get(KEY + id)) return;
    store.delete(KEY + id);
    emit("outbox:changed");
  }

  /** @param {Entry} entry */
  #update(entry) {
    const idle = { ...entry, posting: false }; // that may be from a tab that is no more
    store.set(KEY + entry.id, idle);
    emit("outbox:changed");
    this.#show(idle);
  }

  /** @param {Entry} entry @param {boolean} [fresh] written just now */
  #show(entry, fresh = false) {
    if (entry.conversation !== shownConversation()) return;
    const row = filledCopy(entry, this.isIdle(entry));
    if (row) emit("outbox:copy", { conversation: entry.conversation, row, fresh });
  }
}

export const outbox = new Outbox();
