"""Reading: the list, the history in both directions, and a view that never moves under the reader's eyes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    at_end,
    at_start,
    composer,
    conversation_of,
    held,
    held_ids,
    history,
    ids,
    ids_downwards,
    message,
    open_conversation,
    row,
    texts,
    to_beginning,
    to_end,
    unique,
    wait_for,
    wait_until_quiet,
    write,
)

# Scrolls near the top and watches a row in every frame until an older page has come: by how much it ever moved.
MOVED_WHILE_OLDER_CAME = """async (list) => {
    const rows = () => [...list.querySelectorAll("[data-message]")];
    const frame = () => new Promise(requestAnimationFrame);
    const [first] = rows();
    list.scrollTop = Math.min(list.scrollTop, 150);
    const row = rows().find((row) => row.getBoundingClientRect().top > list.getBoundingClientRect().top);
    const top = row.getBoundingClientRect().top;
    let moved = 0;
    for (let after = 0; after < 5; after += rows()[0] !== first) {
        await frame();
        moved = Math.max(moved, Math.abs(row.getBoundingClientRect().top - top));
    }
    return moved;
}"""
# Where the rows stand that can be seen.
PLACES = """(list) => {
    const { top, bottom } = list.getBoundingClientRect();
    const places = [...list.querySelectorAll("[data-message]")].map((row) => [row.id, row.getBoundingClientRect()]);
    return places.filter(([, box]) => box.bottom > top && box.top < bottom).map(([id, box]) => [id, box.top]);
}"""
SENT = re.compile("sent|delivered|viewed")
AT_END = """() => {
    const list = document.querySelector("[role=log]");
    return list.scrollHeight - list.scrollTop - list.clientHeight < 2;
}"""
DAY_ABOVE = """(row) => {
    while (row && row.getAttribute("role") !== "separator") row = row.previousElementSibling;
    return row?.textContent;
}"""


def stamp(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def now():
    return datetime.now(UTC)


@pytest.fixture
def arpad(sandbox):
    """Alice's partner in the conversation of 500 messages."""
    return sandbox.people["arpad"]


@pytest.fixture
def long_talk(page_for, alice, arpad):
    page = open_conversation(page_for(alice), conversation_of(alice, arpad))
    to_end(page)  # what other tests said may be new, and more than fits
    return page


def open_with(page_for, alice, person, **options):
    return open_conversation(page_for(alice, **options), conversation_of(alice, person))


def scroll_up(page, *, by=1_500):
    """Away from the end, without reaching the top."""
    history(page).evaluate("(list, by) => { list.scrollTop = list.scrollHeight - list.clientHeight - by; }", by)
    wait_for(page, "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")


# The list


def test_the_list_begins_with_whoever_spoke_last_and_follows_what_is_said(page_for, alice, sandbox):
    page = at_start(page_for(alice))
    listed = page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
    orders = [int(order) for order in listed.evaluate_all("all => all.map(row => row.dataset.order)")]
    assert len(orders) > 8
    assert orders == sorted(orders, reverse=True)
    wait_until_quiet(page)
    for seconds, name in enumerate(("layla", "kim"), 1):  # the list knows no finer time than a second
        hello = {"text": "Hello", "created": stamp(now() + timedelta(seconds=seconds))}
        said = sandbox.control("say", {"from": f"{name}@example.org", "to": alice.email, **hello})
        expect(listed.first).to_have_attribute("data-conversation", said["conversation"])
    assert len(listed.all()) == len(orders)


def test_the_list_has_no_conversation_of_others(page_for, alice, bob, sandbox):
    page = at_start(page_for(alice))
    expect(page.locator("[data-conversation]").first).to_be_visible()
    theirs = conversation_of(bob, sandbox.people["robin"])
    expect(page.locator(f'[data-conversation="{theirs}"]')).to_have_count(0)


def test_the_filter_narrows_the_list_in_place_whatever_the_accents(long_talk):
    sidebar = long_talk.get_by_role("navigation", name="Conversations")
    composer(long_talk).fill("half a thought")
    wait_until_quiet(long_talk)
    everybody = sidebar.get_by_role("listitem").count()
    box = sidebar.get_by_role("searchbox")
    for typed in ("ARPAD", "árp", "ÁRPAD"):
        box.fill(typed)
        shown = sidebar.get_by_role("listitem").and_(long_talk.locator(":visible"))
        expect(shown.filter(has_text="Árpád").first).to_be_visible()
        expect(shown.filter(has_not_text="Árpád")).to_have_count(0)
    box.fill("nobody is called this")
    expect(sidebar.get_by_role("listitem")).to_have_count(0)
    expect(sidebar.get_by_role("status").get_by_text("Nothing matches.")).to_be_visible()
    box.fill("")
    expect(sidebar.get_by_role("listitem")).to_have_count(everybody)
    expect(composer(long_talk)).to_have_value("half a thought")
    assert "q=" not in long_talk.url


