// @ts-check
/**
 * The page is as large as what a keyboard on the screen leaves of the window. Where the browser makes room for it
 * (`interactive-widget`) nothing is to be done; Safari only lays it over the page.
 */

const view = globalThis.visualViewport;
const { documentElement: root } = document;

function fit() {
  const { height, offsetTop, scale } = /** @type {VisualViewport} */ (view);
  if (scale > 1.01) return; // a pinch shows less of the page, too
  const covered = root.clientHeight - height > 1; // whole pixels, and those of a screen
  root.style.setProperty("--viewport", covered ? `${height}px` : "");
  root.style.setProperty("--viewport-start", covered ? `${offsetTop}px` : "");
  root.style.setProperty("--safe-foot", covered ? "0px" : ""); // the screen's edge is under the keyboard
}

for (const name of ["resize", "scroll"]) view?.addEventListener(name, fit);
