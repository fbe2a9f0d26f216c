"""The messages of the conversation on screen (`elements/message-list.js`, `models/pager.js`, `models/reading.js`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import httpx

from tests.tab.page import Row, older_in, pane_in, rows_in
from tests.visitor import Document, Frame

if TYPE_CHECKING:
    from tests.tab.outbox import Entry
    from tests.tab.tab import Tab


class Messages:
    """What happens to the rows of the tab's pane."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def arrive(self, frame: Frame) -> None:
        """An event from the server."""
        pane = self._tab.pane
        if pane is None or frame.get("conversation") != pane.conversation:
            return
        if frame.get("instance", pane.instance) != pane.instance:
            return
        fresh = rows_in(Document(frame.get("messages", "")))
        for id in frame.get("removed", ()):
            pane.remove(id)
        pane.place(fresh, frame.get("order", ()))
        for id, state in frame.get("marks", {}).items():
            if (row := pane.held(id)) and row.sender == self._tab.userid:
                row.state = state
        self._placed(fresh)

    def refresh(self, document: Document) -> None:
        """The newest page anew, for a reader at the end."""
        pane, new = self._tab.pane, pane_in(document)
        if pane is None or pane.conversation != new.conversation:
            return
        fresh = {row.id: row for row in new.rows}
        held = pane.settled
        first = new.rows[0].id if new.rows else ""
        joint = next((at for at, row in enumerate(held) if row.id == first), None)
        anew = pane.instance != new.instance or not new.older or joint is None
        for row in held[0 if anew or joint is None else joint :]:
            if row.id not in fresh:
                pane.remove(row.id)
        pane.place(fresh, [row.id for row in new.rows])
        if anew or (joint == 0 and not pane.older):
            pane.older = new.older
        pane.instance = new.instance
        self._placed(fresh)
        for row in list(pane.rows):
            if row.on_its_way and self._tab.browser.entry(row.id) is None:
                pane.remove(row.id)

    def copy(self, entry: Entry) -> None:
        """A message on its way, if its conversation is on screen."""
        pane = self._tab.pane
        if pane is None or entry.conversation != pane.conversation:
            return
        if pane.held(entry.id):
            self._placed([entry.id])
        elif (known := pane.row(entry.id)) is not None:
            known.state = entry.state
        else:
            pane.rows.append(Row(entry.id, self._tab.userid, entry.text, entry.state))

    def sent(self, entry: Entry, document: Document) -> None:
        """The server's row for a message of ours."""
        pane = self._tab.pane
        if pane is None or pane.conversation != entry.conversation:
            return
        if document.one("article")["data-instance"] != pane.instance:
            self.drop(entry.id)
            return
        pane.place(rows_in(document), [] if pane.held(entry.id) else [entry.id])

    def drop(self, id: str) -> None:
        """A message of ours on its way is not to be seen here any more."""
        pane = self._tab.pane
        if pane is not None and not pane.held(id):
            pane.remove(id)

    def _placed(self, ids: Iterable[str]) -> None:
        for id in ids:
            self._tab.browser.forget(id)

    # What the reader does

    async def scroll_up(self) -> None:
        """To the first message."""
        while (pane := self._tab.pane) and pane.older:
            answer = await self._tab.request(pane.older)
            if answer.status_code not in (200, 204):
                return
            page = Document(answer.text)
            rows = list(rows_in(page).values())
            fresh = [row for row in rows if pane.row(row.id) is None]
            pane.rows = [*fresh, *pane.rows]
            pane.older = older_in(page) if not rows or fresh[:1] == rows[:1] else ""

    async def read(self) -> bool:
        """Tell what is seen. Whether all of it was told."""
        pane = self._tab.pane
        if pane is None:
            return False
        ids = [row.id for row in pane.settled if row.sender != self._tab.userid and row.id not in pane.told]
        if not ids:
            return True
        pane.told.update(ids)
        posts: dict[str, dict[str, Any]] = {"read": {"message": ids[-1]}, "reports": {"message": ids}}
        asked = (self._tab.request(f"/conversations/{pane.conversation}/{name}/", form) for name, form in posts.items())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        told = all(isinstance(answer, httpx.Response) and answer.status_code < 500 for answer in answers)
        if not told:
            pane.told.difference_update(ids)
        return told
