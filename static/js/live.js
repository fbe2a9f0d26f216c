// @ts-check
/**
 * The line to the portal: numbered events in, nothing lost. A number missed is asked for again; what can't be
 * replayed is fetched over HTTP and swapped in by id. Speaks to the page by events:
 * `live:event`, `live:list`, `live:conversation`, `live:alerts`, `live:preferences`, `live:wake`, and `live:state`, also
 * when asked by `live:ask`. `<html data-n>` is the last number; `live:again` asks for what came after one. It hears, too,
 * that alerts were shown (`live:alerted`), that one wants to try now (`live:try`), how asking for pages went
 * (`live:polled`), and which conversation is shown (`navigation:start`, `conversation:changed`).
 */

import { fetched } from "./helpers/fetched.js";
import { emit, on, shownConversation, signIn } from "./helpers/page.js";
import { after, beginning, word } from "./models/line.js";
import { onItsWay } from "./models/rows.js";

const PING = 25_000;
const ANSWER = 10_000;
const TICK = 5_000;
const SLEPT = 20_000;
const root = document.documentElement;

export class Live {
  /** @type {WebSocket | null} */ #socket = null;
  #epoch = root.dataset.epoch ?? "";
  #n = Number(root.dataset.n ?? 0);
  #line = beginning;
  #pinged = 0;
  #ticked = Date.now();
  #resuming = false;
  /** @type {{ epoch: string, n: number } | null} what everything must be fetched anew for */ #unhealed = null;
  /** @type {string | null} the conversation the server believes we show */ #told = null;
  /** @type {number[]} what was asked for again after each of these numbers has not all come yet */ #owed = [];
  /** @type {number | null} the last number when the conversation being loaded was asked for */ #since = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #deadline;

