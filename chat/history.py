"""Reading a conversation: the newest page, the one before, what is new. Expired messages never leave here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from chat.account import Account, Opened
from chat.models import Sending
from chat.ozeki import protocol
from chat.ozeki.errors import StaleConversation
from chat.ozeki.models import Conversation, Page, Sealed

logger = logging.getLogger(__name__)

PAGE = 50
EMPTY_PAGES_WALKED = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some messages of a conversation in the server's order.

    `came` is all that the server sent, expired messages too; `messages` is what may be shown of it. `before` is where
    an older page would begin, None when there is none. `changed` are messages, here or elsewhere, with a new mark.
    """

    messages: tuple[Opened, ...]
    came: tuple[Sealed, ...]
    before: Sealed | None = None
    changed: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all that came."""
        return frozenset(sealed.id for sealed in self.came)

    def without(self, id: str) -> Stretch:
        """All but one message: the one that a page was asked to begin after."""
        return replace(self, messages=tuple(opened for opened in self.messages if opened.sealed.id != id))

    def created(self, id: str) -> datetime | None:
        """When one of the messages was created; None when it is not among them."""
        return next((sealed.created for sealed in self.came if sealed.id == id), None)


async def newest(account: Account, conversation: Conversation) -> Stretch:
    """The newest page of a conversation (p_8072).

    Raises StaleConversation also when the server, instead of refusing an old `instance`, answers with nothing.
    """
    stretch = await _back(account, conversation, None)
    if not stretch.came and conversation.lastmessageid:
        current = await account.conversations(fresh=True)
        if current.get(conversation.id, conversation).instance != conversation.instance:
            raise StaleConversation
    return stretch


async def older(account: Account, conversation: Conversation, *, id: str, at: datetime) -> Stretch:
    """The page before the message `id` created `at` (p_8072); it has something to show unless nothing is older."""
    return await _back(account, conversation, _anchor(account, conversation, id, at))


async def newer(account: Account, conversation: Conversation, *, id: str, at: datetime) -> Stretch:
    """The message `id` created `at` and everything newer (p_4861)."""
    since = _anchor(account, conversation, id, at)
    page = await account.ask(lambda caller: protocol.download(caller, conversation, since=since), about=conversation)
    return await _stretch(account, conversation, page, more=False)


async def _back(account: Account, conversation: Conversation, before: protocol.Anchor | None) -> Stretch:
    def call(caller: protocol.Caller) -> protocol.Call[Page]:
        return protocol.partial_download(caller, conversation, before=before, paging=account.dialect.paging, limit=PAGE)

    for _ in range(EMPTY_PAGES_WALKED):
        page = await account.ask(call, about=conversation)
        stretch = await _stretch(account, conversation, page, more=len(page.messages) + page.skipped >= PAGE)
        if stretch.messages or stretch.before is None:
            break
        before = _anchor(account, conversation, stretch.before.id, stretch.before.created)
    return stretch


def _anchor(account: Account, conversation: Conversation, id: str, at: datetime) -> protocol.Anchor:
    report = account.marks(conversation).oldest
    return protocol.Anchor(at, id, report.created if report else None, report.id if report else "")


async def _stretch(account: Account, conversation: Conversation, page: Page, *, more: bool) -> Stretch:
    if page.skipped:
        logger.warning("%d malformed elements in a page of messages were passed over", page.skipped)
    changed = account.mark(conversation, page)
    now = timezone.now()
    opened = [account.open(conversation, sealed) for sealed in page.messages if sealed.validuntil > now]
    return Stretch(
        messages=tuple(await _with_senders(account, conversation, opened)),
        came=page.messages,
        before=page.messages[0] if more and page.messages else None,
        changed=frozenset(changed),
    )


async def _with_senders(account: Account, conversation: Conversation, opened: Sequence[Opened]) -> Sequence[Opened]:
    """Name a sender where the plaintext has none: whoever sent it from here, else the one partner there can be."""
    nameless = [one.sealed.id for one in opened if one.message and one.message.sender is None]
    if not nameless:
        return opened
    sent = Sending.objects.filter(message_id__in=nameless, userid=account.userid)
    own = {id async for id in sent.values_list("message_id", flat=True)}
    others = [userid for userid in conversation.participantids if userid != account.userid]
    partner = others[0] if len(others) == 1 else None
    return [
        replace(one, message=replace(one.message, sender=account.userid if one.sealed.id in own else partner))
        if one.message and one.message.sender is None
        else one
        for one in opened
    ]
