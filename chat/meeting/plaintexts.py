"""Which names the decrypted messages and reports use: where the sender stands, the text, a report's message."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from chat.meeting.candidates import value_of
from chat.meeting.findings import Finding, settle, unknown
from chat.meeting.trials import Plain
from chat.ozeki.dialect import Dialect
from chat.ozeki.models import Conversation
from chat.ozeki.wire import parse_time

FORMAT = ("message.format",)
MESSAGE = ("message.sender", "message.text")
REPORT = ("report.sender", "report.messageid")

# A key of the plaintext may become a value of the dialect: it is a name, not what somebody wrote.
_NAME = re.compile(r"[A-Za-z_$][\w$.-]{0,63}", re.ASCII)
# With so many messages, what is always the same is no text.
ENOUGH_MESSAGES = 3
# A sender who is no participant, or a text that is somebody's name, must not decide.
ALIKE = 0.9

Fields = Mapping[str, object]
Opened = list[tuple[Plain, Fields]]


def message_names(
    held: Dialect, plains: Sequence[Plain], conversations: Mapping[str, Conversation], own: Mapping[str, str]
) -> list[Finding]:
    """Return the format and the names. `own`: the ids of messages that the person sent → the person's userid."""
    if not plains:
        return unknown((*FORMAT, *MESSAGE), "no message could be read")
    opened = _opened(plains)
    share = f"{len(opened)} of {len(plains)} messages are JSON objects"
    if len(opened) <= (1 - ALIKE) * len(plains):  # some text may look like JSON
        return [Finding(*FORMAT, "likely", share, "text", len(plains))]
    if len(opened) * 2 <= len(plains):
        return unknown((*FORMAT, *MESSAGE), share, samples=len(plains))
    senders = _common(opened, lambda plain, value: value in _members(conversations, plain.conversation))
    sent = [(own[plain.id], fields) for plain, fields in opened if plain.id in own]
    senders = {
        name: count for name, count in senders.items() if all(fields.get(name) == userid for userid, fields in sent)
    }
    found = [Finding(*FORMAT, "likely", share, "json", len(plains))]
    found += settle(
        held,
        MESSAGE[:1],
        [(name,) for name in senders],
        sure="likely",
        why=f"it holds a participant's userid in {_most(senders)} of {len(opened)} messages",
        otherwise=f"no key holds a participant's userid in most of {len(opened)} messages",
        samples=len(opened),
    )
    taken = {name.lower() for name in (*senders, found[-1].value or held.message.sender)}
    texts = {name: count for name, count in _texts(opened, conversations).items() if name.lower() not in taken}
    found += settle(
        held,
        MESSAGE[1:],
        [(name,) for name in texts],
        sure="likely",
        why=f"it holds text in {_most(texts)} of {len(opened)} messages",
        otherwise=f"no key holds text in most of {len(opened)} messages",
        samples=len(opened),
    )
    sender, text = (finding.value or value_of(held, finding.field) for finding in found[1:])
    if sender.lower() == text.lower():  # one was found, and the other's default is the same
        return [found[0], *unknown(MESSAGE, f"{sender} can't be both", samples=len(opened))]
    return found


def report_names(
    held: Dialect,
    plains: Sequence[Plain],
    conversations: Mapping[str, Conversation],
    messages: Collection[str],
    *,
    of: int,
) -> list[Finding]:
    """Return the names in reports: `plains` are those `of` so many that could be read. `messages`: known ids."""
    opened = _opened(plains)
    if not opened:
        return unknown(
            REPORT, f"none of {of} reports could be read" if of else "there is no report", samples=len(plains)
        )
    senders = _common(opened, lambda plain, value: value in _members(conversations, plain.conversation))
    ids = _common(opened, lambda plain, value: bool(_strings(value)) and all(id in messages for id in _strings(value)))
    return settle(
        held,
        REPORT[:1],
        [(name,) for name in senders],
        sure="likely",
        why=f"it holds a participant's userid in {_most(senders)} of {len(opened)} reports",
        otherwise=f"no key holds a participant's userid in most of {len(opened)} reports",
        samples=len(opened),
    ) + settle(
        held,
        REPORT[1:],
        [(name,) for name in ids],
        sure="likely",
        why=f"it holds a message's ID in {_most(ids)} of {len(opened)} reports",
        otherwise=f"no key holds the ID of a known message in most of {len(opened)} reports",
        samples=len(opened),
    )


def _opened(plains: Iterable[Plain]) -> Opened:
    found: Opened = []
    for plain in plains:
        try:
            value = json.loads(plain.text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append((plain, value))
    return found


def _common(opened: Opened, fits: Callable[[Plain, object], bool]) -> dict[str, int]:
    """Return the keys whose value fits in most plaintexts and about as often as the best one's, and in how many."""
    counts: Counter[str] = Counter()
    for plain, fields in opened:
        counts.update(name for name, value in fields.items() if _NAME.fullmatch(name) and fits(plain, value))
    enough = max(ALIKE * _most(counts), len(opened) / 2)
    return {name: count for name, count in counts.most_common() if count > enough}


def _texts(opened: Opened, conversations: Mapping[str, Conversation]) -> dict[str, int]:
    """Return the keys that hold text: no id, time, address or name, and not always the same."""
    found = _common(
        opened,
        lambda plain, value: (
            isinstance(value, str)
            and value != plain.id
            and value not in _members(conversations, plain.conversation)
            and value not in _nicks(conversations, plain.conversation)
            and not _is_time(value)
        ),
    )
    if len(opened) >= ENOUGH_MESSAGES:
        said = {name: {str(fields.get(name)) for _, fields in opened} for name in found}
        found = {name: count for name, count in found.items() if len(said[name]) > 1}
        # Where one of them has words, those without any are ids of some kind.
        words = {name for name in found if any(" " in value.strip() for value in said[name])}
        found = {name: count for name, count in found.items() if name in words or not words}
    return found


def _most(counts: Mapping[str, int]) -> int:
    return max(counts.values(), default=0)


def _members(conversations: Mapping[str, Conversation], id: str) -> tuple[str, ...]:
    return conversations[id].participantids


def _nicks(conversations: Mapping[str, Conversation], id: str) -> set[str]:
    return {person.username for person in conversations[id].participants}


def _strings(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _is_time(value: str) -> bool:
    try:
        parse_time(value)
    except ValueError:
        return False
    return True
