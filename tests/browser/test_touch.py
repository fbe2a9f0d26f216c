"""On a phone: a keyboard that lies over the page, the edges of its screen, a thumb, and the way back to the list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    at_end,
    at_start,
    composer,
    conversation_of,
    history,
    message,
    open_conversation,
    unique,
    wait_for,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import PHONE, small_targets
from tests.browser.test_languages import MIRROR
from tests.browser.test_reading import scroll_up
from tests.browser.test_window import FIRST_IN_VIEW

HEIGHT = PHONE["viewport"]["height"]
LEFT = 470  # of it, above a keyboard
LANDSCAPE = {**PHONE, "viewport": {"width": 844, "height": 390}}
NARROW_LANDSCAPE = {**PHONE, "viewport": {"width": 667, "height": 375}}
NOTCH = {"left": 47, "right": 47, "bottom": 21}
# What Safari says when its keyboard comes over the page, or two fingers make it larger.
SEE = """([event, seen]) => {
    for (const [name, value] of Object.entries(seen))
        Object.defineProperty(visualViewport, name, { configurable: true, value });
    visualViewport.dispatchEvent(new Event(event));
}"""
# What of it is words, or can be hit, beyond the edges where the screen is whole.
BEYOND = """(root, { left, right, bottom }) => [root, ...root.querySelectorAll("*")]
    .filter((one) => one.matches("a, button, h2, input, label, p, summary, textarea"))
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .map((one) => [one.getBoundingClientRect(), one])
    .filter(([box]) => box.width > 1)
    .filter(([box]) => box.left < left || box.right > innerWidth - right || box.bottom > innerHeight - bottom)
    .map(([, one]) => one.outerHTML.slice(0, 90))"""


@pytest.fixture
def talk(alice, sandbox):
    """Alice's conversation of 500 messages."""
    return conversation_of(alice, sandbox.people["arpad"])


@pytest.fixture
def page(page_for, alice, talk):
    page = open_conversation(page_for(alice, **PHONE), talk)
    wait_until_quiet(page)
    return page


def see(page, event="resize", *, height, top=0, scale=1):
    page.evaluate(SEE, [event, {"height": height, "offsetTop": top, "scale": scale}])


def notched(page, insets=NOTCH):
    """A screen whose left and right are not to be used, nor its bottom."""
    page.context.new_cdp_session(page).send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    return page


def bottom(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"]


# The keyboard


def test_the_composer_stands_above_a_keyboard_that_lies_over_the_page(page):
    assert bottom(composer(page)) > LEFT
    see(page, height=LEFT)
    assert LEFT - 20 < bottom(page.locator(".composer")) <= LEFT


def test_who_reads_the_end_still_does_above_a_keyboard(page):
    assert at_end(page)
    see(page, height=LEFT)
    wait_until_quiet(page)
    assert at_end(page)
    assert bottom(history(page).locator("[data-message]").last) < LEFT


def test_what_is_read_further_up_does_not_move_for_a_keyboard(page):
    scroll_up(page)
    wait_until_quiet(page)
    first = message(page, history(page).evaluate(FIRST_IN_VIEW)).locator(".message__text")
    before = first.bounding_box()
    see(page, height=LEFT)
    wait_until_quiet(page)
    assert first.bounding_box() == before


def test_a_page_that_the_keyboard_pushes_up_follows(page):
    see(page, height=LEFT)
    see(page, "scroll", height=LEFT, top=120)
    assert page.locator("#conversation-header").bounding_box()["y"] == 120
    assert LEFT + 100 < bottom(page.locator(".composer")) <= LEFT + 120


def test_without_the_keyboard_the_page_fills_its_window_again(page):
    before = composer(page).bounding_box()
    see(page, height=LEFT, top=120)
    see(page, height=HEIGHT)
    assert composer(page).bounding_box() == before


def test_two_fingers_change_nothing(page):
    before = composer(page).bounding_box()
    see(page, height=HEIGHT / 2, top=100, scale=2)
    assert composer(page).bounding_box() == before


def test_what_has_no_fraction_in_a_window_is_no_keyboard(page):
    see(page, height=HEIGHT - 0.4)
    assert page.evaluate("document.documentElement.style.getPropertyValue('--viewport')") == ""


def test_room_for_the_screens_edge_is_not_kept_above_a_keyboard(page):
    notched(page)
    wait_for(
        page, f"() => {HEIGHT} - document.querySelector('.composer').getBoundingClientRect().bottom > {NOTCH['bottom']}"
    )
    see(page, height=LEFT)
    assert 0 < LEFT - bottom(page.locator(".composer")) < NOTCH["bottom"]


def test_the_emoji_stay_above_the_composer_when_the_keyboard_goes(page):
    see(page, height=LEFT)
    page.locator(".composer__emoji").tap()
    picker = page.get_by_role("dialog", name="Emoji")
    expect(picker).to_be_visible()
    assert picker.bounding_box()["y"] >= 0
    assert bottom(picker) <= page.locator(".composer").bounding_box()["y"]
    see(page, height=HEIGHT)
    assert picker.bounding_box()["y"] >= 0
    assert 0 <= page.locator(".composer").bounding_box()["y"] - bottom(picker) < 20


# The edges


@pytest.mark.parametrize("options", [LANDSCAPE, NARROW_LANDSCAPE], ids=["two columns", "one"])
@pytest.mark.parametrize("path", ["/conversations/{talk}/", "/conversations/", "/people/", "/preferences/"])
def test_nothing_is_behind_a_notch(page_for, alice, talk, options, path):
    page = notched(page_for(alice, **options))
    page.goto(path.format(talk=talk))
    wait_until_quiet(page)
    shown = page.locator(".topbar, .filter, .conversation-header, .composer, .page-pane__content > p").filter(
        visible=True
    )
    assert shown.count()
    assert {words for one in shown.all() for words in one.evaluate(BEYOND, {**NOTCH, "bottom": 0})} == set()
    for last in page.locator(".composer, .preferences__actions button").filter(visible=True).all():
        assert bottom(last) <= options["viewport"]["height"] - NOTCH["bottom"]


def test_from_right_to_left_the_notch_stays_on_its_side(page_for, alice, talk):
    page = notched(page_for(alice, **LANDSCAPE), {"left": NOTCH["left"]})
    page.add_init_script(MIRROR)
    open_conversation(page, talk)
    assert page.locator(".composer").bounding_box()["x"] >= NOTCH["left"]
    sign_out = page.get_by_role("button", name="Sign out").bounding_box()
    home = page.locator(".topbar__home").bounding_box()
    assert sign_out["x"] < home["x"]
    assert LANDSCAPE["viewport"]["width"] - home["x"] - home["width"] < NOTCH["left"]


def test_what_is_told_over_the_page_is_not_behind_a_notch(page_for, alice, talk):
    page = notched(open_conversation(page_for(alice, **LANDSCAPE), talk))
    composer(page).fill("x" * 20_500)
    page.get_by_role("button", name="Send").tap()
    box = page.locator("#alerts .alert").bounding_box()
    assert box["x"] + box["width"] <= LANDSCAPE["viewport"]["width"] - NOTCH["right"]


def test_signing_in_is_not_behind_a_notch(new_page):
    page = notched(new_page(viewport={"width": 430, "height": 390}))
    page.goto("/sign-in/")
    assert page.locator("main").evaluate(BEYOND, {**NOTCH, "bottom": -1000}) == []


# A thumb


@pytest.mark.console("409")
def test_what_waits_to_be_sent_is_large_enough_for_a_thumb(page, sandbox, alice):
    refusal = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 9, "userid": alice.userid}
    sandbox.control("faults", refusal)
    expect(write(page, unique("Refused"))).to_have_attribute("data-state", "failed")
    page.goto("/outbox/")
    entry = page.locator("outbox-list").get_by_role("listitem")
    expect(entry.get_by_role("link")).to_be_visible()
    assert small_targets(page) == []
    entry.get_by_role("button", name="Discard").tap()
    expect(entry).to_have_count(0)


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_what_is_wrong_is_large_enough_for_a_thumb(page):
    page.context.set_offline(True)
    expect(page.get_by_role("link", name="What is wrong?")).to_be_visible()
    assert small_targets(page) == []


