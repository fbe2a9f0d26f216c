// @ts-check
/** Alerts in front of the person: placed by id, told as shown, and put away in every tab at once. */

import { posted } from "../helpers/fetched.js";
import { all, emit, one, parse } from "../helpers/page.js";
import { styled } from "../helpers/sheet.js";
import { showTimes } from "../helpers/times.js";

/** What had the focus before an alert got it. @type {HTMLElement | null} */
let before = null;
/** Lists are placed one after the other. @type {Promise<unknown>} */
let queue = Promise.resolve();

/** Shows exactly these alerts. @param {string} html */
export function show(html) {
  queue = queue.then(() => place(parse(html)));
}

/** @param {DocumentFragment} fresh */
async function place(fresh) {
  await styled(one(fresh, "link")?.getAttribute("href"));
  const region = one(document, "#alert-banners");
  for (const banner of all(region, ".alert-banner")) if (!fresh.getElementById(banner.id)) putAway(banner);
  const banners = all(fresh, ".alert-banner").map((banner) => document.getElementById(banner.id) ?? banner);
  const news = banners.filter((banner) => !banner.isConnected);
  if (news.length) import("./notifier.js").then(({ alerted }) => alerted(news));
  for (const [at, banner] of banners.entries()) {
    showTimes(banner);
    if (banner.isConnected) continue;
    if (at) banners[at - 1].after(banner);
    else region.prepend(banner); // it waited behind those that came later
  }
  if (banners.length) emit("live:alerted", banners.map((banner) => banner.dataset.alert));
}

/** @param {HTMLElement} banner */
function putAway(banner) {
  const focused = banner.contains(document.activeElement);
  banner.remove();
  import("./notifier.js").then(({ takeAway }) => takeAway(banner.id));
  if (focused) (before?.isConnected ? before : one(document, "#main")).focus({ preventScroll: true });
}

/** @param {{ target: EventTarget | null }} event */
function remember({ target }) {
  if (target instanceof HTMLElement && target !== document.body && !target.closest(".alert-banners")) before = target;
}

document.addEventListener("focusin", remember);
remember({ target: document.activeElement });
document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const banner = /** @type {HTMLElement | null} */ (form.closest(".alert-banner"));
  if (!banner) return;
  event.preventDefault();
  if (await posted(form.action, {})) putAway(banner);
});
