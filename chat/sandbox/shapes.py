"""What each field of a request must look like. A shape returns None, or the words that say what it should have been."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from chat.sandbox.timeline import moment

Shape = Callable[[object], "str | None"]


def text(pattern: str, words: str) -> Shape:
    compiled = re.compile(pattern)
    return lambda value: None if isinstance(value, str) and compiled.fullmatch(value) else f"must be {words}"


def integer(low: int, high: int) -> Shape:
    words = f"must be the integer {low}" if low == high else f"must be an integer from {low} to {high}"
    return lambda value: None if type(value) is int and low <= value <= high else words


def time(value: object) -> str | None:
    try:
        moment(value if isinstance(value, str) else "")
    except ValueError:
        return "must be a time like 2024-03-08 13:55:47"
    return None


def empty_or(shape: Shape) -> Shape:
    return lambda value: None if value == "" else shape(value)


UUID = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
uuid = text(UUID, "a UUID")


def uuids(value: object) -> str | None:
    fits = isinstance(value, list) and value and len(set(map(str, value))) == len(value) and not any(map(uuid, value))
    return None if fits else "must be a list of different UUIDs"


FIELDS: Mapping[str, Shape] = {
    "apikey": text(r".{1,512}", "the key, a string"),
    "clientversioncode": integer(3, 3),
    "timestamp": time,
    "conversationid": text(r"[0-9a-f]{32}", "32 hex digits"),
    "instance": text(r"[0-9A-Za-z]{10}", "ten letters and digits"),
    "firstmessagedate": empty_or(time),
    "lastmessagedate": empty_or(time),
    "firstreportdate": empty_or(time),
    "lastreportdate": empty_or(time),
    "firstmessageid": empty_or(uuid),
    "lastmessageid": empty_or(uuid),
    "firstreportid": empty_or(text(rf"{UUID}|[0-9a-f]{{32}}", "a report's id")),
    "lastreportid": empty_or(text(rf"{UUID}|[0-9a-f]{{32}}", "a report's id")),
    "messageids": uuids,
    "limit": integer(1, 1000),
    "message": text(r"(?s).+", "a string that holds JSON"),
    "color": text(r"#[0-9A-Fa-f]{6}", "a colour like #bae1ff"),
    "hideid": text(r".{1,200}", "a string"),
    "workspacename": text(
        r"(?=.{1,253})[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", "a name like alice.ozeki.chat"
    ),
}

MESSAGE: Mapping[str, Shape] = {
    "ID": uuid,
    "Type": text("Message", '"Message"'),
    "Created": time,
    "ValidUntil": time,
    "Data": text(r"[0-9A-Za-z+/]+=*", "base64"),
}


def problem(fields: Mapping[str, object], wanted: Mapping[str, Shape]) -> str | None:
    """The first way in which these fields are not exactly the wanted ones, in words."""
    if missing := [name for name in wanted if name not in fields]:
        return f"{missing[0]} is missing"
    if extra := [name for name in fields if name not in wanted]:
        return f"{extra[0]!r} is not a field of this call"
    return next((f"{name} {words}" for name, shape in wanted.items() if (words := shape(fields[name]))), None)
