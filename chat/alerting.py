"""Keeps the alerts that wait for one person in front of them, in every tab of one relay, for as long as they last."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Collection, Coroutine, Set
from typing import Any

from channels.db import aclose_old_connections
from django.utils import timezone, translation

from chat import alerts, presenting
from chat.models import Alert
from chat.stream import Tab, frame


class Alerting:
    """What the `tabs` of a person were last told of their alerts. It looks and writes by tasks that `spawn` begins."""

    def __init__(self, userid: str, *, tabs: Set[Tab], spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._userid = userid
        self._tabs = tabs
        self._spawn = spawn
        self._language = translation.get_language()
        self._told = ""
        self._one_at_a_time = asyncio.Lock()  # or an older look could have the last word
        self._end: asyncio.TimerHandle | None = None

    def look(self, tab: Tab | None = None) -> None:
        """Tell the tabs which alerts wait, if they are others than before; `tab`, just come, in any case."""
        self._spawn(self._look(tab))

    def shown(self, ids: Collection[uuid.UUID]) -> None:
        """A tab shows these alerts."""
        self._spawn(alerts.note_shown(self._userid, ids))

    def close(self) -> None:
        """Look no more."""
        if self._end is not None:
            self._end.cancel()

    async def _look(self, tab: Tab | None) -> None:
        async with self._one_at_a_time:
            await aclose_old_connections()
            waiting = await alerts.waiting(self._userid)
            with translation.override(self._language):
                html = presenting.alert_banners(waiting)
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
