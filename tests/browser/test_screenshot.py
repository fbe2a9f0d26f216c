"""Pictures of every page in build/, to be looked at, and those of the documents, to see that they still can be made."""

from __future__ import annotations

import struct

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import history, overflow
from tests.browser.test_accessibility import small_targets
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

# How every page is looked at: in which window, and what the system prefers.
WINDOWS = {
    "wide": DESKTOP,
    "phone": PICTURES["screenshot-phone"],
    "at-400-percent": {"viewport": {"width": 320, "height": 200}},  # one of 1280 × 800
}
SYSTEMS = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced-colours": {"color_scheme": "dark", "forced_colors": "active"},
}


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
@pytest.mark.parametrize(
    ("window", "systems"),
    [("wide", ["light", "dark", "forced-colours"]), ("phone", ["light", "dark"]), ("at-400-percent", ["light"])],
    ids=list(WINDOWS),
)
def test_every_page_has_a_heading_fits_its_window_and_is_accessible(
    page_for, new_page, full, alice, sandbox, window, systems
):
    tell(sandbox)
    gather(sandbox)
    options = {"base_url": full.url, "locale": "en-GB", "service_workers": "block", **WINDOWS[window]}
    wrong = {}

    def look(page, title):
        for system in systems:
            page.emulate_media(**SYSTEMS[system])
            folder = ROOT / "build" / "screenshots" / f"{window}-{system}"
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{title}.png", animations="disabled", caret="hide")
            if trouble := objections(page, small=bool(options.get("has_touch")), contrast=system != "forced-colours"):
                wrong[title, system] = trouble

    page = new_page(**options)
    page.goto("/sign-in/")
    look(page, "sign-in")
    page = page_for(alice, **options)
    for title, show in PAGES.items():
        show(page, sandbox)
        look(page, title)
        put_alerts_away(page)
    assert wrong == {}


def objections(page, *, small, contrast):
    """What is wrong with a page. Forced colours are the system's, so axe is not asked about their `contrast`."""
    found = []
    if overflow(page) > 0:
        found.append(f"{overflow(page)} px too wide")
    if not page.locator("h1, h2").filter(visible=True).count():
        found.append("no heading")
    if small and (targets := small_targets(page)):
        found.append(f"too small for a thumb: {targets}")
    axe = Axe().run(page, options={"rules": {"color-contrast": {"enabled": contrast}}})
    if axe.violations_count:
        found.append(axe.generate_report())
    return found
