"""What the official client can be seen doing, without any key: its first page, its hello, how long messages live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from chat.meeting.candidates import allowed, value_of
from chat.meeting.findings import Finding, number, settle, unknown
from chat.meeting.person import Person
from chat.meeting.trace import Exchange, Frame, Trace
from chat.ozeki.dialect import TEN_YEARS, Dialect, fill
from chat.ozeki.wire import clean, parse_time

ANCHOR = ("lastmessagedate", "lastmessageid", "lastreportdate", "lastreportid")
NOW = timedelta(seconds=10)
_PLACEHOLDER = re.compile(r"\{\w+\}", re.ASCII)
# So much in a row with a digit in it, or so very much, may be anybody's secret.
_CODE = re.compile(r"(?=[A-Za-z+/=_-]*\d)[0-9A-Za-z+/=_-]{12,}|[0-9A-Za-z+/=_-]{24,}")


def habits(held: Dialect, trace: Trace, person: Person) -> list[Finding]:
    """Return what the calls and frames show by themselves; nothing that is the person's gets into a template."""
    return [
        *_first_page(held, trace.calls),
        *_hide_id(held, trace.calls),
        *_lifetime(held, trace.calls),
        *_actions(held, trace),
        *_hello(held, trace, person),
    ]


def _first_page(held: Dialect, calls: Sequence[Exchange]) -> list[Finding]:
    first: dict[str, Exchange] = {}
    for call in calls:
        if call.action == "downloadpartial":
            first.setdefault(str(call.fields.get("conversationid")), call)
    if not first:
        return unknown(("paging.first",), "no conversation was opened")
    ways = {_anchoring(call) for call in first.values()}
    fits = [(way,) for way in ways if way] if len(ways) == 1 else []
    return settle(
        held,
        ("paging.first",),
        fits,
        sure="certain",
        why=f"the first page of {number(len(first), 'conversation')} was asked for so",
        otherwise="the first pages were asked for in another way, or in several",
        samples=len(first),
    )


def _anchoring(call: Exchange) -> str | None:
    given = [call.fields.get(name) for name in ANCHOR]
    if all(value is None for value in given):
        return "omit"
    if all(value == "" for value in given):
        return "empty"
    try:
        date, timestamp = (parse_time(str(call.fields.get(name))) for name in ("lastmessagedate", "timestamp"))
    except ValueError:
        return None
    return "now" if abs(date - timestamp) < NOW else None


def _hide_id(held: Dialect, calls: Sequence[Exchange]) -> list[Finding]:
    names = ("hide.id",)
    hides = [(_field(call, "hideid"), call) for call in calls if call.action == "hide"]
    hidden = [(hideid, _states(calls, call)) for hideid, call in hides if hideid]
    if not hidden:
        return unknown(names, "no conversation was hidden")
    templates = {_template(hideid, state) for hideid, states in hidden for state in states}
    fits = [
        (template,)
        for template in sorted({value_of(held, *names), *templates})
        if "{" in template
        and allowed(*names, template)
        and not re.search(r"\w", _PLACEHOLDER.sub(" ", template))
        and template == clean(template)
        and all(hideid in {fill(template, state) for state in states} for hideid, states in hidden)
    ]
    return settle(
        held,
        names,
        fits,
        sure="certain",
        why=f"it makes the hideid of {number(len(hidden), 'call')}",
        otherwise="the hideid is not made of the conversation's instance and its last message",
        samples=len(hidden),
    )


def _states(calls: Iterable[Exchange], about: Exchange) -> list[dict[str, str]]:
    """Return what a conversation was at any time, as its lists and pages told: what a hideid can be made of."""
    id = about.fields.get("conversationid")
    instance, seen = "", [""]
    for call in calls:
        for item in [*_items(call, "conversations"), call.reply.get("conversation")]:
            if isinstance(item, dict) and item.get("id") == id:
                instance = str(item.get("instance"))
                seen.append(str(item.get("lastmessageid")))
        if call.fields.get("conversationid") == id:
            seen += [str(item.get("ID")) for item in _items(call, "messages") if isinstance(item, dict)]
        if call is about:
            break
    return [{"instance": instance, "lastmessageid": each} for each in dict.fromkeys(seen)]


def _template(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(value, f"{{{name}}}") if value else text
    return text


def _items(call: Exchange, name: str) -> list[object]:
    found = call.reply.get(name)
    return found if isinstance(found, list) else []


def _field(call: Exchange, name: str) -> str:
    value = call.fields.get(name)
    return value if isinstance(value, str) else ""


def _lifetime(held: Dialect, calls: Sequence[Exchange]) -> list[Finding]:
    names = ("message.validfor",)
    lives = []
    for call in calls:
        if call.action != "add":
            continue
        try:
            message = json.loads(_field(call, "message"))
            lives.append(int((parse_time(message["ValidUntil"]) - parse_time(message["Created"])).total_seconds()))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    if not lives:
        return unknown(names, "no message was sent")
    fits = [(life,) for life in set(lives) if 1 <= life <= TEN_YEARS]
    return settle(
        held,
        names,
        fits if len(set(lives)) == 1 else [],
        sure="certain",
        why=f"{len(lives)} of {len(lives)} sent messages live so long",
        otherwise="the sent messages live for different times, or for none",
        samples=len(lives),
    )


def _actions(held: Dialect, trace: Trace) -> list[Finding]:
    names = ("availability.actions",)
    seen = list(dict.fromkeys(call.action for call in trace.calls if call.api == "chatavailability" and call.action))
    if not seen:
        return unknown(names, "the person's own availability was not changed")
    actions = value_of(held, *names)
    if {action.action for action in actions} >= set(seen):
        return [Finding(*names, "likely", "no other action was seen", actions, len(seen))]
    others = [name for name in seen if re.fullmatch(r"\w{1,40}", name, re.ASCII)]
    return unknown(
        names,
        f"seen: {' '.join(others) or 'another action'}; what friends see after each is not in the trace, so add them "
        "by hand",
        samples=len(seen),
    )


def _hello(held: Dialect, trace: Trace, person: Person) -> list[Finding]:
    names = ("listener.hello",)
    sockets = [frames for frames in trace.sockets if frames]
    if not sockets:
        return unknown(names, "the trace has no websocket messages; Chrome saves them")
    hellos = {_first_sent(frames) for frames in sockets}
    hello = hellos.pop()
    if hellos or hello is None:
        return unknown(names, "the first messages on the websocket differ, or are not text", samples=len(sockets))
    values = {"station": trace.station, "userid": trace.login.userid}
    template = _template(hello, values)
    fits = allowed(*names, template) and fill(template, values) == hello and _is_plain(template, person)
    return settle(
        held,
        names,
        [(template,)] if fits else [],
        sure="certain" if hello else "likely",
        why="it is the first message on the websocket" if hello else "nothing was sent on the websocket",
        otherwise="the first message on the websocket holds more than the station, the userid and words"
        + ("" if person.password else ", or it might: the password was not given"),
        samples=len(sockets),
    )


def _is_plain(template: str, person: Person) -> bool:
    """Tell whether what stands around the placeholders may be written down: words, and no secret that is in them."""
    words = _PLACEHOLDER.sub(" ", template)
    told = [each for each in (person.email, person.password, person.encryption_password, person.apikey) if each]
    if not person.password and re.search(r"\w", words):
        return False
    return len(words) < 200 and words == clean(words) and not _CODE.search(words) and not any(e in words for e in told)


def _first_sent(frames: Iterable[Frame]) -> str | None:
    return next((frame.text for frame in frames if frame.sent), "")
