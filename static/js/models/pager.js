// @ts-check
/**
 * Fetches older messages when their link comes near the view, and has later ones put back when their button does. A
 * failure leaves a button in the link's place, until it is pressed or the line to the portal is back.
 */

import { fetched } from "../helpers/fetched.js";
import { all, element, gettext, on } from "../helpers/page.js";

const AHEAD = "600px 0px";

export class Pager {
  #list;
  #place;
  #later;
  #busy = false;
  #abort = new AbortController();
  #observer;

  /**
   * @param {HTMLElement} list @param {(link: HTMLAnchorElement, page: DocumentFragment) => void} place
   * @param {() => void} later
   */
  constructor(list, place, later) {
    this.#list = list;
    this.#place = place;
    this.#later = later;
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { root: list, rootMargin: AHEAD });
    const { signal } = this.#abort;
    list.addEventListener("click", (event) => this.#clicked(event), { signal });
    on("live:state", () => this.#reconnected(), signal);
  }

  /** Looks again at where the links are: observing anew reports at once what is in view. */
  watch() {
    this.#observer.disconnect();
    const ends = this.#busy ? ":scope > .newer" : ":scope > :is(.older, .newer)";
    all(this.#list, ends).forEach((end) => this.#observer.observe(end));
  }

  stop() {
    this.#abort.abort();
    this.#observer.disconnect();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    // The lowest first: it is the one next to what is being read.
    const entry = entries.filter(({ isIntersecting }) => isIntersecting).pop();
    if (entry?.target.matches(".newer")) this.#later();
    else if (entry) this.#load(/** @type {HTMLAnchorElement} */ (entry.target));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".newer")) return this.#later();
    const retry = target.closest(".older-retry");
    const link = retry ? this.#restored(retry) : /** @type {HTMLAnchorElement | null} */ (target.closest(".older"));
    if (!link) return;
    event.preventDefault();
    this.#load(link);
  }

  #reconnected() {
    if (document.documentElement.dataset.live !== "on") return;
    for (const retry of all(this.#list, ":scope > .older-retry")) this.#restored(retry);
    this.watch();
  }

  /** The link that a retry button stands for, in its place again. @param {Element} retry */
  #restored(retry) {
    const link = /** @type {HTMLAnchorElement} */ (retry.previousElementSibling);
    link.hidden = false;
    handOver(retry, link);
    retry.remove();
    return link;
  }

  /** @param {HTMLAnchorElement} link */
  async #load(link) {
    if (this.#busy) return;
    this.#busy = true;
    link.setAttribute("aria-busy", "true");
    const page = await fetched(link.href);
    link.removeAttribute("aria-busy");
    this.#busy = false;
    if (!page) this.#failed(link);
    else if (link.isConnected && !this.#abort.signal.aborted) {
      handOver(link, this.#list);
      this.#place(link, page);
    }
    if (!this.#abort.signal.aborted) this.watch();
  }

  /** @param {HTMLAnchorElement} link */
  #failed(link) {
    const retry = element("button", "older-retry button", gettext("Earlier messages could not be loaded. Try again"));
    retry.type = "button";
    link.after(retry);
    handOver(link, retry);
    link.hidden = true;
  }
}

/** The keyboard's place is not lost with what goes. @param {HTMLElement} going @param {HTMLElement} next */
function handOver(going, next) {
  if (going === document.activeElement) next.focus({ preventScroll: true });
}
