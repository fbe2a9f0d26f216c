"""A link to a message opens around it, wherever in the conversation it stands."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    at_end,
    conversation_of,
    expect_live,
    held_ids,
    history,
    ids,
    message,
    open_conversation,
    to_beginning,
    wait_until_quiet,
)

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def talk(alice, sandbox):
    """With Árpád: 500 messages."""
    return conversation_of(alice, sandbox.people["arpad"])


@pytest.fixture
def old(sandbox, talk):
    """The id of a message far back."""
    return held_ids(sandbox, talk)[140]


def expect_around(page, sandbox, talk, id):
    """The message in view and highlighted, and those before and after it as they are on the server."""
    expect(message(page, id)).to_be_in_viewport()
    assert message(page, id).evaluate("row => row.matches(':target')")
    everything, shown = held_ids(sandbox, talk), ids(page)
    at, place = everything.index(id), shown.index(id)
    assert shown[place - 10 : place + 10] == everything[at - 10 : at + 10]
    expect(alert(page)).to_have_text("")


def test_it_opens_around_a_message_that_is_not_on_the_newest_page(page_for, alice, sandbox, talk, old):
    page = page_for(alice)
    page.goto(f"/conversations/{talk}/#message-{old}")
    expect_around(page, sandbox, talk, old)
    page.reload()
    expect_around(page, sandbox, talk, old)
    wait_until_quiet(page)
    expect(message(page, old)).to_be_in_viewport()


def test_it_opens_from_another_conversation(page_for, alice, bob, sandbox, talk, old):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    page.evaluate("address => location.assign(address)", f"/conversations/{talk}/#message-{old}")
    expect_around(page, sandbox, talk, old)
    page.go_back()
    expect(page.locator(f'#conversation[data-conversation="{conversation_of(alice, bob)}"]')).to_be_visible()


def test_it_opens_where_the_page_already_shows_the_conversation(page_for, alice, sandbox, talk, old):
    page = open_conversation(page_for(alice), talk)
    page.evaluate("id => { location.hash = `message-${id}`; }", old)
    expect_around(page, sandbox, talk, old)


def test_it_opens_a_message_that_has_gone_out_of_the_page(page_for, alice, sandbox, talk):
    page = open_conversation(page_for(alice), talk)
    wait_until_quiet(page)
    to_beginning(page)
    newest = held_ids(sandbox, talk)[-20]
    expect(message(page, newest)).to_have_count(0)
    page.evaluate("id => { location.hash = `message-${id}`; }", newest)
    expect(message(page, newest)).to_be_in_viewport()


@pytest.mark.parametrize("id", [UNKNOWN, "no-such-thing"])
def test_an_unknown_message_is_said_and_the_newest_are_shown(page_for, alice, sandbox, talk, id):
    page = page_for(alice)
    page.goto(f"/conversations/{talk}/#message-{id}")
    expect(alert(page)).to_contain_text("not in this conversation")
    expect_live(page)
    assert at_end(page)
    assert ids(page)[-20:] == held_ids(sandbox, talk)[-20:]


def test_without_scripts_an_address_with_the_message_opens_around_it(page_for, alice, sandbox, talk, old):
    page = page_for(alice, java_script_enabled=False)
    page.goto(f"/conversations/{talk}/?message={old}#message-{old}")
    expect(message(page, old)).to_be_in_viewport()
    expect(history(page)).to_be_visible()
