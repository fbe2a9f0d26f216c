// @ts-check
/**
 * <message-list>: the rows of one conversation, placed by id in the server's order, with days, groups and times in
 * the reader's own zone. Copies of messages on their way (`pending`, `failed`) stay at the end.
 */

import { all, emit, idle, needed, on, one, parse, patch, userid } from "../helpers/page.js";
import { Divider } from "../models/divider.js";
import { Expiry } from "../models/expiry.js";
import { append, arrange, decorate, mark, nextRow, onItsWay, rowsIn, showTime, woven } from "../models/rows.js";
import { ScrollKeeper } from "../models/scroll-keeper.js";

const DAY = 86_400_000; // ms
const MANY_ROWS = 250; // with a page more there are 300 at most

export class MessageList extends HTMLElement {
  /** @type {ScrollKeeper} */ #keeper;
  /** @type {AbortController} */ #abort;
  /** @type {import("../models/pager.js").Pager | undefined} */ #pager;
  /** Messages that came in below the reader's view. */ #missed = 0;
  /** Rows that keep their name though one of the same person was loaded above: they are being read. */
  #heads = new WeakSet();
  /** Rows that are further down than the page holds. */ #below = new DocumentFragment();
  #divider = new Divider();
  /** @type {Expiry} */ #expiry;
  /** @type {import("../models/reading.js").Reading | undefined} */ #reading;
  /** Whether it was left, and has not heard since what is new. */ #left = false;
  /** @type {typeof import("../models/window.js") | undefined} */ #window;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    on("live:event", (frame) => this.#arrive(frame), signal);
    on("live:conversation", (fragment) => this.#refresh(fragment), signal);
    on("live:wake", () => this.#change(), signal);
    on("preferences:changed", () => this.#prefer(), signal);
    on("outbox:copy", (copy) => this.#copy(copy), signal);
    on("outbox:sent", (sent) => this.#sent(sent), signal);
    on("outbox:gone", ({ id }) => this.#drop(id), signal);
    this.#button.addEventListener("click", () => this.#latest(), { signal });
    addEventListener("hashchange", () => this.#goToNamed(), { signal });
    this.addEventListener("keydown", ({ key }) => key === "End" && this.#latest(), { signal });

    if (this.#keeper) this.#resume();
    else this.#begin();
    this.#expiry.wait(this.#rows);
    emit("conversation:changed");
    this.#page(signal);
  }

  #begin() {
    this.#expiry = new Expiry(this.#rows, () => this.#change());
    this.#rows.forEach(showTime);
    this.#divider.draw(this.#settled);
    this.#decorate();
    this.#keeper = new ScrollKeeper(this, () => this.#moved());
    if (this.#goToNamed()) return;
    this.#keeper.toEnd();
    const unread = document.documentElement.dataset.opens !== "latest" && this.#divider.line;
    if (unread) this.#keeper.toTop(unread);
  }

  /** Shown again, maybe by another clock. */
  #resume() {
    this.#rows.forEach(showTime);
    this.#keeper.resume();
  }

  /** To the message that the address names; the portal looks for one that is not here. */
  #goToNamed() {
    const [, id] = /^#message-([\w-]+)$/.exec(location.hash) ?? [];
    const row = id && one(this, location.hash);
    if (row) this.#keeper.to(row);
    else if (id && new URLSearchParams(location.search).get("message") !== id) {
      location.replace(`/conversations/${this.#conversation}/?message=${id}${location.hash}`);
    }
    return row;
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#keeper.stop();
    this.#pager?.stop();
    this.#reading?.stop();
    this.#expiry.stop();
    this.#left = true;
    emit("conversation:changed");
    const pane = this.#pane;
    import("../models/kept.js").then(({ keep }) => keep(pane));
  }

  /** Older messages can be asked for once the list stands at its place. @param {AbortSignal} signal */
  async #page(signal) {
    await idle();
    const [{ Pager }, { Reading }] = await needed(() =>
      Promise.all([import("../models/pager.js"), import("../models/reading.js")]),
    );
    if (signal.aborted) return;
    this.#reading = new Reading(this);
    const later = () => this.#change(() => this.#window?.unpark(this, this.#below));
    this.#pager = new Pager(this, (link, page) => this.#prepend(link, page), later);
    this.#change();
  }

  // What happens

  /** @param {any} frame an `event` from the server */
  #arrive({ conversation, instance, messages = "", order = [], removed = [], marks = {}, seen = {} }) {
    if (conversation !== this.#conversation) return;
    if (instance !== undefined && instance !== this.#pane.dataset.instance) return; // cleared since, and had again
    const fresh = rowsIn(parse(messages));
    const unknown = [...fresh.values()].filter((row) => !this.#row(idOf(row)));
    const arrived = unknown.filter((row) => row.dataset.sender !== userid);
    if (!this.#keeper.atEnd) this.#missed += arrived.length;
    this.#change(() => {
      for (const id of removed) this.#row(id)?.remove();
      this.#place(fresh, order);
      for (const [id, state] of Object.entries(marks)) mark(this.#held(id), state, seen[id]);
    });
    emit("messages:arrived", arrived);
    emit("messages:placed", [...fresh.keys()]);
  }

  /**
   * The newest page anew. Where it joins what is held, older rows stay; where it doesn't, a reader at the end gets
   * just the page and one further up keeps their rows, with a gap that fills itself when it comes into view.
   * @param {DocumentFragment} fragment
   */
  #refresh(fragment) {
    const pane = one(fragment, "section");
    if (pane?.dataset.conversation !== this.#conversation) return;
    const fresh = rowsIn(pane);
    const order = [...fresh.keys()];
    const older = one(pane, ".older");
    const held = this.#known;
    const joint = held.findIndex((row) => row.dataset.message === order[0]); // one's own may be further on already
    const anew = pane.dataset.instance !== this.#pane.dataset.instance || !older || (joint < 0 && this.#keeper.atEnd);
    const kept = anew ? 0 : joint < 0 ? held.length : joint;
    const newest = order.map((id) => Boolean(this.#row(id))).lastIndexOf(true);
    const arrived = [...fresh.values()].slice(newest + 1).filter((row) => row.dataset.sender !== userid);
    if (!this.#keeper.atEnd) this.#missed += arrived.length;
    this.#change(() => {
      patch(one(this.#pane, "header"), one(pane, "header"));
      for (const row of held.slice(kept)) if (!fresh.has(idOf(row))) row.remove();
      if (anew) {
        this.#below.replaceChildren();
        this.#divider.drop();
        for (const gone of all(this, ":scope > :is(.older, .newer)")) gone.remove();
      }
      this.#place(fresh, order);
      // Something may be above also where nothing was until now: one's clock was behind.
      const topmost = joint === 0 && !one(this, ":scope > .older");
      if (older && (anew || joint < 0 || topmost)) this.#row(order[0])?.before(older);
    });
    this.#pane.dataset.instance = pane.dataset.instance;
    if (this.#left) this.#comeBack(pane);
    else emit("messages:arrived", arrived);
    emit("messages:placed", order);
  }

  /** What is new since the conversation was left stands below a line, as when it is opened. @param {HTMLElement} pane */
  #comeBack({ dataset: { read, readAt } }) {
    const { atEnd } = this.#keeper;
    this.#left = false;
    if (readAt === undefined) delete this.#pane.dataset.readAt;
    else Object.assign(this.#pane.dataset, { read, readAt });
    this.#change(() => {
      this.#divider.drop();
      this.#divider.draw(this.#settled);
    });
    if (atEnd && this.#divider.line) this.#keeper.toTop(this.#divider.line);
  }

  /**
   * A page of older rows goes in under the link that asked for it.
   * @param {HTMLAnchorElement} link @param {DocumentFragment} page
   */
  #prepend(link, page) {
    const rows = [...rowsIn(page).values()];
    const held = new Set([...this.children, ...this.#below.children].map(({ id }) => id)); // looked through only once
    const fresh = rows.filter(({ id }) => !held.has(id));
    const next = one(page, ".older");
    const below = nextRow(link);
    if (below && !below.classList.contains("message--grouped")) this.#heads.add(below);
    fresh.forEach(showTime);
    // Opened at the first of more unread ones than a page has: there it stays. Not through more than is kept in the page.
    const follows = !one(this, ":scope > .newer") && this.#keeper.isAtTop(this.#divider.line);
    this.#change(() => {
      link.after(...fresh);
      if (next && !held.has(rows[0]?.id)) link.replaceWith(next);
      else link.remove(); // nothing is older, or a gap has closed
      this.#divider.redraw(this.#settled);
    });
    if (follows) this.#keeper.toTop(this.#divider.line);
  }

  /**
   * A message of ours on its way, or refused.
   * @param {{ conversation: string, row: HTMLElement, fresh: boolean }} copy
   */
  #copy({ conversation, row, fresh }) {
    if (conversation !== this.#conversation) return;
    const id = row.dataset.message ?? "";
    if (this.#held(id)) return emit("messages:placed", [id]);
    const known = this.#row(id);
    const focused = known?.contains(document.activeElement) && one(row, ".message__actions").hidden;
    showTime(row);
    this.#change(() => (known ? patch(known, row) : this.append(row)));
    if (focused) this.focus({ preventScroll: true });
    if (fresh) this.#latest();
  }

  /** The server's row for a message of ours. @param {{ conversation: string, id: string, html: string }} sent */
  #sent({ conversation, id, html }) {
    if (conversation !== this.#conversation) return;
    const rows = rowsIn(parse(html));
    if (rows.get(id)?.dataset.instance !== this.#pane.dataset.instance) return this.#drop(id); // cleared meanwhile
    // If the live event was here first, the row already stands where it belongs.
    this.#change(() => this.#place(rows, this.#held(id) ? [] : [id]));
  }

  /** A message of ours on its way is not to be seen here any more. @param {string} id */
  #drop(id) {
    this.#change(() => this.#held(id) || this.#row(id)?.remove());
  }

  /** Other sizes may be preferred now, and another clock. */
  #prefer() {
    this.#change(() => this.#rows.forEach(showTime));
  }

  // Placing

  /** Every change goes through here: the reader stays where they are. @param {() => unknown} [change] */
  #change(change) {
    this.#keeper.keep(() => {
      change?.();
      this.#expiry.sweep(this.#rows);
      this.#decorate();
    });
    this.#expiry.wait(this.#rows);
    this.#pager?.watch();
    if (this.#rows.length > MANY_ROWS) this.#fit();
    if (one(this, ".message__fold")) this.#fold();
  }

  async #fit() {
    this.#window ??= await import("../models/window.js"); // at once, but for the first time
    this.#keeper.keep(() => {
      this.#window?.fit(this, this.#below);
      this.#decorate();
    });
    this.#pager?.watch();
  }

  async #fold() {
    (await import("../models/folding.js")).watchFolds(this, this.#keeper);
  }

  #latest() {
    if (this.#below.firstChild) this.#window?.unparkLast(this, this.#below);
    this.#keeper.toEnd();
    this.#change();
  }

  /**
   * Puts rows in the order given; one that is known changes only where it differs.
   * @param {Map<string | undefined, HTMLElement>} fresh @param {(string | undefined)[]} ids
   */
  #place(fresh, ids) {
    this.#expiry.learn([...fresh.values()], DAY);
    const copies = this.#rows.filter((row) => onItsWay(row) && !fresh.has(idOf(row)));
    const order = woven(this.#known.map(idOf), ids);
    for (const [id, row] of fresh) {
      const known = this.#row(id);
      showTime(row);
      if (!known) append(this, this.#below, row, copies);
      else {
        for (const own of ["message--grouped", "message--open"]) {
          row.classList.toggle(own, known.classList.contains(own));
        }
        const copied = onItsWay(known);
        patch(known, row);
        // It stands above what is still on its way, though that was written before.
        if (copied && copies.some((copy) => precedes(copy, known))) append(this, this.#below, known, copies);
      }
    }
    const rows = order.map((id) => this.#row(id)).filter((row) => row && !copies.includes(row));
    arrange(this, this.#below, rows, copies);
  }

  #decorate() {
    this.#divider.tidy();
    decorate(this, (row) => this.#heads.has(row) || Boolean(row.previousElementSibling?.matches(".unread")));
  }

  // Telling the reader

  #moved() {
    const { atEnd } = this.#keeper;
    if (atEnd) this.#missed = 0;
    const button = this.#button;
    if (atEnd && button === document.activeElement) this.focus({ preventScroll: true });
    button.hidden = atEnd;
    one(button, ".jump-to-latest__count").textContent = this.#missed || "";
  }

  // Looking up

  get #pane() {
    return /** @type {HTMLElement} */ (this.closest("#conversation"));
  }

  get #conversation() {
    return this.#pane.dataset.conversation;
  }

  get #button() {
    return one(this.#pane, ".jump-to-latest");
  }

  get #rows() {
    return all(this, ":scope > [data-message]");
  }

  /** All but the copies. */
  get #settled() {
    return this.#rows.filter((row) => !onItsWay(row));
  }

  /** Those that are further down than the page holds, too. @returns {any[]} */
  get #known() {
    return [...this.#settled, ...rowsIn(this.#below).values()];
  }

  /** @param {string | undefined} id */
  #row(id) {
    const selector = `#message-${CSS.escape(id ?? "")}`;
    return one(this, selector) ?? one(this.#below, selector);
  }

  /** The row if the server has it. @param {string | undefined} id */
  #held(id) {
    const row = this.#row(id);
    return row && !onItsWay(row) ? row : null;
  }
}

/** @param {Element} one @param {Element} other */
const precedes = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);

/** @param {HTMLElement} row */
const idOf = ({ dataset }) => dataset.message;
