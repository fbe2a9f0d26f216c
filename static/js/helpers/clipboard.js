// @ts-check
/** Puts a text on the clipboard. */

/**
 * Plain http offers no `navigator.clipboard`, and a browser may refuse it: then what is selected is copied, and whoever
 * reads this sees what that is.
 * @param {string} text @param {HTMLTextAreaElement} shown where the text is shown when it must be
 * @returns {Promise<boolean>} whether it is there now
 */
export async function copy(text, shown) {
  shown.value = text;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    shown.hidden = false;
    shown.select();
    return document.execCommand("copy");
  }
}
