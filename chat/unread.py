"""What is unread: messages of others beyond the marker, counted with as few looks at the server as it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import Error
from django.utils import timezone

from chat import history, markers, presenting
from chat.account import Account
from chat.few import each
from chat.held import Held
from chat.keyring import Opened
from chat.ozeki.errors import OzekiError
from chat.ozeki.models import Conversation, Sealed
from chat.stragglers import Stragglers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a conversation showed, good as long as `key` is: until when each unread message is valid, and
    the id of the newest one."""

    key: tuple[object, ...]
    unread: tuple[datetime, ...] = ()
    more: bool = False
    newest: str = ""

    @property
    def words(self) -> str:
        """The number as rows show it: "" for none, "50+" when the page does not reach back to the marker."""
        number = sum(validuntil > timezone.now() for validuntil in self.unread)
        return f"{number}{'+' if self.more else ''}" if number else ""


class Unread:
    """Counts for one sign-in, into `account.unread`. What tabs show (`held`) costs no look."""

    def __init__(self, account: Account, held: Mapping[str, Held]) -> None:
        self.stragglers = Stragglers()
        self._account = account
        self._held = held
        self._looks: dict[str, Look] = {}
        self._listed: frozenset[str] | None = None
        self._counting = asyncio.Lock()
        self._markers: Mapping[str, markers.Marker] = {}
        self._moved = True
        self.lacking = False  # the server did not answer all that the last count asked

    async def count(self, *, but: Collection[str] = ()) -> bool:
        """Count anew where something may have changed, except in `but`. Whether a number did change."""
        async with self._counting:
            account, before = self._account, self._account.unread
            if not account.listed:
                return False
            self.lacking = False
            listed = {id: one for id, one in account.known.items() if not presenting.hidden(account, one)}
            standing = await self._standing()
            try:
                await each(partial(self._look, standing), [one for id, one in listed.items() if id not in but])
            finally:
                looks = {(id, one.instance): self._looks.get(id) for id, one in listed.items() if id not in but}
                counted = {place: look.words for place, look in looks.items() if look is not None and look.words}
                account.unread = counted | {place: words for place, words in before.items() if place[0] in but}
            return account.unread != before

    def moved(self) -> None:
        """A marker has moved, or may have: look them up with the next count."""
        self._moved = True

    def newest(self, conversation: str) -> str:
        """The id of the newest unread message; "" when there is none, as far as has been counted."""
        look = self._looks.get(conversation)
        return look.newest if look else ""

    async def _standing(self) -> Mapping[str, markers.Marker]:
        """The markers. What is there at first sight counts as read; what appears while someone listens does not."""
        known, userid = self._account.known, self._account.userid
        standing = await self._looked_up(userid)
        first = [one for id, one in known.items() if id not in standing]
        new = [one.id for one in first if self._listed is not None and one.id not in self._listed]
        if first:
            await markers.begin(userid, first, unread=new)
            self._moved = True
            standing = await self._looked_up(userid)
        self._listed = frozenset(known)
        return standing

    async def _looked_up(self, userid: str) -> Mapping[str, markers.Marker]:
        if self._moved:
            self._moved = False  # first: one may move meanwhile
            try:
                self._markers = await markers.everywhere(userid)
            except Error:
                self._moved = True
                raise
        return self._markers

    async def _look(self, standing: Mapping[str, markers.Marker], conversation: Conversation) -> None:
        id, marker = conversation.id, standing.get(conversation.id)
        if marker is None:
            return  # it came into the list while this was under way
        held, look = self._held.get(id), self._looks.get(id)
        if held is not None and held.instance == conversation.instance:
            messages = tuple(held.messages.values())
            came = [opened.sealed for opened in messages]
            look = self._counted(conversation, marker, messages, came, whole=held.whole)
            lags = conversation.lastmessageid and conversation.lastmessageid not in held.came
            self._looks[id] = replace(look, key=()) if lags else look
        elif look is None or look.key != self._key(conversation, marker) or self._suspected(id):
            looked = await self._looked(conversation, marker) or look
            if looked is not None:
                self._looks[id] = looked

    async def _looked(self, conversation: Conversation, marker: markers.Marker) -> Look | None:
        """Ask the server, if that is necessary. None: it did not answer."""
        id = conversation.id
        suspected = self._suspected(id)
        at_end = (marker.instance, marker.message_id) == (conversation.instance, conversation.lastmessageid)
        if not conversation.lastmessageid or (at_end and not suspected and not self.stragglers.late(id)):
            return Look(self._key(conversation, marker))
        before = self._account.keyring.opened_in(conversation)
        try:
            stretch = await history.newest(self._account, conversation)
        except OzekiError as trouble:
            logger.warning("a conversation was not counted: %s", type(trouble).__name__)
            self.lacking = True
            return None
        if suspected:
            oldest = min(before.values(), default=None)  # what is older may have come any time
            late = (one.id for one in stretch.came if oldest and one.created >= oldest and one.id not in before)
            self.stragglers.found(id, late)
        return self._counted(conversation, marker, stretch.messages, stretch.came, whole=stretch.before is None)

    def _suspected(self, id: str) -> bool:
        look = self._looks.get(id)
        return self.stragglers.suspected(id, unread=bool(look and look.words))

    def _counted(
        self,
        conversation: Conversation,
        marker: markers.Marker,
        messages: Sequence[Opened],
        came: Sequence[Sealed],
        *,
        whole: bool,
    ) -> Look:
        beyond = markers.after(marker, conversation, came, whole=whole)
        unread = {sealed.id for sealed in beyond} | self.stragglers.late(conversation.id)
        theirs = [one.sealed for one in messages if one.sealed.id in unread and not self._account.sent(one)]
        more = not whole and len(beyond) == len(came)
        newest = theirs[-1].id if theirs else ""
        return Look(self._key(conversation, marker), tuple(sealed.validuntil for sealed in theirs), more, newest)

    def _key(self, conversation: Conversation, marker: markers.Marker) -> tuple[object, ...]:
        place = (marker.instance, marker.message_id, marker.date)
        return (conversation.instance, conversation.lastmessageid, place, self.stragglers.late(conversation.id))
