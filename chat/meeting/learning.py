"""From a trace to findings: which dialect the official client speaks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from chat.meeting import identity, plaintexts, trials
from chat.meeting.candidates import vary
from chat.meeting.findings import Finding, unknown
from chat.meeting.habits import habits
from chat.meeting.person import Person
from chat.meeting.trace import Exchange, Trace
from chat.meeting.trials import Keys, Plain, Sealed
from chat.ozeki import crypto, replies
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Locked, Misunderstood
from chat.ozeki.models import Conversation


def learn(trace: Trace, person: Person, held: Dialect) -> list[Finding]:
    """Return what the trace shows of each field; `held` is the dialect that stays where several would do."""
    person = replace(person, apikey=trace.apikey)
    key, opening = trials.passphrase(held, person, trace.login.rsakey)
    found = [
        *identity.apikey(held, person, trace.apikey, trace.login.userid),
        *identity.signature(held, trace.calls, key, trace.apikey, opening[0].why),
        *opening,
    ]
    sealed = Collected(trace)
    if key is None:
        names = (*trials.SECRET, *trials.CIPHER, *plaintexts.FORMAT, *plaintexts.MESSAGE, *plaintexts.REPORT)
        found += unknown(names, f"the private key stays closed: {opening[0].why}")
    else:
        keys, unwrapping = trials.unwrapping(held, key, list(sealed.conversations.values()), sealed.messages)
        found += [*unwrapping, *contents(held, keys, sealed)]
    return [*found, *habits(held, trace)]


class Collected:
    """The conversations that a person's calls told of, and what is sealed in them."""

    def __init__(self, trace: Trace) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.own: dict[str, str] = {}
        messages: dict[str, Sealed] = {}
        reports: dict[str, Sealed] = {}
        for call in trace.calls:
            self.conversations |= {conversation.id: conversation for conversation in _conversations(call)}
            id = call.fields.get("conversationid")
            if not isinstance(id, str):
                continue
            for sent in _sent(call):
                messages[sent["ID"]] = Sealed(id, sent["ID"], sent["Data"])
                self.own[sent["ID"]] = trace.login.userid
            messages |= {each.id: each for each in _sealed(id, call, "messages")}
            reports |= {each.id: each for each in _sealed(id, call, "reports")}
        self.messages = [each for each in messages.values() if each.conversation in self.conversations]
        self.reports = [each for each in reports.values() if each.conversation in self.conversations]


def contents(held: Dialect, keys: Keys, sealed: Collected) -> list[Finding]:
    """Return the cipher of the messages, and the names inside them and inside the reports."""
    texts, ciphers = trials.deciphering(held, keys, sealed.messages)
    found = [
        *ciphers,
        *plaintexts.message_names(held, texts, sealed.conversations, sealed.own),
    ]
    reports = []
    if ciphers[0].value is not None:
        dialect = vary(held, trials.CIPHER, (ciphers[0].value,))
        reports = list(_opened(dialect, keys, sealed.reports))
    known = {message.id for message in sealed.messages}
    return found + plaintexts.report_names(held, reports, sealed.conversations, known)


def _opened(dialect: Dialect, keys: Keys, sealed: Iterable[Sealed]) -> Iterator[Plain]:
    for each in sealed:
        try:
            text = crypto.decrypt(dialect, keys[each.conversation], each.data).decode()
        except (Locked, KeyError, UnicodeDecodeError):
            continue
        yield Plain(each.conversation, each.id, text)


def _conversations(call: Exchange) -> tuple[Conversation, ...]:
    try:
        if "conversations" in call.reply:
            return replies.conversations(call.reply)
        return (replies.conversation(call.reply),) if "conversation" in call.reply else ()
    except Misunderstood:
        return ()


def _sealed(conversation: str, call: Exchange, name: str) -> Iterator[Sealed]:
    items = call.reply.get(name)
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and isinstance(item.get("ID"), str) and isinstance(item.get("Data"), str):
            yield Sealed(conversation, item["ID"], item["Data"])


def _sent(call: Exchange) -> Iterator[dict[str, str]]:
    """Yield the message inside a call of Add."""
    message = call.fields.get("message")
    if call.action != "add" or not isinstance(message, str):
        return
    try:
        item = json.loads(message)
    except (ValueError, RecursionError):
        return
    if isinstance(item, dict) and isinstance(item.get("ID"), str) and isinstance(item.get("Data"), str):
        yield item
