"""Passing through a whole conversation, oldest first, with one page in memory: what an export is made of.

The server pages backward only. So a first walk goes back and keeps no more than where each page begins; a second one
goes forward and fetches each page again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from django.utils import timezone

from chat import history
from chat.account import Account
from chat.ozeki.errors import OzekiError
from chat.ozeki.models import Conversation, Page
from chat.ozeki.protocol import Anchor
from chat.ozeki.wire import LATEST
from chat.presenting import Shown, shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where one page begins, and how many messages the server sent, malformed ones and repeated ones too."""

    begins: Anchor
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The places of a conversation, newest first, and its newest page itself: an export ends where it stood then.

    `total` is how many messages there are to write, as far as it is known. `trouble` is what ended the first walk
    before the oldest page; None when it got there.
    """

    newest: Page
    places: tuple[Place, ...]
    total: int
    trouble: OzekiError | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of an export, or `count` that are missing. Only a `message` has text; an expired one no sender.
    `expires` is None where a message does not end."""

    kind: Literal["message", "locked", "expired", "missing"]
    id: str = ""
    created: datetime | None = None
    expires: datetime | None = None
    shown: Shown | None = None
    text: str = ""
    count: int = 1


async def plan(account: Account, conversation: Conversation, *, wanted: Callable[[], Awaitable[bool]]) -> Plan:
    """Walk back through a conversation (p_8072), as long as it is still `wanted`. Raises what the newest page raises;
    trouble further back is kept."""
    newest, total = Page((), ()), 0
    places: list[Place] = []
    try:
        async for page, begins in history.passage(account, conversation):
            newest = newest if places else page
            places.append(Place(begins, page.count))
            total += page.count - page.repeated
            if not await wanted():
                break
    except OzekiError as trouble:
        if not places:
            raise
        return Plan(newest, tuple(places), total, trouble)
    return Plan(newest, tuple(places), total)


async def entries(account: Account, conversation: Conversation, plan: Plan) -> AsyncIterator[list[Entry]]:
    """What the plan names, page by page, oldest first. Raises as `ask` does, and the plan's own trouble at the end."""
    written = frozenset[str]()
    for newer, place in reversed(list(pairwise(plan.places))):
        page = await history.page_before(account, conversation, newer.begins)
        missing = place.count - len(page.messages)
        if place.begins.id not in page.ids:
            await history.check(account, conversation)
            missing = max(missing, 1)
        yield await _entries(account, conversation, page.without(written), missing)
        written = page.ids
    if plan.places:
        yield await _entries(account, conversation, plan.newest.without(written), plan.newest.skipped)
    if plan.trouble:
        raise plan.trouble


async def _entries(account: Account, conversation: Conversation, page: Page, missing: int) -> list[Entry]:
    now = timezone.now()
    lasting = [sealed for sealed in page.messages if sealed.validuntil > now]
    opened = iter(await history.read(account, conversation, lasting))
    found = [Entry("missing", count=missing)] if missing > 0 else []
    for sealed in page.messages:
        if sealed.validuntil <= now:
            found.append(Entry("expired", sealed.id, sealed.created, sealed.validuntil))
            continue
        one = next(opened)
        row, text = shown(account, conversation, one), one.message.text if one.message else ""
        expires = sealed.validuntil if sealed.validuntil < LATEST else None
        found.append(Entry("message" if one.message else "locked", sealed.id, sealed.created, expires, row, text))
    return found
