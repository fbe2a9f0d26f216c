// @ts-check
/**
 * Keeps the reader's place. At the end it stays at the end; anywhere else the row being read does not move, whatever
 * is added, removed or resized around it. The style sheet switches browsers' own scroll anchoring off: they differ.
 */

const NEAR = 40;

export class ScrollKeeper {
  atEnd = true;
  #list;
  #moved;
  #top = 0;
  #size = "";
  /** @type {{ row: Element, top: number }[]} */ #place = [];
  /** @type {AbortController} */ #abort;
  #resizes = new ResizeObserver(() => this.#resized());

  /** @param {HTMLElement} list what scrolls @param {() => void} moved called when the place may have changed */
  constructor(list, moved) {
    this.#list = list;
    this.#moved = moved;
    this.#start();
  }

  /** The list is back in the page: it stands where it stood. */
  resume() {
    this.#start();
    this.#restore();
  }

  #start() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true, signal });
    this.#size = this.#measuredSize();
    this.#resizes.observe(this.#list);
  }

  stop() {
    this.#abort.abort();
    this.#resizes.disconnect();
  }

  toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#remember();
  }

  /** @param {Element} row */
  to(row) {
    row.scrollIntoView({ block: "center" });
    this.#remember();
  }

  /** Brings what is above the view to its top. @param {Element} element */
  toTop(element) {
    const above = element.getBoundingClientRect().top - this.#list.getBoundingClientRect().top;
    if (above >= 0) return;
    this.#list.scrollTop += above;
    this.#remember();
  }

  /** @param {Element | undefined} element */
  isAtTop(element) {
    const above = element && element.getBoundingClientRect().top - this.#list.getBoundingClientRect().top;
    return above !== undefined && Math.abs(above) < 1;
  }

  /** Runs a change of the list around the reader. @param {() => void} change */
  keep(change) {
    this.#scrolled(); // the event of a scroll that just happened may still be on its way
    change();
    this.#restore();
  }

  /**
   * Runs a change the reader asked for: what they look at stays, even at the end.
   * @param {Element} anchor @param {() => void} change
   */
  hold(anchor, change) {
    const { top } = anchor.getBoundingClientRect();
    change();
    this.#list.scrollTop += anchor.getBoundingClientRect().top - top;
    this.#remember();
  }

  #restore() {
    if (this.atEnd) return this.toEnd();
    const known = this.#place.find(({ row }) => row.isConnected);
    if (known) this.#list.scrollTop += this.#offset(known.row) - known.top;
    this.#remember();
  }

  #scrolled() {
    // A scroll caused by a resize says nothing about what the reader wants.
    if (this.#list.scrollTop === this.#top || this.#measuredSize() !== this.#size) return;
    this.#remember();
  }

  #resized() {
    this.#size = this.#measuredSize();
    this.#restore();
  }

  #remember() {
    const { scrollTop, scrollHeight, clientHeight } = this.#list;
    this.#top = scrollTop;
    const whole = !this.#list.querySelector(":scope > .newer"); // or the end is not in the page
    this.atEnd = whole && scrollHeight - scrollTop - clientHeight <= NEAR;
    this.#place = this.atEnd ? [] : this.#visible().map((row) => ({ row, top: this.#offset(row) }));
    this.#moved();
  }

  /** Several, because the first may be the very one that goes. */
  #visible() {
    const rows = this.#list.querySelectorAll(":scope > [data-message]");
    const top = this.#list.getBoundingClientRect().top;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().bottom > top) high = middle;
      else low = middle + 1;
    }
    return [...rows].slice(low, low + 12);
  }

  /** Where the row's text stands: its name above may come and go with grouping. @param {Element} row */
  #offset(row) {
    const text = row.querySelector(".message__text") ?? row;
    return text.getBoundingClientRect().top - this.#list.getBoundingClientRect().top;
  }

  #measuredSize() {
    return `${this.#list.clientWidth}×${this.#list.clientHeight}`;
  }
}
