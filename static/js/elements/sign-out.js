// @ts-check
/** Signing out wipes what this browser keeps of the person, and asks first when something is still unsent. */

import { gettext, store } from "../helpers/page.js";

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (new URL(form.action).pathname !== "/sign-out/") return;
  const unsent = store.keys("outbox:").length;
  if (unsent && !confirm(gettext("Some messages have not been sent. Sign out and lose them?"))) {
    return event.preventDefault();
  }
  for (const key of store.keys("")) store.delete(key);
});
