"""What comes back: every trap that the pages hold, and then anything at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chat.ozeki import protocol, replies
from chat.ozeki.errors import Misunderstood, OzekiError, Refused, SignInRefused, Unreachable
from chat.ozeki.models import WHITE, Blocklist, Friend, Listeners, Notices, Preferences
from chat.ozeki.wire import LATEST

from .samples import ADMIN, ALICE, CONVERSATION, FRIENDS, ID, ITEM, LOGIN, MESSAGE, NOTICES, REPORT, SEALED, ok
from .test_protocol import CALLER, CALLS

MISSING = object()
BUILT = {name: row[0]() for name, row in CALLS.items()}


def read(name, content, status=200):
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return protocol.decipher(BUILT[name], status, content)


# What the pages print


def test_a_login_is_read():
    login = read("login", LOGIN)
    assert (login.userid, login.fullname, login.nick) == (ALICE, "Ozeki Alice", "Alice")
    assert login.listeners == Listeners("ws://localhost:9011", "wss://localhost:9012")
    assert login.rsakey.startswith("-----BEGIN RSA PRIVATE KEY-----\r\n")
    assert login.urls["chatnotification"].endswith("?srv=chatserver&api=chatnotification")
    assert "RSA" not in repr(login)


def test_an_api_is_found_by_its_urls_name_and_then_by_its_key():
    urls = {"report": "http://h/x?api=chatreports", "friends": "/friends", "odd": 3, "bad": "http://[", "": ""}
    assert read("login", LOGIN | {"urls": urls}).urls == {
        "chatreports": "http://h/x?api=chatreports",
        "chatfriends": "/friends",
        "chat": "",
    }


def test_conversations_are_read():
    assert read("conversations", ok(conversations=[ITEM])) == (CONVERSATION,)


def test_messages_and_reports_are_read():
    page = read("partial_download", ok(messages=[MESSAGE], reports=[REPORT]))
    assert page.messages == (SEALED,)
    assert page.reports[0].type == "delivered"
    assert page.reports[0].created == datetime(2024, 3, 8, 13, 56, 15, tzinfo=UTC)
    assert (page.reports[0].validuntil, page.reports[0].data) == (LATEST, "")
    assert "ZGF0YQ" not in repr(page)


def test_friends_are_read():
    assert read("friends", FRIENDS) == (Friend(ADMIN, "Administrator", "TUlJQg==", "available"),)


def test_notices_are_read():
    assert read("notification", NOTICES) == Notices(conversations=(ID,))
    assert not read("notification", ok())


def test_a_blocklist_is_read():
    assert read("blocklist", ok(blockedusers=[], blockedconversations=[])) == Blocklist()
    reply = ok(blockedusers=[ALICE, 3], blockedconversations=[{"id": ID}, ID])
    assert read("blocklist", reply) == Blocklist((ALICE,), (ID,), skipped=2)


@pytest.mark.parametrize("name", ["availability", "report", "register_workspace", "add"])
def test_some_replies_say_no_more_than_ok(name):
    assert read(name, ok()) is None


@pytest.mark.parametrize("name", ["clear", "favorite", "unfavorite", "set_color", "mute", "unmute", "hide", "unhide"])
def test_a_change_answers_with_the_conversation(name):
    assert read(name, ok(conversation=ITEM | {"instance": "ZTZqIV8LS5"})).instance == "ZTZqIV8LS5"
    with pytest.raises(Misunderstood):
        read(name, ok())


# The traps


def test_ok_with_an_errormessage_is_success():
    assert read("conversations", ok(conversations=[], errormessage="File does not exist")) == ()


def test_download_needs_no_status():
    assert read("download", {"messages": [MESSAGE], "reports": []}).messages == (SEALED,)


@pytest.mark.parametrize("name", CALLS)
def test_anything_else_needs_one(name):
    with pytest.raises(Misunderstood):
        read(name, {"conversations": [], "friends": {}, "conversation": ITEM, "userid": ALICE})


def test_expired_messages_are_kept():
    old = MESSAGE | {"Created": "2020-01-01 00:00:00", "ValidUntil": "2020-01-01 00:01:00"}
    assert read("download", ok(messages=[old])).messages[0].validuntil.year == 2020


@pytest.mark.parametrize("key", ["friendavailabilitesof", "friendavailabilitiesof"])
def test_both_spellings_of_the_availabilities_are_read(key):
    assert read("notification", ok(**{key: [ADMIN]})).people == (ADMIN,)


def test_what_a_notice_names_may_be_of_any_kind():
    notices = read("notification", ok(conversationchangedof=[{"id": ID}, ID], friendavailabilitesof=[7]))
    assert notices == Notices(people=("",), conversations=(ID,), lists=("",))
    assert notices


def test_a_list_that_php_wrote_as_an_object_is_one():
    assert read("notification", ok(conversationchangedof={"1": ID})) == Notices(conversations=(ID,))


@pytest.mark.parametrize("news", ["all", 1, True, {"1": True}])
def test_a_notice_of_another_shape_is_news_all_the_same(news):
    assert read("notification", ok(conversationlistchangedof=news)).lists
    assert read("notification", ok(conversationchangedof=news))


@pytest.mark.parametrize("nothing", [None, "", 0, False, {}])
def test_a_notice_of_another_shape_with_nothing_in_it_is_none(nothing):
    assert not read("notification", ok(conversationchangedof=nothing))


def test_the_callers_entry_is_found_by_userid():
    other = {"userid": ADMIN, "ismuted": True, "isfavorite": True, "hideid": "x;", "listitembackgroundcolor": "#000000"}
    (conversation,) = read("conversations", ok(conversations=[ITEM | {"properties": [other, *ITEM["properties"]]}]))
    assert conversation.preferences_of(ALICE) == Preferences(ALICE, color="#bae1ff")
    assert conversation.preferences_of(ADMIN) == Preferences(ADMIN, True, True, "x;", "#000000")
    assert conversation.preferences_of("somebody") == Preferences("somebody")


@pytest.mark.parametrize("ids", [None, MISSING, [], [ALICE], [ALICE, ADMIN]])
def test_whoever_is_named_among_the_participants_takes_part(ids):
    (conversation,) = read("conversations", ok(conversations=[_without(ITEM | {"participantids": ids})]))
    assert conversation.participantids == (ALICE, ADMIN)


def test_muted_and_favorite_are_told_in_either_of_two_places():
    (conversation,) = read("conversations", ok(conversations=[ITEM | {"mutedby": [ALICE], "favoriteby": [ADMIN]}]))
    assert conversation.preferences_of(ALICE).ismuted
    assert not conversation.preferences_of(ALICE).isfavorite
    assert conversation.preferences_of(ADMIN).isfavorite


def test_an_unknown_availability_is_kept_as_the_word_it_is():
    people = [{"friendid": ADMIN, "availability": "gone fishing"}]
    assert read("friends", ok(friends={ADMIN: "Admin", "a b": "?", ALICE: 3}, availabilities=people)) == (
        Friend(ADMIN, "Admin", "", "gone fishing"),
    )


def test_php_writes_an_empty_object_as_a_list():
    assert read("friends", ok(friends=[], availabilities=[])) == ()


@pytest.mark.parametrize("color", ["red", "#FFF", "#12345", "#1234567", "url(x)", 3, None, "#12345६"])
def test_a_color_of_another_shape_is_white(color):
    mine = ITEM["properties"][0] | {"listitembackgroundcolor": color}
    (conversation,) = read("conversations", ok(conversations=[ITEM | {"properties": [mine]}]))
    assert conversation.preferences_of(ALICE).color == WHITE


def test_a_color_is_lower_cased():
    mine = ITEM["properties"][0] | {"listitembackgroundcolor": "#BAE1FF"}
    (conversation,) = read("conversations", ok(conversations=[ITEM | {"properties": [mine]}]))
    assert conversation.preferences_of(ALICE).color == "#bae1ff"


# What goes wrong


@pytest.mark.parametrize("status", [500, 502, 503, 599])
@pytest.mark.parametrize("name", CALLS)
def test_5xx_is_no_answer(name, status):
    with pytest.raises(Unreachable):
        read(name, ok(messages=[], conversations=[]), status)


@pytest.mark.parametrize("name", CALLS)
def test_a_status_that_is_not_ok_is_a_refusal(name):
    with pytest.raises(Refused) as refusal:
        read(name, {"status": "ERROR", "errormessage": "No \ud800 such conversation", "messages": []})
    assert refusal.value.message == "No \ufffd such conversation"
    assert isinstance(refusal.value, SignInRefused) is (name == "login")


def test_ok_is_ok_in_any_case():
    assert read("mute", {"status": " ok", "conversation": ITEM}).id == ID


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("content", [b"<h1>No</h1>", b"", ok(), b'{"status": "x", "errormessage": 3}'])
def test_401_and_403_are_refusals_whatever_they_hold(status, content):
    with pytest.raises(SignInRefused) as refusal:
        read("login", content, status)
    assert refusal.value.message == ""


def test_a_refusal_with_another_status_is_one_too():
    with pytest.raises(Refused, match="refused"):
        read("mute", {"status": "no"}, 404)


def test_a_refusals_words_are_bounded():
    with pytest.raises(Refused) as refusal:
        read("mute", {"status": "no", "errormessage": "x" * 100_000})
    assert len(refusal.value.message) == 500


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"<html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"status": "OK", "messa'),
        (200, b"null"),
        (200, b'{"status": null, "messages": []}'),
        (200, b'{"status": 1, "messages": []}'),
        (200, b'{"status": "OK"}'),
        (200, b'{"status": "OK", "messages": {}}'),
        (200, b'{"status": "OK", "messages": "none"}'),
        (200, b'{"status": "OK", "n": ' + b"9" * 5000 + b"}"),
        (200, b'{"status": "OK", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        (200, '{"status": "OK", "messages": []}'.encode("utf-16")),
        (302, ok(messages=[])),
        (404, ok(messages=[])),
        (404, b"Not found"),
    ],
)
def test_what_is_no_reply_is_misunderstood(status, content):
    with pytest.raises(Misunderstood):
        read("download", content, status)


def test_a_misunderstanding_is_described_by_shape():
    with pytest.raises(Misunderstood) as trouble:
        read("download", ok(messages="the secret plan"))
    assert str(trouble.value) == "'messages' is a string, not a list"
    with pytest.raises(Misunderstood) as trouble:
        read("download", b"the secret plan")
    assert str(trouble.value) == "HTTP 200, 15 bytes that are no JSON object"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        3,
        [],
        {},
        MESSAGE | {"ID": "../../etc"},
        MESSAGE | {"ID": ""},
        MESSAGE | {"ID": "x" * 65},
        MESSAGE | {"ID": f"{SEALED.id}\n"},
        MESSAGE | {"Created": "yesterday"},
    ],
)
def test_one_malformed_message_is_left_out_and_counted(bad):
    page = read("download", ok(messages=[bad, MESSAGE], reports=[bad, REPORT]))
    assert page.messages == (SEALED,)
    assert REPORT["ID"] in [report.id for report in page.reports]
    assert page.skipped == 1


@pytest.mark.parametrize("data", [{"Data": None}, {"Data": 7}, {"Data": MISSING}])
def test_a_message_without_content_is_one_that_cannot_be_read(data):
    (message,) = read("download", ok(messages=[_without(MESSAGE | data)])).messages
    assert message == replace(SEALED, data="")


@pytest.mark.parametrize("end", [{"ValidUntil": ""}, {"ValidUntil": 0}, {"ValidUntil": MISSING}])
def test_a_message_that_does_not_say_until_when_it_is_valid_is_so_for_ever(end):
    (message,) = read("download", ok(messages=[_without(MESSAGE | end)])).messages
    assert message == replace(SEALED, validuntil=LATEST)


def _without(item):
    return {name: value for name, value in item.items() if value is not MISSING}


def test_malformed_reports_are_not_counted_as_messages():
    page = read("partial_download", ok(messages=[MESSAGE], reports=[3, {}, REPORT | {"Created": "now"}, REPORT] * 20))
    assert (len(page.messages), len(page.reports), page.skipped) == (1, 20, 0)


def test_one_malformed_row_or_friend_costs_no_other(caplog):
    rows = [3, ITEM | {"id": "a b"}, ITEM | {"participants": [3, {"userid": "<"}], "lastaccess": "now"}, ITEM]
    known = read("conversations", ok(conversations=rows))
    assert [(row.participants, row.lastaccess) for row in known] == [
        ((), 0),
        (CONVERSATION.participants, CONVERSATION.lastaccess),
    ]
    assert "2 malformed elements left out" in caplog.text
    assert read("friends", ok(availabilities=[3, FRIENDS["availabilities"][0]]))[0].userid == ADMIN


@pytest.mark.parametrize("instance", ["x" * 65, "\0", "\ud800"], ids=["long", "zero", "surrogate"])
def test_a_conversation_whose_instance_no_database_can_keep_costs_no_other(instance, caplog):
    (conversation,) = read("conversations", ok(conversations=[ITEM | {"instance": instance}, ITEM]))
    assert conversation.instance == CONVERSATION.instance
    assert "1 malformed elements left out" in caplog.text


@pytest.mark.parametrize("userid", ["", "a/b", "x" * 65, "é", 3, None])
def test_a_login_without_a_usable_userid_is_misunderstood(userid):
    with pytest.raises(Misunderstood):
        read("login", LOGIN | {"userid": userid})


def test_a_login_without_a_key_is_misunderstood():
    with pytest.raises(Misunderstood):
        read("login", LOGIN | {"rsakey": None})


def test_lone_surrogates_become_u_fffd():
    content = ok(conversations=[ITEM | {"participants": [{"userid": ALICE, "username": "\udc00x\ud83d\ude00"}]}])
    (conversation,) = read("conversations", content)
    assert conversation.participants[0].username == "\ufffdx😀"


@pytest.mark.parametrize("lastaccess", [-5, 10**30])
def test_a_date_out_of_the_calendar_is_brought_back_into_it(lastaccess):
    (conversation,) = read("conversations", ok(conversations=[ITEM | {"lastaccess": lastaccess}]))
    assert datetime.fromtimestamp(conversation.lastaccess, UTC)


# Anything at all

NAMES = sorted(
    {"status", "errormessage", "conversation", "messages", "reports", "friends", "availabilities", "conversations"}
    | LOGIN.keys() | ITEM.keys() | MESSAGE.keys() | FRIENDS["availabilities"][0].keys() | NOTICES.keys()
    | ITEM["properties"][0].keys() | {"ws", "wss", "username", "blockedusers", "blockedconversations"}
)  # fmt: skip
ALL = {
    **LOGIN,
    **FRIENDS,
    **NOTICES,
    "conversations": [ITEM],
    "conversation": ITEM,
    "messages": [MESSAGE],
    "reports": [REPORT],
    "blockedusers": [ALICE],
    "blockedconversations": [ID],
}
TEXTS = st.text(st.characters(), max_size=12) | st.sampled_from(
    [ALICE, SEALED.id, MESSAGE["Created"], "OK", "#BAE1FF", "http://["]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=5),
    max_leaves=20,
)


def places(value, here=()):
    """Yield the path of each place in a JSON value."""
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from places(inner, (*here, name))


def changed(value, path, new):
    """Return the value with something else in one place."""
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: changed(value[path[0]], path[1:], new)}
    return [changed(inner, path[1:], new) if n == path[0] else inner for n, inner in enumerate(value)]


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | tuple):
        for inner in [*value, *(value.values() if isinstance(value, dict) else ())]:
            yield from texts(inner)
    elif hasattr(value, "__slots__"):
        for name in value.__slots__:
            yield from texts(getattr(value, name))


def survives(content, status=200):
    """Let every reader have it: no exception but the tree's comes out, and no lone surrogate comes in."""
    for name in BUILT:
        try:
            result = read(name, content, status)
        except OzekiError as error:
            str(error).encode()
        else:
            for text in texts(result):
                text.encode()


