"""`python -m tests.icons` draws the installed app's icons anew from the logo, in static/img."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.processes import ROOT

PICTURES = ROOT / "static" / "img"
LOGO = (PICTURES / "favicon.svg").read_text(encoding="utf-8")
# For launchers that cut a shape out of the picture: white on the logo's blue, within the middle four fifths.
BLUE = "#1d63ad"
INVERTED = LOGO.replace(BLUE, "#mark").replace("#fff", BLUE).replace("#mark", "#fff")
# Pixels, how much of them the logo takes, the logo, what is behind it.
ICONS = {
    "icon-192.png": (192, 1.0, LOGO, "transparent"),
    "icon-512.png": (512, 1.0, LOGO, "transparent"),
    "icon-maskable-512.png": (512, 0.58, INVERTED, BLUE),
}


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, (size, part, logo, behind) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>body {{ background: {behind}; display: grid; height: 100vh; margin: 0; place-items: center }}"
                f"svg {{ width: {part:%} }}</style>{logo}"
            )
            page.screenshot(path=PICTURES / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
