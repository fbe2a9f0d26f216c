"""Serves one sign-in's tabs in this process: each has what it missed, and all hear what changed, here and upstream."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from channels.db import aclose_old_connections
from django.db import Error, connection
from django.utils import translation

from chat import metrics, preferences, trail, vault
from chat.account import Account
from chat.alerting import Alerting
from chat.news import A_MOMENT, News
from chat.ozeki.errors import OzekiError
from chat.sidebar import Sidebar
from chat.station import SignInEndedError
from chat.stream import RESTART, SIGNED_OUT, Close, Stream, Tab, frame
from chat.upstream import LONGEST_TURN, Upstream

logger = logging.getLogger(__name__)

# All in seconds.
LINGER = 60.0  # after its last tab
RECHECK = 60.0
TOGETHER = 0.05  # every tab of a process is told of the same change


class Relay:
    """One sign-in's tabs in this process and its way to the Ozeki server; it ends a minute after the last of them."""

    def __init__(
        self,
        account: Account,
        *,
        tls: ssl.SSLContext,
        turns: asyncio.Semaphore,
        looks: asyncio.Semaphore,
        ended: Callable[[Relay, Close], None],
        sign_out: Callable[[str], Awaitable[None]],
    ) -> None:
        self.account = account
        self.stream = Stream()
        self.sidebar = Sidebar(account, self.stream)
        self.news = News(account, self.stream, self.sidebar)
        self.upstream = Upstream(
            account, self.stream, self.news, tls=tls, turns=turns, looks=looks, do=self._do, looked=self._looked
        )
        self._turns = turns
        self._ended = ended
        self._sign_out = sign_out
        self._language = translation.get_language()
        self._chosen: str | None = None  # the language that the person prefers, once that is known; "" for none
        self._trail = trail.new()
        self.alerts = Alerting(account.userid, tabs=self.stream.tabs, begin=self._begin)
        self._to_look_up: set[tuple[str, str]] = set()
        self._resyncing: set[Tab] = set()
        self._to_count = False
        self._counting = asyncio.Lock()
        self._recount: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._linger: asyncio.TimerHandle | None = None
        self._over = False

    # Its life

    def start(self) -> None:
        """Begin to listen."""
        logger.info("relay %s begins", self._trail)  # among the lines of who needs it; its own have that id
        self._spawn(self.upstream.listen())
        self._spawn(self._recheck())
        self.stay()

    def stay(self) -> None:
        """Someone looks: without a tab it ends a minute from now."""
        if self._linger is not None:
            self._linger.cancel()
        self._linger = asyncio.get_running_loop().call_later(LINGER, self._end_when_alone)

    def _end_when_alone(self) -> None:
        if not self.stream.tabs:
            self.end(RESTART)

    def end(self, code: Close) -> None:
        """Stop listening and close the tabs with `code`."""
        if self._over:
            return
        self._over = True
        self.account.current = self.account.told_of_preferences = False
        self.account.station.lost()
        self.account.doubt()
        if self._linger is not None:
            self._linger.cancel()
        self.alerts.close()
        self.stream.close(code)
        for task in self._tasks:
            task.cancel()
        self._ended(self, code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, context=trail.apart(self._trail))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            logger.error("a relay stopped: %s", type(fault).__name__, exc_info=fault)
            self.end(RESTART)  # the tabs come back to a new one

    def _begin(self, work: Callable[..., Awaitable[None]], *about: Any) -> None:
        """Begin something that nobody waits for."""
        if not self._over:
            self._do(work, *about)

    def _do(self, work: Callable[..., Awaitable[None]], *about: Any) -> asyncio.Task[None]:
        return self._spawn(self._quietly(work, *about))

    async def _recheck(self) -> None:
        await self._quietly(self._check)  # whoever was served when the person signed out may have begun this
        while True:
            await asyncio.sleep(RECHECK * random.uniform(0.9, 1.1))  # noqa: S311 - to spread them, not to hide
            await self._quietly(self._check)
            self.alerts.look()  # an event about one may have been lost
            self.changed("preferences", "")
            self.news.doubt()
            self.count()  # messages expire, and pages without scripts have no tab

    async def _check(self) -> None:
        """Close everything within a minute of the sign-in's end, however it ended; a visible tab counts as use."""
        await aclose_old_connections()
        if not await vault.alive(self.account.key, used=self.stream.visible):
            self.end(SIGNED_OUT)

    # Its tabs

    def attach(self, tab: Tab, epoch: object, n: object) -> None:
        """Welcome a tab that last saw event `n` of `epoch`: it gets what it missed, or is told to fetch afresh."""
        first = tab.visible and not self.stream.visible
        self._language = translation.get_language()  # the browser's; a page may have begun this in a chosen one
        self.stream.tabs.add(tab)
        self.account.told_of_preferences = True
        self.upstream.reconsider()
        # Whose line this is: someone may have signed in in this browser since the tab's page was made.
        here = {"signin": self.account.tag, "epoch": self.stream.epoch, "n": self.stream.n}
        tab.put(frame("welcome", **here, upstream=self.upstream.state))
        if self.resume(tab, epoch, n):
            self.show(tab, tab.conversation)
        self.alerts.look(tab)
        self.changed("availability", "")  # what was chosen elsewhere while no tab was here to be told
        self.changed("preferences", "")
        if first:
            self.announce()
        self.news.doubt()
        self.count()

    def count(self) -> None:
        """Count what is unread; nobody waits for it. One count does for all that ask before it begins."""
        if not self._to_count and not self._over:
            self._to_count = True
            self._spawn(self._count())

    async def _count(self) -> None:
        async with self._counting:
            self._to_count = False
            await self._quietly(self._count_now)

    async def _count_now(self) -> None:
        counted = await self.news.count()
        if self._recount is not None:
            self._recount.cancel()
        loop = asyncio.get_running_loop()
        self._recount = None if counted else loop.call_later(A_MOMENT, self._begin, self.news.count_all)

    def announce(self) -> None:
        """Tell the friends that the person is here; nobody waits for it."""
        self._begin(self.account.announce)

    def resume(self, tab: Tab, epoch: object, n: object) -> bool:
        """Give a tab the events after `n` again, and say when that is all. False: they are gone, and it has been told
        to fetch everything."""
        missed = self.stream.since(epoch, n)
        if missed is None:
            if tab not in self._resyncing and not self._over:  # one does for however often it asks
                metrics.RESYNCS.inc()
                self._resyncing.add(tab)
                self._spawn(self._resync(tab))
            return False
        for event in missed:
            tab.put(event.frame(tab))
        tab.put(frame("resumed", n=n))
        return True

    async def _resync(self, tab: Tab) -> None:
        """Have a tab fetch everything, in its turn: after a restart all tabs want to, and other pages must not wait."""
        try:
            async with self._turns:
                if tab in self.stream.tabs:
                    tab.healed.clear()
                    tab.put(frame("resync", epoch=self.stream.epoch, n=self.stream.n))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(tab.healed.wait(), LONGEST_TURN)
        finally:
            self._resyncing.discard(tab)

    def healed(self, tab: Tab) -> None:
        """A tab has fetched everything, maybe by way of another process, which may know more of the list or less: the
        changes told here are changes to the list as it is known here."""
        if not tab.healed.is_set():  # or whoever says so again and again would have the list as often
            tab.healed.set()
            self.sidebar.tell(tab)

    def show(self, tab: Tab, conversation: str | None) -> None:
        """A tab shows a conversation, or none."""
        tab.conversation = conversation
        if conversation is not None:
            self._begin(self.news.look, conversation)

    def see(self, tab: Tab, *, visible: bool) -> None:
        """A tab came into view or left it. The first one to come says that the person is here."""
        first = visible and not self.stream.visible
        tab.visible = visible
        self.upstream.reconsider()
        if first:
            self.announce()

    def changed(self, about: str, conversation: str) -> None:
        """Something of the person's changed in whatever process: look up what is true now and pass it on. Each tab is
        told of it, and one look does for all of them."""
        if about in ("availability", "preferences"):
            self.account.forget_preferences()  # the very next page is made by what holds now
        if (about, conversation) not in self._to_look_up and not self._over:
            self._to_look_up.add((about, conversation))
            self._spawn(self._look_up_soon(about, conversation))

    async def _look_up_soon(self, about: str, conversation: str) -> None:
        await asyncio.sleep(TOGETHER)
        self._to_look_up.discard((about, conversation))
        await self._quietly(self._pass_on, about, conversation)

    async def _pass_on(self, about: str, conversation: str) -> None:
        if about == "alerts":
            self.alerts.look()
        elif about == "preferences":
            await self._prefer()
        else:
            await self.news.changed(about, conversation)

    async def _prefer(self) -> None:
        """Tell the tabs what the person prefers. One that has it already does nothing."""
        self.account.forget_preferences()
        person = await self.account.preferences()
        self._chosen = preferences.language(person)
        self.stream.put(frame("preferences", attributes=person.attributes))

    async def look_up(self, about: str, conversation: str) -> None:
        """As `changed`, for those who wait a moment for what is true now; to look it up may take longer."""
        look = self._do(self._pass_on, about, conversation)
        await asyncio.wait({look}, timeout=A_MOMENT)

    def detach(self, tab: Tab) -> None:
        """A tab has gone."""
        if tab in self.stream.tabs:
            self.stream.tabs.remove(tab)
            self.account.told_of_preferences = bool(self.stream.tabs)
            self.stay()

    # Its way to the server

    def _looked(self, *, told: bool, everything: bool) -> None:
        if self.stream.tabs and (told or everything):
            self.count()
        if self.stream.tabs and everything:
            self.announce()

    async def _quietly(self, work: Callable[..., Awaitable[None]], *about: Any, again: bool = False) -> None:
        """Do something nobody waits for: trouble with the server or the database is a line in the log, and the next
        hint tries again. After a database was started anew, that is at once."""
        try:
            with translation.override(await self._spoken(again=again)):
                await work(*about)
        except SignInEndedError:
            logger.warning("the server no longer accepts this sign-in")
            await self._sign_out(self.account.key)
        except OzekiError as trouble:
            logger.warning("listening for a person failed: %s", type(trouble).__name__)
        except Error as trouble:
            logger.warning("the database failed a relay: %s", type(trouble).__name__)
            await aclose_old_connections()  # one that is broken would stay so
            if not again and connection.vendor != "sqlite":  # whose connections don't break
                await self._quietly(work, *about, again=True)

    async def _spoken(self, *, again: bool) -> str | None:
        """The language to tell the tabs in: what Ozeki tells waits for the database once at most, and where that can't
        say what the person prefers, it is passed on in the browser's."""
        if self._chosen is None:
            try:
                self._chosen = preferences.language(await self.account.preferences(lately=True))
            except Error:
                if not again:
                    raise  # with another connection it may
        return self._chosen or self._language
