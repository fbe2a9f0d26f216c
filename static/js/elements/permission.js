// @ts-check
/** What this browser says of notifications, on the page of preferences: asked there and nowhere else, and tried. */

import { gettext, one } from "../helpers/page.js";
import { chime } from "../helpers/sound.js";
import { permission, show } from "./notifier.js";

const WORDS = {
  http: gettext(
    "Not available here: the portal's address is plain http, and browsers let only https addresses show notifications. The sound works.",
  ),
  missing: gettext(
    "This browser offers no notifications. On an iPhone or iPad they need the portal on the home screen. The sound works.",
  ),
  default: gettext("This browser has not been asked yet whether the portal may show notifications."),
  denied: gettext(
    "This browser blocks notifications of the portal. To allow them, open the site's settings beside the address, then load this page again.",
  ),
  granted: gettext("This browser lets the portal show notifications."),
};
const ask = one(document, "#permission-ask");

function say() {
  const state = permission();
  one(document, "#permission-words").textContent = WORDS[state];
  ask.hidden = state !== "default";
}

async function tryOut() {
  const details = { body: gettext("New messages look like this."), tag: "trial" };
  const shown = permission() === "granted" && (await show(gettext("Ozeki Web"), details));
  const sounds = await chime();
  const words = [
    shown && gettext("A notification was shown. If you see none, the system's own settings hold it back."),
    sounds ? gettext("The sound was played.") : gettext("This browser did not let the portal play the sound."),
  ];
  one(document, "#permission-tried").textContent = words.filter(Boolean).join(" ");
}

ask.onclick = async () => {
  await Notification.requestPermission();
  say();
};
one(document, "#permission-try").onclick = tryOut;
navigator.permissions?.query({ name: "notifications" }).then(
  (status) => (status.onchange = say),
  () => {}, // some browsers can't be asked this way
);
say();
one(document, "#permission").hidden = false;
