// @ts-check
/** What the person prefers has changed in another tab or browser: this page follows. */

import { all, emit, one } from "./page.js";

const { documentElement: root } = document;

/** Words about what went wrong, and what is under way. */
const PASSING = "#alerts > *, .busy:not([hidden])";
const FIELDS = "form[method=post] :is(input, textarea)";
const KEPT = ".composer__text, [data-draft] :is(textarea, [type=url])"; // in the browser

/** @param {Record<string, string>} attributes the data- attributes of <html>; those that are "" are absent */
export function apply(attributes) {
  const { language } = attributes;
  if (language !== (root.dataset.language ?? "") && language !== root.lang) {
    // By GET, which `reload` is not where the page is the answer to a form. What can't be now is asked for again within
    // a minute, by the next frame.
    if (!holdsMore()) return location.replace(location.pathname + location.search);
    attributes = { ...attributes, language: root.dataset.language ?? "" };
  }
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

/** Whether there is something here that the page made anew would not have. */
function holdsMore() {
  const writing = document.hasFocus() && /** @type {any} */ (document.activeElement)?.value;
  return Boolean(writing || one(document, PASSING) || all(document, FIELDS).some(isChanged));
}

/** @param {HTMLInputElement} field or a <textarea> */
function isChanged(field) {
  if (field.matches(KEPT)) return false;
  const chosen = field.type === "checkbox" || field.type === "radio";
  return chosen ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}
