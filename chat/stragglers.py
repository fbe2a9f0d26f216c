"""Messages that arrive late: dated before the newest one, by a clock that is behind or on a line that was down.

Such a one may stand before the reader's marker, and neither the list's newest message nor its newest report is another
one because of it. So a notice that nothing explains is looked into, and what is found counts as unread until the person
reads in that conversation again. Some servers report each message as delivered by themselves, which explains its
notice: where nothing is unread, reports are looked into too, but a while later and all in one.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

from chat.ozeki.models import Conversation

PAUSE = 10.0  # seconds: in a busy group reports are told of more often than the list shows
REPORTED = 30.0  # seconds: nearly all reports are about messages that are known


class Stragglers:
    """Which conversations may have some, and which were found."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[str, str, str]] = {}
        self._suspects: set[str] = set()
        self._reported: dict[str, float] = {}  # when a look is due
        self._looked: dict[str, float] = {}
        self._late: dict[str, frozenset[str]] = {}

    def noticed(self, ids: Collection[str], listed: Mapping[str, Conversation]) -> None:
        """Notices named the conversations `ids`, and this is the list since."""
        before, due = self._newest, time.monotonic() + REPORTED
        self._newest = {id: (one.instance, one.lastmessageid, one.lastreportid) for id, one in listed.items()}
        for id in before.keys() & self._newest.keys() & set(ids):
            if before[id] == self._newest[id]:
                self._suspects.add(id)
            elif before[id][:2] == self._newest[id][:2]:
                self._reported.setdefault(id, due)

    def suspected(self, id: str, *, unread: bool) -> bool:
        """Whether a look at the conversation, in which something is `unread` already or not, is due."""
        now = time.monotonic()
        reported = not unread and now >= self._reported.get(id, float("inf"))
        return (reported or id in self._suspects) and now - self._looked.get(id, float("-inf")) > PAUSE

    def found(self, id: str, messages: Iterable[str]) -> None:
        """The look has been had, and these have come late."""
        self._suspects.discard(id)
        self._reported.pop(id, None)
        self._looked[id] = time.monotonic()
        if late := self.late(id).union(messages):
            self._late[id] = late

    def late(self, id: str) -> frozenset[str]:
        """The ids of those of a conversation that have come late and were not seen yet."""
        return self._late.get(id, frozenset())

    def seen(self, id: str) -> None:
        """The person has read in this conversation."""
        self._late.pop(id, None)
        self._reported.pop(id, None)
