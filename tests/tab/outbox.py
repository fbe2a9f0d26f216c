"""A tab's messages on their way (`models/outbox.js`). What is not sent yet, all tabs of a browser have in common."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx

from tests.tab.live import LOST
from tests.tab.page import rows_in
from tests.visitor import Document

if TYPE_CHECKING:
    from tests.tab.tab import Tab

AGAIN = 3.0  # seconds, as in outbox.js


@dataclass(frozen=True)
class Entry:
    """A message on its way, as the browser's storage keeps it. `unknown`: nobody can say what became of it; `again`:
    it was sent once more by itself."""

    id: str
    conversation: str
    text: str
    at: float
    state: str = "pending"
    unknown: bool = False
    lost: bool = False
    again: bool = False


class Outbox:
    """Sends what this tab's browser has not sent yet, one after the other in each conversation."""

    def __init__(self, tab: Tab) -> None:
        self._tab, self._browser = tab, tab.browser
        self._draining: set[str] = set()

    async def say(self, text: str) -> str:
        """Write something; its id."""
        entry = Entry(str(uuid.uuid4()), self._tab.wanted, text, time.time())
        for before in self._browser.entries(entry.conversation):
            if before.lost:
                self._retry(before)
        self._update(entry)
        self._drain(entry.conversation)
        return entry.id

    async def retry_all(self) -> None:
        """All that has failed, once more."""
        for entry in self._browser.entries():
            if self._tab.pane is not None and entry.state == "failed":
                self._retry(entry)

    def open(self) -> None:
        """Show what was left of the conversation on screen, and send what still can be."""
        if (pane := self._tab.pane) is not None:
            for entry in self._browser.entries(pane.conversation):
                self._tab.messages.copy(entry)
            self._drain(pane.conversation)

    def follow(self) -> None:
        """The line is back."""
        for entry in self._browser.entries():
            if entry.lost:
                self._retry(entry)
            self._drain(entry.conversation)

    def take_over(self, entry: Entry) -> None:
        """Another tab has an entry on its way, and may not live to see it arrive."""
        self._tab.messages.copy(entry)
        if entry.state == "pending" and self._tab.pane is not None:
            self._drain(entry.conversation)

    def _retry(self, entry: Entry) -> None:
        self._update(replace(entry, state="pending", unknown=False, lost=False))
        self._drain(entry.conversation)

    def _update(self, entry: Entry) -> None:
        self._browser.store(entry, self._tab)
        self._tab.messages.copy(entry)

    # Sending

    def _drain(self, conversation: str) -> None:
        if conversation not in self._draining:
            self._draining.add(conversation)
            self._tab.spawn(self._drain_all(conversation))

    async def _drain_all(self, conversation: str) -> None:
        while self._next(conversation):
            async with self._browser.locks[conversation]:
                while (entry := self._next(conversation)) is not None:
                    await self._post(entry)
        self._draining.discard(conversation)

    def _next(self, conversation: str) -> Entry | None:
        return next((each for each in self._browser.entries(conversation) if each.state == "pending"), None)

    async def _post(self, entry: Entry) -> None:
        self._browser.store(entry, self._tab)
        answer: httpx.Response | None = None
        with suppress(*LOST):
            form = {"text": entry.text, "id": entry.id}
            answer = await self._tab.request(f"/conversations/{entry.conversation}/messages/", form)
        await self._tab.awake.wait()
        if self._browser.entry(entry.id) is None:
            return  # the live event settled it
        document = Document(answer.text) if answer is not None and answer.is_success else None
        if document is not None and entry.id in rows_in(document):
            self._browser.forget(entry.id)
            if document.one("article")["data-instance"] == "gone":
                for tab in self._browser.tabs:
                    tab.messages.drop(entry.id)
            else:
                self._tab.messages.sent(entry, document)
            return
        unknown = answer is None or answer.is_success or answer.status_code >= 500
        policy = answer is not None and "Content-Security-Policy" in answer.headers
        lost = answer is None or (answer.status_code >= 502 and not policy)
        self._update(replace(entry, state="failed", unknown=unknown, lost=lost))
        if lost and not entry.again:
            self._tab.spawn(self._once_more(entry.id))

    async def _once_more(self, id: str) -> None:
        await asyncio.sleep(AGAIN)
        entry = self._browser.entry(id)
        if entry is not None and entry.lost and self._tab.line.live:
            self._retry(replace(entry, again=True))
