// @ts-check
/** What every module asks of the page: who reads it, its words, its requests and its small DOM manners. */

const REQUEST_LIMIT = 60_000;
const AGAIN = 2_000;

/** Whose page this is; everything kept in the browser is keyed by it. */
export const userid = document.documentElement.dataset.userid ?? "";

/** The reader's language, for `Intl`. */
export const language = document.documentElement.lang || undefined;

/** The clock that the person prefers, or else their system's, for `Intl`. */
export const hourCycle = () =>
  /** @type {Record<string, "h12" | "h23">} */ ({ 12: "h12", 24: "h23" })[document.documentElement.dataset.time ?? ""] ??
  new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hourCycle;

/** What static/js/words/ has told of the reader's language; nothing in English. @type {any} */
const { django } = /** @type {any} */ (globalThis);

/** @param {string} words @returns {string} them in the reader's language */
export const gettext = (words) => django?.gettext(words) ?? words;

/** @param {string} one @param {string} more @param {number} n @returns {string} the words for so many */
export const ngettext = (one, more, n) => django?.ngettext(one, more, n) ?? (n === 1 ? one : more);

/** Without case and accents, to look things up by. @param {string} text */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Tells the page. @param {string} name @param {unknown} [detail] */
export const emit = (name, detail) => void document.dispatchEvent(new CustomEvent(name, { detail }));

/** Hears what `emit` told. @param {string} name @param {(detail: any) => void} hear @param {AbortSignal} [signal] */
export function on(name, hear, signal) {
  document.addEventListener(name, (event) => hear(/** @type {CustomEvent} */ (event).detail), { signal });
}

/** @param {ParentNode} root @param {string} selector @returns {any} typed loosely, or every look-up needs a cast */
export const one = (root, selector) => root.querySelector(selector);

/** @param {ParentNode} root @param {string} selector @returns {any[]} */
export const all = (root, selector) => [...root.querySelectorAll(selector)];

/** Resolves when the browser has nothing better to do. @returns {Promise<void>} */
export const idle = () =>
  new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 500 });
    else setTimeout(resolve, 50);
  });

/**
 * Loads what the page can't do without, as often as it takes; until then it says that something was lost.
 * @template T @param {() => Promise<T>} load @returns {Promise<T>}
 */
export async function needed(load) {
  for (;;) {
    const { dataset } = document.documentElement;
    try {
      const loaded = await load();
      dataset.scripts = "on";
      return loaded;
    } catch (trouble) {
      console.warn(trouble); // it may be a fault of the script's own
      dataset.scripts = "lacking";
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

/** A version 4 UUID; plain http offers no `crypto.randomUUID`. @returns {string} */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// The server

/** The conversation on screen, if any. @returns {string | null} */
export const shownConversation = () => document.getElementById("conversation")?.dataset.conversation ?? null;

/** The number on the installed app, which not every browser can show. @param {number} number 0: none */
export const setBadge = (number) => navigator.setAppBadge?.(number).catch(() => {});

/** Leaves for the sign-in page, to come back here. Drafts and outbox stay in the browser. */
export function signIn() {
  if ("leaving" in document.documentElement.dataset) return; // signed out here, and not to come back
  setBadge(0);
  location.assign(`/sign-in/?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** What says that nobody looks at this page, so that the sign-in is not used. @returns {Record<string, string>} */
export const unseen = () => (document.hidden ? { "Page-Hidden": "1" } : {});

/**
 * Asks the portal for a fragment, or posts a form. Rejects only when there was no answer at all.
 * @param {string} url @param {Record<string, string> | string[][]} [form] posted when given
 * @param {AbortSignal} [signal] gives it up, instead of the usual time
 * @returns {Promise<Response>}
 */
export async function request(url, form, signal = AbortSignal.timeout?.(REQUEST_LIMIT)) {
  /** @type {Record<string, string>} */
  const headers = { "HX-Request": "true", ...unseen() };
  if (form) headers["X-CSRFToken"] = document.body.dataset.csrf ?? "";
  const response = await fetch(url, {
    method: form ? "POST" : "GET",
    body: form && new URLSearchParams(form),
    headers,
    signal,
  });
  if (response.status === 401) signIn();
  return response;
}

// HTML, always our own server's

/** @param {string} html @returns {DocumentFragment} */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** The sentence for people in an error reply, or nothing. @param {string} html @returns {string} */
export const wordsIn = (html) => one(parse(html), "[role=alert]")?.textContent.trim() ?? "";

/**
 * Makes `old` look like `fresh` and touches only what differs, so that focus, selection and listeners stay.
 * @param {Element} old @param {Element} fresh
 */
export function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  // What the reader opened stays open.
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  // And so does what scripts have added, such as a menu with the focus.
  const had = [...old.childNodes].filter((node) => !(/** @type {any} */ (node).dataset?.added));
  const has = [...fresh.childNodes];
  if (had.length !== has.length || had.some((node, i) => node.nodeName !== has[i].nodeName)) {
    old.replaceChildren(...has);
    return;
  }
  had.forEach((node, i) => {
    if (node instanceof Element) patch(node, /** @type {Element} */ (has[i]));
    else if (node.nodeValue !== has[i].nodeValue) node.nodeValue = has[i].nodeValue;
  });
}

/** @param {string} name @param {string} className @param {string} text @returns {any} */
export const element = (name, className, text) =>
  Object.assign(document.createElement(name), { className, textContent: text });

/** Says in the page's alert region what went wrong; no words clear it. @param {string} words */
export function say(words) {
  one(document, "#alerts")?.replaceChildren(...(words ? [element("p", "alert", words)] : []));
}

// What the browser keeps

const prefix = `ozeki:${userid}:`;
/** What could not be kept in the browser lives as long as the page. @type {Map<string, string>} */
const memory = new Map();

/** This person's part of localStorage, which may be full, or forbidden. */
export const store = {
  prefix,
  /** @param {string} key @returns {any} */
  get(key) {
    return JSON.parse(memory.get(key) ?? attempt(() => localStorage.getItem(prefix + key)) ?? "null");
  },
  /** @param {string} key @param {unknown} value */
  set(key, value) {
    const text = JSON.stringify(value);
    memory.delete(key);
    if (!attempt(() => (localStorage.setItem(prefix + key, text), true))) memory.set(key, text);
  },
  /** @param {string} key */
  delete(key) {
    memory.delete(key);
    attempt(() => localStorage.removeItem(prefix + key));
  },
  /** @param {string} start @returns {string[]} the keys that begin so, each once */
  keys(start) {
    const kept = attempt(() => Object.keys(localStorage)) ?? [];
    const mine = kept.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return [...new Set([...mine, ...memory.keys()])].filter((key) => key.startsWith(start));
  },
};

/** @template T @param {() => T} use @returns {T | undefined} */
function attempt(use) {
  try {
    return use();
  } catch {
    return undefined;
  }
}
