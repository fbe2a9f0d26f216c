// @ts-check
/**
 * The conversations last shown in this tab, in memory only. One that is opened again is there at once, where it was
 * left, and then hears what it has missed.
 */

import { fetched } from "../helpers/fetched.js";
import { process } from "../helpers/htmx.js";
import { all, emit, gettext, on, one, say, shownConversation } from "../helpers/page.js";

const MOST = 5;
const ADDRESS = /^\/conversations\/([\w-]+)\/$/;

/** By conversation, the one left last at the end. @type {Map<string, HTMLElement>} */
const kept = new Map();
/** The one on screen, as long as it has not heard what it missed. */
let deaf = "";
/** Something was placed while its page was on its way, which would take that away again for a moment. */
let overtaken = false;

/** @param {HTMLElement} pane it has just left the page */
export function keep(pane) {
  const id = pane.dataset.conversation ?? "";
  kept.delete(id);
  if (id === shownConversation()) return; // it was replaced by itself
  // The outbox shows what is left of them.
  for (const copy of all(pane, "message-list > :is([data-state=pending], [data-state=failed])")) copy.remove();
  for (const opened of all(pane, ":is(details, dialog)[open]")) opened.open = false;
  kept.set(id, pane);
  for (const oldest of [...kept.keys()].slice(0, -MOST)) kept.delete(oldest);
}

/** @param {string} path @returns {boolean} whether it is on screen now */
function open(path) {
  const id = ADDRESS.exec(path)?.[1] ?? "";
  const pane = kept.get(id);
  if (!pane) return false;
  kept.delete(id);
  say("");
  one(document, "#conversation").replaceWith(pane);
  process(pane);
  document.title = `${one(pane, "#conversation-title").textContent} · ${gettext("Ozeki Web")}`;
  catchUp(id);
  return true;
}

/** @param {string} id @param {boolean} [again] it was overtaken once */
async function catchUp(id, again) {
  deaf = id;
  overtaken = false;
  const since = Number(document.documentElement.dataset.n);
  const page = await fetched(`/conversations/${id}/`);
  if (id !== shownConversation()) return;
  if (overtaken && !again) return catchUp(id, true);
  if (page === null) return location.reload();
  if (!page) return; // once the line is back
  deaf = "";
  emit("live:conversation", page);
  emit("live:again", since); // what came while it was on its way is not in it
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { path, verb } = /** @type {any} */ (event).detail.requestConfig;
  if (verb !== "get" || !kept.has(ADDRESS.exec(path)?.[1] ?? "")) return;
  event.preventDefault();
  history.pushState({ htmx: true }, "", path);
  open(path);
});
document.addEventListener("htmx:historyCacheMiss", (event) => {
  if (open(/** @type {any} */ (event).detail.path)) event.preventDefault();
});
// Who goes on before it is here has another page before them by then.
document.addEventListener("htmx:historyCacheMissLoad", (event) => {
  const { path, swapSpec } = /** @type {any} */ (event).detail;
  if (path !== location.pathname + location.search) Object.assign(swapSpec, { swapStyle: "none", ignoreTitle: true });
});
on("live:event", ({ drop = [], cleared = [] }) => [...drop, ...cleared].forEach((id) => kept.delete(id)));
on("live:list", () => kept.clear()); // what became of them meanwhile is not known
on("messages:placed", (ids) => (overtaken ||= ids.length > 0));
on("live:state", () => {
  if (deaf && deaf === shownConversation() && document.documentElement.dataset.live === "on") catchUp(deaf);
});
