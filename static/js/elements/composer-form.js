// @ts-check
/** <composer-form>: where one writes. Enter sends, or Ctrl Enter if one prefers; what is not sent yet is kept as a draft of this conversation. */

import { gettext, idle, language, needed, on, one, say, store } from "../helpers/page.js";

const LONGEST = 20_000; // characters, as the server counts them
const NEAR = 1_000; // to that
const REST = 1_000; // ms

export class ComposerForm extends HTMLElement {
  /** @type {Promise<typeof import("../models/outbox.js")>} */ #outbox;
  /** @type {AbortController} */ #abort;
  /** What was sent, as long as the outbox is still being loaded: of a page that is left it is a draft. @type {string[]} */
  #going = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #resting;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    addEventListener("storage", this.#changedElsewhere, { signal });
    // What is written until the next conversation is here is not meant for this one.
    on("navigation:start", () => (this.#text.readOnly = true), signal);
    on("navigation:failed", () => (this.#text.readOnly = false), signal);
    const draft = store.get(this.#draft) ?? "";
    const again = Boolean(this.#outbox); // it was out of the page
    if (!again) this.#begin();
    this.#text.readOnly = false;
    if (!this.#going.length) this.#text.value = again ? draft : this.#with(draft);
    if (again || draft) this.#typed();
    else this.#grow();
    // Whoever opens a conversation means to write, unless that would bring up a keyboard over the messages.
    const focused = document.activeElement;
    const left = focused?.closest(".conversation, #conversation"); // a row, or what this one takes the place of
    const unfocused = !focused || focused === document.body || (left && !left.contains(this));
    if (unfocused && matchMedia("(pointer: fine)").matches) this.#text.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  #begin() {
    this.#outbox = idle().then(() => needed(() => import("../models/outbox.js")));
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    this.#text.addEventListener("input", () => this.#typed());
    one(this, ".composer__emoji").addEventListener("click", async ({ currentTarget: button }) =>
      (await import("./emoji-picker.js")).open(button, this.#text),
    );
  }

  // Actions

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return;
    if (this.#text.readOnly) return;
    if (document.documentElement.dataset.enter === "line" && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #typed() {
    const draft = [...this.#going, this.#text.value].filter(Boolean).join("\n");
    if (draft) store.set(this.#draft, draft);
    else store.delete(this.#draft);
    this.#resized();
  }

  /**
   * Another tab writes the same draft, or has sent it. What is being written here stays; what was sent goes in any case,
   * or the next key would bring it back.
   * @param {StorageEvent} event
   */
  #changedElsewhere = ({ key, oldValue, newValue }) => {
    if (key !== store.prefix + this.#draft) return;
    const [before, now] = [oldValue, newValue].map((value) => JSON.parse(value ?? '""'));
    const writing = document.hasFocus() && document.activeElement === this.#text;
    if (this.#text.value !== before || (writing && now)) return;
    this.#text.value = now;
    this.#resized();
  };

  /** @param {SubmitEvent} event */
  async #submitted(event) {
    event.preventDefault();
    const text = this.#text.value;
    if (!text.trim()) return;
    if (left(text) < 0) {
      return say(gettext("This message is longer than 20,000 characters. Shorten it, or send it in parts."));
    }
    say("");
    const conversation = this.#conversation;
    this.#going.push(text);
    this.#text.value = "";
    this.#typed();
    this.#text.focus({ preventScroll: true });
    const { outbox } = await this.#outbox; // on a slow line one has written on by then
    this.#going.shift();
    this.#typed();
    outbox.send(conversation, text);
  }

  // Internal

  /** The draft, and what was written before the scripts were here; or what a form has sent back. @param {string} draft */
  #with(draft) {
    const { value, defaultValue } = this.#text;
    return draft && value && value !== draft && !defaultValue ? `${draft}\n${value}` : value || draft;
  }

  #resized() {
    this.#grow();
    this.#count();
  }

  /** How much room is left, once that is little: shown with each key, read out once the keys rest. */
  #count() {
    const room = left(this.#text.value);
    const words = room < 0 ? gettext("Characters too many:") : gettext("Characters left:");
    const near = room <= NEAR ? `${words} ${Math.abs(room).toLocaleString(language)}` : "";
    one(this, ".composer__limit").textContent = near;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => (one(this, "[role=status]").textContent = near), REST);
    this.#text.setAttribute("aria-invalid", String(room < 0));
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.blockSize = "auto";
    this.#text.style.blockSize = `${this.#text.scrollHeight + this.#text.offsetHeight - this.#text.clientHeight}px`;
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  get #text() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  get #conversation() {
    return /** @type {HTMLElement} */ (this.closest("#conversation")).dataset.conversation ?? "";
  }

  get #draft() {
    return `draft:${this.#conversation}`;
  }
}

/** How many more characters a message may have; exactly, once there may be many. @param {string} text */
const left = (text) => LONGEST - (text.length > LONGEST - NEAR ? [...text].length : text.length);
