from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from chat import fragments, presenting
from chat.keyring import Opened
from chat.ozeki.dialect import Dialect, Hide
from chat.ozeki.models import Conversation, Friend, Message, Participant, Preferences, Sealed
from chat.receipts import Receipts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def conversation(**values):
    people = (Participant("other", "Bob"), Participant("me", "Ann"))
    plain = Conversation("c", False, ("other", "me"), people, "m9", "", 1_767_268_800, "", "i1")
    return replace(plain, **values)


@pytest.fixture
def account():
    receipts = Receipts()
    return SimpleNamespace(
        userid="me",
        nick="Ann",
        dialect=Dialect(),
        unread={},
        receipts=lambda conversation: receipts,
        known_friends={"friend": Friend("friend", "Flo")},
    )


def shown(account, sender, text="Hello", **values):
    sealed = Sealed("m1", "Message", NOON, NOON + timedelta(days=7), "")
    return presenting.shown(account, conversation(**values), Opened(sealed, Message(sender, text)))


def preferring(**values):
    """My preferences, behind those of somebody else."""
    return conversation(properties=(Preferences("other", isfavorite=True), Preferences("me", **values)))


@pytest.mark.parametrize(
    ("people", "title"),
    [
        ([("other", "Bob"), ("me", "Ann")], "Bob"),
        ([("a", "Bob"), ("me", "Ann"), ("b", "Eve")], "Bob, Eve"),
        ([("me", "Ann")], "Only you"),
        ([("friend", ""), ("me", "Ann"), ("b", "Eve")], "Flo, Eve"),
        ([("other", "\u202e"), ("me", "Ann")], "other"),
    ],
)
def test_a_conversation_is_called_by_the_others_names(account, people, title):
    participants = tuple(Participant(userid, name) for userid, name in people)
    ids = tuple(userid for userid, _ in people)
    assert presenting.title(account, conversation(participants=participants, participantids=ids)) == title


@pytest.mark.parametrize(("sender", "name"), [("friend", "Flo"), ("else", "else"), ("stranger", "Unknown sender")])
def test_who_writes_without_a_name_is_called_as_a_friend_or_by_the_id_if_they_belong_there(account, sender, name):
    assert shown(account, sender, participants=(), participantids=("me", "friend", "else")).name == name


@pytest.mark.parametrize("username", ["", "\u202e"])
def test_who_writes_oneself_without_a_name_there_is_called_by_the_own_nick(account, username):
    assert shown(account, "me", participants=(Participant("me", username),)).name == "Ann"


def test_so_is_who_has_seen_something(account):
    account.receipts(None).take("viewed", "friend", ["m1"], reader="me")
    group = conversation(isgroup=True, participants=(), participantids=("me", "friend", "else"))
    assert presenting.seen_by(account, group, "m1") == "Seen by Flo"


def test_where_nobody_is_named_it_is_called_by_its_friends(account):
    assert presenting.title(account, conversation(participants=(), participantids=("me", "friend"))) == "Flo"


def test_a_row_follows_ones_own_preferences_and_nobody_elses(account):
    row = presenting.row(account, preferring(ismuted=True, color="#aabbcc"), {})
    assert (row.favorite, row.muted, row.color) == (False, True, "#aabbcc")
    assert presenting.row(account, preferring(isfavorite=True), {}).color == ""


def test_only_a_conversation_of_two_shows_presence(account):
    friends = {"other": Friend("other", "Bob", availability="away\u202e")}
    assert presenting.row(account, conversation(), friends).presence == "away"
    assert presenting.row(account, conversation(isgroup=True), friends).presence == ""
    assert presenting.row(account, conversation(), {}).presence == ""


@pytest.mark.parametrize(
    ("mark", "hidden"), [("i1;m9", True), ("i1;m8", False), ("i0;m9", False), ("", False), ("anything", False)]
)
def test_a_conversation_is_hidden_until_something_comes(account, mark, hidden):
    assert presenting.hidden(account, preferring(hideid=mark)) == hidden


def test_what_hides_a_conversation_is_the_dialects_word(account):
    account.dialect = Dialect(hide=Hide("{lastmessageid}"))
    assert presenting.hidden(account, preferring(hideid="m9"))
    assert not presenting.hidden(account, preferring(hideid="i1;m9"))


@pytest.mark.parametrize(
    ("sender", "expected"),
    [("me", ("me", "Ann", True)), ("other", ("other", "Bob", False)), ("stranger", ("", "Unknown sender", False))],
)
def test_a_sender_is_believed_only_as_far_as_it_is_a_participant(account, sender, expected):
    message = shown(account, sender)
    assert (message.sender, message.name, message.own) == expected


def test_a_message_without_a_sender_has_an_unknown_one(account):
    assert shown(account, None).name == "Unknown sender"


def test_only_own_messages_carry_marks(account):
    account.receipts(None).states["m1"] = "viewed"
    assert (shown(account, "me").state, shown(account, "other").state) == ("viewed", "sent")


def test_a_locked_message_says_why_and_nothing_else(account):
    opened = Opened(Sealed("m1", "Message", NOON, NOON, ""), None, "No key.")
    message = presenting.shown(account, conversation(), opened)
    assert (message.state, message.html, message.cause, message.sender) == ("locked", "", "No key.", "")


def test_times_are_written_in_utc():
    assert presenting.iso(datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == "2025-12-31T23:30:00Z"


@pytest.mark.parametrize(
    ("text", "folded"), [("Zsófi", "zsofi"), ("ŐRI-Tűzkő", "ori-tuzko"), ("Straße", "strasse"), (" ﬁn ", "fin")]
)
def test_a_filter_folds_case_and_accents(text, folded):
    assert presenting.folded(text) == folded


def test_a_colour_of_ones_own_is_one_of_twelve_and_stays():
    assert {presenting.hue(f"{n}") for n in range(500)} == {str(n) for n in range(12)}
    assert presenting.hue("alice") == presenting.hue("alice")


def test_a_row_is_rendered_once_for_all_who_see_the_same(account):
    message = shown(account, "other", "Once for everybody")
    assert fragments.message_row(message) is fragments.message_row(replace(message))
    assert fragments.message_row(replace(message, own=True)) != fragments.message_row(message)
    assert "12:00 PM" in fragments.message_row(message, "12")


def test_a_row_that_is_very_long_is_not_kept(account):
    message = shown(account, "other", "word " * 2_000)
    assert fragments.message_row(message) is not fragments.message_row(message)
