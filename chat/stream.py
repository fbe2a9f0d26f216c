"""One relay's tabs and numbered events: what was sent lately is kept, for a tab that missed some to have it again."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

RING_EVENTS = 200
RING_BYTES = 256 * 1024
QUEUE = 256
# Characters of a frame. Daphne can't send one of more than 1 MiB; four bytes each stay below that.
LONGEST_FRAME = 256_000


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a tab's socket, put in its queue as the last item."""

    code: int


# When the notice came (`time.monotonic()`) because of which something is published now; None: there was none.
noticed: ContextVar[float | None] = ContextVar("noticed", default=None)

SIGNED_OUT = Close(4401)
TOO_SLOW = Close(4408)
RESTART = Close(4503)  # come back: there is nothing wrong with the tab


@dataclass(slots=True, eq=False)
class Tab:
    """One browser tab at a relay: what it shows, and what waits to be written to its socket (with when its notice
    came)."""

    conversation: str | None = None
    visible: bool = False
    healed: asyncio.Event = field(default_factory=asyncio.Event)  # it has fetched what it was told to
    queue: asyncio.Queue[tuple[str, float | None] | Close] = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def put(self, frame: str, noticed: float | None = None) -> None:
        """Hand over a frame. A tab that does not read loses what waits and is closed: it heals when it comes back."""
        try:
            self.queue.put_nowait((frame, noticed))
        except asyncio.QueueFull:
            self.close(TOO_SLOW)

    def close(self, code: Close) -> None:
        """Close the tab's socket as soon as its present write is done."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(code)


@dataclass(frozen=True, slots=True)
class Event:
    """A numbered change. `full` is for tabs that show `conversation`, `brief` for all others."""

    n: int
    conversation: str | None
    full: str
    brief: str

    def frame(self, tab: Tab) -> str:
        """The event as `tab` needs it."""
        return self.full if self.conversation is not None and tab.conversation == self.conversation else self.brief


class Stream:
    """Numbers events from 1 within an epoch, hands them to its tabs and keeps the last ones: 200, or 256 KiB."""

    def __init__(self) -> None:
        self.tabs: set[Tab] = set()
        self.epoch = secrets.token_hex(8)
        self.n = 0
        self._ring: deque[Event] = deque()
        self._bytes = 0

    @property
    def visible(self) -> bool:
        """Whether the person can see any of the tabs."""
        return any(tab.visible for tab in self.tabs)

    @property
    def shown(self) -> set[str]:
        """The conversations in tabs."""
        return {tab.conversation for tab in self.tabs if tab.conversation is not None}

    @property
    def seen(self) -> set[str]:
        """The conversations in tabs that the person can see."""
        return {tab.conversation for tab in self.tabs if tab.conversation is not None and tab.visible}

    def put(self, frame: str) -> None:
        """Hand a frame to every tab."""
        for tab in self.tabs:
            tab.put(frame)

    def publish(
        self, common: dict[str, Any], conversation: str | None = None, own: dict[str, Any] | None = None
    ) -> None:
        """Hand an event to every tab: `common`, and `own` besides to those that show `conversation`."""
        event, came = self.add(common, conversation, own), noticed.get()
        for tab in self.tabs:
            tab.put(event.frame(tab), came)

    def close(self, code: Close) -> None:
        """Close every tab."""
        for tab in self.tabs:
            tab.close(code)
        self.tabs.clear()

    def add(self, common: dict[str, Any], conversation: str | None = None, own: dict[str, Any] | None = None) -> Event:
        """The next event: `common` for every tab, `own` besides for those that show `conversation`.

        What is too long for a frame is left out, and tabs are told to fetch it.
        """
        self.n += 1
        brief = frame("event", n=self.n, **common)
        if len(brief) > LONGEST_FRAME:
            common = {"sidebar": True}
            brief = frame("event", n=self.n, **common)
        full = frame("event", n=self.n, **common, conversation=conversation, **own) if own is not None else brief
        if len(full) > LONGEST_FRAME:
            full = frame("event", n=self.n, sidebar=True, conversation=conversation, reset=True)
        event = Event(self.n, conversation, full, brief)
        self._ring.append(event)
        self._bytes += len(full)
        while len(self._ring) > RING_EVENTS or self._bytes > RING_BYTES:
            self._bytes -= len(self._ring.popleft().full)
        return event

    def since(self, epoch: object, n: object) -> Sequence[Event] | None:
        """The events after number `n` of `epoch`; None when they are no longer, or never were, here."""
        if epoch != self.epoch or not isinstance(n, int) or n > self.n:
            return None
        missed = [event for event in self._ring if event.n > n]
        return missed if len(missed) == self.n - n else None


def frame(type: str, **values: Any) -> str:
    """A frame as the browser gets it."""
    return json.dumps({"type": type, **values}, ensure_ascii=False, separators=(",", ":"))