# Days, groups, order


def test_days_are_those_of_the_readers_time_zone(page_for, alice, sandbox):
    """14:30 and 15:30 UTC: one day in London, the evening of one and the night of the next in Tokyo."""
    layla = sandbox.people["layla"]
    day = (now() - timedelta(days=5)).replace(hour=14, minute=30, second=7, microsecond=0)
    later = {"validuntil": stamp(now() + timedelta(days=9)), "silent": True}
    said = [
        sandbox.control("say", {"from": layla.email, "to": alice.email, "text": "x", "created": stamp(at), **later})[
            "id"
        ]
        for at in (day, day + timedelta(hours=1))
    ]

    def seen_in(zone):
        page = open_with(page_for, alice, layla, timezone_id=zone, locale="en-GB")
        rows = [message(page, id) for id in said]
        return [one.evaluate(DAY_ABOVE) for one in rows], [one.locator("time").inner_text() for one in rows]

    (london, same), times = seen_in("Etc/UTC")
    assert london == same
    assert times == ["14:30", "15:30"]
    (evening, night), times = seen_in("Asia/Tokyo")
    assert evening == london
    assert night not in (evening, None)
    assert times == ["23:30", "00:30"]


def test_each_day_is_announced_once(long_talk):
    for _ in range(3):
        history(long_talk).evaluate(MOVED_WHILE_OLDER_CAME)
    lines = history(long_talk).get_by_role("separator").all_inner_texts()
    days = [line for line in lines if line != "New messages"]
    assert len(days) > 1
    assert len(set(days)) == len(days)
    assert days[-1] in ("Today", "Yesterday")


def test_messages_of_one_person_in_a_row_are_grouped(page_for, alice, bob, sandbox):
    page = open_with(page_for, alice, bob)

    def name_stands_above(id):
        name = (
            message(page, id)
            .get_by_text("Bob Okafor", exact=True)
            .or_(message(page, id).get_by_text("Bob", exact=True))
        )
        box = name.first.bounding_box()
        return box is not None and box["height"] > 4

    expect(write(page, unique("Somebody else first"))).to_have_attribute("data-state", SENT)
    first, second = (
        sandbox.control("say", {"from": bob.email, "to": alice.email, "text": unique("Bob's")})["id"] for _ in range(2)
    )
    expect(message(page, second)).to_have_count(1)
    assert name_stands_above(first)
    assert not name_stands_above(second)
    expect(write(page, unique("In between"))).to_have_attribute("data-state", SENT)
    third = sandbox.control("say", {"from": bob.email, "to": alice.email, "text": unique("Bob's")})["id"]
    expect(message(page, third)).to_have_count(1)
    assert name_stands_above(third)


def test_messages_of_one_second_stand_in_the_servers_order(page_for, alice, sandbox):
    kim = sandbox.people["kim"]
    page = open_with(page_for, alice, kim)
    talk = conversation_of(alice, kim)
    assert [text for text in texts(page) if text.startswith("In the same second")] == [
        f"In the same second: {n}" for n in ("one", "two", "three", "four")
    ]
    created = stamp(now())
    for n in range(5):
        sandbox.control("say", {"from": kim.email, "to": alice.email, "text": f"At once {n}", "created": created})
    expect(row(page, "At once 4").last).to_be_visible()
    assert ids(page)[-5:] == held_ids(sandbox, talk)[-5:]
    page.reload()
    assert ids(page)[-5:] == held_ids(sandbox, talk)[-5:]


# Scrolling


def test_older_messages_come_without_moving_what_is_read(long_talk):
    """To the pixel and in every frame, for page after page."""
    assert at_end(long_talk)
    moves = [history(long_talk).evaluate(MOVED_WHILE_OLDER_CAME) for _ in range(6)]
    assert moves == [0] * 6


def test_paging_to_the_beginning_loses_and_doubles_nothing(long_talk, alice, arpad, sandbox):
    to_beginning(long_talk)
    assert ids_downwards(long_talk) == held_ids(sandbox, conversation_of(alice, arpad))


def test_a_reader_at_the_end_stays_there(long_talk, sandbox, alice, arpad):
    for n in range(3):
        said = sandbox.control("say", {"from": arpad.email, "to": alice.email, "text": "line\n" * (n * 10 + 1)})
        expect(message(long_talk, said["id"])).to_be_in_viewport()
        assert at_end(long_talk)
    expect(long_talk.get_by_role("button", name="Latest messages")).to_be_hidden()