ANYTHING = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ANYTHING
@given(path=st.sampled_from(list(places(ALL))), new=VALUES)
def test_one_wrong_place_in_a_reply_raises_nothing_but_the_tree(path, new):
    survives(json.dumps(changed(ALL, path, new)).encode())


@ANYTHING
@given(
    reply=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8),
    status=st.sampled_from([200, 204, 302, 401, 404, 500]),
)
def test_any_object_raises_nothing_but_the_tree(reply, status):
    survives(json.dumps({"status": "OK", **reply}).encode(), status)


@ANYTHING
@given(content=st.binary(max_size=200))
@example(content=b'{"status":"OK","userid":"\xed\xa0\x80","rsakey":"\xff"}')
@example(content=b"\xff\xfe{")
@example(content=b"[" * 50_000)
def test_any_bytes_raise_nothing_but_the_tree(content):
    survives(content)


def test_the_caller_of_these_tests_shows_no_station():
    assert repr(CALLER) == f"Caller(userid='{ALICE}')"


def test_what_nobody_reads_of_a_message_is_not_kept_with_it():
    before = replies._message({**MESSAGE, "Data": "bm90IGtlcHQ="})
    assert replies._message({**MESSAGE, "Data": "bm90IGtlcHQ=", "More": "x" * 900}) is before


def test_where_everything_is_forgotten_a_message_is_read_anew():
    before = replies._message(dict(MESSAGE))
    assert replies._message(dict(MESSAGE)) is before
    replies.forget()
    assert replies._message(dict(MESSAGE)) == before
    assert replies._message(dict(MESSAGE)) is not before
