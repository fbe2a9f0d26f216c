"""Reply → models, one reader for each shape of reply. All raise Misunderstood, and nothing else.

What a reply is useless without is required. In a list, one malformed element is left out and counted: it never costs
the others. Texts are data; ids have their shape before they are let in. Ids and keys are interned: the same few stand
in every list and every person's memory.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from sys import intern
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from chat.ozeki.errors import Misunderstood
from chat.ozeki.models import (
    WHITE,
    Blocklist,
    Conversation,
    Friend,
    Listeners,
    Login,
    Notices,
    Page,
    Participant,
    Preferences,
    Sealed,
)
from chat.ozeki.wire import COLOR, ID, INSTANCE, LATEST, MESSAGE_ID, clean, parse_time

Reply = Mapping[str, object]
T = TypeVar("T")
K = TypeVar("K")

logger = logging.getLogger(__name__)

KEPT = 5_000
LONGEST_KEPT = 1_000  # characters of a field
SEALED, MISSING = ("ID", "Type", "Created", "ValidUntil", "Data"), object()

_SHAPES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
}


def nothing(reply: Reply) -> None:
    """Read a reply that says no more than OK (p_7106, p_8036, p_4974), or only echoes what was sent (p_8073)."""


def login(reply: Reply) -> Login:
    """Read the reply to Login (p_7105)."""
    listeners = _field(reply, "listeners", dict, {})
    return Login(
        listeners=Listeners(*(_text(listeners, name, "") for name in ("ws", "wss"))),
        rsakey=_text(reply, "rsakey"),
        userid=_shaped(ID, reply, "userid"),
        fullname=_text(reply, "fullname", ""),
        nick=_text(reply, "nick", ""),
        urls=dict(_urls(_field(reply, "urls", dict, {}))),
    )


def _urls(urls: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return API name → URL. The name is the URL's `api=`; the key has it too, but the page cuts the list of keys."""
    found = []
    for key, url in urls.items():
        if isinstance(url, str):
            try:
                api = parse_qs(urlsplit(url).query).get("api", [f"chat{key}"])[0]
            except ValueError:
                continue
            found.append((api, clean(url)))
    return found


def conversations(reply: Reply) -> tuple[Conversation, ...]:
    """Read the conversation list (p_7202)."""
    return _known("conversations", *_each(_field(reply, "conversations", list), _conversation))


def conversation(reply: Reply) -> Conversation:
    """Read the conversation that every change of one answers with (p_4857 to p_4865)."""
    return _conversation(reply.get("conversation"))


def _conversation(value: object) -> Conversation:
    item = _object(value)
    participants = _each(_field(item, "participants", list, []), _participant)[0]
    return Conversation(
        id=_shaped(ID, item, "id"),
        isgroup=_field(item, "isgroup", bool, False),
        # Who is named takes part, even if a server names them in one of the two places only.
        participantids=tuple(dict.fromkeys((*_ids(item, "participantids"), *(one.userid for one in participants)))),
        participants=participants,
        lastmessageid=_text(item, "lastmessageid", ""),
        lastreportid=_text(item, "lastreportid", ""),
        lastaccess=min(max(_field(item, "lastaccess", int, 0), 0), int(LATEST.timestamp())),
        secret=_text(item, "secret", ""),
        instance=_shaped(INSTANCE, item, "instance", ""),
        mutedby=_ids(item, "mutedby"),
        favoriteby=_ids(item, "favoriteby"),
        hiddenby=_ids(item, "hiddenby"),
        properties=_each(_field(item, "properties", list, []), _preferences)[0],
    )


def _participant(value: object) -> Participant:
    item = _object(value)
    return Participant(_shaped(ID, item, "userid"), _text(item, "username", ""))


def _preferences(value: object) -> Preferences:
    item = _object(value)
    color = _text(item, "listitembackgroundcolor", WHITE).lower()
    return Preferences(
        userid=_shaped(ID, item, "userid"),
        ismuted=_field(item, "ismuted", bool, False),
        isfavorite=_field(item, "isfavorite", bool, False),
        hideid=_text(item, "hideid", ""),
        color=color if COLOR.fullmatch(color) else WHITE,
    )


def page(reply: Reply) -> Page:
    """Read messages and reports (p_8072, p_4861), the expired ones too."""
    messages, bad_messages = _each(_field(reply, "messages", list), _message)
    reports, _ = _each(_field(reply, "reports", list, []), _report)
    return Page(messages, reports, bad_messages)


def forget() -> None:
    """Keep nothing of what was read before."""
    for latest in _kept:
        latest.clear()


_kept: list[dict[str, tuple[list[object], Sealed]]] = []


def _once(read: Callable[[Mapping[str, object]], Sealed]) -> Callable[[object], Sealed]:
    """Read each of the latest short ones once: they come again with whatever is new beside them, and to everybody in a
    group. One that is another than what was read under its id is read anew."""
    latest: dict[str, tuple[list[object], Sealed]] = {}
    _kept.append(latest)

    def read_once(value: object) -> Sealed:
        item = _object(value)
        fields = [item.get(name, MISSING) for name in SEALED]
        id = item.get("ID")
        if isinstance(id, str) and id in latest and latest[id][0] == fields:
            return latest[id][1]
        sealed = read(item)
        if isinstance(id, str) and all(not isinstance(field, str) or len(field) <= LONGEST_KEPT for field in fields):
            latest[id] = fields, sealed
            if len(latest) > KEPT:
                del latest[next(iter(latest))]
        return sealed

    return read_once


