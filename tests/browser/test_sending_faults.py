"""Sending when something breaks: nothing is lost, nothing is sent twice, and the writer knows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    NOWHERE,
    composer,
    conversation_of,
    expect_live,
    held,
    held_ids,
    history,
    ids,
    message,
    open_conversation,
    row,
    unique,
    wait_for,
    wait_until_quiet,
    write,
)
from tests.browser.test_reconnect import LINE_BREAKS, REFRESH
from tests.browser.test_status import NO_SOCKET, PLAIN_HTTP
from tests.processes import Portal, wait_until

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SENT = re.compile("sent|delivered|viewed")
DEAF = "addEventListener('live:event', (event) => event.stopImmediatePropagation(), true)"
HAS_TURN = "({ held, pending }) => held.some(({ name }) => name.includes(':outbox:')) && !pending.length"
ADD = {"api": "chatconversation", "action": "add"}
# What the server does before its answer is lost or spoilt decides how often it must be asked to add the message.
ADDS = {"lose": 1, "cut": 1, "empty": 1, "html": 2, "500": 2}


@pytest.fixture
def talk(alice, sandbox):
    return conversation_of(alice, sandbox.people["layla"])


@pytest.fixture
def page(page_for, alice, talk):
    return open_conversation(page_for(alice), talk)


@pytest.fixture
def broken(sandbox, alice):
    """`broken("refuse", times=9)`: what happens to Alice's next messages."""
    return lambda fault, times=1, **more: sandbox.control(
        "faults", {**ADD, "fault": fault, "times": times, "userid": alice.userid, **more}
    )


def times_held(sandbox, talk, text):
    return [one["text"] for one in held(sandbox, talk)].count(text)


@pytest.mark.console("409")
def test_a_refused_message_says_why_and_is_sent_by_retry(page, sandbox, talk, broken):
    broken("refuse", times=20)
    refused = write(page, unique("Not now"))
    text = refused.locator(".message__text").inner_text()
    expect(refused).to_have_attribute("data-state", "failed")
    expect(refused.get_by_role("alert")).to_contain_text("fault: refuse")  # the server's own words
    assert times_held(sandbox, talk, text) == 0
    sandbox.control("faults/clear", {})
    refused.get_by_role("button", name="Retry").click()
    expect(refused).to_have_attribute("data-state", SENT)
    expect(refused.get_by_role("button")).to_have_count(0)
    assert times_held(sandbox, talk, text) == 1
    expect(row(page, text)).to_have_count(1)


@pytest.mark.console("409")
def test_a_refused_message_can_be_discarded_for_good(page, sandbox, talk, broken):
    broken("refuse", times=20)
    text = unique("Never mind")
    refused = write(page, text)
    refused.get_by_role("button", name="Discard").click()
    expect(refused).to_have_count(0)
    sandbox.control("faults/clear", {})
    page.reload()
    expect_live(page)
    after = unique("Something else")
    expect(write(page, after)).to_have_attribute("data-state", SENT)
    expect(row(page, text)).to_have_count(0)
    assert times_held(sandbox, talk, text) == 0


@pytest.mark.console("409")
@pytest.mark.parametrize("button", ["Retry", "Discard"])
def test_from_the_keyboard_one_goes_on_writing_after(button, page, broken):
    broken("refuse")
    write(page, unique("Not now")).get_by_role("button", name=button).press("Enter")
    expect(composer(page)).to_be_focused()


@pytest.mark.console("409")
def test_one_refused_message_does_not_hold_up_the_next(page, broken):
    broken("refuse")
    first, second = unique("First"), unique("Second")
    expect(write(page, first)).to_have_attribute("data-state", "failed")
    expect(write(page, second)).to_have_attribute("data-state", SENT)


@pytest.mark.console("409")
def test_what_was_refused_stands_below_what_was_sent_after_it(page, sandbox, talk, broken):
    before = write(page, unique("Before"))
    expect(before).to_have_attribute("data-state", SENT)
    broken("refuse")
    refused = write(page, unique("Refused"))
    expect(refused).to_have_attribute("data-state", "failed")
    sent = write(page, unique("After"))
    expect(sent).to_have_attribute("data-state", SENT)
    wait_until_quiet(page)
    assert ids(page)[-3:] == [each.get_attribute("data-message") for each in (before, sent, refused)]


@pytest.mark.parametrize("fault", ADDS)
def test_an_answer_that_says_nothing_makes_exactly_one_message(page, page_for, sandbox, talk, broken, fault):
    before = sandbox.control("calls")[-1]["n"]
    broken(fault)
    text = unique(f"Was that {fault}?")
    sent = write(page, text)
    expect(sent).to_have_attribute("data-state", SENT)
    expect(sent).to_have_count(1)
    reader = open_conversation(page_for(sandbox.people["layla"]), talk)
    expect(row(reader, text)).to_have_count(1)
    assert times_held(sandbox, talk, text) == 1
    assert [call["action"] for call in sandbox.control(f"calls?since={before}")].count("add") == ADDS[fault]


