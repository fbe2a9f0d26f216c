"""The way to the Ozeki server of one sign-in: where a hint comes from, when the server is asked what changed, and how
it is after trouble."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from chat.account import Account
from chat.news import News
from chat.ozeki.dialect import fill
from chat.ozeki.errors import OzekiError, TimedOut, Unreachable
from chat.ozeki.listener import Hint, Listener
from chat.ozeki.models import Notices
from chat.stream import Stream, frame, noticed

# All in seconds.
POLL_VISIBLE, POLL_HIDDEN = 3.0, 20.0  # without a socket to Ozeki
SAFETY = 30.0  # with one
AGAIN = 2.0  # after a failure, and then ever later
PAUSE, LONGEST_PAUSE = 0.1, 2.0  # after frames about nothing
LONGEST_TURN = 1.0  # then the next one begins
FIRST_REPORTS = 0.05  # in which what was just said has them


class Looked(Protocol):
    """What to do after each look that the server answered."""

    def __call__(self, *, told: bool, everything: bool) -> None:
        """`told`: the server named something; `everything`: all was compared."""


class Upstream:
    """Listens by the sign-in's own station and asks in turn with others. `state`: "on" while the server answers,
    "connecting" at first and after trouble; tabs are told. `do`: do something without letting its trouble through."""

    def __init__(
        self,
        account: Account,
        stream: Stream,
        news: News,
        *,
        tls: ssl.SSLContext,
        turns: asyncio.Semaphore,
        looks: asyncio.Semaphore,
        do: Callable[..., asyncio.Task[None]],
        looked: Looked,
    ) -> None:
        self.state = "connecting"
        self.last_heard: datetime | None = None  # when the server last said what changed, or that nothing did
        self._account, self._station, self._stream, self._news = account, account.station, stream, news
        names = {"station": account.station.id, "userid": account.userid}
        self._listener = Listener(
            account.listener_url,
            fill(account.dialect.listener.hello, names),
            tls=tls,
            before=self._introduce,
            poll=lambda: self._soon(POLL_VISIBLE if stream.visible else POLL_HIDDEN),
            safety=lambda: self._soon(SAFETY),
        )
        self._turns, self._looks = turns, looks
        self._do, self._looked = do, looked
        self._behind = True
        self._failures = 0
        self._had_news = False  # whether the latest look brought any
        self._sockets = 0  # how many the listener had had when the server was last told who listens
        self._renewals = self._station.renewals

    @property
    def listening(self) -> str:
        """How it hears: by a "socket", or by "polling"."""
        return self._listener.state

    def reconsider(self) -> None:
        """How soon to ask without a hint: a tab came into view or left it."""
        self._listener.reconsider()

    async def listen(self) -> None:
        """Look at each hint. Of frames about nothing that follow each other closely, such as one for each answer, ever
        more become one."""
        pause, quiet = 0.0, 0.0
        try:
            async for hint in self._listener:
                if hint is Hint.CONNECTED:
                    self._behind = True  # what happened while there was no socket may have no notice
                came = self._listener.came if hint is Hint.FRAME else None
                self._had_news = False
                await self._look(came)
                vain = came is not None and came < quiet and not self._had_news
                pause = min(max(2 * pause, PAUSE), LONGEST_PAUSE) if vain else 0.0
                await asyncio.sleep(pause)
                quiet = time.monotonic() + LONGEST_PAUSE
        finally:
            await self._listener.aclose()

    async def _look(self, came: float | None) -> None:
        """Ask in turn: after a restart there are many relays that never did, and a message may be for many. Who comes
        first is then done first, instead of all at the end. One that hangs gives its turn away, and one that only waits
        for the server. Whoever is saying something lets those go first who don't know it yet, and hears of its reports
        with the same look."""
        if self._account.sending:
            await asyncio.sleep(FIRST_REPORTS)
        waits = asyncio.get_running_loop().create_future()
        async with self._looks if self.last_heard else self._turns:
            look = self._do(self._ask, came, waits)
            await asyncio.wait({look, waits}, timeout=LONGEST_TURN, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({look})

    async def _introduce(self) -> None:
        """Before a socket is opened, in turn, too: many Logins that hang must not take the connections from everybody
        else. That there was a socket says that the server may be another than it was."""
        if self._sockets != self._listener.sockets:
            self._station.lost()
            self._account.doubt()
        self._sockets = self._listener.sockets
        if not self._station.introduced:
            async with self._turns:
                introduction = self._do(self._station.introduce)
                await asyncio.wait({introduction}, timeout=LONGEST_TURN)
            await asyncio.wait({introduction})

    async def _ask(self, came: float | None, waits: asyncio.Future[None]) -> None:
        """Ask what changed and fetch it. `came`: when the notice did; `waits`: done as soon as this only waits for the
        server. A lost answer may have emptied the notices, and what could not be fetched is not named again: then
        compare everything."""
        noticed.set(came)
        try:
            if not self._station.introduced:  # a server that lets this wait may still tell what changed
                await asyncio.wait({self._do(self._station.introduce)}, timeout=LONGEST_TURN)
            if self._behind and self._station.is_told_late:
                await self._fetch(Notices(), everything=True)
            behind, self._behind = self._behind, True
            if self._station.is_told_late and not waits.done():
                waits.set_result(None)
            notices = await self._station.notices()
            self._had_news = bool(notices)
            behind = behind or self._renewals != self._station.renewals
            self._renewals = self._station.renewals
            await self._fetch(notices, everything=behind)
            self._failures = self._failures + 1 if self._behind else 0
        except OzekiError as trouble:
            self._failures += 1
            self._account.doubt()
            if isinstance(trouble, Unreachable) and not isinstance(trouble, TimedOut):
                self._station.lost()
            self._become("connecting")
            raise

    async def _fetch(self, notices: Notices, *, everything: bool) -> None:
        whole = await self._news.catch_up(notices, everything=everything) if notices or everything else True
        self._behind = not whole
        self.last_heard = timezone.now()
        self._become("on")
        self._looked(told=bool(notices), everything=everything)

    def _soon(self, usual: float) -> float:
        """Seconds to the next look when nothing calls for one: after a failure sooner at first, then ever later."""
        return min(AGAIN * 2.0 ** min(self._failures, 5) if self._failures else usual, max(usual, SAFETY))

    def _become(self, state: str) -> None:
        self._account.current = state == "on"
        if state != self.state:
            self.state = state
            self._stream.put(frame("upstream", state=state))
