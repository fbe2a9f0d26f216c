"""The station of a sign-in in this process: calls made by it, and the server told of it where it may not know it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chat import metrics
from chat.ozeki import protocol
from chat.ozeki.client import Client
from chat.ozeki.errors import OzekiError, Refused, SignInRefused, TimedOut, Unreachable
from chat.ozeki.models import Notices
from chat.vault import Credentials

logger = logging.getLogger(__name__)

T = TypeVar("T")
Build = Callable[[protocol.Caller], protocol.Call[T]]

# All in seconds.
SIGN_IN_AGAIN_AFTER = 60.0  # and twice as many each time that it does not help
SIGN_IN_AGAIN_AT_MOST = 3_600.0
INTRODUCE_SOON = 1.0  # a server that was not there may be by now
TWICE_WITHIN = 600.0
TURN = 20.0  # as for a call itself
AT_ONCE = 8  # calls of one sign-in: those that hang must not take the connections from everybody else


class SignInEndedError(Exception):
    """The server accepts this sign-in no more: the person is signed out, whatever was being asked."""


def station_id(secret: bytes, slot: str) -> str:
    """The id of the sign-in's station in the process `slot`: 32 hex, the same after a restart."""
    return hmac.new(secret, slot.encode(), hashlib.sha256).hexdigest()[:32]


def _notices(caller: protocol.Caller) -> protocol.Call[Notices]:
    return protocol.notification(caller.station)


class Station:
    """Makes the calls of one sign-in in one process. `introduced`: the server has just been told of the station.
    `list`: asks for the list of conversations, which no server refuses to one that it knows. `forgotten`: what to do
    once the server had forgotten it and was told anew."""

    def __init__(
        self,
        caller: protocol.Caller,
        credentials: Credentials,
        client: Client,
        *,
        introduced: bool,
        list: Callable[[], Awaitable[object]],
        forgotten: Callable[[], None],
    ) -> None:
        self.id = caller.station
        self.renewals = 0  # how often the server was told anew of it, and may have had no notices for it
        self._caller = caller
        self._apikey, self._endpoints = credentials.apikey, credentials.endpoints
        self._client = client
        self._list, self._forgotten = list, forgotten
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._finding_out = asyncio.Lock()
        self._refusals = 0  # how often it was told anew because of a refusal, and the list asked for after it
        self.introduced = introduced  # the server surely knows it
        self._introduce_delay = SIGN_IN_AGAIN_AFTER
        self._introduce_after = self._sign_in_after = self._tell_after = self._refused_at = float("-inf")
        self._sign_in_delay = SIGN_IN_AGAIN_AFTER

    async def perform(self, build: Build[T]) -> T:
        """Make a call, in its turn."""
        try:
            async with asyncio.timeout(TURN):
                await self._turns.acquire()
        except TimeoutError as error:
            raise TimedOut("too many calls without an answer") from error
        try:
            return await self._client.perform(build(self._caller), self._endpoints)
        finally:
            self._turns.release()

    async def ask(self, build: Build[T]) -> T:
        """Make a call. On a refusal, find out which it is: where the server has forgotten the station, sign in again,
        quietly, and repeat. Raises Refused for any other, and SignInEndedError, too."""
        renewals, refusals = self.renewals, self._refusals
        try:
            return await self.perform(build)
        except Refused as refusal:
            async with self._finding_out:  # one at a time: another call refused with this one may have signed in again
                if self._refusals == refusals:
                    await self._list_or_sign_in_again(refusal)
            if self.renewals == renewals:
                raise
        return await self.perform(build)

    async def _list_or_sign_in_again(self, refusal: Refused) -> None:
        try:
            await self._list()
        except Refused:
            new = not self.introduced
            await self._sign_in_again(refusal)
            await self._list()
            self._helped()
            if new:  # that was no "again"
                self._sign_in_after = float("-inf")

    def _helped(self) -> None:
        """What was refused before the latest sign-in was not refused after it."""
        self._sign_in_delay = SIGN_IN_AGAIN_AFTER
        self._sign_in_after = time.monotonic() + SIGN_IN_AGAIN_AFTER

    async def _sign_in_again(self, refusal: Refused) -> None:
        """Tell the server of this station again: at most every 60 s, ever more rarely as long as it does not help."""
        if time.monotonic() < self._sign_in_after:
            raise refusal
        logger.info("signing in again: the server refuses this station")
        try:
            await self._log_in()
        except SignInRefused as refused:
            now = time.monotonic()
            # Without words it may be a proxy's, which refuses everything for a moment: it takes two, a minute apart.
            if not refused.message and now - self._refused_at > TWICE_WITHIN:
                self._refused_at, self._sign_in_after = now, now + SIGN_IN_AGAIN_AFTER
                raise refusal from refused
            raise SignInEndedError from refused
        self._sign_in_after = time.monotonic() + self._sign_in_delay
        self._sign_in_delay = min(2 * self._sign_in_delay, SIGN_IN_AGAIN_AT_MOST)
        self._refusals += 1
        self._forgotten()
        metrics.RENEWALS.inc()

    async def _log_in(self) -> None:
        await self._client.perform(protocol.login(station=self.id, apikey=self._apikey), self._endpoints)
        self.introduced = True
        self._introduce_delay = SIGN_IN_AGAIN_AFTER
        self.renewals += 1

    async def introduce(self) -> None:
        """Tell the server of this station unless it surely knows it: a server may answer one that it does not know and
        never have a notice for it. What it makes of the sign-in otherwise, the calls that follow will show. At most
        every 60 s, ever more rarely as long as it says no or nothing: too many refusals may lock the person out."""
        async with self._finding_out:
            if self.introduced or time.monotonic() < self._introduce_after:
                return
            try:
                await self._log_in()
                delay = SIGN_IN_AGAIN_AFTER
            except OzekiError as trouble:
                logger.info("the server could not be told who listens: %s", type(trouble).__name__)
                if isinstance(trouble, Unreachable) and not isinstance(trouble, TimedOut):
                    delay = INTRODUCE_SOON
                else:
                    delay = self._introduce_delay
                    self._introduce_delay = min(2 * delay, SIGN_IN_AGAIN_AT_MOST)
            self._introduce_after = time.monotonic() + delay

    def lost(self) -> None:
        """The line to the server was, or nobody holds one: it may begin anew, and know nothing of the station."""
        self.introduced = False

    # What changed

    @property
    def is_told_late(self) -> bool:
        """Whether the server answers `notices` only once there is something to tell, or after long."""
        return self._client.holds

    async def notices(self) -> Notices:
        """What changed since this was last asked (p_8037). The server forgets it with its answer: one reader only.

        No other call names nothing but the station: a server that has forgotten it may accept all the others.
        """
        renewals = self.renewals
        try:
            return await self.ask(_notices)
        except Refused as refusal:
            if self.renewals != renewals:
                raise
            async with self._finding_out:
                if self.renewals == renewals:
                    await self._tell_of_station(refusal)
            notices = await self.perform(_notices)
            self._helped()
            return notices

    async def _tell_of_station(self, refusal: Refused) -> None:
        if time.monotonic() < self._tell_after:
            raise refusal
        try:
            await self._sign_in_again(refusal)
        except SignInEndedError as ended:  # it has not, as the list was to be had
            self._tell_after = time.monotonic() + SIGN_IN_AGAIN_AT_MOST
            raise refusal from ended