@pytest.fixture
def deaf(sandbox, alice):
    """Whatever Alice asks about conversations from now on is not answered."""
    return lambda: sandbox.control(
        "faults", {"api": "chatconversation", "fault": "500", "times": 999, "userid": alice.userid}
    )


@pytest.mark.console("502")
def test_a_message_whose_fate_is_unknown_is_settled_by_retry(page, sandbox, talk, deaf):
    deaf()
    text = unique("Did it arrive?")
    sent = write(page, text)
    expect(sent).to_have_attribute("data-state", "failed")
    expect(sent.get_by_role("alert")).to_contain_text("not known")
    sandbox.control("faults/clear", {})
    sent.get_by_role("button", name="Retry").click()
    expect(sent).to_have_attribute("data-state", SENT)
    expect(sent).to_have_count(1)
    assert times_held(sandbox, talk, text) == 1


@pytest.mark.console("502")
def test_a_message_that_had_arrived_after_all_settles_by_itself(page, sandbox, talk, broken, deaf):
    broken("lose")
    deaf()
    text = unique("It did arrive")
    sent = write(page, text)
    expect(sent).to_have_attribute("data-state", "failed")
    assert times_held(sandbox, talk, text) == 1
    sandbox.control("faults/clear", {})
    sandbox.control("say", {"from": "layla@example.org", "conversation": talk, "text": unique("Yes")})
    expect(sent).to_have_attribute("data-state", SENT)
    expect(sent.get_by_role("button")).to_have_count(0)
    expect(sent).to_have_count(1)
    page.reload()
    expect(sent).to_have_count(1)
    assert times_held(sandbox, talk, text) == 1


@pytest.mark.console("ERR_FAILED", "404")
def test_a_message_that_was_cleared_before_its_answer_came_does_not_come_back(page, alice, bob, sandbox, talk):
    asked = []
    page.route("**/messages/", lambda route: asked.append(route), times=1)
    text = unique("Soon gone")
    sent = write(page, text)
    other = conversation_of(alice, bob)
    page.locator(f"#conversation-list [data-conversation='{other}'] a").click()  # so no event tells that it was sent
    expect(sent).to_have_count(0)
    asked[0].fetch()
    asked[0].abort()
    assert times_held(sandbox, talk, text) == 1
    sandbox.control("clear", {"conversation": talk})
    open_conversation(page, talk)  # it is tried again by itself
    wait_for(page, "() => !Object.keys(localStorage).some((key) => key.includes('outbox:'))")
    expect(sent).to_have_count(0)
    assert times_held(sandbox, talk, text) == 0


def test_what_more_than_a_page_followed_before_its_answer_came_stays_where_it_stands(page, sandbox, talk, broken):
    broken("slow", accepts=True, seconds=2)
    with page.expect_response(re.compile("/messages/$"), timeout=30_000):
        own = write(page, unique("Long on its way"))
        expect(own).to_have_attribute("data-state", SENT)  # told by an event
        more = {"conversation": talk, "created": held(sandbox, talk)[-1]["Created"], "text": "Meanwhile"}
        for n in range(60):
            last = sandbox.control("say", {"from": sandbox.people["layla"].email, **more})["id"]
            if n % 30 == 29:  # of more than a page at once, tabs are told nothing but to ask anew
                expect(message(page, last)).to_have_count(1)
    wait_for(page, "() => !Object.keys(localStorage).some((key) => key.includes('outbox:'))")
    assert ids(page)[-61:] == held_ids(sandbox, talk)[-61:]


