"""Everyone can use it: by screen reader, by keyboard alone, by thumb, in the dark, on a narrow screen."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import (
    at_start,
    composer,
    conversation_of,
    expect_live,
    fill_passwords,
    history,
    message,
    open_conversation,
    overflow,
    row,
    unique,
    wait_until_quiet,
    write,
)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
NARROW = {"viewport": {"width": 320, "height": 640}}
WINDOWS = {"wide": {}, "phone": PHONE}
# In the dark only the colours are others.
EVERYTHING, COLOURS = {"resultTypes": ["violations"]}, {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
THUMB = 44  # CSS pixels
FOCUS = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const outlined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    const ring = outlined(style) || outlined(getComputedStyle(one, "::after")) || style.boxShadow !== "none";
    const box = one.getBoundingClientRect();
    return { name: one.getAttribute("name") || one.id || one.tagName, ring, seen: box.width > 1 && box.height > 1 };
}"""


@pytest.fixture
def talk(alice, bob):
    return conversation_of(alice, bob)


def violations(page, asked=EVERYTHING):
    """What axe says of a page, "" if nothing."""
    script = AXE_SCRIPT if page.evaluate("!globalThis.axe") else "0"  # half a megabyte
    results = Axe(script).run(page, options=asked)
    return results.generate_report() if results.violations_count else ""


def expect_no_violations(page):
    """Neither by day nor in the dark."""
    for scheme, asked in {"light": EVERYTHING, "dark": COLOURS}.items():
        page.emulate_media(color_scheme=scheme)
        assert violations(page, asked) == "", scheme
    page.emulate_media(color_scheme="null")  # as the test has it


@pytest.mark.console("404")
def test_no_page_has_what_axe_objects_to(new_page, alice, sandbox):
    page = new_page()
    page.goto("/sign-in/")
    expect_no_violations(page)
    page.get_by_label("E-mail").fill(alice.email)
    fill_passwords(page, alice)
    page.get_by_role("button", name="Sign in").click()
    expect_live(page)
    wait_until_quiet(page)
    expect_no_violations(page)
    for name in ("mariaelena", "bob"):  # locked rows, code and links
        open_conversation(page, conversation_of(alice, sandbox.people[name]))
        expect_no_violations(page)
    page.goto("/conversations/nothing-here/")
    expect_no_violations(page)


@pytest.mark.console("409")
def test_a_failed_message_has_nothing_axe_objects_to(page_for, alice, talk, sandbox):
    page = open_conversation(page_for(alice), talk)
    refusal = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 9, "userid": alice.userid}
    sandbox.control("faults", refusal)
    failed = write(page, unique("Refused"))
    expect(failed).to_have_attribute("data-state", "failed")
    expect_no_violations(page)
    failed.get_by_role("button", name="Discard").click()


