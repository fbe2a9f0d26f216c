"""Keeps the alerts that wait for one person in front of them, in every tab of one relay, for as long as they last."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Set
from typing import Any, Protocol

from django.utils import timezone

from chat import alerts, fragments
from chat.models import Alert
from chat.stream import Tab, frame


class Begin(Protocol):
    """Has some work done that nobody waits for."""

    def __call__(self, work: Callable[..., Awaitable[None]], /, *about: Any) -> None: ...


class Alerting:
    """What the `tabs` of a person were last told of their alerts. It looks and writes by what `begin` has done."""

    def __init__(self, userid: str, *, tabs: Set[Tab], begin: Begin) -> None:
        self._userid = userid
        self._tabs = tabs
        self._begin = begin
        self._told = ""
        self._one_at_a_time = asyncio.Lock()  # or an older look could have the last word
        self._end: asyncio.TimerHandle | None = None

    def look(self, tab: Tab | None = None) -> None:
        """Tell the tabs which alerts wait, if they are others than before; `tab`, just come, in any case."""
        self._begin(self._look, tab)

    def shown(self, ids: Collection[uuid.UUID]) -> None:
        """A tab shows these alerts."""
        self._begin(alerts.note_shown, self._userid, ids)

    def close(self) -> None:
        """Look no more."""
        if self._end is not None:
            self._end.cancel()

    async def _look(self, tab: Tab | None) -> None:
        async with self._one_at_a_time:
            waiting = await alerts.waiting(self._userid)
            html = fragments.alert_banners(waiting)
            tabs = self._tabs if html != self._told else self._tabs & {tab}
            self._told = html
            for each in tabs:
                each.put(frame("alerts", html=html))
            self._look_at_the_end(waiting)

    def _look_at_the_end(self, waiting: list[Alert]) -> None:
        self.close()
        if waiting:
            left = min(alert.expires for alert in waiting) - timezone.now()
            self._end = asyncio.get_running_loop().call_later(max(0.0, left.total_seconds()), self.look)
