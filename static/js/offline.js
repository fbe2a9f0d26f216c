// @ts-check
/** Which connection is missing, and the page that was wanted as soon as the portal answers. */

const PAUSE = 5_000;
const words = /** @type {HTMLElement} */ (document.querySelector("#offline-words"));

function say() {
  words.textContent = (navigator.onLine ? words.dataset.online : words.dataset.offline) ?? "";
}

async function look() {
  const answer = await fetch("/livez", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
}

say();
addEventListener("offline", say);
addEventListener("online", () => (say(), look()));
setInterval(look, PAUSE);
