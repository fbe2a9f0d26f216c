"""What all calls share: who calls, the headers, the body's first fields, the reply's status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from chat.ozeki.errors import Misunderstood, Refused, TimedOut, Unreachable
from chat.ozeki.wire import clean, compact, format_time, parse

T = TypeVar("T")

CLIENT_VERSION = 3
LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. The station names a device, and is a capability to read its notices: never in a log or a browser."""

    userid: str
    station: str = field(repr=False)
    sign: Callable[[str, bytes], str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, ready to send, and how to read its reply.

    `repeatable`: it changes nothing on the server, so it may be sent again when no answer came. `refusal`: what a no
    to it is raised as. `held`: the server may hold its answer back until there is one.
    """

    name: str
    srv: str
    api: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    read: Callable[[Mapping[str, object]], T] = field(repr=False)
    repeatable: bool
    refusal: type[Refused] = Refused
    held: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a page of messages begins or ends: a message and a report. What is unknown is None or ""."""

    date: datetime | None
    id: str
    reportdate: datetime | None = None
    reportid: str = ""

    def fields(self, prefix: str) -> dict[str, str]:
        """Return the four fields, named with this prefix: `last` or `first`."""
        return {
            f"{prefix}messagedate": format_time(self.date) if self.date else "",
            f"{prefix}messageid": self.id,
            f"{prefix}reportdate": format_time(self.reportdate) if self.reportdate else "",
            f"{prefix}reportid": self.reportid,
        }


def signed(
    caller: Caller,
    name: str,
    api: str,
    action: str,
    fields: Mapping[str, object],
    read: Callable[[Mapping[str, object]], T],
    *,
    repeatable: bool = False,
) -> Call[T]:
    """Return a call with all four headers. The body is serialised once: what is signed is what is sent."""
    timestamp = format_time(datetime.now(UTC))
    content = body(action, timestamp, fields)
    headers = {
        "Content-Type": "application/json",
        "Ozeki-Station": caller.station,
        "Ozeki-User": caller.userid,
        "Ozeki-Signature": caller.sign(timestamp, content),
    }
    return Call(name, "chatserver", api, headers, content, read, repeatable)


def body(action: str, timestamp: str, fields: Mapping[str, object]) -> bytes:
    """Return the body that all but Login and Workspace have."""
    envelope = {"action": action, "clientversioncode": CLIENT_VERSION, "timestamp": timestamp}
    return compact(envelope | dict(fields)).encode()


def decipher(call: Call[T], status: int, content: bytes) -> T:
    """Return what the reply says.

    Raises Unreachable for 5xx (for 504: TimedOut), Refused (of Login: SignInRefused) for 401, 403 and a `status` that
    is not OK, and Misunderstood for everything else that is not a reply. An `errormessage` beside `status: OK` is no
    error (p_7202).
    """
    if status >= 500:  # 504 is of a proxy that waits no longer, for a server that may still be at it
        raise (TimedOut if status == 504 else Unreachable)(f"HTTP {status}")
    reply = _object(content)
    if reply is None:
        if status in (401, 403):
            raise call.refusal("")
        raise Misunderstood(f"HTTP {status}, {len(content)} bytes that are no JSON object")
    said = reply.get("status", "OK")
    if not isinstance(said, str):
        raise Misunderstood("'status' is no string")
    if status in (401, 403) or said.strip().lower() != "ok":
        message = reply.get("errormessage")
        raise call.refusal(clean(message)[:LONGEST_MESSAGE] if isinstance(message, str) else "")
    if not 200 <= status < 300:
        raise Misunderstood(f"HTTP {status}")
    if "status" not in reply and "messages" not in reply:  # p_4861: Download's reply has none
        raise Misunderstood("a reply without 'status'")
    return call.read(reply)


def _object(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object, or None. Bytes that are no UTF-8 become U+FFFD."""
    try:
        value = parse(content.decode("utf-8-sig", "replace"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
