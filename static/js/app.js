// @ts-check
/** The page's start: what reading and writing need is here at once, the rest comes when the browser is idle. */

import { ComposerForm } from "./elements/composer-form.js";
import { MessageList } from "./elements/message-list.js";
import { gettext, idle, needed, on, one, request, setBadge, store, userid } from "./helpers/page.js";
import { unreachable } from "./helpers/trouble.js";
import { Live } from "./live.js";

const { documentElement: root } = document;

if (userid) {
  customElements.define("message-list", MessageList);
  customElements.define("composer-form", ComposerForm);

  const later = idle();
  const sidebar = later.then(() => needed(() => import("./elements/conversation-list.js")));
  later.then(() => needed(() => import("./idle.js")));
  // What arrives before the sidebar's code has loaded waits for it, in order.
  on("live:event", (frame) => sidebar.then(({ conversations }) => conversations.apply(frame)));
  on("live:list", (fragment) => sidebar.then(({ conversations }) => conversations.refresh(fragment)));
  on("messages:arrived", async (rows) => {
    if (rows.length) (await import("./elements/announcer.js")).announce(rows);
  });
  on("live:alerts", async ({ html }) => {
    if (html || one(document, ".alert-banner")) (await import("./elements/alert-banner.js")).show(html);
  });

  on("live:preferences", async ({ attributes }) => {
    const shown = (/** @type {[string, string]} */ [name, value]) => value === (root.getAttribute(`data-${name}`) ?? "");
    if (!Object.entries(attributes).every(shown)) (await import("./helpers/preferences.js")).apply(attributes);
  });

  on("live:state", ({ state }) => state === "connecting" && root.dataset.live === "off" && import("./polling.js").catch(() => {}));

  // Plain http has no service workers, and a browser may refuse one: then its own page says that there is no line.
  later.then(() => navigator.serviceWorker?.register("/service-worker.js").catch(() => {}));

  // Whoever points or types may want a message's menu.
  if (root.dataset.concerns) {
    const listen = () =>
      ["pointerover", "keydown"].forEach((name) => document.addEventListener(name, offer, { once: true }));
    const offer = (/** @type {Event} */ event) =>
      import("./elements/message-menu.js").then((menu) => menu.offer(event), listen);
    listen();
  }

  // Signing out asks first when something is still unsent, and wipes what this browser keeps of the person, also when the
  // page is closed meanwhile. It is here because it must not come too late. Who is not signed out has lost nothing.
  addEventListener("pagehide", () => {
    if (!("leaving" in root.dataset)) return;
    for (const key of store.keys("")) store.delete(key);
    setBadge(0);
  });
  document.addEventListener("submit", async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.getAttribute("action") !== "/sign-out/") return;
    event.preventDefault();
    if ("leaving" in root.dataset) return;
    const unsent = store.keys("outbox:").length;
    if (unsent && !confirm(gettext("Some messages have not been sent. Sign out and lose them?"))) return;
    root.dataset.leaving = "";
    const answer = await request("/sign-out/", {}).catch(() => null);
    if (answer?.ok) return location.assign("/sign-in/");
    delete root.dataset.leaving;
    if (answer) form.submit(); // the portal's own page says what is wrong
    else unreachable();
  });

  new Live().connect();
}