def test_what_is_hidden_is_large_enough_for_a_thumb(page_for, alice, sandbox):
    talk = conversation_of(alice, sandbox.people["daniel"])
    page = open_conversation(page_for(alice, **PHONE), talk)
    page.locator("summary[aria-label='Conversation menu']").tap()
    page.get_by_role("button", name="Hide").tap()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.goto("/conversations/hidden/")
    expect(page.get_by_role("button", name="Unhide")).to_be_visible()
    assert small_targets(page) == []
    page.get_by_role("button", name="Unhide").tap()
    expect(page.get_by_role("button", name="Unhide")).to_have_count(0)


def test_a_row_leads_to_its_person_wherever_a_thumb_comes_down(page_for, alice, bob):
    page = page_for(alice, **PHONE)
    page.goto("/people/")
    row = page.locator(f'[data-person="{bob.userid}"]')
    row.locator(".avatar").tap(force=True)
    expect(page).to_have_url(re.compile(f"/people/{bob.userid}/"))


def test_but_not_where_the_row_offers_something_else(page_for, alice, bob):
    page = page_for(alice, **PHONE)
    page.goto("/people/")
    page.locator(f'[data-person="{bob.userid}"]').get_by_role("link", name=re.compile("^Write")).tap()
    expect(page).to_have_url(re.compile(f"/conversations/{conversation_of(alice, bob)}/"))


# Back to the list


def listed(page, talk):
    return page.locator(f'#conversation-list [data-conversation="{talk}"]').get_by_role("link")


@pytest.fixture
def phone(page_for, alice, talk):
    """Where a conversation was chosen from the list."""
    page = at_start(page_for(alice, **PHONE))
    wait_until_quiet(page)
    listed(page, talk).tap()
    expect(composer(page)).to_be_visible()
    wait_until_quiet(page)
    return page


def test_back_in_the_list_one_stands_where_one_came_from(phone, talk):
    phone.get_by_role("link", name="Back to the conversations").tap()
    expect(listed(phone, talk)).to_be_focused()
    expect(listed(phone, talk)).to_be_in_viewport(ratio=1)


def test_so_one_does_by_the_browsers_way_back(phone, talk):
    phone.go_back()
    expect(listed(phone, talk)).to_be_focused()


def test_one_stands_nowhere_in_a_list_that_is_just_opened(page_for, alice):
    page = at_start(page_for(alice, **PHONE))
    wait_until_quiet(page)
    assert page.evaluate("document.activeElement === document.body")


def test_beside_the_list_the_focus_stays_out_of_it(page_for, alice, talk):
    page = at_start(page_for(alice))
    wait_until_quiet(page)
    listed(page, talk).click()
    expect(composer(page)).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="No conversation is open")).to_be_visible()
    wait_until_quiet(page)
    expect(listed(page, talk)).not_to_be_focused()
