"""Unread: numbers, the line above what is new, the tab's title and icon; and what counts as having been seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    at_end,
    at_start,
    conversation_of,
    expect_live,
    fill_passwords,
    history,
    message,
    open_conversation,
    row,
    unique,
    wait_until_quiet,
    write,
)
from tests.device import Device
from tests.processes import Portal, wait_until
from tests.sandbox.raw import now

IDS = "rows => rows.map(({ dataset }) => dataset.conversation)"
# Headless Chromium shows every page as focused and visible: what the browser would tell is told here.
LOOK_AWAY = """() => {
    document.hasFocus = () => false;
    dispatchEvent(new Event("blur"));
}"""
LOOK_BACK = """() => {
    delete document.hasFocus;
    dispatchEvent(new Event("focus"));
}"""
HIDE = """() => {
    Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
    delete document.hidden;
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def daniel(sandbox):
    return sandbox.people["daniel"]


@pytest.fixture
def zsofi(sandbox):
    return sandbox.people["zsofi"]


@pytest.fixture
def page(page_for, daniel, zsofi):
    """Daniel's, on which no conversation is open. His portal has seen his conversations before."""
    page = page_for(daniel)
    wait_until(lambda: open_conversation(page, conversation_of(daniel, zsofi)).locator("[data-read-at]").count(), "it")
    return go_away(page)


@pytest.fixture
def conversation(page, daniel, zsofi, sandbox):
    """Daniel's with Zsófi, emptied."""
    conversation = conversation_of(daniel, zsofi)
    sandbox.control("clear", {"conversation": conversation})
    expect_unread(page, conversation, None)
    return conversation


@pytest.fixture
def says(zsofi, conversation, sandbox):
    """Zsófi says something; the message's id."""

    def said(text, **others):
        fields = {"from": zsofi.email, "conversation": conversation, "text": text, **others}
        return sandbox.control("say", fields)["id"]

    return said


@pytest.fixture
def viewed(daniel, sandbox):
    """How many reports of Daniel's the server has had since the test began."""
    before = max((call["n"] for call in sandbox.control("calls")), default=0)

    def count():
        calls = sandbox.control(f"calls?since={before}")
        return len([call for call in calls if call["api"] == "chatreports" and call["userid"] == daniel.userid])

    return count


def listed(page, conversation):
    return page.locator(f'#conversation-list > [data-conversation="{conversation}"]')


def expect_unread(page, conversation, number):
    if number:
        expect(listed(page, conversation)).to_have_attribute("data-unread", number)
    else:
        expect(listed(page, conversation)).not_to_have_attribute("data-unread", re.compile(".*"))


def go_away(page):
    page.goto("/preferences/")
    expect_live(page)
    wait_until_quiet(page)
    return page


def divider(page):
    return history(page).get_by_role("separator", name="New messages")


def below_divider(page):
    """The first message below the line."""
    expect(divider(page)).to_have_count(1)
    return divider(page).evaluate(
        "line => line.parentElement.querySelector('.unread ~ [data-message]').dataset.message"
    )


def icon(page):
    return page.locator("link[rel=icon]").get_attribute("href")


def quiet_moment(page):
    """Longer than the page waits before it tells what was seen."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 1600))")


# Numbers, title and icon


def test_the_number_stands_in_the_row_the_title_and_the_icon_until_it_is_read(page, conversation, says):
    usual, plain = page.title(), icon(page)
    expect_unread(page, conversation, None)
    says("One")
    says("Two")
    expect_unread(page, conversation, "2")
    expect(page).to_have_title(f"(2) {usual}")
    assert icon(page) != plain
    listed(page, conversation).get_by_role("link").click()
    expect_unread(page, conversation, None)
    expect(page).to_have_title("Zsófi · Ozeki Web")
    assert icon(page) == plain


def test_the_title_keeps_the_number_from_page_to_page(page, conversation, says, sandbox, daniel):
    says("One")
    expect(page).to_have_title("(1) Preferences · Ozeki Web")
    listed(page, conversation_of(daniel, sandbox.people["robin"])).get_by_role("link").click()
    expect(page).to_have_title("(1) Robin · Ozeki Web")
    expect_unread(page, conversation, "1")
    page.reload()
    expect(page).to_have_title("(1) Robin · Ozeki Web")


def test_a_muted_conversation_has_its_number_and_leaves_title_and_icon_alone(page, conversation, says, sandbox, daniel):
    phone = Device(sandbox, daniel)
    phone.call("chatconversation", "mute", conversationid=conversation)
    try:
        usual, plain = page.title(), icon(page)
        says("Psst")
        expect_unread(page, conversation, "1")
        expect(page).to_have_title(usual)
        assert icon(page) == plain
    finally:
        phone.call("chatconversation", "unmute", conversationid=conversation)


def test_more_than_a_page_is_fifty_and_more(page, conversation, says):
    for n in range(60):
        says(f"{n}", silent=n < 59)
    expect_unread(page, conversation, "50+")
    expect(page).to_have_title(re.compile(r"^\(50\+\) "))


def test_what_is_read_stays_where_it_is_among_those_last_spoken_in_in_the_same_second(
    page, conversation, says, sandbox, daniel
):
    other = conversation_of(daniel, sandbox.people["alice"])
    created = now()
    says("Both at once", created=created)
    both = {"from": "alice@example.org", "conversation": other, "text": "Both at once", "created": created}
    sandbox.control("say", both)
    page.goto("/")
    for each in (conversation, other):
        expect_unread(page, each, re.compile(r"\d"))
    rows = page.locator("#conversation-list > [data-conversation]")
    before = rows.evaluate_all(IDS)
    upper = next(id for id in before if id in (conversation, other))
    listed(page, upper).locator("a").click()
    expect_unread(page, upper, None)
    assert rows.evaluate_all(IDS) == before


def test_the_number_survives_the_filter(page, conversation, says):
    says("One")
    expect_unread(page, conversation, "1")
    page.get_by_role("searchbox").fill("zsofi")
    expect_unread(page, conversation, "1")
    page.get_by_role("searchbox").fill("")
    expect_unread(page, conversation, "1")


# Several tabs and devices


def test_reading_in_one_tab_or_device_clears_the_others(page, page_for, daniel, conversation, says):
    one, device = page, go_away(at_start(page_for(daniel)))
    other = one.context.new_page()
    other.goto("/preferences/")
    expect_live(other)
    says("One")
    for page in (one, other, device):
        expect_unread(page, conversation, "1")
    open_conversation(one, conversation)
    for page in (one, other, device):
        expect_unread(page, conversation, None)
    expect(other).to_have_title("Preferences · Ozeki Web")
    other.close()


def test_what_is_cleared_on_another_device_is_not_unread(page, conversation, says, sandbox, daniel):
    says("Old")
    expect_unread(page, conversation, "1")
    sandbox.control("clear", {"conversation": conversation})
    expect_unread(page, conversation, None)
    says("New")
    expect_unread(page, conversation, "1")


# What counts as seen


def test_what_is_on_screen_is_reported_once_and_read(page, conversation, says, viewed):
    open_conversation(page, conversation)
    says("One")
    wait_until(lambda: viewed() == 1, "the report")
    quiet_moment(page)
    assert viewed() == 1
    expect_unread(page, conversation, None)
    expect(page).to_have_title("Zsófi · Ozeki Web")


@pytest.mark.parametrize(("away", "back"), [(LOOK_AWAY, LOOK_BACK), (HIDE, SHOW)], ids=["unfocused", "hidden"])
def test_a_page_that_nobody_looks_at_reads_nothing(page, conversation, says, viewed, away, back):
    open_conversation(page, conversation)
    page.evaluate(away)
    says("One")
    expect_unread(page, conversation, "1")
    quiet_moment(page)
    assert viewed() == 0
    page.evaluate(back)
    wait_until(lambda: viewed() == 1, "the report")
    expect_unread(page, conversation, None)


def test_what_is_below_the_view_is_not_seen_before_one_goes_there(page, conversation, says, viewed):
    for n in range(40):
        says(f"Line {n}", silent=True)
    open_conversation(page, conversation)
    wait_until(lambda: viewed() == 1, "the report of the first screen")
    history(page).evaluate("list => { list.scrollTop = 0; }")
    text = unique("Below")
    says(text)
    expect(row(page, text)).to_be_attached()
    quiet_moment(page)
    expect_unread(page, conversation, re.compile(r"\d+"))
    history(page).evaluate("list => { list.scrollTop = list.scrollHeight; }")
    expect_unread(page, conversation, None)


def test_without_receipts_reading_stays_ones_own_affair(page, conversation, says, viewed):
    box = page.get_by_role("checkbox", name="Let others know when I have seen their messages")
    box.uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(box).not_to_be_checked()
    try:
        expect_live(page)
        says("One")
        expect_unread(page, conversation, "1")
        open_conversation(page, conversation)
        expect_unread(page, conversation, None)
        assert viewed() == 0
    finally:
        page.goto("/preferences/")
        box.check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()


# The line above what is new


def test_a_line_stands_above_what_is_new_until_the_conversation_is_opened_again(page, conversation, says):
    says("Old")
    open_conversation(page, conversation)
    expect_unread(page, conversation, None)
    quiet_moment(page)
    go_away(page)
    first = says("New")
    says("Newer")
    expect_unread(page, conversation, "2")
    open_conversation(page, conversation)
    expect(divider(page)).to_be_visible()
    assert below_divider(page) == first
    expect_unread(page, conversation, None)
    says("Newest")
    expect(row(page, "Newest")).to_be_visible()
    assert below_divider(page) == first
    quiet_moment(page)
    page.reload()
    expect_live(page)
    expect(divider(page)).to_have_count(0)


def test_more_that_is_new_than_fits_opens_at_its_beginning(page, conversation, says):
    says("Old")
    open_conversation(page, conversation)
    quiet_moment(page)
    go_away(page)
    for n in range(30):
        says(f"New {n}", silent=n < 29)
    expect_unread(page, conversation, "30")
    open_conversation(page, conversation)
    expect(divider(page)).to_be_in_viewport()
    assert not at_end(page)
    top = "line => line.getBoundingClientRect().top - line.parentElement.getBoundingClientRect().top"
    assert abs(divider(page).evaluate(top)) < 2
    expect(page.get_by_role("button", name="Latest messages")).to_be_visible()


def test_more_that_is_new_than_a_page_has_opens_at_its_beginning_and_counts_what_was_seen(page, conversation, says):
    says("Old")
    open_conversation(page, conversation)
    quiet_moment(page)
    go_away(page)
    ids = [says(f"New {n}", silent=n < 119) for n in range(120)]
    expect_unread(page, conversation, "50+")
    open_conversation(page, conversation)
    expect(message(page, ids[0])).to_be_in_viewport()
    assert below_divider(page) == ids[0]
    quiet_moment(page)
    expect(message(page, ids[0])).to_be_in_viewport()
    expect_unread(page, conversation, "50+")


def test_the_line_moves_up_when_older_messages_turn_out_to_be_new_too(page, conversation, says):
    first = says("The first of many")
    for n in range(60):
        says(f"{n}", silent=True)
    open_conversation(page, conversation)
    history(page).evaluate(
        """async (list, id) => {
            while (!document.getElementById(`message-${id}`)) {
                list.querySelector(":scope > a[href*='before=']")?.scrollIntoView();
                await new Promise(requestAnimationFrame);
            }
        }""",
        first,
    )
    assert below_divider(page) == first


def test_where_nothing_is_new_there_is_no_line(page, conversation, says):
    says("Read")
    open_conversation(page, conversation)
    quiet_moment(page)
    expect_unread(page, conversation, None)
    page.reload()
    expect(row(page, "Read")).to_be_visible()
    expect(divider(page)).to_have_count(0)
    assert at_end(page)


# Marking as unread


def mark_unread(page):
    page.evaluate("() => document.querySelector('button[name=unread]').click()")


def test_what_was_marked_as_unread_stays_so_until_one_comes_back(page, conversation, says):
    open_conversation(page, conversation)
    says("Later")
    expect(row(page, "Later")).to_be_visible()
    quiet_moment(page)
    mark_unread(page)
    expect_unread(page, conversation, "1")
    quiet_moment(page)
    expect_unread(page, conversation, "1")
    page.evaluate(LOOK_AWAY)
    page.evaluate(LOOK_BACK)
    expect_unread(page, conversation, None)


def test_what_was_marked_as_unread_is_so_at_the_next_visit(page, conversation, says):
    open_conversation(page, conversation)
    id = says("Later")
    quiet_moment(page)
    mark_unread(page)
    expect_unread(page, conversation, "1")
    go_away(page)
    expect_unread(page, conversation, "1")
    open_conversation(page, conversation)
    assert below_divider(page) == id
    expect_unread(page, conversation, None)


def test_whoever_answers_has_read(page, conversation, says):
    open_conversation(page, conversation)
    says("Well?")
    quiet_moment(page)
    mark_unread(page)
    expect_unread(page, conversation, "1")
    write(page, "Well!")
    expect_unread(page, conversation, None)


# Reconnecting


@pytest.mark.console("WebSocket", "ERR_CONNECTION")
def test_what_comes_while_the_portal_is_away_is_unread_when_it_is_back(
    new_page, sandbox, daniel, conversation, says, data_dir
):
    with Portal(sandbox.url, data_dir) as portal:
        page = new_page(base_url=portal.url)
        page.goto("/sign-in/")
        page.locator("input[name=email]").fill(daniel.email)
        fill_passwords(page, daniel)
        page.locator("[type=submit]").click()
        page.goto("/preferences/")
        expect_live(page)
        says("Before")
        expect_unread(page, conversation, re.compile("."))
        open_conversation(page, conversation)
        expect_unread(page, conversation, None)
        page.goto("/preferences/")
        expect_live(page)
        portal.kill()
        says("Meanwhile")
        portal.start()
        expect_unread(page, conversation, "1")


# Seen by


def test_a_group_shows_by_name_who_has_seen_ones_last_message(page_for, alice, bob, sandbox):
    people = [sandbox.people[first] for first in ("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")]
    team = conversation_of(*people)
    page, text = open_conversation(page_for(alice), team), unique("All hands")
    mine = write(page, text)
    expect(mine).to_have_attribute("data-state", re.compile("sent|delivered"))
    open_conversation(page_for(bob), team)
    expect(mine).to_have_attribute("data-state", "viewed")
    expect(mine.locator(".message__seen")).to_be_visible()
    expect(mine.locator(".message__seen")).to_have_text("Seen by Bob")
    expect(mine.locator(".message__state")).to_have_attribute("title", "Seen by Bob")
    page.reload()
    expect(mine.locator(".message__seen")).to_have_text("Seen by Bob")
