"""However far one pages back, the page holds at most 300 messages, and nothing that is read moves for it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    at_end,
    conversation_of,
    expect_live,
    held_ids,
    history,
    ids,
    ids_downwards,
    message,
    open_conversation,
    row,
    to_beginning,
    to_end,
    unique,
    wait_for,
    wait_until_quiet,
    write,
)
from tests.browser.test_reading import scroll_up
from tests.processes import wait_until

MOST = 300
SIZES = {
    "desktop": {},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "zoom": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}
# Pages to one side until nothing is left there, and watches a row in every frame: how often there was something to
# come, by how much what was read ever moved, and how many rows there were at most.
PAGED = """async (list, up) => {
    const rows = () => [...list.querySelectorAll("[data-message]")];
    const end = () => list.querySelector(up ? ":scope > .older" : ":scope > .newer");
    const edge = () => rows().at(up ? 0 : -1);
    const frame = () => new Promise(requestAnimationFrame);
    const place = (row) => row.querySelector(".message__text").getBoundingClientRect().top;
    const seen = { pages: 0, moved: 0, most: 0 };
    while (end()) {
        const before = edge();
        const far = list.scrollHeight - list.clientHeight - 300;
        list.scrollTop = up ? Math.min(list.scrollTop, 150) : Math.max(list.scrollTop, far);
        const { top } = list.getBoundingClientRect();
        const row = rows().find((row) => row.getBoundingClientRect().top > top + 20);
        const at = place(row);
        for (let after = 0; after < 3; after += edge() !== before || !end()) {
            await frame();
            seen.moved = Math.max(seen.moved, Math.abs(place(row) - at));
            seen.most = Math.max(seen.most, rows().length);
        }
        seen.pages += 1;
    }
    return seen;
}"""
FIRST_IN_VIEW = """(list) => {
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll("[data-message]")];
    return rows.find((row) => row.getBoundingClientRect().top >= top).dataset.message;
}"""
# By how much a row moves while something happens: watched from the first call on, asked by the second.
WATCH = """(row) => {
    const text = row.querySelector(".message__text");
    const top = text.getBoundingClientRect().top;
    window.moved = 0;
    const look = () => {
        window.moved = Math.max(window.moved, Math.abs(text.getBoundingClientRect().top - top));
        requestAnimationFrame(look);
    };
    look();
}"""


@pytest.fixture
def arpad(sandbox):
    """Alice's partner in the conversation of 500 messages."""
    return sandbox.people["arpad"]


@pytest.fixture
def talk(alice, arpad):
    return conversation_of(alice, arpad)


@pytest.fixture
def page(page_for, alice, talk):
    page = open_conversation(page_for(alice), talk)
    wait_until_quiet(page)
    return page


@pytest.fixture
def far_up(page):
    """At the beginning: the newest messages are out of the page."""
    to_beginning(page)
    expect(page.get_by_role("button", name="Show later messages")).to_be_attached()
    return page


def say(sandbox, arpad, alice, text="News"):
    return sandbox.control("say", {"from": arpad.email, "to": alice.email, "text": unique(text)})["id"]


@pytest.mark.parametrize("options", SIZES.values(), ids=SIZES.keys())
def test_what_is_read_does_not_move_while_rows_come_and_go_on_either_side(page_for, alice, talk, options):
    page = open_conversation(page_for(alice, **options), talk)
    wait_until_quiet(page)
    for up in (True, False):
        seen = history(page).evaluate(PAGED, up)
        assert seen["pages"] >= 4
        assert seen["moved"] == 0
        assert 50 < seen["most"] <= MOST
    expect(page.get_by_role("button", name="Show later messages")).to_have_count(0)


def test_all_that_went_out_comes_back_in_its_order(far_up, sandbox, talk):
    assert len(ids(far_up)) <= MOST
    assert ids_downwards(far_up) == held_ids(sandbox, talk)


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_later_messages_come_back_without_a_line(far_up, sandbox, talk):
    far_up.context.set_offline(True)
    expect(far_up.locator("html")).to_have_attribute("data-live", "off")
    assert ids_downwards(far_up) == held_ids(sandbox, talk)
    far_up.context.set_offline(False)
    expect_live(far_up)


def test_what_arrives_far_below_comes_in_its_place(far_up, sandbox, talk, alice, arpad):
    said = [say(sandbox, arpad, alice) for _ in range(3)]
    latest = far_up.get_by_role("button", name="Latest messages")
    expect(latest).to_have_accessible_name(re.compile(r"\b3\b"))
    for id in said:
        expect(message(far_up, id)).to_have_count(0)
    assert ids_downwards(far_up) == held_ids(sandbox, talk)


