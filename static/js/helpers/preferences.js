// @ts-check
/** What the person prefers has changed in another tab or browser: this page follows. */

import { all, emit, one } from "./page.js";

const { documentElement: root } = document;

/** @param {Record<string, string>} attributes the data- attributes of <html>; those that are "" are absent */
export function apply(attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value) root.setAttribute(`data-${name}`, value);
    else root.removeAttribute(`data-${name}`);
  }
  const { theme } = root.dataset;
  one(document, "meta[name=color-scheme]").content = theme ?? "light dark";
  all(document, "meta[name=theme-color]").forEach((color, i) => {
    const its = ["light", "dark"][i];
    color.media = theme ? (theme === its ? "all" : "not all") : `(prefers-color-scheme: ${its})`;
  });
  emit("preferences:changed");
}
