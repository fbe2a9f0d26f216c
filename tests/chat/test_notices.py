"""What a notification is about: the newest unread message, for the one it is for."""

from __future__ import annotations

import pytest

from tests.processes import wait_until
from tests.visitor import messages


@pytest.fixture
def conversation(visit, world, sandbox):
    """Kim's with Robin, emptied; her portal has seen it before."""
    conversation = world.between("kim", "robin")
    kim = visit("kim")
    tab = kim.tab()
    wait_until(lambda: kim.open(conversation).document.one("#conversation")["data-read-at"], "Kim's markers")
    tab.close()
    sandbox.control("clear", {"conversation": conversation})
    return conversation


@pytest.fixture
def kim(visit, conversation):
    return visit("kim")


def notice(visitor, conversation, **options):
    return visitor.get(f"/conversations/{conversation}/notice/", htmx=True, **options)


def heard(tab, conversation, number):
    """The tab has been told how many are unread."""
    tab.hear_row(conversation, lambda html: f'data-unread="{number}"' in html)


def test_it_is_the_newest_unread_message_as_a_row(kim, conversation, world):
    tab = kim.tab()
    world.says("robin", conversation, "One")
    id = world.says("robin", conversation, "Two")
    heard(tab, conversation, 2)
    answer = notice(kim, conversation)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    [message] = messages(answer.html)
    assert (message.id, message.text, message.name) == (id, "Two", "Robin")


def test_a_notice_that_was_counted_costs_no_call(kim, conversation, world):
    tab = kim.tab()
    world.says("robin", conversation, "One")
    heard(tab, conversation, 1)
    since = world.now()
    assert notice(kim, conversation).status == 200
    assert world.calls(since, "chatconversation", "downloadpartial", world.userid("kim")) == []


def test_one_that_was_not_counted_here_is_counted(kim, conversation, world):
    world.says("robin", conversation, "Before anybody looked")
    # Until the portal knows that the conversation was cleared, nothing of it can be had.
    wait_until(
        lambda: [message.text for message in notice(kim, conversation).messages] == ["Before anybody looked"],
        "what was said",
    )


def test_one_that_came_since_there_was_none_is_counted(kim, conversation, world):
    assert notice(kim, conversation).status == 204
    world.says("robin", conversation, "Just now")
    wait_until(lambda: notice(kim, conversation).messages, "what was said")


def test_one_that_could_not_be_counted_is_counted_when_it_is_asked_for_again(kim, conversation, world):
    world.says("robin", conversation, "Before anybody looked")
    world.break_next("chatconversation", "500", "downloadpartial", times=99, userid=world.userid("kim"))
    assert notice(kim, conversation).status == 204
    world.sandbox.control("faults/clear", {})
    wait_until(lambda: notice(kim, conversation).messages, "what was said")


def test_it_is_no_message_of_ones_own(kim, conversation, world):
    tab = kim.tab()
    world.says("robin", conversation, "Hers")
    world.says("kim", conversation, "Mine, from my phone")
    heard(tab, conversation, 1)
    assert [message.text for message in notice(kim, conversation).messages] == ["Hers"]


def test_where_all_is_read_there_is_none(kim, conversation, world):
    tab = kim.tab()
    id = world.says("robin", conversation, "One")
    heard(tab, conversation, 1)
    assert kim.post(f"/conversations/{conversation}/read/", {"message": id}, htmx=True).status == 204
    tab.hear_row(conversation, lambda html: "data-unread" not in html)
    answer = notice(kim, conversation)
    assert (answer.status, answer.html) == (204, "")


def test_without_scripts_it_is_the_way_to_the_message(kim, conversation, world):
    tab = kim.tab()
    id = world.says("robin", conversation, "One")
    heard(tab, conversation, 1)
    answer = kim.get(f"/conversations/{conversation}/notice/")
    assert (answer.status, answer.location) == (303, f"/conversations/{conversation}/#message-{id}")


def test_nobody_else_has_it(visit, browser, conversation, world):
    world.says("robin", conversation, "For Kim")
    assert notice(visit("charlie"), conversation).status == 404
    assert notice(browser(), conversation).status == 401


@pytest.mark.parametrize("id", ["nowhere", "0" * 32, "a" * 64])
def test_there_is_none_of_a_conversation_that_is_not_there(kim, id):
    assert notice(kim, id).status == 404


def test_it_can_only_be_looked_at(kim, conversation):
    assert kim.post(f"/conversations/{conversation}/notice/", {}, htmx=True).status == 405
