"""A signed-in person in this process: the only door to their conversations."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from chat import availability, preferences
from chat.keyring import Keyring, Opened
from chat.listing import Listing
from chat.models import Person
from chat.ozeki import crypto, protocol
from chat.ozeki.client import Client
from chat.ozeki.dialect import Action, Dialect
from chat.ozeki.errors import Refused, StaleConversation
from chat.ozeki.models import Blocklist, Conversation, Friend, Sealed
from chat.receipts import Receipts
from chat.station import Station, station_id
from chat.vault import Credentials

T = TypeVar("T")
ANNOUNCE_EVERY = 30.0  # seconds
ONE_PAGE = 1.0  # seconds: what was asked for one part of a page does for the others


class NotTheirsError(LookupError):
    """The conversation is none of this person's."""


class Account:
    """Speaks to the Ozeki server for one sign-in and remembers, in memory only, what it said. `introduced`: the server
    has just been told of its station."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        key: str,
        client: Client,
        dialect: Dialect,
        slot: str,
        introduced: bool = False,
    ) -> None:
        self.key = key
        self.tag = hashlib.sha256(key.encode()).hexdigest()[:12]  # names the sign-in to its own tabs
        self.dialect = dialect
        self.userid, self.fullname, self.nick = credentials.userid, credentials.fullname, credentials.nick
        self.listener_url = credentials.listener_url
        private_key = crypto.load_der(credentials.private_key)
        self.keyring = Keyring(dialect, private_key)
        sign = crypto.signer(dialect, private_key, credentials.apikey)
        self.station = Station(
            protocol.Caller(credentials.userid, station_id(credentials.station_secret, slot), sign),
            credentials,
            client,
            introduced=introduced,
            list=lambda: self._list(self.station.perform(protocol.conversations)),
            forgotten=self.doubt,
        )
        self.sending: set[asyncio.Task[Any]] = set()
        self.told_of_preferences = False  # True while a tab here is told when they change, whoever changes them
        self._preferred: Person | None = None
        self._preferred_at = float("-inf")
        self._preferences = object()  # another one as soon as they may have changed
        self.current = False  # True while a relay keeps `_listing` and `_friends` up to date
        self._listing = Listing()
        self._friends: dict[str, Friend] | None = None
        self._friends_at = float("-inf")
        self._list_lock = asyncio.Lock()
        self._befriending = asyncio.Lock()
        self._announced = float("-inf")
        self._announcing = asyncio.Lock()
        self._receipts: dict[str, tuple[str, Receipts]] = {}  # by conversation, with the instance they are of
        self.unread: Mapping[tuple[str, str], str] = {}  # (conversation, instance) → how many messages, as last counted

    # Asking the server

    async def ask(
        self, build: Callable[[protocol.Caller], protocol.Call[T]], *, about: Conversation | None = None
    ) -> T:
        """Make a call. A refusal because `about` was cleared elsewhere is StaleConversation. Raises Refused for any
        other that stands (see `Station.ask`), and SignInEndedError, too."""
        try:
            return await self.station.ask(build)
        except Refused as refusal:
            if about is not None and self.known.get(about.id, about).instance != about.instance:
                raise StaleConversation from refusal
            raise

    async def announce(self) -> None:
        """Show the friends what the person last chose (p_7106); once is enough for half a minute."""
        async with self._announcing:
            if time.monotonic() - self._announced > ANNOUNCE_EVERY:
                await self._show(await self.availability())

    async def choose(self, action: Action) -> None:
        """Show the friends another state (p_7106), from now on and on whatever device."""
        async with self._announcing:
            await self._show(action)
            await availability.keep(self.userid, action)
            self.forget_preferences()

    async def _show(self, action: Action) -> None:
        await self.ask(lambda caller: protocol.availability(caller, action.action))
        self._announced = time.monotonic()

    def doubt(self) -> None:
        """The server was away, so it may have forgotten what the friends were to be shown."""
        self._announced = float("-inf")

    async def availability(self) -> Action:
        """How the person shows to their friends."""
        return availability.chosen(await self.preferences(lately=True), self.dialect)

    async def preferences(self, *, lately: bool = False) -> Person:
        """What the person prefers: looked up again only when it may have changed. `lately`: as it was within the last
        second will do."""
        holds = self.told_of_preferences or (lately and time.monotonic() - self._preferred_at < ONE_PAGE)
        if self._preferred is not None and holds:
            return self._preferred
        looked_at = self._preferences
        person = await preferences.of(self.userid)
        if looked_at is self._preferences:
            self._preferred, self._preferred_at = person, time.monotonic()
        return person

    def forget_preferences(self) -> None:
        """They may be others now, also than what is just being looked up."""
        self._preferred, self._preferences = None, object()

    async def prefer(self, chosen: Mapping[str, str | bool]) -> None:
        """Keep what the person chose."""
        await preferences.keep(self.userid, chosen)
        self.forget_preferences()

    async def register_workspace(self, name: str) -> None:
        """Register a workspace (p_4974). A refusal is about its name, so nothing else is found out."""
        await self.station.perform(lambda caller: protocol.register_workspace(caller, name))

    # People and conversations

    async def friends(self, *, fresh: bool = False) -> dict[str, Friend]:
        """The person's friends by userid (p_7201)."""
        if not fresh and self._friends is not None and self._holds(self._friends_at):
            return self._friends
        asked_after = self._friends
        async with self._befriending:  # or an older answer could come last, and stand
            if fresh or self._friends is None or self._friends is asked_after:
                self._friends = {friend.userid: friend for friend in await self.ask(protocol.friends)}
                self._friends_at = time.monotonic()
            return self._friends

    async def conversations(self, *, fresh: bool = False) -> Mapping[str, Conversation]:
        """The person's conversations by id (p_7202), in the server's order."""
        if not fresh and self.listed and self._holds(self._listing.at):
            return self.known
        asked_after = self._listing.known
        async with self._list_lock:
            if not fresh and self.listed and self._listing.known is not asked_after:
                return self.known  # someone else's list has just arrived
            return await self._list(self.ask(protocol.conversations))

    async def blocklist(self) -> Blocklist:
        """Whom and what the server hides from the person (p_4866)."""
        return await self.ask(protocol.blocklist)

    async def conversation(self, id: str) -> Conversation:
        """One of the person's conversations. Raises NotTheirsError."""
        before = self._listing.at
        known = await self.conversations()
        if id not in known and self._listing.at == before:
            known = await self.conversations(fresh=True)
        if id not in known:
            raise NotTheirsError
        return known[id]

    def _holds(self, asked: float) -> bool:
        """Whether what was asked for then need not be asked for now."""
        return self.current or time.monotonic() - asked < ONE_PAGE

    @property
    def known(self) -> Mapping[str, Conversation]:
        """The conversations as they were last heard of, without asking."""
        return self._listing.known or {}

    @property
    def listed(self) -> bool:
        """Whether the conversations have been heard of at all: a person may have none."""
        return self._listing.known is not None

    @property
    def known_friends(self) -> Mapping[str, Friend]:
        """The friends as they were last heard of, without asking."""
        return self._friends or {}

    async def _list(self, answer: Awaitable[tuple[Conversation, ...]]) -> Mapping[str, Conversation]:
        asked = time.monotonic()
        self._listing.take(await answer, asked=asked)
        return self.known

    def note(self, conversation: Conversation) -> None:
        """Remember a conversation's newer state without asking for the list again."""
        self._listing.note(conversation)

    async def change(
        self, build: Callable[[protocol.Caller], protocol.Call[Conversation]], *, about: Conversation
    ) -> Conversation:
        """Make a call that changes a conversation and remember it as the reply has it. Raises NotTheirsError, too.

        One at a time, and not while a list is under way: the older answer would come last and stand.
        """
        async with self._list_lock:
            try:
                conversation = await self.ask(build, about=about)
            except Refused as refusal:
                if about.id not in self.known:
                    raise NotTheirsError from refusal
                raise
            self.note(conversation)
            return conversation

    # What came sealed

    def sent(self, opened: Opened) -> bool:
        """Whether a message is this person's own, as far as can be told."""
        return opened.is_by(self.userid)

    def receipts(self, conversation: Conversation) -> Receipts:
        """What the reports of a conversation as it stands said so far; a cleared one begins with none."""
        instance, receipts = self._receipts.get(conversation.id, ("", None))
        if receipts is None or instance != conversation.instance:
            receipts = Receipts()
            self._receipts[conversation.id] = (conversation.instance, receipts)
        return receipts

    def take_reports(self, conversation: Conversation, reports: Iterable[Sealed]) -> None:
        """Take in reports that came with a page, each once."""
        receipts = self.receipts(conversation)
        for report in reports:
            if report.id not in receipts.reports:
                receipts.reports[report.id] = report.created
                plain = self.keyring.report(conversation, report)
                if plain is not None:
                    receipts.take(report.type.lower(), *plain, reader=self.userid)
        receipts.trim()
