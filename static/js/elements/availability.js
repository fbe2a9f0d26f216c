// @ts-check
/** How the person shows to their friends, as it was chosen here or elsewhere. */

import { all, one } from "../helpers/page.js";

/** @param {string | undefined} action */
export function show(action) {
  for (const button of all(document, ".menu__item[name=action]")) {
    const chosen = button.value === action;
    if (chosen) one(document, ".topbar__availability").textContent = button.textContent;
    if (chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
