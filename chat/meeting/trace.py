"""A network trace, as a browser's developer tools save it (HAR), and the calls of the official client in it.

A HAR is a stranger's file: anything in it may be missing, of another type or of another site. What is no call of the
API is left out; when nothing is left, TraceError says why in a sentence. Bodies stay the bytes that were sent.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from chat.ozeki import replies
from chat.ozeki.addresses import origin
from chat.ozeki.envelope import Call, decipher
from chat.ozeki.errors import Misunderstood, OzekiError
from chat.ozeki.models import Login

LARGEST = 256 * 1024 * 1024  # bytes; a long session of a chatty client is a tenth of that
# A websocket's opcodes.
BINARY, CONTROL = 2, (8, 9, 10)

_REPLY: Call[dict[str, object]] = Call("a reply", "", "", {}, b"", dict, repeatable=False)


class TraceError(ValueError):
    """Why nothing can be learnt from a file: a sentence for the administrator, without anything of its content."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call as it travelled. Header names are in lower case; `reply` is empty when there was no readable success."""

    api: str
    action: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    fields: Mapping[str, object] = field(repr=False)
    reply: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One websocket message. `text` is None for a binary one."""

    sent: bool
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """The last sign-in of a trace and what followed it: the person's own calls, and the frames of each websocket."""

    login: Login
    apikey: str = field(repr=False)
    station: str = field(repr=False)
    calls: tuple[Exchange, ...]
    sockets: tuple[tuple[Frame, ...], ...]


def read(path: Path) -> Trace:
    """Return what the file shows. Raises TraceError."""
    entries = list(_entries(path))
    found = [(origin(url), exchange) for url, exchange in _calls(entries)]
    if not found:
        raise TraceError(f"{path} has no call to an Ozeki server's API; was it recorded on another site?")
    for n in reversed(range(len(found))):
        server, exchange = found[n]
        login = _login(exchange)
        if login is not None:
            break
    else:
        raise TraceError(f"{path} shows nobody signing in: begin to record before you sign in with the official client")
    homes = {server, *(place for url in login.urls.values() if (place := _origin(url)))}
    return Trace(
        login=login,
        apikey=str(exchange.fields["apikey"]),
        station=exchange.headers.get("ozeki-station", ""),
        calls=tuple(
            call
            for home, call in found[n + 1 :]
            if home in homes and call.headers.get("ozeki-user", login.userid) == login.userid
        ),
        sockets=tuple(_sockets(entries, login, server[1])),
    )


def _entries(path: Path) -> Iterator[object]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise TraceError(f"{path} can't be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise TraceError(f"{path} is larger than {LARGEST >> 20} MiB; record a shorter session, of the chat alone")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise TraceError(f"{path} is no HAR, or only a part of one: it can't be read as JSON") from None
    entries = _at(document, "log", "entries")
    if not isinstance(entries, list):
        raise TraceError(f"{path} is no HAR: it has no list of requests (log.entries)")
    yield from entries


def _at(value: object, *path: str) -> object:
    """Return what stands at this path of nested objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: object, *path: str) -> str:
    found = _at(value, *path)
    return found if isinstance(found, str) else ""


def _calls(entries: Iterable[object]) -> Iterator[tuple[str, Exchange]]:
    for entry in entries:
        url = _text(entry, "request", "url")
        try:
            query = parse_qs(urlsplit(url).query)
            origin(url)
        except ValueError:
            continue
        if _text(entry, "request", "method").upper() != "POST" or "chatserver" not in query.get("srv", []):
            continue
        body = _content(_at(entry, "request", "postData"))
        fields = _object(body)
        yield (
            url,
            Exchange(
                api=query.get("api", [""])[0],
                action=_text(fields, "action"),
                headers=_headers(_at(entry, "request", "headers")),
                body=body,
                fields=fields,
                reply=_reply(_at(entry, "response")),
            ),
        )


def _content(part: object) -> bytes:
    """Return the bytes of a `postData` or a `content`."""
    text = _text(part, "text")
    if _text(part, "encoding") == "base64":
        try:
            return b64decode(text, validate=True)
        except ValueError:
            return b""
    return text.encode("utf-8", "replace")


def _object(content: bytes) -> dict[str, object]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _headers(headers: object) -> dict[str, str]:
    items = headers if isinstance(headers, list) else []
    return {_text(item, "name").lower(): _text(item, "value") for item in items}


def _reply(response: object) -> dict[str, object]:
    status = _at(response, "status")
    try:
        return decipher(_REPLY, status if isinstance(status, int) else 0, _content(_at(response, "content")))
    except OzekiError:
        return {}


def _login(exchange: Exchange) -> Login | None:
    """Return what the server said to a sign-in that it accepted, None when this isn't one."""
    if exchange.api != "chatlogin" or not isinstance(exchange.fields.get("apikey"), str):
        return None
    try:
        return replies.login(exchange.reply)
    except Misunderstood:
        return None


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        return origin(url)
    except ValueError:
        return None


def _sockets(entries: Iterable[object], login: Login, host: str) -> Iterator[tuple[Frame, ...]]:
    """Yield the frames of each websocket to the server, as Chrome records them."""
    said = [_origin(url) for url in (login.listeners.ws, login.listeners.wss)]
    hosts = {host, *(place[1] for place in said if place)}
    for entry in entries:
        frames, place = _at(entry, "_webSocketMessages"), _origin(_text(entry, "request", "url"))
        if isinstance(frames, list) and place and place[1] in hosts:
            yield tuple(
                Frame(
                    sent=_text(frame, "type") == "send",
                    text=None if _at(frame, "opcode") == BINARY else _text(frame, "data"),
                )
                for frame in frames
                if _at(frame, "opcode") not in CONTROL
            )
