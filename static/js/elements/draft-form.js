// @ts-check
/** What one writes in a form beside the conversations is kept, like a message's draft, until it is sent or cancelled. */

import { all, one, store } from "../helpers/page.js";

const KEY = "form:";
const WRITTEN = "textarea, input[type=url]";

/** @param {HTMLFormElement} form */
function keep(form) {
  const key = KEY + form.dataset.draft;
  const written = all(form, WRITTEN);
  const fields = [...written, one(form, "[name=id]")]; // by its id what was sent already is not sent twice
  const draft = store.get(key);
  const remember = () => {
    const values = fields.map(({ name, value }) => [name, value]);
    if (written.some(({ value }) => value)) store.set(key, Object.fromEntries(values));
    else store.delete(key);
  };
  // Where the portal has sent words back with the form, they are the newer ones, and so may be its id.
  if (draft && written.every(({ value }) => !value)) for (const field of fields) field.value = draft[field.name] ?? "";
  else if (draft) remember();
  form.addEventListener("input", remember);
  one(form, "[data-cancel]")?.addEventListener("click", () => store.delete(key));
}

const form = one(document, "form[data-draft]");
const sent = one(document, "[data-sent]")?.dataset.sent;
if (form) keep(form);
if (sent) for (const key of store.keys(KEY)) if (store.get(key)?.id === sent) store.delete(key);
