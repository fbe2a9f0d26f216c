"""What is sent, held against the shapes the pages print: headers, keys in order, types."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine

from chat.ozeki import protocol
from chat.ozeki.dialect import Paging
from chat.ozeki.errors import SignInRefused

from .samples import ALICE, CONVERSATION, ID, SEALED, STATION

NOW = "2024-03-08 13:56:12"
NEXT_SECOND = "2024-03-08 13:56:13"
ENVELOPE = {"clientversioncode": 3, "timestamp": NOW}
HERE = {"conversationid": ID}
GENERATION = {**HERE, "instance": "PqjfKSn7V8"}
ANCHOR = protocol.Anchor(
    datetime(2024, 3, 8, 13, 46, 59, tzinfo=UTC), SEALED.id, datetime(2024, 3, 8, 13, 47, tzinfo=UTC), "r1"
)
CALLER = protocol.Caller(ALICE, STATION, lambda timestamp, body: f"<{timestamp}>{len(body)}")
LAST = {
    "lastmessagedate": "2024-03-08 13:46:59",
    "lastmessageid": SEALED.id,
    "lastreportdate": "2024-03-08 13:47:00",
    "lastreportid": "r1",
}
NO_ANCHOR = dict.fromkeys(LAST, "")
FIRST = {name.replace("last", "first"): value for name, value in LAST.items()}
INNER = (
    '{"ID":"%s","Type":"Message","Created":"2024-03-08 13:56:12","ValidUntil":"2024-03-15 13:56:12","Data":"ZGF0YQ=="}'
)

# name → (the call, srv, api, action, the fields after the envelope, may be repeated), as the pages have them
CALLS = {
    "login": (lambda: protocol.login(station=STATION, apikey="k"), "chatlogin", "login", {"apikey": "k"}, False),
    "availability": (
        lambda: protocol.availability(CALLER, "useravailable"),
        "chatavailability",
        "useravailable",
        {},
        False,
    ),
    "friends": (lambda: protocol.friends(CALLER), "chatfriends", "list", {}, True),
    "report": (
        lambda: protocol.report(
            CALLER, CONVERSATION, [replace(SEALED, id="b"), replace(SEALED, id="a", created=ANCHOR.date)]
        ),
        "chatreports",
        "viewed",
        {
            **GENERATION,
            "firstmessagedate": "2024-03-08 13:46:59",
            "lastmessagedate": "2024-03-08 13:56:12",
            "messageids": ["b", "a"],
        },
        False,
    ),
    "notification": (lambda: protocol.notification(STATION), "chatnotification", "download", {}, False),
    "conversations": (lambda: protocol.conversations(CALLER), "chatconversation", "list", {}, True),
    "partial_download": (
        lambda: protocol.partial_download(CALLER, CONVERSATION, before=ANCHOR, paging=Paging()),
        "chatconversation",
        "downloadpartial",
        {**GENERATION, **LAST, "limit": 50},
        True,
    ),
    "add": (
        lambda: protocol.add(CALLER, CONVERSATION, SEALED),
        "chatconversation",
        "add",
        {**GENERATION, "message": INNER % SEALED.id},
        False,
    ),
    "clear": (lambda: protocol.clear(CALLER, CONVERSATION), "chatconversation", "clear", GENERATION, False),
    "favorite": (lambda: protocol.favorite(CALLER, CONVERSATION), "chatconversation", "favorite", HERE, False),
    "unfavorite": (lambda: protocol.unfavorite(CALLER, CONVERSATION), "chatconversation", "unfavorite", HERE, False),
    "set_color": (
        lambda: protocol.set_color(CALLER, CONVERSATION, "#bae1ff"),
        "chatconversation",
        "setlistitembackgroundcolor",
        {**HERE, "color": "#bae1ff"},
        False,
    ),
    "download": (
        lambda: protocol.download(CALLER, CONVERSATION, since=ANCHOR),
        "chatconversation",
        "download",
        {**GENERATION, **FIRST},
        True,
    ),
    "mute": (lambda: protocol.mute(CALLER, CONVERSATION), "chatconversation", "mute", HERE, False),
    "unmute": (lambda: protocol.unmute(CALLER, CONVERSATION), "chatconversation", "unmute", HERE, False),
    "hide": (
        lambda: protocol.hide(CALLER, CONVERSATION, "7sSwU2VoFM;"),
        "chatconversation",
        "hide",
        {**HERE, "hideid": "7sSwU2VoFM;"},
        False,
    ),
    "unhide": (lambda: protocol.unhide(CALLER, CONVERSATION), "chatconversation", "unhide", HERE, False),
    "blocklist": (lambda: protocol.blocklist(CALLER), "chatblocklist", "blocklist", {}, True),
    "register_workspace": (
        lambda: protocol.register_workspace(CALLER, "alice.ozeki.chat"),
        "workspace",
        "workspaceregister",
        {"workspacename": "alice.ozeki.chat"},
        False,
    ),
}
UNSIGNED = {"login", "notification"}
WITHOUT_ENVELOPE = {"login", "register_workspace"}


@pytest.fixture(autouse=True)
def at_the_time_of_the_samples():
    with time_machine.travel(datetime(2024, 3, 8, 13, 56, 12, 999_000, tzinfo=UTC), tick=False):
        yield


def test_there_are_19_calls():
    assert len(CALLS) == 19
    assert CALLS.keys() <= set(protocol.__all__)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_sends_what_its_page_prints(name):
    build, api, action, fields, repeatable = CALLS[name]
    call = build()
    expected = {"action": action, **({} if name in WITHOUT_ENVELOPE else ENVELOPE), **fields}
    assert call.body == json.dumps(expected, separators=(",", ":")).encode()
    assert list(json.loads(call.body)) == list(expected)
    assert (call.srv, call.api) == ("chatowner" if name == "register_workspace" else "chatserver", api)
    assert call.repeatable is repeatable


@pytest.mark.parametrize("name", CALLS)
def test_a_call_has_exactly_the_headers_of_part_2(name):
    call = CALLS[name][0]()
    expected = {"Content-Type": "application/json"}
    if name != "register_workspace":
        expected["Ozeki-Station"] = STATION
    if name not in UNSIGNED:
        expected["Ozeki-User"] = ALICE
        timestamp = "" if name in WITHOUT_ENVELOPE else NOW
        expected["Ozeki-Signature"] = f"<{timestamp}>{len(call.body)}"
    assert call.headers == expected


@pytest.mark.parametrize("name", CALLS)
def test_a_call_shows_no_secret_when_it_is_logged(name):
    assert STATION not in repr(CALLS[name][0]())


def test_only_a_login_is_refused_as_a_sign_in():
    assert {name for name, row in CALLS.items() if row[0]().refusal is SignInRefused} == {"login"}


def test_the_signature_is_over_the_very_bytes_that_are_sent():
    signed = []

    def sign(timestamp, body):
        signed.append((timestamp, body))
        return "s"

    call = protocol.mute(protocol.Caller(ALICE, STATION, sign), CONVERSATION)
    assert signed[0][0] == NOW
    assert signed[0][1] is call.body


@pytest.mark.parametrize(
    ("first", "anchors"),
    [
        ("empty", NO_ANCHOR),
        ("omit", {}),
        (
            "now",
            {
                "lastmessagedate": NEXT_SECOND,
                "lastmessageid": CONVERSATION.lastmessageid,
                "lastreportdate": NEXT_SECOND,
                "lastreportid": CONVERSATION.lastreportid,
            },
        ),
    ],
)
def test_the_first_page_is_asked_for_as_the_dialect_says(first, anchors):
    call = protocol.partial_download(CALLER, CONVERSATION, before=None, paging=Paging(first), limit=20)
    expected = {"action": "downloadpartial", **ENVELOPE, **GENERATION, **anchors, "limit": 20}
    assert list(json.loads(call.body).items()) == list(expected.items())


def test_an_anchor_may_know_a_message_and_no_report():
    anchor = protocol.Anchor(ANCHOR.date, SEALED.id)
    body = json.loads(protocol.partial_download(CALLER, CONVERSATION, before=anchor, paging=Paging("omit")).body)
    assert (body["lastmessageid"], body["lastreportdate"], body["lastreportid"]) == (SEALED.id, "", "")


def test_a_report_is_on_at_least_one_message():
    with pytest.raises(ValueError):
        protocol.report(CALLER, CONVERSATION, [])


def test_names_travel_as_utf_8_and_lone_surrogates_as_u_fffd():
    body = protocol.register_workspace(CALLER, "zsófi \ud800").body
    assert body == '{"action":"workspaceregister","workspacename":"zsófi \ufffd"}'.encode()


def test_a_time_is_written_in_utc_with_24_hours():
    assert protocol.format_time(datetime.fromisoformat("2024-03-08T23:30:00.5+01:00")) == "2024-03-08 22:30:00"
    assert protocol.parse_time("2024-03-08 22:30:00") == datetime(2024, 3, 8, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_the_calendars_ends_survive_every_time_zone(text):
    for zone in ("+14:00", "-12:00"):
        zone_info = datetime.fromisoformat(f"2024-01-01T00:00:00{zone}").tzinfo
        assert protocol.parse_time(text).astimezone(zone_info).tzinfo is zone_info


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2024-03-08T22:30:00",
        "2024-03-08 24:00:00",
        "2024-W10-5 14:12:48",
        "2024-03-08 22:30:00Z",
        "٢٠٢٤-03-08 22:30:00",
    ],
)
def test_a_time_of_another_shape_is_none(text):
    with pytest.raises(ValueError):
        protocol.parse_time(text)