def test_the_end_stays_in_view_when_the_window_or_the_composer_changes(long_talk):
    for size in ({"width": 700, "height": 500}, {"width": 1280, "height": 800}):
        long_talk.set_viewport_size(size)
        wait_for(long_talk, AT_END)
    composer(long_talk).fill("a line\n" * 5)
    wait_for(long_talk, AT_END)
    composer(long_talk).fill("")


def test_a_reader_further_up_is_not_moved_by_what_arrives_and_can_jump_to_it(long_talk, sandbox, alice, arpad):
    scroll_up(long_talk)
    places = history(long_talk).evaluate(PLACES)
    latest = long_talk.get_by_role("button", name="Latest messages")
    for n in (1, 2):
        said = sandbox.control("say", {"from": arpad.email, "to": alice.email, "text": unique("News")})
        expect(message(long_talk, said["id"])).to_have_count(1)
        expect(latest).to_have_accessible_name(re.compile(rf"\b{n}\b"))
        assert history(long_talk).evaluate(PLACES) == places
    expect(message(long_talk, said["id"])).not_to_be_in_viewport()
    latest.click()
    expect(message(long_talk, said["id"])).to_be_in_viewport()
    expect(latest).to_be_hidden()
    scroll_up(long_talk)
    expect(latest).to_have_accessible_name("Latest messages")


def test_ones_own_message_brings_the_writer_to_the_end(long_talk):
    scroll_up(long_talk)
    expect(write(long_talk, unique("Back to work"))).to_be_in_viewport()
    assert at_end(long_talk)


# What can't be read, and what is gone


def test_what_cannot_be_opened_is_a_row_with_its_reason(page_for, alice, sandbox):
    page = open_with(page_for, alice, sandbox.people["mariaelena"])
    locked = page.locator('[data-message][data-state="locked"]')
    assert locked.count() >= 2
    for one in locked.all():
        expect(one).to_contain_text(re.compile("can't be|isn't"))
        expect(one.locator("time")).to_be_visible()
        expect(one.locator(".message__text")).to_have_text("")
    expect(page.get_by_text("And this one is ordinary again.")).to_be_visible()


def test_a_sender_who_is_not_in_the_conversation_is_not_named(page_for, alice, charlie, sandbox):
    page = open_with(page_for, alice, sandbox.people["mariaelena"])
    forged = row(page, "I am not in this conversation, but this says it is from me.")
    expect(forged).to_contain_text("Unknown sender")
    expect(forged).not_to_contain_text(charlie.nick)
    expect(forged).to_have_attribute("data-sender", "")


def test_expired_messages_are_not_shown(page_for, alice, sandbox):
    maria = sandbox.people["maria"]
    page = open_with(page_for, alice, maria)
    assert "This was only for yesterday." in [one["text"] for one in held(sandbox, conversation_of(alice, maria))]
    expect(page.get_by_text("You! I always check the picture twice before I press Enter.")).to_be_visible()
    expect(page.get_by_text("This was only for yesterday.")).to_have_count(0)


def test_a_message_that_expires_on_screen_goes_away(page_for, alice, sandbox):
    maria = sandbox.people["maria"]
    page = open_with(page_for, alice, maria)
    lasting, passing = unique("Lasting"), unique("Passing")
    until = stamp(now() + timedelta(seconds=4))
    sandbox.control("say", {"from": maria.email, "to": alice.email, "text": passing, "validuntil": until})
    sandbox.control("say", {"from": maria.email, "to": alice.email, "text": lasting})
    expect(row(page, passing)).to_be_visible()
    expect(row(page, passing)).to_have_count(0)
    expect(row(page, lasting)).to_be_visible()


@pytest.mark.console("404", "409")  # what was seen just before is told of just after
def test_a_conversation_cleared_on_another_device_is_empty_here(page_for, alice, sandbox):
    daniel = sandbox.people["daniel"]
    talk = conversation_of(alice, daniel)
    sandbox.control("say", {"from": daniel.email, "conversation": talk, "text": "Before"})
    page = open_conversation(page_for(alice), talk)
    expect(row(page, "Before").last).to_be_visible()
    sandbox.control("clear", {"conversation": talk})
    expect(page.locator("[data-message]")).to_have_count(0)
    expect(page.get_by_text("No messages yet")).to_be_visible()
    after = unique("After")
    sandbox.control("say", {"from": daniel.email, "conversation": talk, "text": after})
    expect(row(page, after)).to_be_visible()
    mine = unique("Mine")
    expect(write(page, mine)).to_have_attribute("data-state", SENT)
    assert texts(page) == [after, mine]
