"""Pictures of every page in build/, to be looked at, and those of the documents, to see that they still can be made."""

from __future__ import annotations

import struct

import pytest
from playwright.sync_api import expect

from tests.browser.steps import history, overflow
from tests.browser.test_accessibility import COLOURS, EVERYTHING, small_targets, violations
from tests.pages import ANSWERS, PAGES, put_alerts_away, team
from tests.processes import ROOT
from tests.screenshots import (
    DESKTOP,
    IN_DOCUMENTS,
    IN_USING,
    LAST,
    OFFLINE,
    PICTURES,
    SMALL,
    gather,
    take,
    take_for_using,
    tell,
)

SYSTEMS = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced-colours": {"color_scheme": "dark", "forced_colors": "active"},
}
# How every page is looked at: in windows of these sizes, and what axe is asked about where the system prefers what.
# Forced colours are the system's.
AT_400_PERCENT = {"width": 320, "height": 200}  # of 1280 × 800
LOOKS = {
    "wide": [
        ("wide", DESKTOP["viewport"], {"light": EVERYTHING, "dark": COLOURS, "forced-colours": None}),
        ("at-400-percent", AT_400_PERCENT, {"light": None}),
    ],
    "phone": [("phone", PICTURES["screenshot-phone"]["viewport"], {"light": EVERYTHING, "dark": COLOURS})],
}
WINDOWS = {"wide": DESKTOP, "phone": PICTURES["screenshot-phone"]}


def size_of(picture):
    """Width and height, as a PNG's header has them."""
    return struct.unpack(">II", picture.read_bytes()[16:24])


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_show_a_conversation_as_it_is(page_for, alice, sandbox, name):
    page, picture = page_for(alice, **PICTURES[name]), ROOT / "build" / f"{name}.png"
    tell(sandbox)
    take(page, team(sandbox), picture)
    viewport, scale = PICTURES[name]["viewport"], PICTURES[name].get("device_scale_factor", 1)
    assert size_of(picture) == (viewport["width"] * scale, viewport["height"] * scale)
    assert picture.stat().st_size > 20_000
    assert overflow(page) <= 0
    expect(history(page).get_by_text(LAST)).to_be_in_viewport()


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_the_pictures_of_the_guide_can_be_made(page_for, alice, sandbox, tmp_path):
    tell(sandbox)
    take_for_using(page_for(alice, **SMALL), sandbox, tmp_path)
    assert {picture.name for picture in tmp_path.iterdir()} == {f"{name}.webp" for name in (*IN_USING, OFFLINE)}
    assert {picture.read_bytes()[8:12] for picture in tmp_path.iterdir()} == {b"WEBP"}


@pytest.mark.parametrize("name", IN_DOCUMENTS)
def test_the_documents_have_their_pictures(name):
    scale = PICTURES[name].get("device_scale_factor", 1)
    assert size_of(ROOT / "docs" / f"{name}.png")[0] == PICTURES[name]["viewport"]["width"] * scale


@pytest.mark.console(*ANSWERS)
@pytest.mark.timeout(400)
@pytest.mark.parametrize("window", LOOKS)
def test_every_page_has_a_heading_fits_its_window_and_is_accessible(page_for, new_page, full, alice, sandbox, window):
    tell(sandbox)
    gather(sandbox)
    options = {"base_url": full.url, "locale": "en-GB", **WINDOWS[window]}
    wrong = {}

    def look(page, title):
        for name, size, systems in LOOKS[window]:
            page.set_viewport_size(size)
            for system, asked in systems.items():
                page.emulate_media(**SYSTEMS[system])
                folder = ROOT / "build" / "screenshots" / f"{name}-{system}"
                folder.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=folder / f"{title}.png", animations="disabled", caret="hide")
                if trouble := objections(page, asked, small=bool(options.get("has_touch"))):
                    wrong[title, name, system] = trouble
            if (wide := overflow_mirrored(page)) > 0:
                wrong[title, name, "from right to left"] = f"{wide} px too wide"
        page.set_viewport_size(WINDOWS[window]["viewport"])
        page.emulate_media(**SYSTEMS["light"])

    page = new_page(**options)
    page.goto("/sign-in/")
    look(page, "sign-in")
    page = page_for(alice, **options)
    for title, show in PAGES.items():
        show(page, sandbox)
        look(page, title)
        put_alerts_away(page)
    assert wrong == {}


def overflow_mirrored(page):
    """How many pixels a page is too wide when it is written from right to left."""
    before = page.evaluate("document.documentElement.dir")
    page.evaluate("document.documentElement.dir = 'rtl'")
    wide = overflow(page)
    page.evaluate("before => { document.documentElement.dir = before; }", before)
    return wide


def objections(page, asked, *, small):
    """What is wrong with a page, by axe too if it is `asked` anything."""
    found = []
    if overflow(page) > 0:
        found.append(f"{overflow(page)} px too wide")
    if not page.locator("h1, h2").filter(visible=True).count():
        found.append("no heading")
    if small and (targets := small_targets(page)):
        found.append(f"too small for a thumb: {targets}")
    if asked is not None and (said := violations(page, asked)):
        found.append(said)
    return found