def test_only_what_is_new_is_announced(page_for, alice, bob, talk, sandbox):
    page = open_conversation(page_for(alice), talk)
    expect(history(page)).to_have_attribute("aria-live", "off")
    expect(history(page)).to_have_accessible_name("Messages")
    announced = page.locator("[aria-live=polite]")
    expect(announced).to_have_text("")
    text = unique("Did you hear?")
    sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})
    expect(announced.get_by_text(re.compile(f"Bob.*{re.escape(text)}"))).to_have_count(1)
    own = unique("My own words")
    expect(write(page, own)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    expect(announced.get_by_text(own)).to_have_count(0)


def test_a_message_that_can_not_be_opened_is_announced_as_one(page_for, alice, bob, talk, sandbox):
    page = open_conversation(page_for(alice), talk)
    sandbox.control("say", {"from": bob.email, "conversation": talk, "data": "bm90aGluZw=="})
    expect(page.locator("#new-messages")).to_contain_text("This can't be decrypted with the conversation's key.")


def test_pages_have_landmarks_and_headings(page_for, alice, talk):
    page = open_conversation(page_for(alice), talk)
    for landmark in ("banner", "main"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
    expect(page.get_by_role("search")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("heading", level=2, name="Bob")).to_be_visible()
    expect(page.get_by_role("region", name="Bob")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Bob\\b")).and_(page.locator("[aria-current]"))).to_have_count(1)


def test_the_skip_link_leads_past_the_list(page_for, alice, talk):
    page = open_conversation(page_for(alice), talk)
    skip = page.get_by_role("link", name=re.compile("Skip"))
    page.evaluate("document.activeElement.blur()")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def tab_to(page, target, *, most=40):
    """Press Tab until the target has the focus, which must be seen wherever it is."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["name"] == "BODY":  # the browser's own turn, after the last and before the first
            continue
        assert focus["ring"], f"the focus on {focus['name']} can't be seen"
        assert focus["seen"], f"{focus['name']} has the focus and can't be seen"
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {target}")


@pytest.mark.console("401")  # what was seen just before may be told of just after
def test_the_keyboard_alone_signs_in_chooses_writes_and_signs_out(new_page, alice, talk):
    page = new_page()
    page.goto("/sign-in/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(alice.email)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(alice.password)
    for field in page.get_by_label("Encryption password").all():  # where the dialect wants one
        tab_to(page, field)
        page.keyboard.type(alice.encryption_password)
    page.keyboard.press("Enter")
    expect_live(page)
    wait_until_quiet(page)
    tab_to(page, page.locator(f'[data-conversation="{talk}"]').get_by_role("link"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Bob")).to_be_visible()
    expect(composer(page)).to_be_focused()
    text = unique("By keyboard")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(row(page, text)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    expect(composer(page)).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/sign-in/"))


# A link is as large as what it stretches over; one within a sentence or a message is as large as its line.
SMALL = """(root, thumb) => {
    const inText = (one) => one.closest(".message__text") || one.matches("a") &&
        [...one.parentNode.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const size = (one) => {
        const box = (one.closest("label") ?? one).getBoundingClientRect();
        const after = getComputedStyle(one, "::after");
        const [width, height] = after.position === "absolute" ? [after.width, after.height].map(parseFloat) : [0, 0];
        return { width: Math.max(box.width, width), height: Math.max(box.height, height) };
    };
    return [...root.querySelectorAll("a, button, input:not([type=hidden]), summary, textarea")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !inText(one))
        .map((one) => [size(one), one])
        .filter(([{ width, height }]) => width > 1 && (width < thumb || height < thumb))
        .map(([{ width, height }, one]) => `${one.outerHTML.slice(0, 90)}: ${width} × ${height}`);
}"""


def small_targets(page, *, within="body"):
    """Whatever a thumb is meant to hit and may miss."""
    return page.locator(within).evaluate(SMALL, THUMB)


@pytest.mark.console("409")
def test_on_a_phone_everything_is_large_enough_for_a_thumb(new_page, alice, talk, sandbox):
    page = new_page(**PHONE)
    page.goto("/sign-in/")
    assert small_targets(page) == []
    page.get_by_label("E-mail").fill(alice.email)
    fill_passwords(page, alice)
    page.get_by_role("button", name="Sign in").tap()
    expect_live(page)
    assert small_targets(page) == []
    page.locator(f'[data-conversation="{talk}"]').get_by_role("link").tap()
    back = page.get_by_role("link", name="Back to the conversations")
    box = back.bounding_box()
    assert min(box["width"], box["height"]) >= THUMB
    refusal = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 9, "userid": alice.userid}
    sandbox.control("faults", refusal)
    failed = write(page, unique("Refused"))
    expect(failed.get_by_role("button", name="Discard")).to_be_visible()
    assert small_targets(page) == []
    failed.get_by_role("button", name="Discard").tap()
    back.tap()
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
    expect(composer(page)).to_have_count(0)


@pytest.mark.console("404")
def test_nothing_scrolls_sideways_on_the_narrowest_screen(new_page, page_for, alice, sandbox):
    page = new_page(**NARROW)
    page.goto("/sign-in/")
    assert overflow(page) <= 0
    page = at_start(page_for(alice, **NARROW))
    assert overflow(page) <= 0
    for name in ("maximiliana", "tom", "bob"):
        open_conversation(page, conversation_of(alice, sandbox.people[name]))
        assert overflow(page) <= 0
        assert history(page).evaluate("list => list.scrollWidth - list.clientWidth") <= 0
        expect(composer(page)).to_be_in_viewport()
    page.goto("/conversations/nothing-here/")
    assert overflow(page) <= 0


def test_text_of_twice_the_size_still_fits(page_for, alice, bob, talk, sandbox):
    page = open_conversation(page_for(alice, viewport={"width": 640, "height": 800}), talk)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert overflow(page) <= 0
    said = sandbox.control("say", {"from": bob.email, "conversation": talk, "text": unique("Large")})
    expect(message(page, said["id"])).to_be_in_viewport()
    expect(composer(page)).to_be_in_viewport()


@pytest.mark.parametrize(("preference", "duration"), [("reduce", "0.001s"), ("no-preference", "5s")])
def test_what_would_move_slowly_is_there_at_once_for_those_who_want_less_motion(page_for, alice, preference, duration):
    sidebar = at_start(page_for(alice, reduced_motion=preference)).locator("#sidebar")
    sidebar.evaluate("element => { element.style.transition = 'opacity 5s'; }")
    assert sidebar.evaluate("element => getComputedStyle(element).transitionDuration") == duration


def test_the_guides_tour_with_a_screen_reader_holds(page_for, alice, bob, talk, sandbox):
    """docs/using.md, "With a screen reader", step by step, by roles and names."""
    page = open_conversation(page_for(alice), talk)
    said = unique("A word of Bob's")
    sandbox.control("say", {"from": bob.email, "conversation": talk, "text": said})
    list_of_conversations = page.get_by_role("navigation", name="Conversations")
    expect(list_of_conversations.get_by_role("searchbox", name="Find a conversation")).to_be_visible()
    expect(list_of_conversations.get_by_role("link", name=re.compile("^Bob , "))).to_have_attribute(
        "aria-current", "page"
    )
    region = page.get_by_role("region", name="Bob")
    log = region.get_by_role("log", name="Messages")
    expect(log.get_by_role("article").filter(has_text=said)).to_have_count(1)
    expect(log.get_by_role("separator").first).to_be_attached()
    expect(page.locator("[aria-live=polite]")).to_contain_text(f"Bob: {said}")
    box = region.get_by_role("textbox", name="Message to Bob")
    answer = unique("An answer")
    box.fill(answer)
    box.press("Enter")
    expect(log.get_by_role("article").filter(has_text=answer)).to_contain_text(re.compile("Sent|Delivered|Viewed"))
    page.keyboard.press("F6")
    expect(page.locator("#sidebar").locator(":focus")).to_have_count(1)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox", name="Go to a person or a conversation")).to_be_focused()
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    region.locator("summary[aria-label='Conversation menu']").click()
    region.get_by_role("button", name="Mute").click()
    told = page.get_by_role("status").filter(has=page.get_by_role("button", name="Undo"))
    expect(told).to_contain_text("Muted.")
    told.get_by_role("button", name="Undo").click()
    expect(page.locator("#done[role=status]")).to_contain_text("No longer muted.")
