"""A request as it arrived, and whether the pages allow it: method, address, headers, fields, time, identity."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from chat.sandbox import lock, shapes
from chat.sandbox.records import Person, Station
from chat.sandbox.timeline import moment
from chat.sandbox.world import Refusal, World

SKEW = timedelta(minutes=10)
LARGEST = 16 * 1024 * 1024  # bytes of a body
Fields = Mapping[str, Any]
Reply = dict[str, object]
OK: Mapping[str, object] = {"status": "OK", "errormessage": ""}
# The pages print this text in replies that succeeded (p_7202, p_4866): a client must not take it for a failure.
OK_WITH_WORDS: Mapping[str, object] = {"status": "OK", "errormessage": "File does not exist"}
KEYS = ("ozeki-station", "ozeki-user", "ozeki-signature")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one call has: which identity headers, which fields besides `action`, and who answers."""

    headers: tuple[str, ...]
    fields: tuple[str, ...]
    answer: Callable[[World, Caller, Fields], Reply]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the call has to say: Login names a station and nobody, workspace somebody and no station."""

    stationid: str
    station: Station | None
    person: Person | None

    def somebody(self) -> Person:
        if self.person is None:
            raise Refusal("Nobody is signed in on this station")
        return self.person

    def somewhere(self) -> Station:
        if self.station is None:
            raise Refusal("This station is not signed in")
        return self.station


@dataclass(frozen=True, slots=True)
class Envelope:
    """What can be read of a request whether or not it is allowed; the call log and the faults go by this."""

    method: str
    query: tuple[tuple[str, str], ...]
    headers: Counter[str]
    values: Mapping[str, str]
    body: bytes
    fields: Mapping[str, Any] | None

    @property
    def srv(self) -> str:
        return dict(self.query).get("srv", "")

    @property
    def api(self) -> str:
        return dict(self.query).get("api", "")

    @property
    def action(self) -> str:
        action = (self.fields or {}).get("action", "")
        return action if isinstance(action, str) else ""

    @property
    def station(self) -> str:
        return self.values.get("ozeki-station", "")


def open_envelope(method: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Envelope:
    named = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    return Envelope(
        method=method,
        query=tuple(parse_qsl(query.decode("latin-1"), keep_blank_values=True)),
        headers=Counter(name for name, _ in named),
        values=dict(named),
        body=body,
        fields=_object(body),
    )


def _object(text: bytes | str) -> dict[str, Any] | None:
    """The JSON object in this text, with no key twice; None when it is anything else."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) != len(pairs):
            raise ValueError("a key twice")
        return found

    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def check(world: World, envelope: Envelope, rule: Rule) -> Caller:
    """Who calls, when the request is exactly as the rule says. Raises Refusal with the first thing that isn't."""
    _check_form(envelope, rule)
    fields = envelope.fields or {}
    wanted = {name: shapes.FIELDS[name] for name in rule.fields}
    if rule.optional and not rule.optional & fields.keys():
        wanted = {name: shape for name, shape in wanted.items() if name not in rule.optional}
    if words := shapes.problem({name: value for name, value in fields.items() if name != "action"}, wanted):
        raise Refusal(words)
    timestamp = fields.get("timestamp", "")
    if timestamp and abs(datetime.now(UTC) - moment(timestamp)) > SKEW:
        raise Refusal("timestamp is not within ten minutes of now")
    return _identify(world, envelope, rule, timestamp)


def _check_form(envelope: Envelope, rule: Rule) -> None:
    if envelope.method != "POST":
        raise Refusal("The method must be POST")
    if [name for name, _ in envelope.query] != ["srv", "api"]:
        raise Refusal("The address must have srv and api and nothing else")
    if envelope.values.get("content-type") != "application/json":
        raise Refusal("Content-Type must be application/json")
    for name in KEYS:
        if name in rule.headers and envelope.headers[name] != 1:
            raise Refusal(f"The header {name.title()} is missing or repeated")
        if name not in rule.headers and envelope.headers[name]:
            raise Refusal(f"The header {name.title()} has no place in this call")
    if len(envelope.body) > LARGEST:
        raise Refusal("The body is too large")


def _identify(world: World, envelope: Envelope, rule: Rule, timestamp: str) -> Caller:
    stationid, station, person = envelope.station, None, None
    if "ozeki-station" in rule.headers:
        if shapes.text(r"[0-9a-f]{32}", "")(stationid):
            raise Refusal("Ozeki-Station must be 32 hex digits")
        if (station := world.stations.get(stationid)) is not None:
            person = world.people[station.userid]
        elif "apikey" not in rule.fields:
            raise Refusal("This station is not signed in")
    if "ozeki-user" in rule.headers:
        caller = world.people.get(envelope.values["ozeki-user"])
        if caller is None:
            raise Refusal("There is no such user")
        if person is not None and person is not caller:
            raise Refusal("This station is signed in as somebody else")
        person = caller
        signature = envelope.values["ozeki-signature"]
        if not lock.verified(
            world.dialect, person.key, person.apikey, signature=signature, timestamp=timestamp, body=envelope.body
        ):
            raise Refusal("The signature does not belong to this request")
    return Caller(stationid, station, person)


def read_message(text: str, plausible: Callable[[str], bool]) -> dict[str, str]:
    """The M inside Add's `message`, which is JSON in a string. Raises Refusal."""
    message = _object(text)
    if message is None:
        raise Refusal("message must be a string that holds a JSON object")
    if words := shapes.problem(message, shapes.MESSAGE):
        raise Refusal(f"In message, {words}")
    if message["ValidUntil"] <= message["Created"]:
        raise Refusal("In message, ValidUntil must be after Created")
    if not plausible(message["Data"]):
        raise Refusal("In message, Data is not as long as ciphertext is")
    return message