@_once
def _message(item: Mapping[str, object]) -> Sealed:
    """Read a message. Without a place and a name there is none; without the rest it still is one that can't be read."""
    return Sealed(
        id=_shaped(MESSAGE_ID, item, "ID"),
        type=_text(item, "Type", "Message"),
        created=_time(item, "Created"),
        validuntil=_time(item, "ValidUntil", LATEST),
        data=_text(item, "Data", ""),
    )


@_once
def _report(item: Mapping[str, object]) -> Sealed:
    """Read a report. The page elides all but ID, Type and Created; without the rest it still counts by these."""
    return Sealed(
        id=_text(item, "ID"),
        type=_text(item, "Type"),
        created=_time(item, "Created"),
        validuntil=_time(item, "ValidUntil", LATEST),
        data=_text(item, "Data", ""),
    )


def friends(reply: Reply) -> tuple[Friend, ...]:
    """Read the friends (p_7201): `friends` says who and their nicks, `availabilities` more about them."""
    nicks = _field(reply, "friends", dict, {})
    people = {
        userid: Friend(userid, clean(nick))
        for userid, nick in nicks.items()
        if ID.fullmatch(userid) and isinstance(nick, str)
    }
    detailed = _known("availabilities", *_each(_field(reply, "availabilities", list, []), _friend))
    for friend in detailed:
        nick = people[friend.userid].name if friend.userid in people else ""
        people[friend.userid] = (
            friend if friend.name else Friend(friend.userid, nick, friend.publickey, friend.availability)
        )
    return tuple(people.values())


def _friend(value: object) -> Friend:
    item = _object(value)
    return Friend(
        userid=_shaped(ID, item, "friendid"),
        name=_text(item, "friendname", ""),
        publickey=intern(_text(item, "publickey", "")),
        availability=_text(item, "availability", ""),
    )


def notices(reply: Reply) -> Notices:
    """Read what changed (p_8037). What kind of id two of the lists hold is unknown: they only count as not empty."""
    misspelt = _strings(reply, "friendavailabilitesof")  # the page's own spelling
    named = _strings(reply, "conversationchangedof")
    changed = tuple(item for item in named if ID.fullmatch(item))
    lists = _strings(reply, "conversationlistchangedof")
    return Notices(
        people=misspelt + _strings(reply, "friendavailabilitiesof"),
        conversations=changed,
        # A conversation that can't be named has still changed: the list will tell which.
        lists=lists if len(changed) == len(named) else (*lists, ""),
    )


def blocklist(reply: Reply) -> Blocklist:
    """Read the hidden users and conversations (p_4866). The page shows none: what they look like is unknown."""
    users, conversations = _ids(reply, "blockedusers"), _ids(reply, "blockedconversations")
    came = len(_strings(reply, "blockedusers")) + len(_strings(reply, "blockedconversations"))
    return Blocklist(users, conversations, came - len(users) - len(conversations))


def _each(values: list[Any], read: Callable[[object], T]) -> tuple[tuple[T, ...], int]:
    """Read each element; return the good ones and how many were not."""
    good = []
    for value in values:
        try:
            good.append(read(value))
        except Misunderstood:
            continue
    return tuple(good), len(values) - len(good)


def _known(what: str, good: tuple[T, ...], skipped: int) -> tuple[T, ...]:
    if skipped:
        logger.warning("%s: %d malformed elements left out", what, skipped)
    return good


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Misunderstood(f"{_shape(value)} where an object belongs")
    return value


def _field(item: Mapping[str, object], name: str, kind: type[K], default: K | None = None) -> K:
    """Return the field when it is exactly of this kind, else the default, else raise Misunderstood."""
    value = item.get(name)
    if type(value) is kind:
        return value
    if default is None:
        raise Misunderstood(f"{name!r} is {_shape(value)}, not {_SHAPES[kind]}")
    return default


def _text(item: Mapping[str, object], name: str, default: str | None = None) -> str:
    return clean(_field(item, name, str, default))


def _shaped(shape: re.Pattern[str], item: Mapping[str, object], name: str, default: str | None = None) -> str:
    value = _field(item, name, str, default)
    if not shape.fullmatch(value):
        raise Misunderstood(f"{name!r} is not shaped like one")
    return intern(value)


def _time(item: Mapping[str, object], name: str, default: datetime | None = None) -> datetime:
    try:
        return parse_time(_field(item, name, str, "" if default else None))
    except ValueError:
        if default:
            return default
        raise Misunderstood(f"{name!r} is not a time") from None


def _strings(item: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return the list, with "" for what is no string: it still counts as an element. PHP writes a list with gaps as an
    object, and whatever else is there counts as one element."""
    found = item.get(name) or []
    values = found.values() if isinstance(found, dict) else found if isinstance(found, list) else [found]
    return tuple(clean(value) if isinstance(value, str) else "" for value in values)


def _ids(item: Mapping[str, object], name: str) -> tuple[str, ...]:
    return tuple(intern(value) for value in _strings(item, name) if ID.fullmatch(value))


def _shape(value: object) -> str:
    return "missing" if value is None else _SHAPES[type(value)]
