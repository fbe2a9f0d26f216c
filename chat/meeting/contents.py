"""What is sealed in conversations, and what opening it shows of the dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chat.meeting import plaintexts, trials
from chat.meeting.candidates import vary
from chat.meeting.findings import Finding, unknown
from chat.meeting.trials import Keys, Plain, Sealed
from chat.ozeki import crypto
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Locked
from chat.ozeki.models import Conversation


@dataclass(slots=True)
class Letters:
    """Conversations by id, and the messages and reports in them. `own`: message id → the userid who is known to have
    sent it."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, Sealed] = field(default_factory=dict)
    reports: dict[str, Sealed] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)


def contents(held: Dialect, key: RSAPrivateKey | None, letters: Letters) -> list[Finding]:
    """Return how keys were wrapped, which cipher the messages have, and the names inside them and inside reports."""
    if key is None:
        names = (*trials.SECRET, *trials.CIPHER, *plaintexts.FORMAT, *plaintexts.MESSAGE, *plaintexts.REPORT)
        return unknown(names, "the private key stays closed")
    messages = [each for each in letters.messages.values() if each.conversation in letters.conversations]
    keys, unwrapping = trials.unwrapping(held, key, list(letters.conversations.values()), messages)
    texts, ciphers = trials.deciphering(held, keys, messages)
    reports = []
    if ciphers[0].value is not None:
        dialect = vary(held, trials.CIPHER, (ciphers[0].value,))
        reports = list(_opened(dialect, keys, letters.reports.values()))
    return [
        *unwrapping,
        *ciphers,
        *plaintexts.message_names(held, texts, letters.conversations, letters.own),
        *plaintexts.report_names(held, reports, letters.conversations, letters.messages, of=len(letters.reports)),
    ]


def _opened(dialect: Dialect, keys: Keys, sealed: Iterable[Sealed]) -> Iterator[Plain]:
    for each in sealed:
        try:
            text = crypto.decrypt(dialect, keys[each.conversation], each.data).decode()
        except (Locked, KeyError, UnicodeDecodeError):
            continue
        yield Plain(each.conversation, each.id, text)
