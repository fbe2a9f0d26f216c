{% load static %}/**
 * Shows notifications, takes their clicks, and says what is wrong when a page can't be had. All it keeps is the page for
 * that: no page of anybody's, nothing that is said, and nothing that could be shown when it is out of date.
 */

const KEPT = "offline-{{ version }}";
const PAGE = "{% url 'installation:offline' %}";
const FILES = [{% for file in files %}"{% static file %}"{% if not forloop.last %}, {% endif %}{% endfor %}];

addEventListener("install", (event) => {
  // What scripts ask for is none of ours: it need not wait until the browser has started this one.
  event.addRoutes?.({ condition: { requestDestination: "" }, source: "network" });
  event.waitUntil(keep());
});
addEventListener("activate", (event) => event.waitUntil(begin()));

async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll([PAGE, ...FILES]);
  await skipWaiting();
}

async function begin() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await registration.navigationPreload?.enable();
  await clients.claim();
}

// When the portal can't be reached

addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  const { pathname } = new URL(url);
  if (mode === "navigate" && method === "GET") {
    if (pathname === "{% url 'signins:new' %}") event.waitUntil(closeAll());
    event.respondWith(page(event));
  } else if (FILES.includes(pathname)) {
    event.respondWith(fetch(event.request).catch(() => caches.match(pathname)));
  }
});

async function page(event) {
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    // A proxy in front of a portal that is down has less to say. What the portal itself answers has its policy.
    const ours = response.status < 502 || response.headers.has("Content-Security-Policy");
    if (ours) return response;
  } catch {
    // no answer at all
  }
  return (await caches.match(PAGE)) ?? Response.error();
}

// Notifications

/** Whoever has signed out leaves no words behind. */
async function closeAll() {
  for (const shown of await registration.getNotifications()) shown.close();
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path));
});

/** In the tab that shows it already, else in one that shows conversations, else in a new one; without a path in any. */
async function open(path) {
  const tabs = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const url = new URL(path ?? "/", location.origin);
  const at = (fits) => tabs.find((tab) => fits(new URL(tab.url).pathname));
  const conversations = (pathname) => /^\/(conversations\/[\w-]+\/)?$/.test(pathname);
  const tab = at((pathname) => pathname === url.pathname) ?? at(conversations) ?? (path ? undefined : tabs[0]);
  if (!tab) return clients.openWindow(url);
  // The message is wanted also where a browser does not let it come to the front.
  await tab.focus().catch(() => {});
  if (path) await tab.navigate(url).catch(() => clients.openWindow(url));
}
