// @ts-check
/** <composer-form>: where one writes. Enter sends, or Ctrl Enter if one prefers; what is not sent yet is kept as a draft of this conversation. */

import { gettext, idle, language, one, say, store } from "../helpers/page.js";

const LONGEST = 20_000; // characters, as the server counts them
const NEAR = 1_000; // to that

export class ComposerForm extends HTMLElement {
  /** @type {Promise<typeof import("../models/outbox.js")>} */ #outbox;
  #sending = false;

  connectedCallback() {
    addEventListener("storage", this.#changedElsewhere);
    const draft = store.get(this.#draft) ?? "";
    const again = Boolean(this.#outbox); // it was out of the page
    if (!again) this.#begin();
    this.#text.value = again ? draft : this.#text.value || draft;
    this.#grow();
    if (again || draft) this.#count();
    // Whoever opens a conversation means to write, unless that would bring up a keyboard over the messages.
    const focused = document.activeElement;
    const unfocused = !focused || focused === document.body || focused.closest(".conversation");
    if (unfocused && matchMedia("(pointer: fine)").matches) this.#text.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    removeEventListener("storage", this.#changedElsewhere);
  }

  #begin() {
    this.#outbox = idle().then(() => import("../models/outbox.js"));
    this.#outbox.catch(() => {}); // seen again, and dealt with, when something is sent
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
    if (document.documentElement.dataset.enter === "line" && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #typed() {
    if (this.#text.value) store.set(this.#draft, this.#text.value);
    else store.delete(this.#draft);
    this.#grow();
    this.#count();
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
    this.#grow();
    this.#count();
  };

  /** @param {SubmitEvent} event */
  async #submitted(event) {
    event.preventDefault();
    if (this.#sending) return;
    this.#sending = true;
    try {
      const { outbox } = await this.#outbox;
      this.#send(outbox);
    } catch {
      this.#form.submit(); // without its script the form still works as a form
    } finally {
      this.#sending = false;
    }
  }

  /** @param {import("../models/outbox.js").Outbox} outbox */
  #send(outbox) {
    const text = this.#text.value;
    if (!text.trim()) return;
    if (left(text) < 0) {
      return say(gettext("This message is longer than 20,000 characters. Shorten it, or send it in parts."));
    }
    say("");
    this.#text.value = "";
    this.#typed();
    this.#text.focus({ preventScroll: true });
    outbox.send(this.#conversation, text);
  }

  // Internal

  /** How much room is left, once that is little. */
  #count() {
    const room = left(this.#text.value);
    const words = room < 0 ? gettext("Characters too many:") : gettext("Characters left:");
    const near = room <= NEAR;
    one(this, ".composer__limit").textContent = near ? `${words} ${Math.abs(room).toLocaleString(language)}` : "";
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