  constructor() {
    on("conversation:changed", () => queueMicrotask(() => this.#show()));
    on("navigation:start", () => (this.#since = this.#n));
    on("live:alerted", (ids) => this.#send({ type: "alerted", ids }));
    on("live:again", (since) => this.#resume(since));
    on("live:try", () => this.connect());
    on("live:ask", () => emit("live:state", this.#line));
    on("live:polled", ({ ok }) => this.#become({ type: "polled", ok }));
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => (this.#become({ type: "offline" }), this.#ping()));
    addEventListener("pagehide", (event) => event.persisted && this.#abandon());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
    setInterval(() => this.#tick(), TICK);
  }

  // Connecting

  connect() {
    this.#abandon();
    this.#become({ type: "trying" });
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/live/`);
    this.#socket = socket;
    /** Its frames are handled one after the other. @type {Promise<unknown>} */
    let queue = Promise.resolve();
    this.#expectAnswer();
    socket.onopen = () => {
      this.#pinged = Date.now();
      this.#told = shownConversation();
      const n = Math.min(this.#n, ...this.#owed);
      this.#owed = [n];
      this.#send({ type: "hello", epoch: this.#epoch, n, conversation: this.#told, visible: !document.hidden });
    };
    socket.onmessage = ({ data }) => {
      clearTimeout(this.#deadline);
      const handle = async () => socket === this.#socket && this.#handle(JSON.parse(data));
      queue = queue.then(handle).catch(() => socket === this.#socket && this.#lost());
    };
    socket.onclose = ({ code }) => (code === 4401 ? this.#refused() : this.#lost());
  }

  /** Forgets the socket at once: closing a dead one can take minutes. */
  #abandon() {
    clearTimeout(this.#retry);
    clearTimeout(this.#deadline);
    this.#resuming = false;
    this.#unhealed = null;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #lost() {
    this.#abandon();
    const at = Date.now();
    this.#become({ type: "lost", at, online: navigator.onLine, chance: Math.random() });
    this.#retry = setTimeout(() => this.connect(), Number(this.#line.next) - at);
  }

  #refused() {
    this.#abandon();
    this.#become({ type: "refused" });
    signIn();
  }

  /** @param {import("./models/line.js").Happening} happening */
  #become(happening) {
    this.#line = after(this.#line, happening);
    root.dataset.live = word(this.#line);
    emit("live:state", this.#line);
  }

  // Staying connected

  #tick() {
    const now = Date.now();
    const slept = Math.abs(now - this.#ticked) > SLEPT; // or the clock was set
    this.#ticked = now;
    if (slept) emit("live:wake");
    if (this.#socket?.readyState !== WebSocket.OPEN) return slept ? this.connect() : undefined;
    if (slept) this.#resume(this.#n);
    if (slept || now - this.#pinged >= PING) this.#ping();
  }

  #ping() {
    if (this.#resuming && Date.now() - this.#pinged > ANSWER) return this.#lost();
    this.#pinged = Date.now();
    this.#send({ type: "ping" });
    this.#expectAnswer();
  }

  #expectAnswer() {
    clearTimeout(this.#deadline);
    if (this.#socket) this.#deadline = setTimeout(() => this.#lost(), ANSWER);
  }

  #seen() {
    this.#send({ type: "visible", visible: !document.hidden });
    if (document.hidden) return;
    emit("live:wake");
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ping();
    else if (!this.#socket) this.connect();
  }

  /** @param {object} frame */
  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /**
   * Tells which conversation is shown. Its rows were rendered after `#since`, and what happened from then until the
   * server reads this frame was sent without its messages, or to the rows that these replace, so that stretch is asked
   * for once more.
   */
  #show() {
    const conversation = shownConversation();
    const since = this.#since;
    if (conversation === this.#told && since === null) return;
    this.#since = null;
    if (conversation !== this.#told) this.#send({ type: "show", conversation });
    this.#told = conversation;
    if (conversation) this.#resume(since ?? this.#n);
  }

  /** @param {number} n */
  #resume(n) {
    this.#owed.push(n);
    this.#send({ type: "resume", epoch: this.#epoch, n });
  }

  // Frames

  /** @param {any} frame */
  async #handle(frame) {
    // Somebody signed in in another tab: another person, or the same, and what this page sends is signed for before.
    if (frame.type === "welcome" && frame.signin !== root.dataset.signin) return location.reload();
    // What said that there is no network was wrong about this line.
    if (frame.type === "pong") return this.#line.state === "offline" && this.#become({ type: "welcomed", at: Date.now() });
    if (frame.type === "resumed") return this.#owed.shift(); // each asking has its answer in its turn
    if (frame.type === "alerts") return emit("live:alerts", frame);
    if (frame.type === "preferences") return emit("live:preferences", frame);
    if (frame.type === "rows") return emit("live:event", frame);
    if (frame.type === "event") return this.#event(frame);
    root.dataset.upstream = frame.upstream ?? frame.state ?? root.dataset.upstream ?? "on";
    if (frame.type === "resync") this.#unhealed = frame;
    if (this.#unhealed) await this.#heal(this.#unhealed);
    // A welcome to another epoch is followed by the resync that makes this page right.
    if (frame.type !== "welcome" || frame.epoch === this.#epoch) this.#become({ type: "welcomed", at: Date.now() });
  }

  /** @param {any} frame */
  async #event(frame) {
    if (frame.n > this.#n + 1) {
      if (!this.#resuming) this.#resume(this.#n);
      this.#resuming = true;
      return;
    }
    // Counted already: here again for the messages of a conversation shown since. Placing by id can't double.
    const again = frame.n <= this.#n;
    emit("live:event", again ? { ...frame, rows: "", drop: [] } : frame);
    // Its page may have come by way of another process, which knew less.
    const lacking = frame.there?.some(isMissing);
    const stale = (frame.reset || lacking) && frame.conversation === shownConversation();
    if (!(await this.#refetch({ list: frame.sidebar && !again, conversation: stale })) || again) return;
    this.#count(frame.n); // last, so that after a failed fetch it is asked for again
    this.#resuming = false;
  }

  /** @param {{ epoch: string, n: number }} frame */
  async #heal({ epoch, n }) {
    try {
      if (!(await this.#refetch({ list: true, conversation: true }))) return;
    } catch (trouble) {
      if (root.dataset.upstream === "on") throw trouble;
      return; // the line is good; once the chat server is back, the portal says so and there is something to fetch
    }
    const owed = this.#owed.splice(0);
    this.#unhealed = null;
    this.#epoch = epoch;
    this.#count(n);
    this.#resuming = false;
    this.#send({ type: "healed" }); // the next tab's turn
    // Another conversation was opened meanwhile: what was to come again for it was asked for by an old number.
    if (this.#since !== null) this.#since = n;
    if (owed.length) this.#resume(n);
  }

  /** @param {number} n */
  #count(n) {
    this.#n = n;
    root.dataset.n = String(n);
  }

  /** @param {{ list?: boolean, conversation?: boolean }} what @returns {Promise<boolean>} false: it came too late */
  async #refetch({ list, conversation }) {
    if (!list && !conversation) return true;
    const socket = this.#socket;
    const id = conversation ? shownConversation() : null;
    const [rows, pane] = await Promise.all([list && whole("/conversations/"), id && whole(`/conversations/${id}/`)]);
    if (socket !== this.#socket) return false; // on the next line all of it is told anew
    if (rows) emit("live:list", rows);
    if (pane && id === shownConversation()) emit("live:conversation", pane);
    return true;
  }
}

/** @param {string} url @returns {Promise<DocumentFragment | null>} nothing when it is no longer ours to see */
async function whole(url) {
  const page = await fetched(url);
  if (page === undefined) throw new Error(url);
  return page;
}

/** @param {string} id */
function isMissing(id) {
  const row = document.getElementById(`message-${id}`);
  return !row || onItsWay(row);
}