def test_a_burst_far_below_does_not_move_what_is_read(far_up, sandbox, alice, arpad):
    history(far_up).locator("[data-message]").nth(2).evaluate(WATCH)
    for _ in range(10):
        say(sandbox, arpad, alice)
    expect(far_up.get_by_role("button", name="Latest messages")).to_have_accessible_name(re.compile(r"\b10\b"))
    assert far_up.evaluate("moved") == 0


@pytest.mark.parametrize("way", ["button", "End"])
def test_the_latest_are_one_step_away(far_up, sandbox, talk, alice, arpad, way):
    said = say(sandbox, arpad, alice)
    latest = far_up.get_by_role("button", name="Latest messages")
    expect(latest).to_have_accessible_name(re.compile(r"\b1\b"))
    if way == "button":
        latest.click()
    else:
        history(far_up).focus()
        far_up.keyboard.press("End")
    expect(message(far_up, said)).to_be_in_viewport()
    expect(latest).to_be_hidden()
    assert at_end(far_up)
    assert len(ids(far_up)) <= MOST
    assert ids(far_up) == held_ids(sandbox, talk)[-len(ids(far_up)) :]


def test_ones_own_message_is_written_after_the_latest(far_up, sandbox, talk):
    text = unique("From far up")
    expect(write(far_up, text)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    expect(row(far_up, text)).to_be_in_viewport()
    assert ids(far_up) == held_ids(sandbox, talk)[-len(ids(far_up)) :]


def test_a_selection_is_not_taken_away(page):
    last = history(page).locator("[data-message]").last
    id = last.get_attribute("data-message")
    last.evaluate("row => getSelection().selectAllChildren(row)")
    to_beginning(page)
    expect(message(page, id)).to_have_count(1)
    assert page.evaluate("getSelection().toString()").strip()


@pytest.mark.console("409")
def test_a_message_that_was_not_sent_stays_in_the_page(page, sandbox, talk, alice):
    fault = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 20, "userid": alice.userid}
    sandbox.control("faults", fault)
    text = unique("Not now")
    failed = write(page, text)
    expect(failed).to_have_attribute("data-state", "failed")
    to_beginning(page)
    expect(failed).to_have_count(1)
    sandbox.control("faults/clear", {})
    failed.get_by_role("button", name="Retry").press("Enter")  # a click may miss what moves as later rows come back
    expect(page.locator("[data-state=failed]")).to_have_count(0)
    history(page).focus()
    page.keyboard.press("End")
    expect(row(page, text)).to_be_in_viewport()
    wait_until(lambda: (shown := ids(page)) == held_ids(sandbox, talk)[-len(shown) :], "the rows to be in order")


def test_no_line_of_a_day_stays_below_when_the_last_message_there_has_come_back(page):
    """What came then would go below it, where nothing leads to any more. Its own message may have been sent or gone."""
    left = page.evaluate(
        """async () => {
            const { unpark } = await import("/static/js/models/window.js");
            const list = document.createElement("div");
            list.innerHTML = '<button class="newer"></button>';
            const below = new DocumentFragment();
            for (let n = 0; n < 50; n += 1) below.append(document.createElement("p"));
            for (const row of below.children) row.dataset.message = "m";
            below.append(document.createElement("hr"));
            unpark(list, below);
            const rows = list.querySelectorAll("[data-message]");
            return [below.childNodes.length, rows.length, list.querySelector(".newer")];
        }"""
    )
    assert left == [0, 50, None]


def test_a_mark_reaches_a_message_that_is_out_of_the_page(page, page_for, talk, arpad):
    text = unique("Have you seen this?")
    expect(write(page, text)).to_have_attribute("data-state", re.compile("sent|delivered"))
    to_beginning(page)
    expect(row(page, text)).to_have_count(0)
    reader = open_conversation(page_for(arpad), talk)
    reader.bring_to_front()
    to_end(reader)  # it may open at something older that is unread
    expect(row(reader, text)).to_be_in_viewport()
    mine = open_conversation(page.context.new_page(), talk)
    expect(row(mine, text)).to_have_attribute("data-state", "viewed")
    history(page).focus()
    page.keyboard.press("End")
    expect(row(page, text)).to_have_attribute("data-state", "viewed")


