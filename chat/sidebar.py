"""What a person's tabs were last told of the list of conversations and of what stands above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chat import concerns, fragments, presenting
from chat.account import Account
from chat.ozeki.models import Conversation, Friend, Sealed
from chat.stream import LONGEST_FRAME, Stream, Tab, frame

ROWS = 100  # in one frame, at most


class Sidebar:
    """Compares the list with what the tabs were last told, and publishes what is another now."""

    def __init__(self, account: Account, stream: Stream) -> None:
        self._account = account
        self._stream = stream
        self._rows: dict[str, presenting.Row] | None = None
        self._friends: Mapping[str, Friend] | None = None
        self._availability: str | None = None
        self._unheard: set[str] = set()  # conversations with another header than the tabs that come back to them know

    def listed(self, rows: Iterable[presenting.Row], friends: Mapping[str, Friend], availability: str) -> None:
        """A page with the whole list, and above it how the person shows to their friends, was made from these."""
        if self._rows is None:
            self._rows, self._friends = {row.id: row for row in rows}, friends
            for tab in self._stream.tabs:  # theirs may have come by way of another process, which knew less
                self.tell(tab)
        self._availability = self._availability or availability

    def showing(self, availability: str) -> None:
        """The person shows so to their friends: tabs that say otherwise are told."""
        before, self._availability = self._availability, availability
        if before not in (None, availability):
            self._stream.publish({"availability": availability})

    def tell(self, tab: Tab) -> None:
        """Tell a tab the whole list as it is known here, if it is; but for a row that no frame can hold."""
        rows = list((self._rows or {}).values())
        while rows:
            part = rows[:ROWS]
            while len(text := self._frame(part)) > LONGEST_FRAME and len(part) > 1:
                part = part[: len(part) // 2]
            if len(text) <= LONGEST_FRAME:
                tab.put(text)
            rows = rows[len(part) :]

    def _frame(self, rows: Sequence[presenting.Row]) -> str:
        placed = fragments.conversation_rows(row for row in rows if not row.hidden)
        return frame("rows", n=self._stream.n, rows=placed, drop=[row.id for row in rows if row.hidden])

    async def compare(self, *, fresh_friends: bool = False) -> None:
        """Publish what is another in the list as the account knows it, and among the friends."""
        friends = await self._account.friends(fresh=fresh_friends)
        rows = {id: presenting.row(self._account, one, friends) for id, one in self._account.known.items()}
        before, self._rows = self._rows, rows
        people, self._friends = self._friends, friends
        if before is None:
            for tab in self._stream.tabs:
                self.tell(tab)
            return
        changed = [row for row in rows.values() if before.get(row.id) != row]
        placed = [row for row in changed if not row.hidden]
        dropped = [id for id, row in before.items() if not row.hidden and (id not in rows or rows[id].hidden)]
        common: dict[str, Any] = {} if people == friends else {"people": True}
        if placed:
            common["rows"] = fragments.conversation_rows(placed)
        if dropped:
            common["drop"] = dropped
        cleared = [id for id, row in rows.items() if id in before and before[id].instance != row.instance]
        if cleared:
            common["cleared"] = cleared
        if common:
            self._stream.publish(common)
        for row in changed:
            self._head(before.get(row.id), row)

    def moved(self, conversation: Conversation, newest: Sealed) -> dict[str, Any]:
        """For an event: the conversation's row, when its newest message is news there; a hidden one may come back."""
        row, seconds = (self._rows or {}).get(conversation.id), int(newest.created.timestamp())
        if row is None or newest.id == row.newest or seconds < row.order:
            return {}
        known = self._account.known.get(conversation.id, conversation)
        # A list that was asked for meanwhile may have told it already, though not the tabs.
        if newest.id != known.lastmessageid and seconds >= known.lastaccess:
            known = replace(known, lastmessageid=newest.id, lastaccess=seconds)
            self._account.note(known)
        hidden = presenting.hidden(self._account, known)
        fresh = replace(row, order=seconds, newest=newest.id, hidden=hidden)
        self._rows = {**(self._rows or {}), row.id: fresh}
        self._head(row, fresh)
        if hidden:
            return {} if row.hidden else {"drop": [row.id]}  # hidden before anyone could tell of the message
        return {"rows": fragments.conversation_rows([fresh])}

    def look(self, id: str) -> None:
        """A tab came back to a conversation: it has the header that it missed."""
        if id in self._unheard and self._rows and id in self._rows:
            self._unheard.discard(id)
            self._publish_header(self._rows[id])

    def _head(self, before: presenting.Row | None, row: presenting.Row) -> None:
        """Have the tabs that show a conversation show its header, with its menu, if it is another now."""
        if before is not None and _headed(before) == _headed(row):
            return
        if row.id in self._stream.shown:
            self._publish_header(row)
        else:
            self._unheard.add(row.id)

    def _publish_header(self, row: presenting.Row) -> None:
        conversation = self._account.known.get(row.id)
        reportable = conversation is not None and concerns.possible(self._account, conversation, self._friends or {})
        self._stream.publish({}, row.id, {"header": fragments.conversation_header(row, reportable=reportable)})


def _headed(row: presenting.Row) -> presenting.Row:
    """A row without what its conversation's header does not show."""
    return replace(row, instance="", unread="", order=0, newest="")
