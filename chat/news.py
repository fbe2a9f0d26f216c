"""What changed for a person: fetched once, rendered once, published as numbered events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from chat import fragments, history, presenting
from chat.account import Account
from chat.few import each
from chat.held import Change, Held
from chat.history import Stretch
from chat.keyring import Opened
from chat.ozeki.errors import OzekiError, StaleConversation
from chat.ozeki.models import Conversation, Notices
from chat.sidebar import Sidebar
from chat.stream import Stream
from chat.unread import Unread

logger = logging.getLogger(__name__)

ON_ITS_WAY = 10.0  # seconds
A_MOMENT = 2.0  # seconds in which a tab that shows a message usually says that it was read


class News:
    """Compares what the server holds with what the tabs were last told. Notices are hints where to look."""

    def __init__(self, account: Account, stream: Stream, sidebar: Sidebar) -> None:
        self._account = account
        self._stream = stream
        self._sidebar = sidebar
        self._held: dict[str, Held] = {}
        self._sent: dict[str, float] = {}
        self._one_at_a_time: dict[str, asyncio.Lock] = {}
        self._round = 0
        self._stirred: dict[str, int] = {}
        self._unread = Unread(account, self._held)

    # What pages tell

    @property
    def round(self) -> int:
        """Which look at the notices this is: read it before fetching what `opened` is told of."""
        return self._round

    async def opened(self, conversation: Conversation, stretch: Stretch, *, round: int) -> None:
        """A page with the newest messages of a conversation is on its way to a tab, and they count as held. Other tabs
        have what is new in it as an event; so has this one, if a notice has come since the page began to be fetched."""
        held = self._held.get(conversation.id)
        if held is not None and held.instance == conversation.instance and held.joins(stretch):
            self._publish_change(conversation, held, held.take(stretch))
            if lacking := held.lacking(stretch):  # another tab's page may have brought it, and no event did
                self._publish_change(conversation, held, lacking)
        else:
            if held is not None:
                self._anew(conversation.id)
            elif settings.REDIS_URL:
                # What another process made may lack some of these, and no event brings them.
                self._stream.publish({}, conversation.id, {"there": [one.sealed.id for one in stretch.messages]})
            self._held[conversation.id] = Held(conversation, stretch)
        self._sent[conversation.id] = time.monotonic()
        if self._stirred.get(conversation.id, 0) > round:
            try:
                await self._refresh(conversation)
            except OzekiError as trouble:
                logger.warning("a page may lack what came meanwhile: %s", type(trouble).__name__)
                self._anew(conversation.id)

    def said(self, conversation: Conversation, opened: Opened) -> bool:
        """The person said something here: their other tabs have it at once. What is held already stays as it is.

        False: so much followed it meanwhile that its place can't be told. Tabs that were told of it before have it, and
        others find it further up.
        """
        held = self._held.get(conversation.id)
        if held is not None and held.instance != conversation.instance:
            self._anew(conversation.id)  # it was cleared, and no notice has said so
            return True
        if held is None or opened.sealed.id in held.messages:
            return True
        if not held.reaches(opened.sealed):
            return False
        self._publish_change(conversation, held, held.say(opened))
        return True

    def marked(self, conversation: Conversation) -> None:
        """Reports may have come with a page: tell the tabs of new marks on messages they show."""
        self._publish_change(conversation, None, Change())

    async def cleared(self, conversation: Conversation) -> None:
        """The person cleared a conversation, which is held as it is from now on: empty."""
        self._held[conversation.id] = Held(conversation)
        self._reset(conversation.id)
        await self._sidebar.compare()

    async def changed(self, about: str, conversation: str) -> None:
        """Something of the person's own changed, in whatever process (see `Portal.tell`)."""
        if about == "availability":
            self._sidebar.showing((await self._account.availability()).action)
        elif about == "people":
            self._stream.publish({"people": True})
        elif about == "sign-ins":
            self._stream.publish({"signins": True})
        elif about == "read":
            await self.read(conversation)

    # What is unread

    async def count(self) -> bool:
        """Count what is unread and publish it. Whether all of it was counted: what comes before someone's eyes has a
        moment (A_MOMENT) to be read first."""
        seen = self._stream.seen
        await self._count(but=seen)
        return not (seen or self._unread.lacking)

    async def count_all(self) -> None:
        """Count also what someone has before their eyes."""
        await self._count()

    def doubt(self) -> None:
        """Markers may have moved without a word."""
        self._unread.moved()

    async def read(self, conversation: str) -> None:
        """The person has moved their marker in a conversation, in whatever process."""
        self._unread.moved()
        self._unread.stragglers.seen(conversation)
        await self._count(but=self._stream.seen - {conversation})

    async def _count(self, *, but: Collection[str] = ()) -> None:
        if await self._unread.count(but=but):
            await self._sidebar.compare()

    async def unread(self, conversation: Conversation) -> Opened | None:
        """The newest unread message of a conversation, None when there is none."""
        id = self._unread.newest(conversation.id)
        if not id:  # the tab that asks is another process's: here nobody may have counted since
            await self._count()
            id = self._unread.newest(conversation.id)
        if not id:
            return None
        opened = self._account.keyring.find(conversation, id)
        if opened is None:
            stretch = await history.newest(self._account, conversation)
            opened = next((one for one in stretch.messages if one.sealed.id == id), None)
        return opened if opened and opened.sealed.validuntil > timezone.now() else None

    def page(self, conversation: Conversation) -> Sequence[Opened]:
        """The newest messages of a conversation, if they are held."""
        held = self._held.get(conversation.id)
        return tuple(held.messages.values()) if held and held.instance == conversation.instance else ()

    # What the server tells

    async def catch_up(self, notices: Notices, *, everything: bool) -> bool:
        """Fetch and publish what the notices name; `everything`: whatever they may have failed to name, too. Whether
        all of it could be had: one conversation that can't be fetched must not keep the rest from being told."""
        lacking: set[str] = set()
        anew: set[str] = set()
        refresh = partial(self._try, lacking, anew)
        self._round += 1
        self._stirred |= dict.fromkeys(self._account.known if everything else notices.conversations, self._round)
        known = await self._account.conversations(fresh=everything)
        shown = self._stream.shown | self._awaited()
        for id in self._held.keys() - shown:
            self._anew(id)  # whoever comes back to it can't be told what it has missed
        named = {id for id in notices.conversations if id in known} & shown
        await each(refresh, [known[id] for id in named])
        # Where a conversation is fetched anew, no event has said where its row stands now.
        elsewhere = bool(notices.lists) or not named.issuperset(notices.conversations) or bool(anew)
        if elsewhere and not everything:
            known = await self._account.conversations(fresh=True)
        if elsewhere or everything:
            others = [known[id] for id in shown - named if id in known]
            await each(refresh, [one for one in others if everything or self._differs(one)])
            self._unread.stragglers.noticed(set(notices.conversations) - shown, known)
        if elsewhere or everything or notices.people:
            await self._sidebar.compare(fresh_friends=everything or bool(notices.people))
        return not lacking

    async def look(self, id: str) -> None:
        """A tab shows a conversation: fetch it unless nothing can have changed since its page was made, and what was
        reported of its messages, as far as the page came without."""
        self._sidebar.look(id)
        conversation = (await self._account.conversations()).get(id)
        if conversation is None:
            return
        if id not in self._held:
            await self._refresh(conversation)
        if (held := self._held.get(id)) and held.oldest:
            await history.catch_up_on_reports(self._account, conversation, oldest=held.oldest.sealed)
            self.marked(conversation)

    def _awaited(self) -> set[str]:
        """Conversations whose page is on its way to a tab that will say in a moment that it shows them."""
        since = time.monotonic() - ON_ITS_WAY
        self._sent = {id: sent for id, sent in self._sent.items() if sent > since and id in self._held}
        return set(self._sent)

    def _differs(self, conversation: Conversation) -> bool:
        held = self._held.get(conversation.id)
        if held is None or held.instance != conversation.instance:
            return True
        return bool(conversation.lastmessageid) and conversation.lastmessageid not in held.came

    async def _try(self, lacking: set[str], anew: set[str], conversation: Conversation) -> None:
        try:
            if not await self._refresh(conversation):
                anew.add(conversation.id)
        except OzekiError as trouble:
            logger.warning("a conversation could not be brought up to date: %s", type(trouble).__name__)
            lacking.add(conversation.id)

    async def _refresh(self, conversation: Conversation) -> bool:
        """Fetch and publish what changed in a conversation. False: that can't be told, and the tabs fetch it anew."""
        async with self._one_at_a_time.setdefault(conversation.id, asyncio.Lock()):
            held = self._held.get(conversation.id)
            if held is None or held.instance != conversation.instance:
                # Its page may have come from another process: from here on it is known here too.
                self._held[conversation.id] = Held(conversation, await history.newest(self._account, conversation))
                self._reset(conversation.id)
                return False
            asked = frozenset(held.messages)
            try:
                stretch = await self._since(conversation, held)
            except StaleConversation:
                self._anew(conversation.id)
                return False
            if self._held.get(conversation.id) is not held:
                return False  # cleared or opened anew meanwhile, and told so
            if not held.joins(stretch):
                self._anew(conversation.id)
                return False
            came, oldest = held.came - held.said, held.oldest
            held.said -= stretch.ids
            change = held.take(stretch, asked=asked)
            if oldest is not None:
                # What follows all that was known came in its turn, and may have been read elsewhere by now.
                known = max((place for place, one in enumerate(stretch.came) if one.id in came), default=0)
                new = (one for one in stretch.came[:known] if one.id not in came)
                self._unread.stragglers.found(
                    conversation.id, (one.id for one in new if one.created >= oldest.sealed.created)
                )
            self._publish_change(conversation, held, change)
            return True

    async def _since(self, conversation: Conversation, held: Held) -> Stretch:
        if held.oldest is None or held.whole:
            # The sender's clock may put a message before all that are held.
            return await history.newest(self._account, conversation)
        oldest = held.oldest.sealed
        return await history.newer(self._account, conversation, id=oldest.id, at=oldest.created)

    def _anew(self, conversation: str) -> None:
        self._held.pop(conversation, None)
        self._reset(conversation)

    def _reset(self, conversation: str) -> None:
        """Have the tabs that show a conversation fetch it again."""
        self._stream.publish({}, conversation, {"reset": True})

    # Publishing

    def _publish_change(self, conversation: Conversation, held: Held | None, change: Change) -> None:
        receipts = self._account.receipts(conversation)
        marked = receipts.untold.difference(opened.sealed.id for opened in change.rows)
        receipts.untold.clear()
        # Also where nothing in it is news: a page may have brought it, and that says nothing of the list.
        moved = self._sidebar.moved(conversation, held.newest.sealed) if held and held.newest else {}
        if not (change or marked or moved):
            return
        own: dict[str, Any] = {}
        if change.order:
            shown = [presenting.shown(self._account, conversation, opened) for opened in change.rows]
            # A tab that comes back may have it again after the conversation was cleared.
            own["instance"] = conversation.instance
            own |= {"messages": fragments.message_rows(shown), "order": change.order}
        if change.removed:
            own["removed"] = change.removed
        if marked:
            own["marks"] = {id: receipts.states[id] for id in sorted(marked)}
            if seen := presenting.seen(self._account, conversation, sorted(marked)):
                own["seen"] = seen
        self._stream.publish(moved, conversation.id, own)
