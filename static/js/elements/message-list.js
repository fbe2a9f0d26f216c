// @ts-check
/**
 * <message-list>: the rows of one conversation, placed by id in the server's order, with days, groups and times in
 * the reader's own zone. Copies of messages on their way (`pending`, `failed`) stay at the end.
 */

import { all, element, emit, gettext, hourCycle, idle, language, on, one, parse, patch, userid } from "../helpers/page.js";
import { ScrollKeeper } from "../models/scroll-keeper.js";

const GROUPED_WITHIN = 5 * 60_000;
const LONGEST_TIMER = 2 ** 31 - 1;
const MOST_ROWS = 400;
const KEPT_ROWS = 200;

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(language, { ...options, hourCycle: hourCycle() });
const formats = () => [
  format({ hour: "numeric", minute: "2-digit" }),
  format({ dateStyle: "full", timeStyle: "medium" }),
];
let [clock, moment] = formats();
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

export class MessageList extends HTMLElement {
  /** @type {ScrollKeeper} */ #keeper;
  /** @type {AbortController} */ #abort;
  /** @type {import("../models/pager.js").Pager | undefined} */ #pager;
  /** Messages that came in below the reader's view. */ #missed = 0;
  /** By how much this computer's clock runs ahead of the server's, as far as it shows. */ #ahead = 0;
  /** Rows that keep their name though one of the same person was loaded above: they are being read. */
  #heads = new WeakSet();
  /** Stands before what was unread when the conversation was opened. @type {HTMLElement | undefined} */ #divider;
  /** @type {import("../models/reading.js").Reading | undefined} */ #reading;
  #timer = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    on("live:event", (frame) => this.#arrive(frame), signal);
    on("live:conversation", (fragment) => this.#refresh(fragment), signal);
    on("live:wake", () => this.#change(), signal);
    on("preferences:changed", () => this.#prefer(), signal);
    on("outbox:copy", (copy) => this.#copy(copy), signal);
    on("outbox:sent", (sent) => this.#sent(sent), signal);
    on("outbox:gone", ({ id }) => this.#change(() => this.#held(id) || this.#row(id)?.remove()), signal);
    this.#button.addEventListener("click", () => this.#keeper.toEnd(), { signal });
    this.addEventListener("click", ({ target }) => this.#fold(target), { signal });
    this.addEventListener("scroll", ({ target }) => this.#found(target), { capture: true, signal });

    // Rows just rendered can't have expired: if they look so, the clock is wrong, not the rows.
    this.#ahead = Math.max(0, ...this.#rows.map((row) => Date.now() + 1000 - expiry(row)));
    this.#rows.forEach(showTime);
    this.#divide();
    this.#decorate();
    this.#keeper = new ScrollKeeper(this, () => this.#moved());
    const wanted = this.#row(location.hash.replace("#message-", "")); // the address may name one
    if (wanted) this.#keeper.to(wanted);
    else {
      this.#keeper.toEnd();
      const unread = document.documentElement.dataset.opens !== "latest" && this.#divider;
      if (unread) this.#keeper.toTop(unread);
    }
    this.#wait();
    emit("conversation:changed");
    this.#page(signal);
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#keeper.stop();
    this.#pager?.stop();
    this.#reading?.stop();
    clearTimeout(this.#timer);
    emit("conversation:changed");
  }

  /** Older messages can be asked for once the list stands at its place. @param {AbortSignal} signal */
  async #page(signal) {
    await idle();
    const [{ Pager }, { Reading }] = await Promise.all([import("../models/pager.js"), import("../models/reading.js")]);
    if (signal.aborted) return;
    this.#reading = new Reading(this);
    this.#pager = new Pager(this, (link, page) => this.#prepend(link, page));
    this.#pager.watch();
  }

  // What happens

  /** @param {any} frame an `event` from the server */
  #arrive({ conversation, messages = "", order = [], removed = [], marks = {}, seen = {} }) {
    if (conversation !== this.#conversation) return;
    const fresh = rowsIn(parse(messages));
    const unknown = [...fresh.values()].filter((row) => !this.#row(row.dataset.message));
    const arrived = unknown.filter((row) => row.dataset.sender !== userid);
    if (!this.#keeper.atEnd) this.#missed += arrived.length;
    this.#change(() => {
      for (const id of removed) this.#row(id)?.remove();
      this.#place(fresh, order);
      for (const [id, state] of Object.entries(marks)) this.#mark(id, state, seen[id]);
      this.#trim();
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
    const held = this.#rows.filter((row) => !onItsWay(row));
    const joint = held.findIndex((row) => fresh.has(row.dataset.message));
    const anew = pane.dataset.instance !== this.#pane.dataset.instance || !older || (joint < 0 && this.#keeper.atEnd);
    const kept = anew ? 0 : joint < 0 ? held.length : joint;
    const newest = order.map((id) => Boolean(this.#row(id))).lastIndexOf(true);
    if (!this.#keeper.atEnd) this.#missed += order.length - 1 - newest;
    this.#change(() => {
      patch(one(this.#pane, "header"), one(pane, "header"));
      for (const row of held.slice(kept)) if (!fresh.has(row.dataset.message)) row.remove();
      if (anew) for (const gone of all(this, ":scope > .older, :scope > .unread")) gone.remove();
      this.#place(fresh, order);
      if (older && (anew || joint < 0)) this.#row(order[0])?.before(older);
    });
    this.#pane.dataset.instance = pane.dataset.instance;
    emit("messages:placed", order);
  }

  /**
   * A page of older rows goes in under the link that asked for it.
   * @param {HTMLAnchorElement} link @param {DocumentFragment} page
   */
  #prepend(link, page) {
    const rows = [...rowsIn(page).values()];
    const fresh = rows.filter((row) => !this.#row(row.dataset.message));
    const next = one(page, ".older");
    const below = nextRow(link);
    if (below && !below.classList.contains("message--grouped")) this.#heads.add(below);
    fresh.forEach(showTime);
    this.#change(() => {
      link.after(...fresh);
      if (next && fresh.length === rows.length) link.replaceWith(next);
      else link.remove(); // nothing is older, or a gap has closed
      if (this.#divider?.isConnected) this.#divide(); // what is unread may begin further up
    });
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
    showTime(row);
    this.#change(() => (known ? patch(known, row) : this.append(row)));
    if (fresh) this.#keeper.toEnd();
  }

  /** The server's row for a message of ours. @param {{ conversation: string, id: string, html: string }} sent */
  #sent({ conversation, id, html }) {
    if (conversation !== this.#conversation) return;
    // If the live event was here first, the row already stands where it belongs.
    this.#change(() => this.#place(rowsIn(parse(html)), this.#held(id) ? [] : [id]));
  }

  /** Other sizes may be preferred now, and another clock. */
  #prefer() {
    [clock, moment] = formats();
    this.#change(() => this.#rows.forEach(showTime));
  }

  /** A long message opens below its first lines and folds above its button. @param {any} target */
  #fold(target) {
    const button = target.closest(".message__fold");
    if (!button) return;
    const row = button.parentElement;
    const anchor = row.classList.contains("message--open") ? button : row;
    this.#keeper.hold(anchor, () => row.classList.toggle("message--open"));
  }

  /** The browser has scrolled a folded text, to what it found or to what got the focus. @param {any} text */
  #found(text) {
    const by = text.scrollTop;
    if (text === this || !by) return;
    text.scrollTop = 0;
    this.#fold(one(text.parentElement, ".message__fold"));
    this.scrollTop += by;
  }

  // Placing

  /** Every change goes through here: the reader stays where they are. @param {() => unknown} [change] */
  #change(change) {
    this.#keeper.keep(() => {
      change?.();
      this.#expire();
      this.#decorate();
    });
    this.#wait();
    this.#pager?.watch();
  }

  /**
   * Puts rows in the order given, from the end upward; one that is already right is not touched, one that is known
   * changes only where it differs.
   * @param {Map<string, HTMLElement>} fresh @param {string[]} order
   */
  #place(fresh, order) {
    const copies = this.#rows.filter((row) => onItsWay(row) && !fresh.has(row.dataset.message));
    const end = copies[0] ?? null;
    for (const [id, row] of fresh) {
      const known = this.#row(id);
      showTime(row);
      if (!known) this.insertBefore(row, end);
      else {
        for (const own of ["message--grouped", "message--open"]) {
          row.classList.toggle(own, known.classList.contains(own));
        }
        patch(known, row);
      }
    }
    let next = end;
    for (const id of [...order].reverse()) {
      const row = this.#row(id);
      if (!row || copies.includes(row)) continue;
      if (nextRow(row) !== next) this.insertBefore(row, next);
      next = row;
    }
  }

  /** @param {string} id @param {string} state @param {string} [seen] by whom, in a group */
  #mark(id, state, seen) {
    const row = this.#held(id);
    const words = row && one(row, ".message__state > *");
    if (!words) return;
    row.dataset.state = state;
    const known = { sent: gettext("Sent"), delivered: gettext("Delivered"), viewed: gettext("Viewed") };
    words.textContent = seen ?? known[/** @type {keyof typeof known} */ (state)] ?? "";
    if (!seen) return;
    words.parentElement.title = seen;
    one(row, ".message__seen")?.remove();
    const line = element("p", "message__seen", seen);
    line.ariaHidden = "true";
    row.append(line);
  }

  /** The line above what was unread when the page was made. It stays as long as the conversation is open. */
  #divide() {
    const { read, readAt } = this.#pane.dataset;
    if (readAt === undefined) return;
    const rows = this.#rows.filter((row) => !onItsWay(row));
    const last = rows.findIndex((row) => row.dataset.message === read);
    const unread = last < 0 ? rows.filter((row) => row.dataset.created > readAt) : rows.slice(last + 1);
    const first = unread.find((row) => row.dataset.sender !== userid);
    if (!first) return;
    this.#divider ??= separator("unread", gettext("New messages"));
    const above = first.previousElementSibling;
    (above?.matches(".day") ? above : first).before(this.#divider);
  }

  /** Long sessions don't grow for ever; what goes can be scrolled back to. */
  #trim() {
    const rows = this.#rows;
    if (!this.#keeper.atEnd || rows.length <= MOST_ROWS) return;
    const link = this.#links[0] ?? element("a", "older", gettext("Show earlier messages"));
    for (const gone of [...this.#links, ...rows.slice(0, -KEPT_ROWS)]) gone.remove();
    const { message, created } = this.#rows[0].dataset;
    const query = new URLSearchParams({ before: message, at: created });
    link.href = `/conversations/${this.#conversation}/messages/?${query}`;
    this.#rows[0].before(link);
  }

  /** Days, and rows of one person set close together. */
  #decorate() {
    for (const day of all(this, ":scope > .day")) if (!day.nextElementSibling?.matches("[data-message]")) day.remove();
    if (this.#divider && !nextRow(this.#divider)) this.#divider.remove();
    let sender = "";
    let before = new Date(0);
    for (const row of this.#rows) {
      const created = new Date(row.dataset.created);
      const above = row.previousElementSibling;
      const day = above?.matches(".day") ? above : null;
      const sameDay = before.toDateString() === created.toDateString();
      if (sameDay) day?.remove();
      else showDay(row, day, created);
      const close = sameDay && Math.abs(Number(created) - Number(before)) < GROUPED_WITHIN;
      const same = Boolean(sender) && row.dataset.sender === sender;
      const apart = this.#heads.has(row) || above === this.#divider;
      row.classList.toggle("message--grouped", close && same && !apart);
      sender = row.dataset.sender;
      before = created;
    }
  }

  // Time passing

  #expire() {
    for (const row of this.#rows) if (expiry(row) + this.#ahead <= Date.now()) row.remove();
  }

  /** One timer, for the next row to expire or the next midnight. */
  #wait() {
    clearTimeout(this.#timer);
    const next = Math.min(new Date().setHours(24, 0, 0, 0), ...this.#rows.map((row) => expiry(row) + this.#ahead));
    this.#timer = setTimeout(() => this.#change(), Math.min(Math.max(next - Date.now(), 0) + 50, LONGEST_TIMER));
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

  get #links() {
    return all(this, ":scope > .older");
  }

  /** @param {string | undefined} id */
  #row(id) {
    return one(this, `#message-${CSS.escape(id ?? "")}`);
  }

  /** The row if the server has it. @param {string} id */
  #held(id) {
    const row = this.#row(id);
    return row && !onItsWay(row) ? row : null;
  }
}

/** @param {Element} row */
const onItsWay = (row) => row.matches("[data-state=pending], [data-state=failed]");

/** @param {ParentNode} root @returns {Map<string | undefined, HTMLElement>} */
const rowsIn = (root) => new Map(all(root, "[data-message]").map((row) => [row.dataset.message, row]));

/** When a row goes, in ms; most never do while someone looks. @param {HTMLElement} row */
const expiry = (row) => Date.parse(row.dataset.expires ?? "") || Infinity;

/** @param {Element} element @returns {Element | null} */
function nextRow({ nextElementSibling: next }) {
  return !next || next.matches("[data-message]") ? next : nextRow(next);
}

/** @param {HTMLElement} row */
function showTime(row) {
  const time = one(row, "time");
  const date = new Date(time?.dateTime);
  if (!Number(date)) return;
  time.textContent = clock.format(date);
  time.title = moment.format(date);
}

/** @param {Element} row @param {Element | null} known @param {Date} date */
function showDay(row, known, date) {
  const name = dayName(date);
  if (known?.textContent === name) return;
  known?.remove();
  row.before(separator("day", name));
}

/** @param {string} className @param {string} words @returns {HTMLElement} */
function separator(className, words) {
  const fresh = element("div", className, words);
  fresh.setAttribute("role", "separator");
  fresh.setAttribute("aria-label", words);
  return fresh;
}

/** @param {Date} date @returns {string} */
function dayName(date) {
  const today = new Date();
  const ago = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (ago === 0 || ago === 1) {
    return relative.format(-ago, "day").replace(/^./u, (first) => first.toLocaleUpperCase(language));
  }
  const year = date.getFullYear() === today.getFullYear() ? undefined : "numeric";
  const words = { weekday: "long", year, month: "long", day: "numeric" };
  return Number(date) ? date.toLocaleDateString(language, /** @type {Intl.DateTimeFormatOptions} */ (words)) : "";
}