@pytest.mark.console("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "WebSocket")
def test_a_message_written_while_the_portal_is_down_is_kept_and_sent_once(page_for, alice, sandbox, talk, data_dir):
    with Portal(sandbox.url, data_dir) as own:
        page = open_conversation(page_for(alice, base_url=own.url), talk)
        own.kill()
        text, typed = unique("Is anybody there?"), unique("And this is only a draft")
        sent = write(page, text)
        expect(sent).to_have_attribute("data-state", "failed")
        composer(page).fill(typed)
        own.start()
        expect_live(page)
        expect(composer(page)).to_have_value(typed)
        expect(sent).to_have_attribute("data-state", SENT)
        expect(sent).to_have_count(1)
        assert times_held(sandbox, talk, text) == 1


@pytest.mark.console("ERR_FAILED")
def test_what_was_lost_goes_before_what_is_written_after_it(page, sandbox, talk):
    page.route("**/messages/", lambda route: route.abort())
    said = [unique("Before"), unique("After")]
    expect(write(page, said[0])).to_have_attribute("data-state", "failed")
    page.unroute("**/messages/")
    expect(write(page, said[1])).to_have_attribute("data-state", SENT)
    expect(row(page, said[0])).to_have_attribute("data-state", SENT)
    assert [one["text"] for one in held(sandbox, talk) if one["text"] in said] == said


@pytest.fixture
def answered_with(page_for, alice, sandbox, talk, data_dir):
    """A message's row whose answer was a 502 with these headers. The portal was down then and is back."""
    with Portal(sandbox.url, data_dir) as own:
        page = open_conversation(page_for(alice, base_url=own.url), talk)

        def answered(headers):
            own.kill()
            page.route("**/messages/", lambda route: route.fulfill(status=502, headers=headers, body="Bad Gateway"))
            sent = write(page, unique("Through a proxy"))
            expect(sent).to_have_attribute("data-state", "failed")
            page.unroute("**/messages/")
            own.start()
            expect_live(page)
            return sent

        yield answered


@pytest.mark.console("502", "ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "WebSocket")
def test_a_message_that_only_a_proxy_answered_is_sent_when_the_portal_is_back(answered_with, sandbox, talk):
    sent = answered_with({})
    expect(sent).to_have_attribute("data-state", SENT)
    assert times_held(sandbox, talk, sent.locator(".message__text").inner_text()) == 1


@pytest.mark.console("502", "ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "WebSocket")
def test_a_message_that_the_portal_could_not_send_waits_for_retry(answered_with):
    sent = answered_with({"Content-Security-Policy": "default-src 'self'"})
    expect(write(sent.page, unique("Next"))).to_have_attribute("data-state", SENT)
    expect(sent).to_have_attribute("data-state", "failed")


@pytest.mark.console("502")
def test_what_a_proxy_answered_while_the_line_was_good_is_sent_once_more_by_itself(page, sandbox, talk):
    page.route("**/messages/", lambda route: route.fulfill(status=502, body="Bad Gateway"), times=1)
    text = unique("Between two processes")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    assert times_held(sandbox, talk, text) == 1


@pytest.mark.console("502")
def test_who_stands_on_a_messages_button_is_with_the_messages_when_it_is_sent_by_itself(page):
    page.route("**/messages/", lambda route: route.fulfill(status=502, body="Bad Gateway"), times=1)
    sent = write(page, unique("By itself"))
    sent.get_by_role("button", name="Retry").focus()
    expect(sent).to_have_attribute("data-state", SENT)
    expect(history(page)).to_be_focused()


@pytest.mark.console("502")
def test_what_a_proxy_answered_twice_waits_for_retry(page, sandbox, talk):
    posts = []
    page.route("**/messages/", lambda route: (posts.append(route), route.fulfill(status=502, body="Bad Gateway")))
    text = unique("Nobody is there")
    sent = write(page, text)
    wait_until(lambda: page.evaluate("1") and len(posts) == 2, "it to be sent once more")
    expect(sent).to_have_attribute("data-state", "failed")
    page.unroute("**/messages/")
    sent.get_by_role("button", name="Retry").click()
    expect(sent).to_have_attribute("data-state", SENT)
    assert len(posts) == 2
    assert times_held(sandbox, talk, text) == 1


def test_a_message_on_its_way_survives_a_reload_and_is_sent_once(page, sandbox, talk, broken):
    broken("slow", seconds=6)
    page.evaluate(DEAF)
    text = unique("In a hurry")
    id = write(page, text).get_attribute("data-message")
    expect(message(page, id)).to_have_attribute("data-state", "pending")
    page.reload()
    expect(message(page, id)).to_have_count(1)
    expect(message(page, id)).to_have_attribute("data-state", SENT)
    assert times_held(sandbox, talk, text) == 1
    page.reload()
    expect(row(page, text)).to_have_count(1)


@pytest.mark.console("409")
def test_a_failed_message_survives_a_reload_and_can_be_sent_then(page, sandbox, talk, broken):
    broken("refuse", times=20)
    text = unique("Tomorrow then")
    expect(write(page, text)).to_have_attribute("data-state", "failed")
    page.reload()
    expect(row(page, text)).to_have_attribute("data-state", "failed")
    sandbox.control("faults/clear", {})
    row(page, text).get_by_role("button", name="Retry").click()
    expect(row(page, text)).to_have_attribute("data-state", SENT)
    assert times_held(sandbox, talk, text) == 1


@pytest.mark.parametrize("script", ["", PLAIN_HTTP], ids=["secure", "plain http"])
def test_two_tabs_of_one_person_send_a_waiting_message_once(page_for, alice, sandbox, talk, script):
    page, posts = page_for(alice), []
    page.context.add_init_script(script)
    open_conversation(page, talk)
    page.context.route("**/messages/", lambda route: posts.append(route))  # held back
    text = unique("From two tabs")
    with page.expect_request("**/messages/"):
        id = write(page, text).get_attribute("data-message")
    assert UUID.fullmatch(id)
    other = open_conversation(page.context.new_page(), talk)
    expect(message(other, id)).to_have_attribute("data-state", "pending")
    wait_until_quiet(other)
    posts[0].continue_()
    for tab in (page, other):
        expect(row(tab, text)).to_have_attribute("data-state", SENT)
    wait_until_quiet(other)
    assert len(posts) == 1
    assert times_held(sandbox, talk, text) == 1


@pytest.fixture
def turn(page, alice, talk):
    """Another tab whose turn it is to send in the conversation; `release()` in it ends that."""
    other = page.context.new_page()
    other.goto("/livez")  # a page that does nothing else
    hold = "name => new Promise(held => navigator.locks.request(name, () => new Promise(end => held(release = end))))"
    other.evaluate(f"name => void ({hold})(name)", f"ozeki:{alice.userid}:outbox:{talk}")
    wait_for(other, "'release' in window")
    return other


def test_a_message_is_asked_for_at_once_where_nothing_else_waits(page, sandbox, talk, turn):
    text = unique("At once")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    turn.evaluate("release()")
    wait_until_quiet(page)
    assert times_held(sandbox, talk, text) == 1


def test_a_message_that_follows_one_on_its_way_waits_for_its_turn(page, sandbox, talk, turn):
    posts, texts = [], [unique(text) for text in ("First", "Second")]
    page.route("**/messages/", lambda route: posts.append(route))  # held back
    with page.expect_request("**/messages/"):
        write(page, texts[0])
    write(page, texts[1])
    turn.close()
    wait_for(page, f"navigator.locks.query().then({HAS_TURN})")
    assert len(posts) == 1
    for number, text in enumerate(texts):
        wait_until(lambda number=number: page.evaluate("1") and len(posts) > number, "it to be asked for")
        posts[number].continue_()
        expect(row(page, text)).to_have_attribute("data-state", SENT)
    assert [one["text"] for one in held(sandbox, talk)][-2:] == texts


def test_what_a_tab_was_sending_when_it_was_closed_is_sent_by_another(page, sandbox, talk):
    other = open_conversation(page.context.new_page(), talk)
    page.evaluate(NOWHERE)
    text = unique("Closed too soon")
    write(page, text)
    expect(row(other, text)).to_have_attribute("data-state", "pending")
    wait_until_quiet(other)
    page.close()
    expect(row(other, text)).to_have_attribute("data-state", SENT)
    assert times_held(sandbox, talk, text) == 1


@pytest.mark.console("404", "409")  # what is being read is cleared
def test_what_another_tab_sent_and_was_cleared_before_this_one_heard_of_it_waits_no_longer(page, sandbox, talk):
    other = open_conversation(page.context.new_page(), talk)
    wait_until_quiet(other)
    other.evaluate(DEAF)
    text = unique("Sent and cleared")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    expect(row(other, text)).to_have_attribute("data-state", "pending")
    sandbox.control("clear", {"conversation": talk})
    expect(row(page, text)).to_have_count(0)
    other.evaluate(REFRESH, talk)
    expect(row(other, text)).to_have_count(0)


@LINE_BREAKS
def test_before_there_is_a_socket_one_reads_and_writes(page_for, alice, sandbox, talk):
    said = sandbox.control("say", {"from": "layla@example.org", "conversation": talk, "text": unique("Read me")})
    page = page_for(alice)
    page.add_init_script(NO_SOCKET)
    with page.expect_response("**/read/") as read:
        page.goto(f"/conversations/{talk}/")
    assert read.value.ok
    expect(message(page, said["id"])).to_be_in_viewport()
    text = unique("Without a socket")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    expect(page.locator("html")).not_to_have_attribute("data-live", "on")
    expect(row(page, text)).to_have_count(1)
    assert times_held(sandbox, talk, text) == 1


def test_a_draft_survives_a_reload_and_is_gone_once_sent(page, page_for, alice, bob, sandbox):
    text = unique("Half written")
    composer(page).fill(text)
    open_conversation(page, conversation_of(alice, bob))
    expect(composer(page)).to_have_value("")  # a draft belongs to its conversation
    open_conversation(page, conversation_of(alice, sandbox.people["layla"]))
    expect(composer(page)).to_have_value(text)
    composer(page).press("Enter")
    expect(row(page, text)).to_have_attribute("data-state", SENT)
    page.reload()
    expect_live(page)
    expect(composer(page)).to_have_value("")
