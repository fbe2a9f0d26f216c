"""A conversation opened again in the same tab is there at once, where it was left, and then hears what it missed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    at_end,
    composer,
    conversation_of,
    expect_live,
    held,
    history,
    ids,
    message,
    open_conversation,
    row,
    texts,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_reading import PLACES, SENT, scroll_up
from tests.browser.test_unread import below_divider
from tests.device import Device
from tests.processes import wait_until

# Resolves `told` when the page has heard that a conversation was cleared.
CLEARED = """(id) => ({
    told: new Promise((tell) =>
        document.addEventListener("live:event", ({ detail }) => detail.cleared?.includes(id) && tell()),
    ),
})"""
# Notes the rows that go from now on.
REMOVED = """() => {
    window.removed = [];
    new MutationObserver((records) => {
        for (const { removedNodes } of records) window.removed.push(...[...removedNodes].map(({ id }) => id));
    }).observe(document.querySelector("message-list"), { childList: true });
}"""
A_MINUTE = 60_000  # ms
OTHERS = ("bob", "layla", "kim", "daniel", "maria", "mariaelena")


@pytest.fixture
def talk(alice, sandbox):
    """With Árpád: 500 messages."""
    return conversation_of(alice, sandbox.people["arpad"])


@pytest.fixture
def other(alice, bob):
    return conversation_of(alice, bob)


@pytest.fixture
def page(page_for, alice, talk, sandbox):
    """The conversation open, seen and marked as read."""
    sandbox.control("say", {"from": "arpad@example.org", "to": alice.email, "text": unique("Seen")})
    page = page_for(alice)
    with page.expect_response("**/read/"):
        open_conversation(page, talk)
    wait_until_quiet(page)
    return page


def go(page, id):
    page.locator(f'#sidebar [data-conversation="{id}"] a').click()


def shown(page, id):
    return page.locator(f'#conversation[data-conversation="{id}"]')


def leave(page, id):
    """For another conversation, until that is there and all is quiet."""
    go(page, id)
    expect(shown(page, id)).to_be_visible()
    wait_until_quiet(page)


def hold_back(page, id):
    """Requests for a conversation get no answer until the function that comes back is called."""
    waiting = []
    page.route(f"**/conversations/{id}/", lambda route: waiting.append(route))
    return lambda: [route.continue_() for route in waiting]


def hold_answers_back(page, id):
    """What the portal answers about a conversation first, which the page is to have later."""
    waiting = []
    page.route(f"**/conversations/{id}/", lambda route: waiting.append((route, route.fetch())), times=1)
    return waiting


def test_it_is_there_before_any_answer(page, talk, other):
    before = texts(page)
    leave(page, other)
    hold_back(page, talk)
    go(page, talk)
    expect(shown(page, talk)).to_be_visible()
    assert texts(page) == before
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))
    expect(page).to_have_title(re.compile("Árpád.* · Ozeki Web"))
    expect(page.locator(f'#sidebar [data-conversation="{talk}"] a')).to_have_attribute("aria-current", "page")


def test_one_never_opened_is_not_there_before_its_answer(page, talk, other):
    release = hold_back(page, other)
    go(page, other)
    expect(shown(page, talk)).to_be_visible()
    release()
    expect(shown(page, other)).to_be_visible()


def test_the_one_clicked_stays_though_the_one_last_open_comes_first(page, talk, other):
    release_last = hold_back(page, talk)
    with page.expect_request(f"**/conversations/{talk}/"):
        page.goto("/")
    release_clicked = hold_back(page, other)
    with page.expect_request(f"**/conversations/{other}/"):
        go(page, other)
    with page.expect_response(f"**/conversations/{talk}/"):
        release_last()
    release_clicked()
    expect(shown(page, other)).to_be_visible()
    expect(page).to_have_url(re.compile(f"/conversations/{other}/$"))


def test_an_answer_that_comes_after_one_has_gone_back_changes_nothing(page, talk, other, alice, sandbox):
    leave(page, other)
    third = conversation_of(alice, sandbox.people["layla"])
    release = hold_back(page, third)
    with page.expect_request(f"**/conversations/{third}/"):
        go(page, third)
    page.go_back()
    expect(shown(page, talk)).to_be_visible()
    with page.expect_response(f"**/conversations/{third}/"):
        release()
    wait_until_quiet(page)
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))
    expect(shown(page, talk)).to_be_visible()


def test_what_was_read_stands_where_it_stood(page, talk, other):
    scroll_up(page)
    wait_until_quiet(page)
    before = history(page).evaluate(PLACES)
    leave(page, other)
    leave(page, talk)
    assert history(page).evaluate(PLACES) == before


def test_what_was_said_meanwhile_is_not_read_out(page, talk, other, sandbox, alice):
    leave(page, other)
    page.evaluate("""() => {
        window.heard = [];
        document.addEventListener("messages:arrived", ({ detail }) => window.heard.push(...detail));
    }""")
    said = sandbox.control("say", {"from": "arpad@example.org", "to": alice.email, "text": unique("Meanwhile")})["id"]
    expect(page.locator(f'#sidebar [data-conversation="{talk}"]')).to_have_attribute("data-unread", re.compile(r"\d"))
    go(page, talk)
    expect(message(page, said)).to_have_count(1)
    wait_until_quiet(page)
    assert page.evaluate("window.heard.length") == 0


def test_what_was_said_meanwhile_comes_once_below_a_line(page, talk, other, sandbox, alice):
    assert at_end(page)
    leave(page, other)
    say = {"from": "arpad@example.org", "to": alice.email}
    said = [sandbox.control("say", {**say, "text": unique("Meanwhile")})["id"] for _ in range(3)]
    expect(page.locator(f'#sidebar [data-conversation="{talk}"]')).to_have_attribute("data-unread", re.compile(r"\d"))
    go(page, talk)
    for id in said:
        expect(message(page, id)).to_have_count(1)
    assert ids(page)[-3:] == said
    expect(page.get_by_role("separator", name="New messages")).to_have_count(1)
    assert below_divider(page) == said[0]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "on screen"])
def test_what_comes_while_it_is_loaded_anew_is_there_once(page, talk, other, sandbox, alice, kept):
    if kept:
        leave(page, other)
    waiting = hold_answers_back(page, talk)
    go(page, talk)
    wait_until(lambda: page.wait_for_timeout(20) or waiting, "an answer")
    text = unique("Meanwhile")
    said = sandbox.control("say", {"from": "arpad@example.org", "to": alice.email, "text": text})["id"]
    expect(message(page, said)).to_have_count(1)
    for route, response in waiting:
        route.fulfill(response=response)
    wait_until_quiet(page)
    expect(message(page, said)).to_have_count(1)
    assert ids(page)[-1] == said


def test_what_comes_while_it_is_loaded_anew_is_counted_and_stays(page, talk, other, sandbox, alice):
    scroll_up(page)
    wait_until_quiet(page)
    leave(page, other)
    waiting = hold_answers_back(page, talk)
    go(page, talk)
    wait_until(lambda: page.wait_for_timeout(20) or waiting, "an answer")
    said = sandbox.control("say", {"from": "arpad@example.org", "to": alice.email, "text": unique("Meanwhile")})["id"]
    expect(message(page, said)).to_have_count(1)
    page.evaluate(REMOVED)
    for route, response in waiting:
        route.fulfill(response=response)
    wait_until_quiet(page)
    expect(page.locator(".jump-to-latest__count")).to_have_text("1")
    assert f"message-{said}" not in page.evaluate("window.removed")


def test_it_is_loaded_once_where_something_else_than_messages_comes_meanwhile(page, talk, other, sandbox, alice):
    leave(page, other)
    muted = page.locator("#conversation-header").get_by_role("button", name="Unmute", include_hidden=True)
    asked, waiting = [], hold_answers_back(page, talk)
    page.on("request", lambda request: asked.append(request.url))
    go(page, talk)
    wait_until(lambda: page.wait_for_timeout(20) or waiting, "an answer")
    for action in ("mute", "unmute"):
        Device(sandbox, alice).call("chatconversation", action, conversationid=talk)
        expect(muted).to_have_count(1 if action == "mute" else 0)
    for route, response in waiting:
        route.fulfill(response=response)
    wait_until_quiet(page)
    assert len([url for url in asked if url.endswith(f"/conversations/{talk}/")]) == 1


def test_a_message_is_still_sent_once(page, talk, other, sandbox):
    for _ in range(2):
        leave(page, other)
        leave(page, talk)
    text = unique("Only once")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    expect(row(page, text)).to_have_count(1)
    assert [one["text"] for one in held(sandbox, talk)].count(text) == 1


def test_each_has_its_own_draft(page, talk, other):
    composer(page).fill("for Árpád")
    leave(page, other)
    expect(composer(page)).to_have_value("")
    composer(page).fill("for Bob")
    leave(page, talk)
    expect(composer(page)).to_have_value("for Árpád")
    composer(page).fill("")
    leave(page, other)
    expect(composer(page)).to_have_value("for Bob")
    composer(page).fill("")
    leave(page, talk)
    expect(composer(page)).to_have_value("")


@pytest.mark.parametrize("how", ["by keyboard", "back"])
def test_what_is_written_before_the_next_one_is_here_is_not_said_in_the_last_one(page, talk, other, sandbox, how):
    last = talk
    if how == "back":
        last = other
        leave(page, other)
        page.reload()  # in memory there is none now
        expect_live(page)
    come = hold_back(page, "*")
    text = unique("For whoever is next")
    composer(page).focus()
    with page.expect_request("**/conversations/*/"):
        if how == "back":
            page.evaluate("history.back()")
        else:
            page.keyboard.press("Alt+ArrowDown")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    come()
    expect(shown(page, last)).to_have_count(0)
    expect(composer(page)).to_be_focused()
    wait_until_quiet(page)
    assert text not in [one["text"] for one in held(sandbox, last)]


def test_emoji_that_were_to_be_chosen_from_in_one_that_was_left_are_closed_in_it(page, talk, other):
    leave(page, other)
    page.get_by_role("button", name="Emoji").click()
    expect(page.get_by_role("dialog", name="Emoji")).to_be_visible()
    page.go_back()
    expect(shown(page, talk)).to_be_visible()
    page.go_forward()
    expect(shown(page, other)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Emoji").click()
    expect(page.get_by_role("dialog", name="Emoji").get_by_role("searchbox")).to_be_focused()


def test_back_and_forward_name_what_they_show(page, talk, other):
    leave(page, other)
    leave(page, talk)
    for move, id in ((page.go_back, other), (page.go_back, talk), (page.go_forward, other), (page.go_forward, talk)):
        move()
        expect(shown(page, id)).to_be_visible()
        expect(page).to_have_url(re.compile(f"/conversations/{id}/$"))
        expect(page.locator("#conversation")).to_have_count(1)


def test_what_one_went_back_to_and_left_before_it_came_does_not_name_what_is_shown(page, talk, other, alice, sandbox):
    leave(page, other)
    title = page.title()
    page.reload()  # none is kept from before
    wait_until_quiet(page)
    leave(page, conversation_of(alice, sandbox.people["layla"]))
    release = hold_back(page, talk)
    with page.expect_request(f"**/conversations/{talk}/"):
        page.evaluate("history.go(-2)")
    go(page, other)
    expect(page).to_have_title(title)
    with page.expect_response(f"**/conversations/{talk}/"):
        release()
    wait_until_quiet(page)
    expect(shown(page, other)).to_be_visible()
    expect(page).to_have_title(title)


def test_a_conversation_cleared_meanwhile_shows_nothing_of_before(page, alice, sandbox, talk):
    daniel = sandbox.people["daniel"]
    cleared = conversation_of(alice, daniel)
    said = sandbox.control("say", {"from": daniel.email, "conversation": cleared, "text": unique("Before")})["id"]
    leave(page, cleared)
    expect(message(page, said)).to_be_visible()
    leave(page, talk)
    heard = page.evaluate_handle(CLEARED, cleared)
    sandbox.control("clear", {"conversation": cleared})
    heard.evaluate("({ told }) => told")
    hold_back(page, cleared)
    go(page, cleared)
    expect(shown(page, talk)).to_be_visible()
    expect(message(page, said)).to_have_count(0)


def test_only_the_last_few_are_kept(page, alice, sandbox, talk):
    for name in OTHERS:
        leave(page, conversation_of(alice, sandbox.people[name]))
    hold_back(page, talk)
    go(page, talk)
    expect(shown(page, conversation_of(alice, sandbox.people[OTHERS[-1]]))).to_be_visible()


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_without_a_line_it_is_there_and_hears_when_the_line_is_back(page, talk, other, sandbox, alice):
    leave(page, other)
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    said = sandbox.control("say", {"from": "arpad@example.org", "to": alice.email, "text": unique("Meanwhile")})["id"]
    go(page, talk)
    expect(shown(page, talk)).to_be_visible()
    page.context.set_offline(False)
    expect_live(page)
    expect(message(page, said)).to_have_count(1)


@pytest.mark.console("ERR_FAILED", "htmx:")
def test_who_could_not_go_on_writes_on_where_they_were_and_goes_on_to_the_same(page, talk, other):
    page.route("**/conversations/*/", lambda route: route.abort(), times=1)
    composer(page).press_sequentially("Half a sen")
    page.keyboard.press("Alt+ArrowDown")
    expect(alert(page)).to_contain_text("The portal can't be reached.")
    page.keyboard.type("tence?")
    expect(composer(page)).to_have_value("Half a sentence?")
    composer(page).fill("")
    rows = page.locator("#conversation-list > [data-conversation]:not([hidden])")
    order = [row.get_attribute("data-conversation") for row in rows.all()]
    page.keyboard.press("Alt+ArrowDown")
    expect(shown(page, order[order.index(talk) + 1])).to_be_visible()


@pytest.mark.console("htmx:timeout", "htmx:afterRequest")
def test_one_that_never_comes_is_said_not_to_and_its_row_is_at_rest(page, talk, other):
    assert 0 < page.evaluate("htmx.config.timeout") <= A_MINUTE
    page.evaluate("htmx.config.timeout = 100")
    come = hold_back(page, other)
    go(page, other)
    expect(alert(page)).to_contain_text("The portal can't be reached.")
    expect(page.locator(".htmx-request")).to_have_count(0)
    expect(shown(page, talk)).to_be_visible()
    come()


def test_nothing_of_it_is_in_the_browsers_storage(page, talk, other):
    text = next(text for text in reversed(texts(page)) if len(text) > 10)
    leave(page, other)
    assert text not in page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
