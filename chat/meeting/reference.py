"""What the reference says a reply looks like, field by field, and where a real one differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chat.meeting.writing import shown
from chat.ozeki.wire import ID, parse_time


@dataclass(frozen=True, slots=True)
class Kind:
    """What one value must be."""

    words: str
    fits: Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Map:
    """An object with any keys, all values of one shape."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Maybe:
    """A field that the pages elide: it may be missing."""

    of: Shape


Shape = Kind | Map | Maybe | dict[str, "Shape"] | list["Shape"]


def _text(pattern: str, words: str) -> Kind:
    compiled = re.compile(pattern)
    return Kind(words, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def _is_time(value: object) -> bool:
    try:
        parse_time(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


TEXT = Kind("a string", lambda value: isinstance(value, str))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
NUMBER = Kind("a whole number", lambda value: type(value) is int)
ANYTHING = Kind("anything", lambda value: True)
TIME = Kind("a time like 2024-03-08 13:55:47", _is_time)
USERID = _text(r"[0-9a-f]{32}", "32 hex digits")
BASE64 = _text(r"[0-9A-Za-z+/]*={0,2}", "base64")
UUID = _text(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a UUID")
INSTANCE = _text(r"[0-9A-Za-z]{10}", "ten letters and digits")
COLOR = _text(r"#[0-9a-fA-F]{6}", "a colour like #bae1ff")

OK: dict[str, Shape] = {"status": TEXT, "errormessage": TEXT}
PREFERENCES: Shape = {
    "userid": USERID,
    "ismuted": FLAG,
    "isfavorite": FLAG,
    "hideid": TEXT,
    "listitembackgroundcolor": COLOR,
}
CONVERSATION: Shape = {
    "id": USERID,
    "isgroup": FLAG,
    "participantids": [USERID],
    "participants": [{"userid": USERID, "username": TEXT}],
    "displayname": BASE64,
    "lastmessageid": TEXT,
    "lastreportid": TEXT,
    "lastaccess": NUMBER,
    "secret": BASE64,
    "instance": INSTANCE,
    "mutedby": [USERID],
    "favoriteby": [USERID],
    "hiddenby": [USERID],
    "properties": [PREFERENCES],
}
MESSAGE: Shape = {"ID": UUID, "Type": TEXT, "Created": TIME, "ValidUntil": TIME, "Data": BASE64}
REPORT: Shape = {"ID": UUID, "Type": TEXT, "Created": TIME, "ValidUntil": Maybe(TIME), "Data": Maybe(BASE64)}
FRIEND: Shape = {"friendid": USERID, "friendname": TEXT, "publickey": BASE64, "availability": TEXT}

# Call → its reply, as its page has it.
REPLIES: Mapping[str, Shape] = {
    "Login": {  # p_7105
        **OK,
        "server": TEXT,
        "listeners": {"udp": TEXT, "ws": TEXT, "wss": TEXT},
        "registration": TEXT,
        "rsakey": TEXT,
        "userid": USERID,
        "fullname": TEXT,
        "nick": TEXT,
        "urls": Map(TEXT),
    },
    "Friends / List": {**OK, "friends": Map(TEXT), "availabilities": [FRIEND]},  # p_7201
    "Conversation / List": {**OK, "conversations": [CONVERSATION]},  # p_7202
    "Partial download": {**OK, "messages": [MESSAGE], "reports": [REPORT]},  # p_8072
    "Download": {"messages": [MESSAGE], "reports": [REPORT]},  # p_4861
    "Notification": {  # p_8037
        **OK,
        "friendavailabilitesof": [TEXT],
        "conversationchangedof": [USERID],
        "conversationlistchangedof": [TEXT],
    },
    "Blocklist": {**OK, "blockedusers": [ANYTHING], "blockedconversations": [ANYTHING]},  # p_4866
    "Add": {**OK, "message": {"ID": UUID, "Type": TEXT, "Created": TIME, "ValidUntil": TIME}},  # p_8073
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One field of a reply: `words` say how it differs, "" that it doesn't."""

    path: str
    words: str = ""


def compare(call: str, reply: object) -> tuple[frozenset[str], list[str]]:
    """Return which fields of the reply to this call are as the reference has them, and how the others differ."""
    seen = Counter(_compare(REPLIES[call], reply, ""))
    different = [
        f"{each.path} {each.words}{f', {count} times' if count > 1 else ''}"
        for each, count in seen.items()
        if each.words
    ]
    return frozenset(each.path for each in seen if not each.words), different


def _compare(shape: Shape, value: object, path: str) -> Iterator[Seen]:
    match shape:
        case Maybe():
            yield from _compare(shape.of, value, path)
        case Kind():
            yield Seen(path, "" if shape.fits(value) else f"is {_called(value)}, not {shape.words}")
        case list():
            yield Seen(path, "" if isinstance(value, list) else f"is {_called(value)}, not a list")
            for item in value if isinstance(value, list) else []:
                yield from _compare(shape[0], item, f"{path}[]")
        case _ if not isinstance(value, dict):
            yield Seen(path, f"is {_called(value)}, not an object")
        case Map():
            yield Seen(path)
            for item in value.values():
                yield from _compare(shape.of, item, f"{path}.*")
        case _:
            yield from _compare_fields(shape, value, f"{path}." if path else "")


def _compare_fields(shape: dict[str, Shape], value: dict[str, object], prefix: str) -> Iterator[Seen]:
    for name, part in shape.items():
        if name in value:
            yield from _compare(part, value[name], prefix + name)
        elif not isinstance(part, Maybe):
            yield Seen(prefix + name, "is missing")
    for name in value.keys() - shape.keys():
        # An id may stand as a name, and nobody needs to see it.
        called = "a field named like an id" if ID.fullmatch(name) and len(name) >= 32 else shown(name)
        yield Seen(prefix + called, f"is not in the reference; it is {_called(value[name])}")


def _called(value: object) -> str:
    """Return what kind of value this is; what it holds is nobody's business."""
    for kind, words in ((bool, "true or false"), (int, "a whole number"), (float, "a number"), (list, "a list")):
        if isinstance(value, kind):
            return words
    if isinstance(value, str):
        return "a string" if value else "an empty string"
    return "null" if value is None else "an object"