@pytest.mark.console("404", "409")  # what was seen just before is told of just after
def test_a_conversation_cleared_meanwhile_is_empty(page_for, alice, sandbox):
    daniel = sandbox.people["daniel"]
    talk = conversation_of(alice, daniel)
    for n in range(MOST + 60):
        sandbox.control("say", {"from": daniel.email, "conversation": talk, "text": f"{n}"})
    page = open_conversation(page_for(alice), talk)
    wait_until_quiet(page)
    to_beginning(page)
    expect(page.get_by_role("button", name="Show later messages")).to_be_attached()
    sandbox.control("clear", {"conversation": talk})
    expect(page.locator("[data-message]")).to_have_count(0)
    after = unique("After")
    sandbox.control("say", {"from": daniel.email, "conversation": talk, "text": after})
    expect(row(page, after)).to_be_visible()
    assert len(ids(page)) == 1


# What is read does not move


def watch(page):
    """From here on, the first row in view, in every frame."""
    wait_until_quiet(page)
    message(page, history(page).evaluate(FIRST_IN_VIEW)).evaluate(WATCH)


def moved(page):
    return page.evaluate("moved")


@pytest.mark.parametrize("options", [SIZES["desktop"], SIZES["phone"]], ids=["desktop", "phone"])
def test_marks_and_very_long_messages_move_nothing_further_up(page_for, alice, arpad, talk, sandbox, options):
    page = open_conversation(page_for(alice, **options), talk)
    mine = write(page, unique("Have you seen this?"))
    expect(mine).to_have_attribute("data-state", re.compile("sent|delivered"))
    scroll_up(page)
    watch(page)
    reader = open_conversation(page_for(arpad), talk)
    reader.bring_to_front()
    to_end(reader)  # it may open at something older that is unread
    expect(mine).to_have_attribute("data-state", "viewed")
    long = {"from": arpad.email, "to": alice.email, "text": "0123456789 " * 9_100}
    expect(message(page, sandbox.control("say", long)["id"])).to_have_count(1)
    assert moved(page) == 0


def test_a_very_long_message_opens_and_folds_where_it_stands(page, sandbox, alice, arpad):
    long = {"from": arpad.email, "to": alice.email, "text": "0123456789 " * 9_100}
    id = sandbox.control("say", long)["id"]
    expect(message(page, say(sandbox, arpad, alice))).to_have_count(1)
    button = message(page, id).get_by_role("button", name=re.compile("Show"))
    expect(button).to_have_text(re.compile("Show all"))
    wait_until_quiet(page)
    message(page, id).evaluate(WATCH)
    button.click()
    expect(message(page, id)).to_have_class(re.compile("message--open"))
    assert moved(page) == 0


def test_what_arrives_elsewhere_moves_nothing_here(page, sandbox, alice, bob):
    scroll_up(page)
    watch(page)
    said = sandbox.control("say", {"from": bob.email, "to": alice.email, "text": unique("Elsewhere")})
    row = page.locator(f'#sidebar [data-conversation="{said["conversation"]}"]')
    expect(row).to_have_attribute("data-unread", re.compile(r"\d"))
    assert moved(page) == 0


@pytest.mark.parametrize("size", [{"width": 844, "height": 390}, {"width": 390, "height": 844}], ids=["wide", "narrow"])
def test_turning_the_device_keeps_the_row_that_is_read(far_up, size):
    history(far_up).evaluate("list => { list.scrollTop = 900; }")
    wait_until_quiet(far_up)
    first = history(far_up).evaluate(FIRST_IN_VIEW)
    far_up.set_viewport_size(size)
    wait_for(far_up, "width => innerWidth === width", size["width"])
    expect(message(far_up, first)).to_be_in_viewport()


def test_page_keys_go_through_everything_and_the_focus_stays(page):
    history(page).focus()
    for _ in range(60):
        page.keyboard.press("PageUp")
    assert page.evaluate("document.activeElement.matches('message-list')")
    assert len(ids(page)) <= MOST


def test_home_and_end_go_to_the_first_message_and_to_the_last(page, sandbox, talk):
    first, *_, last = [one["ID"] for one in sandbox.control(f"conversations/{talk}")["messages"]]
    history(page).focus()
    for key, id in (("Home", first), ("End", last)):
        wait_until(lambda key=key: page.keyboard.press(key) or at_an_end(page, key), f"the end of {key}")
        page.keyboard.press(key)  # the last page may have come since
        expect(message(page, id)).to_be_in_viewport()
        assert len(ids(page)) <= MOST
        assert page.evaluate("document.activeElement.matches('message-list')")


def at_an_end(page, key):
    """Whether nothing is to come any more on this side."""
    return page.locator({"Home": "message-list > .older", "End": "message-list > .newer"}[key]).count() == 0
