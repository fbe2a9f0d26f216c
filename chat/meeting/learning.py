"""From a trace to findings: which dialect the official client speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from chat.meeting import identity, trials
from chat.meeting.contents import Letters, contents
from chat.meeting.findings import Finding
from chat.meeting.habits import habits
from chat.meeting.person import Person
from chat.meeting.trace import Exchange, Trace
from chat.meeting.trials import Sealed
from chat.ozeki import replies
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Misunderstood
from chat.ozeki.models import Conversation


def learn(trace: Trace, person: Person, held: Dialect) -> list[Finding]:
    """Return what the trace shows of each field; `held` is the dialect that stays where several would do."""
    person = replace(person, apikey=trace.apikey)
    key, opening = trials.passphrase(held, person, trace.login.rsakey)
    return [
        *identity.apikey(held, person, trace.apikey, trace.login.userid),
        *identity.signature(held, trace.calls, key, trace.apikey, opening[0].why),
        *opening,
        *contents(held, key, collect(trace)),
        *habits(held, trace, person),
    ]


def collect(trace: Trace) -> Letters:
    """Return the conversations that the calls told of, and what is sealed in them."""
    letters = Letters()
    for call in trace.calls:
        letters.conversations |= {conversation.id: conversation for conversation in _conversations(call)}
        id = call.fields.get("conversationid")
        if not isinstance(id, str):
            continue
        for item in _sent(call):
            letters.messages[item["ID"]] = Sealed(id, item["ID"], item["Data"])
            letters.own[item["ID"]] = trace.login.userid
        letters.messages |= {each.id: each for each in _sealed(id, call, "messages")}
        letters.reports |= {each.id: each for each in _sealed(id, call, "reports")}
    return letters


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
