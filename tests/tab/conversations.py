"""A tab's list of conversations, and going from one to another (`elements/conversation-list.js`, `models/kept.js`)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.tab.live import LOST
from tests.tab.page import Pane, Place, pane_in, places_in
from tests.visitor import Document, Frame

if TYPE_CHECKING:
    from tests.tab.tab import Tab


class Conversations:
    """The list, and the conversations that were left: one that is opened again is there at once."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self.listed: dict[str, Place] = {}
        self._kept: dict[str, Pane] = {}
        self._deaf = ""
        self._going: asyncio.Task[None] | None = None

    def start(self, document: Document) -> None:
        """The list as the page has it."""
        self.listed = places_in(document)

    def apply(self, frame: Frame) -> None:
        """What an event changes in it."""
        for id in [*frame.get("drop", ()), *frame.get("cleared", ())]:
            self._kept.pop(id, None)
        for id in frame.get("drop", ()):
            self.listed.pop(id, None)
        self.listed |= places_in(Document(frame.get("rows", "")))

    def refresh(self, document: Document) -> None:
        """The whole list anew."""
        self.listed = places_in(document)
        self._kept.clear()

    async def show(self, conversation: str) -> None:
        """Whoever clicks again before the answer is here goes to the one clicked last."""
        if self._tab.pane is None:
            return
        if self._going is not None:
            self._going.cancel()
        self._going = self._tab.spawn(self._go(conversation))
        await asyncio.wait([self._going])

    async def _go(self, conversation: str) -> None:
        self._tab.line.leave()
        if (kept := self._kept.pop(conversation, None)) is not None:
            self._replace(kept)
            await self._catch_up(conversation)
            return
        with suppress(*LOST):
            answer = await self._tab.request(f"/conversations/{conversation}/")
            if answer.status_code == 200:
                self._replace(pane_in(Document(answer.text)))

    def _replace(self, pane: Pane) -> None:
        left = self._tab.pane
        self._tab.pane, self._tab.wanted = pane, pane.conversation
        pane.told.clear()
        if left is not None and left.conversation != pane.conversation:
            left.rows = left.settled
            self._kept[left.conversation] = left
        self._tab.spawn(self._tab.line.show())
        self._tab.outbox.open()

    def hear_again(self) -> None:
        """The line is there: what the conversation on screen has missed can be had."""
        if self._deaf and self._tab.pane and self._deaf == self._tab.pane.conversation:
            self._tab.spawn(self._catch_up(self._deaf))

    async def _catch_up(self, conversation: str) -> None:
        self._deaf, since = conversation, self._tab.line.n
        with suppress(*LOST):
            answer = await self._tab.request(f"/conversations/{conversation}/")
            pane = self._tab.pane
            if pane is None or pane.conversation != conversation or answer.status_code != 200:
                return
            self._deaf = ""
            self._tab.messages.refresh(Document(answer.text))
            await self._tab.line.resume(since)
