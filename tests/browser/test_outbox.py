"""What is not sent yet is visible as such, in all conversations, and is sent or discarded at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    NOWHERE,
    conversation_of,
    expect_live,
    held,
    open_conversation,
    row,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import WINDOWS, expect_no_violations

SENT = re.compile("sent|delivered|viewed")
REFUSED = pytest.mark.console("409")
ADD = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 99}


@pytest.fixture
def talks(alice, bob, sandbox):
    return [conversation_of(alice, person) for person in (bob, sandbox.people["layla"])]


@pytest.fixture
def page(page_for, alice, talks):
    page = open_conversation(page_for(alice), talks[0])
    wait_until_quiet(page)
    return page


@pytest.fixture
def failed(page, talks, sandbox, alice):
    """The texts of two messages that were refused, in two conversations. The page that says so is open."""
    sandbox.control("faults", {**ADD, "userid": alice.userid})
    said = []
    for talk in talks:
        open_conversation(page, talk)
        said.append(unique("Not now"))
        expect(write(page, said[-1])).to_have_attribute("data-state", "failed")
    sandbox.control("faults/clear", {})
    link(page).click()
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    return said


def link(page):
    return page.get_by_role("link", name="Not sent yet")


def entries(page):
    return page.locator("outbox-list").get_by_role("listitem")


def texts_held(sandbox, talk):
    return [one["text"] for one in held(sandbox, talk)]


@REFUSED
def test_it_lists_what_failed_in_every_conversation(page, failed, talks):
    expect(entries(page)).to_have_count(2)
    for entry, text, talk in zip(entries(page).all(), failed, talks, strict=True):
        expect(entry).to_contain_text(text)
        expect(entry).to_contain_text("Not sent")
        expect(entry).to_contain_text("fault: refuse")
        expect(entry.get_by_role("link")).to_have_attribute("href", f"/conversations/{talk}/")
    expect(link(page)).to_have_text("Not sent yet: 2")


@REFUSED
def test_retry_all_sends_each_once(page, failed, talks, sandbox):
    page.get_by_role("button", name="Retry all").click()
    expect(page.get_by_text("Nothing waits to be sent.")).to_be_visible()
    expect(entries(page)).to_have_count(0)
    expect(link(page)).to_have_count(0)
    for text, talk in zip(failed, talks, strict=True):
        assert texts_held(sandbox, talk).count(text) == 1


@REFUSED
def test_discard_all_asks_first(page, failed, talks, sandbox):
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Discard all").click()
    expect(entries(page)).to_have_count(2)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard all").click()
    expect(page.locator("outbox-list").get_by_role("status")).to_have_text("Nothing waits to be sent.")
    expect(entries(page)).to_have_count(0)
    expect(link(page)).to_have_count(0)
    open_conversation(page, talks[0])
    expect(row(page, failed[0])).to_have_count(0)
    assert failed[0] not in texts_held(sandbox, talks[0])


@REFUSED
def test_one_alone_is_sent_or_discarded(page, failed, talks, sandbox):
    entries(page).nth(0).get_by_role("button", name="Discard", exact=True).click()
    expect(entries(page)).to_have_count(1)
    entries(page).get_by_role("button", name="Retry", exact=True).click()
    expect(entries(page)).to_have_count(0)
    assert failed[0] not in texts_held(sandbox, talks[0])
    assert texts_held(sandbox, talks[1]).count(failed[1]) == 1


@REFUSED
@pytest.mark.parametrize("button", ["Retry", "Discard"])
def test_from_the_keyboard_one_goes_on_to_the_next(page, failed, button):
    first, last = (entries(page).filter(has_text=text) for text in failed)
    first.get_by_role("button", name=button, exact=True).press("Enter")
    expect(last.get_by_role("button", name="Retry", exact=True)).to_be_focused()
    last.get_by_role("button", name=button, exact=True).press("Enter")
    expect(page.get_by_role("group", name="Not sent yet")).to_be_focused()


@pytest.mark.console("ERR_INTERNET_DISCONNECTED")
def test_what_waits_goes_out_in_order_though_the_clock_was_set_back(page_for, alice, talks, sandbox):
    page = open_conversation(page_for(alice), talks[0])
    page.context.set_offline(True)
    texts = [unique("Before"), unique("After")]
    write(page, texts[0])
    page.evaluate("(now => { Date.now = () => now() - 3_600_000; })(Date.now)")
    write(page, texts[1])
    page.context.set_offline(False)
    for text in texts:
        expect(row(page, text)).to_have_attribute("data-state", SENT)
    assert [text for text in texts_held(sandbox, talks[0]) if text in texts] == texts


@REFUSED
def test_tabs_are_in_step(page, failed, talks):
    other = open_conversation(page.context.new_page(), talks[1])
    expect(link(other)).to_have_text("Not sent yet: 2")
    row(other, failed[1]).get_by_role("button", name="Discard").click()
    expect(entries(page)).to_have_count(1)
    expect(link(page)).to_have_text("Not sent yet: 1")
    entries(page).get_by_role("button", name="Discard", exact=True).click()
    expect(link(other)).to_have_count(0)


@REFUSED
def test_where_the_browsers_storage_is_full_each_counts_once(page, failed, talks):
    open_conversation(page, talks[0])
    page.route("**/messages/", lambda route: route.fulfill(status=409))
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }; }")
    with page.expect_response("**/messages/"):
        row(page, failed[0]).get_by_role("button", name="Retry").click()
    expect(row(page, failed[0])).to_contain_text("The message was refused.")
    expect(link(page)).to_have_text("Not sent yet: 2")


@REFUSED
@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS.keys())
def test_axe_has_nothing_against_it(page_for, alice, talks, sandbox, options):
    page = open_conversation(page_for(alice, **options), talks[0])
    sandbox.control("faults", {**ADD, "userid": alice.userid})
    expect(write(page, unique("Not now"))).to_have_attribute("data-state", "failed")
    page.goto("/")
    expect(link(page)).to_be_visible()
    expect_no_violations(page)
    link(page).click()
    expect(entries(page)).to_have_count(1)
    expect_no_violations(page)


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_what_is_written_without_a_line_is_named_until_it_is_sent(page, talks, sandbox):
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    said = [unique("One"), unique("Two")]
    for text in said:
        written = write(page, text)
        expect(written).to_have_attribute("data-state", "pending")
        expect(written).to_contain_text("Waits for the connection")
        expect(written.get_by_role("button", name="Retry")).to_have_count(0)
    expect(link(page)).to_have_text("Not sent yet: 2")
    page.context.set_offline(False)
    expect_live(page)
    for text in said:
        expect(row(page, text)).to_have_attribute("data-state", SENT)
    expect(link(page)).to_have_count(0)
    assert [text for text in texts_held(sandbox, talks[0]) if text in said] == said


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
@pytest.mark.parametrize("where", ["the conversation", "the outbox"])
def test_what_waits_for_the_line_can_be_discarded(page, talks, sandbox, where):
    other = page.context.new_page()
    other.goto("/outbox/")
    expect_live(other)
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    expect(other.locator("html")).to_have_attribute("data-live", "off")
    kept, dropped = unique("Kept"), unique("Dropped")
    for text in (kept, dropped):
        write(page, text)
    expect(entries(other)).to_have_count(2)
    place = row(page, dropped) if where == "the conversation" else entries(other).filter(has_text=dropped)
    place.get_by_role("button", name="Discard", exact=True).click()
    expect(row(page, dropped)).to_have_count(0)
    expect(entries(other)).to_have_count(1)
    page.context.set_offline(False)
    expect(row(page, kept)).to_have_attribute("data-state", SENT)
    assert dropped not in texts_held(sandbox, talks[0])


@pytest.mark.console("409", "ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_what_a_closed_tab_was_sending_can_be_discarded_where_it_waits_now(page, talks):
    other = open_conversation(page.context.new_page(), talks[0])
    wait_until_quiet(other)
    page.evaluate(NOWHERE)
    other.route("**/messages/", lambda route: route.fulfill(status=409))
    text = unique("Closed too soon")
    write(page, text)
    page.close()
    expect(row(other, text)).to_have_attribute("data-state", "failed")
    other.context.set_offline(True)
    expect(other.locator("html")).to_have_attribute("data-live", "off")
    row(other, text).get_by_role("button", name="Retry", exact=True).click()
    expect(row(other, text)).to_have_attribute("data-state", "pending")
    row(other, text).get_by_role("button", name="Discard", exact=True).click()
    expect(row(other, text)).to_have_count(0)
    other.context.set_offline(False)


@pytest.fixture
def beside(page, talks):
    """Another tab with the conversation, which has no line any more while the first one has."""
    beside, cut = page.context.new_page(), []

    def between(line):
        server = line.connect_to_server()
        line.on_message(lambda text: cut or server.send(text))
        server.on_message(lambda text: cut or line.send(text))

    beside.route_web_socket("**/live/", between)
    open_conversation(beside, talks[0])
    wait_until_quiet(beside)
    cut.append(True)
    beside.evaluate("dispatchEvent(new Event('offline'))")
    return beside


def test_what_another_tab_is_sending_cannot_be_discarded(page, beside):
    page.route("**/messages/", lambda route: None)  # no answer as long as the test lasts
    text = unique("On its way")
    write(page, text)
    expect(row(beside, text)).to_have_attribute("data-state", "pending")
    expect(row(beside, text).get_by_role("button", name="Discard")).to_have_count(0)


def test_what_another_tab_has_sent_does_not_vanish_in_between(page, beside):
    text = unique("Sent there")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    expect(link(beside)).to_have_count(0)
    expect(row(beside, text)).to_have_attribute("data-state", "pending")


def test_where_everything_is_sent_there_is_no_link(page):
    expect(link(page)).to_have_count(0)
    page.goto("/outbox/")
    expect(page.get_by_text("Nothing waits to be sent.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry all")).to_be_hidden()
