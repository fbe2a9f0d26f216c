"""Clearing a conversation: for everybody in it, never by accident, and seen at once wherever it is open."""

from __future__ import annotations

import pytest

from tests.sandbox.raw import Device

LONG = {"validuntil": "2090-01-01 00:00:00"}


@pytest.fixture
def talk(world, sandbox):
    """Kim's with Zsófi, with one message; emptied afterwards."""
    talk = world.between("kim", "zsofi")
    world.says("zsofi", talk, "To be forgotten", **LONG)
    yield talk
    sandbox.control("clear", {"conversation": talk})


@pytest.fixture
def kim(visit):
    return visit("kim")


def clear(visitor, conversation, confirm="clear", **others):
    return visitor.post(f"/conversations/{conversation}/clear/", {"confirm": confirm, **others})


def reset(conversation):
    return lambda frame: frame.get("reset") and frame.get("conversation") == conversation


# Asking first


def test_the_confirmation_says_whom_it_affects(kim, world, talk):
    page = kim.get(f"/conversations/{talk}/clear/")
    assert page.status == 200
    whom = page.document.one("#clear-whom").text
    assert "everyone" in whom
    assert "Zsófi" in whom
    assert "can't be undone" in whom


def test_the_confirmation_names_everybody_of_a_group(visit, world):
    group = world.between("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
    whom = visit("kim").get(f"/conversations/{group}/clear/").document.one("#clear-whom").text
    for name in ("Alice", "Bob", "Robin", "Zsófi", "Árpád", "ليلى"):
        assert name in whom


def test_the_confirmation_deletes_nothing(kim, world, talk):
    held = world.ids(talk)
    kim.get(f"/conversations/{talk}/clear/")
    kim.get(f"/conversations/{talk}/clear/?confirm=clear")
    assert world.ids(talk) == held


def test_names_in_the_confirmation_are_plain_text(visit, world, sandbox):
    page = visit("alice").get(f"/conversations/{world.between('alice', 'tom')}/clear/")
    assert sandbox.people["tom"].nick in page.document.one("#clear-whom").text
    assert "<script>alert" not in page.html


@pytest.mark.parametrize("confirm", ["", "yes", "Clear", "clear ", "clear\x00", "on", "c" * 100_000])
def test_any_other_word_deletes_nothing_and_says_so(kim, world, talk, confirm):
    held = world.ids(talk)
    answer = clear(kim, talk, confirm)
    assert answer.status == 422
    assert "Nothing was deleted" in answer.alert
    assert answer.document.one("input[name=confirm]")["aria-invalid"] == "true"
    assert world.ids(talk) == held


def test_a_form_without_its_token_deletes_nothing(kim, world, talk):
    held = world.ids(talk)
    kim.get("/")
    assert kim.post(f"/conversations/{talk}/clear/", {"confirm": "clear"}, csrf=False).status == 403
    assert world.ids(talk) == held


# Doing it


def test_the_word_deletes_everything_and_leads_to_the_empty_conversation(kim, world, talk):
    answer = clear(kim, talk)
    assert (answer.status, answer.location) == (303, f"/conversations/{talk}/")
    assert world.held(talk) == []
    assert kim.open(talk).messages == []


def test_every_tab_of_everybody_begins_anew_and_hears_what_comes(kim, visit, world, talk):
    zsofi = visit("zsofi")
    tabs = [kim.tab(talk), visit("kim").tab(talk), zsofi.tab(talk)]
    assert clear(kim, talk).status == 303
    for tab in tabs:
        tab.hear("event", reset(talk))
        assert tab.visitor.open(talk).messages == []
    said = world.says("zsofi", talk, "A new beginning", **LONG)
    for tab in tabs:
        assert tab.hear_message(said).text == "A new beginning"


def test_the_tab_it_was_done_in_begins_anew_only_once(kim, world, talk):
    tab = kim.tab(talk)
    tab.all_so_far()
    since = world.now()
    clear(kim, talk)
    tab.hear("event", reset(talk))
    tab.hear_message(world.says("zsofi", talk, "After it", **LONG))
    assert len([frame for frame in tab.heard if frame.get("reset")]) == 1
    assert len(world.calls(since, "chatconversation", "clear")) == 1


def test_one_can_write_at_once_with_the_new_instance(kim, world, talk):
    kim.tab(talk)
    clear(kim, talk)
    assert kim.say(talk, "Clean slate").status == 201
    assert [message["text"] for message in world.held(talk)] == ["Clean slate"]


def test_one_who_writes_with_the_old_instance_is_healed(kim, visit, world, talk):
    zsofi = visit("zsofi")
    zsofi.open(talk)
    clear(kim, talk)
    assert zsofi.say(talk, "I had it open").status == 201
    assert "I had it open" in [message["text"] for message in world.held(talk)]


def test_preferences_outlive_it(kim, talk, sandbox):
    kim.post(f"/conversations/{talk}/preferences/", {"favorite": "on"}, htmx=True)
    clear(kim, talk)
    phone = Device(sandbox, sandbox.people["kim"])
    assert phone.conversation(sandbox.people["zsofi"])["properties"][0]["isfavorite"]
    kim.post(f"/conversations/{talk}/preferences/", {"favorite": "off"}, htmx=True)


def test_twice_is_as_good_as_once(kim, talk):
    assert [clear(kim, talk).status for _ in range(2)] == [303, 303]


# What goes wrong


def test_nobody_clears_a_conversation_of_others(visit, world):
    theirs = world.between("alice", "bob")
    held = world.ids(theirs)
    charlie = visit("charlie")
    assert charlie.get(f"/conversations/{theirs}/clear/").status == 404
    assert clear(charlie, theirs).status == 404
    assert world.ids(theirs) == held


def test_a_refusal_is_told_and_deletes_nothing(kim, world, talk):
    held = world.ids(talk)
    world.break_next("chatconversation", "refuse", "clear", times=2, userid=world.userid("kim"))
    answer = clear(kim, talk)
    assert answer.status == 409
    assert "refused" in answer.document.one("#alerts").text
    assert world.ids(talk) == held


def test_a_server_out_of_reach_is_told(kim, world, talk):
    world.break_next("chatconversation", "500", "clear", times=5, userid=world.userid("kim"))
    assert clear(kim, talk).status == 502


def test_a_tab_that_comes_back_can_tell_what_was_said_before_it_was_cleared(kim, world, talk, sandbox):
    kept_open = kim.tab()
    page = kim.open(talk)
    before = page.document.one("#conversation")["data-instance"]
    kim.tab(talk).close()
    kim.say(talk, "Said before")
    sandbox.control("clear", {"conversation": talk})
    kept_open.hear("event", lambda frame: talk in frame.get("cleared", ()))
    back = kim.socket()
    back.hello(*page.seen, conversation=talk)
    again = back.hear("event", lambda frame: "Said before" in frame.get("messages", ""))
    assert again["instance"] == before
    assert kim.open(talk).document.one("#conversation")["data-instance"] != before
