"""A signed-in person in this process: the only door to their conversations, and where a refusal is answered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from chat import availability, preferences
from chat.models import Person
from chat.ozeki import crypto, plaintext, protocol
from chat.ozeki.client import Client
from chat.ozeki.dialect import Action, Dialect
from chat.ozeki.errors import Locked, Refused, StaleConversation
from chat.ozeki.models import Conversation, Friend, Message, Notices, Sealed
from chat.vault import Credentials

logger = logging.getLogger(__name__)

T = TypeVar("T")
MESSAGES_KEPT = 2_000
SIGN_IN_AGAIN_AFTER = 60.0
SIGN_IN_AGAIN_AT_MOST = 3_600.0
ANNOUNCE_EVERY = 30.0
ONE_PAGE = 1.0  # seconds: what was asked for one part of a page does for the others


class NotTheirsError(LookupError):
    """The conversation is none of this person's."""


def station(secret: bytes, slot: str) -> str:
    """The id of the sign-in's station in the process `slot`: 32 hex, the same after a restart."""
    return hmac.new(secret, slot.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Opened:
    """A message as this person sees it: its plain text, or why it stays locked."""

    sealed: Sealed
    message: Message | None
    cause: str = ""


@dataclass(slots=True)
class Marks:
    """What the reports of one conversation said so far.

    `states`: message id → the best of `delivered` and `viewed`; `viewers`: message id → the userids that viewed it, in
    the order they did. `reports` are those seen, with their dates; `untold` are the messages whose new mark no tab has
    been told of; `told` are those that this person has reported as viewed.
    """

    states: dict[str, str] = field(default_factory=dict)
    viewers: dict[str, list[str]] = field(default_factory=dict)
    reports: dict[str, datetime] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


class Account:
    """Speaks to the Ozeki server for one sign-in and remembers, in memory only, what was opened for it."""

    def __init__(self, credentials: Credentials, *, key: str, client: Client, dialect: Dialect, slot: str) -> None:
        self.key = key
        self.dialect = dialect
        self.userid, self.fullname, self.nick = credentials.userid, credentials.fullname, credentials.nick
        self.listener_url = credentials.listener_url
        self._client = client
        self._apikey = credentials.apikey
        self._endpoints = credentials.endpoints
        self._private_key = crypto.load_der(credentials.private_key)
        sign = crypto.signer(dialect, self._private_key, credentials.apikey)
        self.caller = protocol.Caller(credentials.userid, station(credentials.station_secret, slot), sign)
        self.sending: set[asyncio.Task[Opened]] = set()
        self.told = False  # True while a tab here is told of changed preferences, whoever changed them
        self.preferred: Person | None = None
        self.current = False  # True while a relay keeps `_conversations` and `_friends` up to date
        self._conversations: dict[str, Conversation] | None = None
        self._friends: dict[str, Friend] | None = None
        self._listed_at = self._friends_at = float("-inf")
        self._listing = asyncio.Lock()
        self._finding_out = asyncio.Lock()
        self.renewals = 0  # how often the server had forgotten the station, and what it had to tell it
        self._sign_in_after = float("-inf")
        self._sign_in_delay = SIGN_IN_AGAIN_AFTER
        self._announced = float("-inf")
        self._announcing = asyncio.Lock()
        self._secrets: dict[str, bytes] = {}
        self._opened: OrderedDict[tuple[str, str, str], Opened] = OrderedDict()
        self._marks: dict[tuple[str, str], Marks] = {}
        self.unread: Mapping[tuple[str, str], str] = {}  # (conversation, instance) → how many messages, as last counted

    # Asking the server

    async def ask(
        self, build: Callable[[protocol.Caller], protocol.Call[T]], *, about: Conversation | None = None
    ) -> T:
        """Make a call. On a refusal, find out which it is: a forgotten station (sign in again, quietly, and repeat),
        a conversation cleared elsewhere (StaleConversation), or a real one (Refused)."""
        renewals = self.renewals
        try:
            return await self._perform(build)
        except Refused as refusal:
            async with self._finding_out:  # one at a time: another call refused with this one may have signed in again
                if self.renewals == renewals:
                    await self._list_or_sign_in_again(refusal)
            if self.renewals != renewals:
                return await self._perform(build)
            if about is not None and self.known.get(about.id, about).instance != about.instance:
                raise StaleConversation from refusal
            raise

    async def _perform(self, build: Callable[[protocol.Caller], protocol.Call[T]]) -> T:
        return await self._client.perform(build(self.caller), self._endpoints)

    async def _list_or_sign_in_again(self, refusal: Refused) -> None:
        try:
            self._keep(await self._perform(protocol.conversations))
        except Refused:
            await self._sign_in_again(refusal)
            self._keep(await self._perform(protocol.conversations))

    async def _sign_in_again(self, refusal: Refused) -> None:
        """Tell the server of this station again: at most every 60 s, more rarely if that did not help for long."""
        if time.monotonic() < self._sign_in_after:
            raise refusal
        logger.info("signing in again: the server refuses this station")
        await self._client.perform(protocol.login(station=self.caller.station, apikey=self._apikey), self._endpoints)
        now = time.monotonic()
        long_ago = now > self._sign_in_after + SIGN_IN_AGAIN_AT_MOST
        delay = SIGN_IN_AGAIN_AFTER if long_ago else min(2 * self._sign_in_delay, SIGN_IN_AGAIN_AT_MOST)
        self._sign_in_delay, self._sign_in_after = delay, now + delay
        self.doubt()
        self.renewals += 1

    async def notices(self) -> Notices:
        """What changed since this was last asked (p_8037). The server forgets it with its answer: one reader only."""
        return await self.ask(lambda caller: protocol.notification(caller.station))

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

    async def _show(self, action: Action) -> None:
        await self.ask(lambda caller: protocol.availability(caller, action.action))
        self._announced = time.monotonic()

    def doubt(self) -> None:
        """The server was away, so it may have forgotten what the friends were to be shown."""
        self._announced = float("-inf")

    async def availability(self) -> Action:
        """How the person shows to their friends."""
        return await availability.chosen(self.userid, self.dialect)

    async def preferences(self) -> Person:
        """What the person prefers: looked up again only when it may have changed."""
        if self.preferred is None or not self.told:
            self.preferred = await preferences.of(self.userid)
        return self.preferred

    async def prefer(self, chosen: Mapping[str, str | bool]) -> None:
        """Keep what the person chose."""
        await preferences.keep(self.userid, chosen)
        self.preferred = None

    async def register_workspace(self, name: str) -> None:
        """Register a workspace (p_4974). A refusal is about its name, so nothing else is found out."""
        await self._perform(lambda caller: protocol.register_workspace(caller, name))

    # People and conversations

    async def friends(self, *, fresh: bool = False) -> dict[str, Friend]:
        """The person's friends by userid (p_7201)."""
        if fresh or self._friends is None or not self._holds(self._friends_at):
            self._friends = {friend.userid: friend for friend in await self.ask(protocol.friends)}
            self._friends_at = time.monotonic()
        return self._friends

    async def conversations(self, *, fresh: bool = False) -> dict[str, Conversation]:
        """The person's conversations by id (p_7202), in the server's order."""
        if not fresh and self._conversations is not None and self._holds(self._listed_at):
            return self._conversations
        asked_after = self._conversations
        async with self._listing:
            if not fresh and self._conversations is not None and self._conversations is not asked_after:
                return self._conversations  # someone else's list has just arrived
            return self._keep(await self.ask(protocol.conversations))

    async def conversation(self, id: str) -> Conversation:
        """One of the person's conversations. Raises NotTheirsError."""
        before = self._listed_at
        known = await self.conversations()
        if id not in known and self._listed_at == before:
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
        return self._conversations or {}

    @property
    def listed(self) -> bool:
        """Whether the conversations have been heard of at all: a person may have none."""
        return self._conversations is not None

    @property
    def known_friends(self) -> Mapping[str, Friend]:
        """The friends as they were last heard of, without asking."""
        return self._friends or {}

    def _keep(self, conversations: tuple[Conversation, ...]) -> dict[str, Conversation]:
        self._conversations = {conversation.id: conversation for conversation in conversations}
        self._listed_at = time.monotonic()
        return self._conversations

    def note(self, conversation: Conversation) -> None:
        """Remember a conversation's newer state without asking for the list again."""
        if self._conversations is not None:
            self._conversations = {**self._conversations, conversation.id: conversation}

    def fingerprint(self) -> str:
        """That of the person's own key, for their friends to compare."""
        return crypto.fingerprint(crypto.public_text(self._private_key))

    async def change(
        self, build: Callable[[protocol.Caller], protocol.Call[Conversation]], *, about: Conversation
    ) -> Conversation:
        """Make a call that changes a conversation and remember it as the reply has it. Raises NotTheirsError, too.

        One at a time, and not while a list is under way: the older answer would come last and stand.
        """
        async with self._listing:
            try:
                conversation = await self.ask(build, about=about)
            except Refused as refusal:
                if about.id not in self.known:
                    raise NotTheirsError from refusal
                raise
            self.note(conversation)
            return conversation

    # Opening what came sealed

    def seal(self, conversation: Conversation, plain: bytes) -> str:
        """`plain` as the `Data` of a message. Raises Locked when the conversation's key does not open."""
        return crypto.encrypt(self.dialect, self._secret(conversation), plain)

    def open(self, conversation: Conversation, sealed: Sealed) -> Opened:
        """A message opened, once: the next look at the same bytes is a look-up."""
        key = (conversation.id, conversation.instance, sealed.id)
        held = self._opened.get(key)
        if held is not None and held.sealed == sealed:
            self._opened.move_to_end(key)
            return held
        opened = self._opened[key] = self.read(conversation, sealed)
        if len(self._opened) > MESSAGES_KEPT:
            self._opened.popitem(last=False)
        return opened

    def read(self, conversation: Conversation, sealed: Sealed) -> Opened:
        """A message opened without being remembered: for who passes through a whole conversation once."""
        try:
            plain = crypto.decrypt(self.dialect, self._secret(conversation), sealed.data)
            return Opened(sealed, plaintext.read(self.dialect, sealed, plain))
        except Locked as locked:
            logger.info("a message stays locked: %s", locked.cause)
            return Opened(sealed, None, locked.cause)

    def find(self, conversation: Conversation, id: str) -> Opened | None:
        """A message, if it was opened here lately."""
        return self._opened.get((conversation.id, conversation.instance, id))

    def created(self, conversation: Conversation, id: str) -> datetime | None:
        """When a message was created, if it was opened here lately."""
        opened = self.find(conversation, id)
        return opened.sealed.created if opened else None

    def opened_in(self, conversation: Conversation) -> dict[str, datetime]:
        """The messages of a conversation that were opened here lately: id → when each was created."""
        place = (conversation.id, conversation.instance)
        return {key[2]: opened.sealed.created for key, opened in self._opened.items() if key[:2] == place}

    def oldest(self, conversation: Conversation) -> datetime | None:
        """The date of the oldest message of a conversation among those opened here lately."""
        return min(self.opened_in(conversation).values(), default=None)

    def sent(self, opened: Opened) -> bool:
        """Whether a message is this person's own, as far as can be told."""
        return opened.message is not None and opened.message.sender == self.userid

    def _secret(self, conversation: Conversation) -> bytes:
        if conversation.secret not in self._secrets:
            self._secrets[conversation.secret] = crypto.unwrap(self.dialect, self._private_key, conversation.secret)
        return self._secrets[conversation.secret]

    def mark(self, conversation: Conversation, reports: Iterable[Sealed]) -> None:
        """Take in reports that came with a page, each once."""
        marks = self.marks(conversation)
        for report in reports:
            if report.id in marks.reports:
                continue
            marks.reports[report.id] = report.created
            state = report.type.lower()
            try:
                plain = crypto.decrypt(self.dialect, self._secret(conversation), report.data)
            except Locked:
                logger.info("a report stays locked")
                continue
            sender, messages = plaintext.read_report(self.dialect, plain)
            if state not in ("delivered", "viewed"):
                continue
            if sender == self.userid:
                marks.told.update(messages if state == "viewed" else ())
                continue
            for message in messages:
                viewers = marks.viewers.setdefault(message, [])
                if state == "viewed" and sender is not None and sender not in viewers:
                    viewers.append(sender)
                    marks.untold.add(message)
                if marks.states.get(message) not in (state, "viewed"):
                    marks.states[message] = state
                    marks.untold.add(message)

    def marks(self, conversation: Conversation) -> Marks:
        """The marks of a conversation as it stands; a cleared one begins with none."""
        return self._marks.setdefault((conversation.id, conversation.instance), Marks())
