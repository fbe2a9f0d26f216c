"""What changed for a person: fetched once, rendered once, published as numbered events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from django.utils import timezone

from chat import history, presenting
from chat.account import Account, Opened
from chat.few import each
from chat.held import Change, Held
from chat.history import Stretch
from chat.ozeki.errors import OzekiError, StaleConversation
from chat.ozeki.models import Conversation, Friend, Notices
from chat.unread import Unread

logger = logging.getLogger(__name__)

ON_ITS_WAY = 10.0  # seconds
A_MOMENT = 2.0  # seconds in which a tab that shows a message usually says that it was read


class Publish(Protocol):
    """Sends an event: `common` to every tab, `own` besides to those that show `conversation`."""

    def __call__(
        self, common: dict[str, Any], conversation: str | None = None, own: dict[str, Any] | None = None, /
    ) -> None: ...


class News:
    """Compares what the server holds with what the tabs were last told. Notices are hints where to look."""

    def __init__(
        self, account: Account, *, shown: Callable[[], set[str]], seen: Callable[[], set[str]], publish: Publish
    ) -> None:
        """`shown`: the conversations in tabs; `seen`: those in visible ones."""
        self._account = account
        self._shown = shown
        self._seen = seen
        self._publish = publish
        self._held: dict[str, Held] = {}
        self._sent: dict[str, float] = {}
        self._rows: dict[str, presenting.Row] | None = None
        self._friends: Mapping[str, Friend] | None = None
        self._availability: str | None = None
        self._one_at_a_time: dict[str, asyncio.Lock] = {}
        self._round = 0
        self._stirred: dict[str, int] = {}
        self._unread = Unread(account, self._held)
        self._unheard: set[str] = set()  # conversations with another header than the tabs that come back to them know

    # What pages tell

    def listed(self, rows: Iterable[presenting.Row], friends: Mapping[str, Friend], availability: str) -> None:
        """A page with the whole sidebar, and above it how the person shows to their friends, was made from these."""
        if self._rows is None:
            self._rows, self._friends = {row.id: row for row in rows}, friends
        self._availability = self._availability or availability

    def showing(self, availability: str) -> None:
        """The person shows so to their friends: tabs that say otherwise are told."""
        before, self._availability = self._availability, availability
        if before not in (None, availability):
            self._publish({"availability": availability})

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
        else:
            if held is not None:
                self._anew(conversation)
            self._held[conversation.id] = Held(conversation, stretch)
        self._sent[conversation.id] = time.monotonic()
        if self._stirred.get(conversation.id, 0) > round:
            try:
                await self._refresh(conversation)
            except OzekiError as trouble:
                logger.warning("a page may lack what came meanwhile: %s", type(trouble).__name__)
                self._held.pop(conversation.id, None)  # the next notice has it fetched anew

    def said(self, conversation: Conversation, opened: Opened) -> None:
        """The person said something here: their other tabs have it at once."""
        held = self._held.get(conversation.id)
        if held is not None and held.instance == conversation.instance:
            self._publish_change(conversation, held, held.take(Stretch((opened,), (opened.sealed,))))

    def marked(self, conversation: Conversation) -> None:
        """Reports may have come with a page: tell the tabs of new marks on messages they show."""
        self._publish_change(conversation, None, Change())

    async def preferred(self) -> None:
        """The person changed how they want a conversation shown: all their tabs have it at once."""
        await self._compare_rows(fresh_friends=False)

    async def cleared(self, conversation: Conversation) -> None:
        """The person cleared a conversation, which is held as it is from now on: empty."""
        self._held[conversation.id] = Held(conversation)
        self._reset(conversation)
        await self._compare_rows(fresh_friends=False)

    async def changed(self, about: str, conversation: str) -> None:
        """Something of the person's own changed, in whatever process (see `Portal.tell`)."""
        if about == "availability":
            self.showing((await self._account.availability()).action)
        elif about == "people":
            self._publish({"people": True})
        elif about == "read":
            await self.read(conversation)

    # What is unread

    async def count(self) -> None:
        """Count what is unread and publish it. What comes before someone's eyes has a moment to be read first."""
        seen = self._seen()
        await self._count(but=seen)
        if seen or self._unread.lacking:
            await asyncio.sleep(A_MOMENT)
            await self._count()

    async def read(self, conversation: str) -> None:
        """The person has moved their marker in a conversation, in whatever process."""
        self._unread.stragglers.seen(conversation)
        await self._count(but=self._seen() - {conversation})

    async def _count(self, *, but: Collection[str] = ()) -> None:
        if await self._unread.count(but=but):
            await self._compare_rows(fresh_friends=False)

    async def unread(self, conversation: Conversation) -> Opened | None:
        """The newest unread message of a conversation, None when there is none."""
        id = self._unread.newest(conversation.id)
        if id is None:  # the tab that asks is another process's
            await self._count()
            id = self._unread.newest(conversation.id)
        if not id:
            return None
        opened = self._account.find(conversation, id)
        if opened is None:
            stretch = await history.newest(self._account, conversation)
            opened = next((one for one in stretch.messages if one.sealed.id == id), None)
        return opened if opened and opened.sealed.validuntil > timezone.now() else None

    def page(self, conversation: Conversation) -> Sequence[Opened]:
        """The newest messages of a conversation, if they are held."""
        held = self._held.get(conversation.id)
        return tuple(held.messages.values()) if held and held.instance == conversation.instance else ()

    # What the server tells

    async def catch_up(self, notices: Notices, *, everything: bool) -> None:
        """Fetch and publish what the notices name; `everything`: whatever they may have failed to name, too."""
        self._round += 1
        self._stirred |= dict.fromkeys(self._account.known if everything else notices.conversations, self._round)
        known = await self._account.conversations(fresh=everything)
        shown = self._shown() | self._awaited()
        for id in self._held.keys() - shown:
            del self._held[id]  # it is fetched anew when it is opened again
        named = {id for id in notices.conversations if id in known} & shown
        await each(self._refresh, [known[id] for id in named])
        elsewhere = bool(notices.lists) or not named.issuperset(notices.conversations)
        if elsewhere and not everything:
            known = await self._account.conversations(fresh=True)
        if elsewhere or everything:
            others = [known[id] for id in shown - named if id in known]
            await each(self._refresh, [one for one in others if everything or self._differs(one)])
            self._unread.stragglers.noticed(set(notices.conversations) - shown, known)
        if elsewhere or everything or notices.people:
            await self._compare_rows(fresh_friends=everything or bool(notices.people))

    async def look(self, id: str) -> None:
        """A tab shows a conversation: fetch it unless nothing can have changed since its page was made."""
        if id in self._unheard and self._rows and id in self._rows:
            self._unheard.discard(id)
            self._publish({}, id, {"header": presenting.conversation_header(self._rows[id])})
        if id not in self._held:
            known = await self._account.conversations()
            if id in known:
                await self._refresh(known[id])

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

    async def _refresh(self, conversation: Conversation) -> None:
        """Fetch and publish what changed in a conversation; where that can't be told, the tabs fetch it anew."""
        async with self._one_at_a_time.setdefault(conversation.id, asyncio.Lock()):
            held = self._held.get(conversation.id)
            if held is None or held.instance != conversation.instance:
                # Its page may have come from another process: from here on it is known here too.
                self._held[conversation.id] = Held(conversation, await history.newest(self._account, conversation))
                self._reset(conversation)
                return
            asked = frozenset(held.messages)
            try:
                stretch = await self._since(conversation, held)
            except StaleConversation:
                self._anew(conversation)
                return
            if not held.joins(stretch):
                self._anew(conversation)
                return
            came, oldest = held.came, held.oldest
            change = held.take(stretch, asked=asked)
            if oldest is not None:
                new = [one.sealed for one in change.rows if one.sealed.id not in came]
                late = (sealed.id for sealed in new if sealed.created >= oldest.sealed.created)
                self._unread.stragglers.found(conversation.id, late)
            self._publish_change(conversation, held, change)

    async def _since(self, conversation: Conversation, held: Held) -> Stretch:
        if held.oldest is None or held.whole:
            # The sender's clock may put a message before all that are held.
            return await history.newest(self._account, conversation)
        oldest = held.oldest.sealed
        return await history.newer(self._account, conversation, id=oldest.id, at=oldest.created)

    def _anew(self, conversation: Conversation) -> None:
        self._held.pop(conversation.id, None)
        self._reset(conversation)

    def _reset(self, conversation: Conversation) -> None:
        """Have the tabs that show a conversation fetch it again."""
        self._publish({}, conversation.id, {"reset": True})

    # Publishing

    def _publish_change(self, conversation: Conversation, held: Held | None, change: Change) -> None:
        marks = self._account.marks(conversation)
        marked = marks.untold.difference(opened.sealed.id for opened in change.rows)
        marks.untold.clear()
        if not change and not marked:
            return
        own: dict[str, Any] = {}
        if change.rows:
            shown = [presenting.shown(self._account, conversation, opened) for opened in change.rows]
            own |= {"messages": presenting.message_rows(shown), "order": change.order}
        if change.removed:
            own["removed"] = change.removed
        if marked:
            own["marks"] = {id: marks.states[id] for id in sorted(marked)}
            if seen := presenting.seen(self._account, conversation, sorted(marked)):
                own["seen"] = seen
        self._publish(self._moved(conversation, held) if held else {}, conversation.id, own)

    def _moved(self, conversation: Conversation, held: Held) -> dict[str, Any]:
        """The conversation's sidebar row, when its newest message is news there; a hidden one may come back by it."""
        row = (self._rows or {}).get(conversation.id)
        known = self._account.known.get(conversation.id, conversation)
        if row is None or held.newest is None or held.newest.sealed.id == known.lastmessageid:
            return {}
        seconds = int(held.newest.sealed.created.timestamp())
        if seconds < row.order:
            return {}
        known = replace(known, lastmessageid=held.newest.sealed.id, lastaccess=seconds)
        self._account.note(known)
        hidden = presenting.hidden(self._account, known)
        fresh = replace(row, order=seconds, lastaccess=presenting.moment(seconds), hidden=hidden)
        self._rows = {**(self._rows or {}), row.id: fresh}
        self._publish_header(row, fresh)
        return {} if hidden else {"rows": presenting.conversation_rows([fresh])}

    async def _compare_rows(self, *, fresh_friends: bool) -> None:
        friends = await self._account.friends(fresh=fresh_friends)
        rows = {id: presenting.row(self._account, one, friends) for id, one in self._account.known.items()}
        before, self._rows = self._rows, rows
        people, self._friends = self._friends, friends
        if before is None:
            return
        changed = [row for row in rows.values() if before.get(row.id) != row]
        placed = [row for row in changed if not row.hidden]
        dropped = [id for id, row in before.items() if not row.hidden and (id not in rows or rows[id].hidden)]
        common: dict[str, Any] = {} if people == friends else {"people": True}
        if placed:
            common["rows"] = presenting.conversation_rows(placed)
        if dropped:
            common["drop"] = dropped
        cleared = [id for id, row in rows.items() if id in before and before[id].instance != row.instance]
        if cleared:
            common["cleared"] = cleared
        if common:
            self._publish(common)
        for row in changed:
            self._publish_header(before.get(row.id), row)

    def _publish_header(self, before: presenting.Row | None, row: presenting.Row) -> None:
        """The header of a conversation that tabs show, with its menu, if it is another now."""
        if before is not None and _headed(before) == _headed(row):
            return
        if row.id in self._shown():
            self._publish({}, row.id, {"header": presenting.conversation_header(row)})
        else:
            self._unheard.add(row.id)


def _headed(row: presenting.Row) -> presenting.Row:
    """A row without what its conversation's header does not show."""
    return replace(row, instance="", unread="", lastaccess=None, order=0)
