"""Reading a conversation: the newest page, the one before, what is new. Expired messages never leave here."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from chat.account import Account
from chat.keyring import Opened
from chat.models import Sending
from chat.ozeki import protocol
from chat.ozeki.errors import Misunderstood, StaleConversation
from chat.ozeki.models import Conversation, Page, Sealed

logger = logging.getLogger(__name__)

PAGE = 50  # messages
BEYOND = 20  # messages shown after one that is looked for
EMPTY_PAGES_WALKED = 10
PAGES_OF_REPORTS = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some messages of a conversation in the server's order.

    `came` is all that the server sent, expired messages too; `messages` is what may be shown of it. `before` is where
    an older page would begin, None when there is none.
    """

    messages: tuple[Opened, ...]
    came: tuple[Sealed, ...]
    before: Sealed | None = None

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

    Raises StaleConversation also when the server, instead of refusing an old `instance`, answers with nothing: then the
    list may not tell of the messages there are.
    """
    stretch = await _back(account, conversation, None)
    if not stretch.came:
        await check(account, conversation)
    return stretch


async def check(account: Account, conversation: Conversation) -> None:
    """Raise StaleConversation when the conversation was cleared meanwhile: some servers then answer with nothing."""
    current = await account.conversations(fresh=True)
    if current.get(conversation.id, conversation).instance != conversation.instance:
        raise StaleConversation


async def older(account: Account, conversation: Conversation, *, id: str, at: datetime) -> Stretch:
    """The page before the message `id` created `at` (p_8072); it has something to show unless nothing is older."""
    return await _back(account, conversation, _before(account, conversation, id, at))


async def newer(account: Account, conversation: Conversation, *, id: str, at: datetime) -> Stretch:
    """The message `id` created `at` and everything newer (p_4861)."""
    since = _since(account, conversation, id, at)
    page = await account.ask(lambda caller: protocol.download(caller, conversation, since=since), about=conversation)
    account.receipts(conversation).follow(page.reports)
    return await _stretch(account, conversation, page)


async def catch_up_on_reports(account: Account, conversation: Conversation, *, oldest: Sealed) -> None:
    """Take in what was reported of the messages from `oldest` on: a page of fifty messages comes with fifty reports at
    most (p_8072), and in a group each message has several."""
    receipts = account.receipts(conversation)
    for _ in range(PAGES_OF_REPORTS):
        known = len(receipts.reports)
        if receipts.whole or not known or min(receipts.reports.values()) < oldest.created:
            return
        page = await page_before(account, conversation, _before(account, conversation, oldest.id, oldest.created))
        account.take_reports(conversation, page.reports)
        receipts.whole = len(receipts.reports) == known or len(page.reports) < PAGE


async def walk(account: Account, conversation: Conversation) -> AsyncIterator[Stretch]:
    """The pages of a conversation, from the newest back to the oldest."""
    stretch = await newest(account, conversation)
    yield stretch
    passed: set[str] = set()
    while (before := stretch.before) is not None:
        passed.add(before.id)
        stretch = await older(account, conversation, id=before.id, at=before.created)
        if stretch.before is not None and stretch.before.id in passed:
            return  # a server that answers with the same pages again would never let this end
        yield stretch


async def passage(account: Account, conversation: Conversation) -> AsyncIterator[tuple[Page, protocol.Anchor]]:
    """The pages as they came, from the newest back, each with where it begins: nothing of them is opened or remembered.
    What the one after it had is not in it again.

    Raises also Misunderstood where what is before can't be reached: at a page of nothing but malformed messages, or of
    those that came before.
    """
    page, known = await page_before(account, conversation, None), frozenset[str]()
    if not page.messages:
        await check(account, conversation)
    report: Sealed | None = None
    passed: set[str] = set()
    while page.messages:
        oldest = page.messages[0]
        if oldest.id in passed:
            if page.count < PAGE:
                return  # only the message that was asked for what is before it
            raise Misunderstood("the same messages again")
        passed.add(oldest.id)
        report = min(page.reports, key=lambda one: one.created, default=report)
        begins = protocol.Anchor(
            oldest.created, oldest.id, report.created if report else None, report.id if report else ""
        )
        yield page.without(known), begins
        if page.count < PAGE:
            return
        known = page.ids
        page = await page_before(account, conversation, begins)
    if page.skipped:
        raise Misunderstood("a page without any well-formed message")


async def find(account: Account, conversation: Conversation, id: str) -> Sealed | None:
    """Where to look back from so that the message `id` comes with up to 20 newer ones; None: there is no such message.

    Walks back to it from the newest page (p_8072).
    """
    later: tuple[Sealed, ...] = ()
    async for page, _begins in passage(account, conversation):
        known = (*page.messages, *later[:BEYOND])
        at = next((at for at, sealed in enumerate(page.messages) if sealed.id == id), None)
        if at is not None:
            return known[min(at + BEYOND, len(known) - 1)]
        later = page.messages
    return None


async def page_before(account: Account, conversation: Conversation, before: protocol.Anchor | None) -> Page:
    """The page before a place, or the newest one, as it came (p_8072)."""
    return await account.ask(
        lambda caller: protocol.partial_download(
            caller, conversation, before=before, paging=account.dialect.paging, limit=PAGE
        ),
        about=conversation,
    )


async def read(account: Account, conversation: Conversation, messages: Iterable[Sealed]) -> Sequence[Opened]:
    """Messages opened and named, and not remembered."""
    return await with_senders(
        account, conversation, [account.keyring.read(conversation, sealed) for sealed in messages]
    )


async def _back(account: Account, conversation: Conversation, before: protocol.Anchor | None) -> Stretch:
    came: tuple[Sealed, ...] = ()
    for _ in range(EMPTY_PAGES_WALKED):
        page = await page_before(account, conversation, before)
        stretch = await _stretch(account, conversation, page)
        account.receipts(conversation).whole |= len(page.reports) < PAGE
        came = page.messages + came
        if page.messages and page.count >= PAGE:
            stretch = replace(stretch, before=page.messages[0])
        if stretch.messages or stretch.before is None:
            break
        before = _before(account, conversation, stretch.before.id, stretch.before.created)
    return replace(stretch, came=came)


def _before(account: Account, conversation: Conversation, id: str, at: datetime) -> protocol.Anchor:
    """A message to look back from, and where the walk back through the reports stands: at the oldest seen."""
    reports = account.receipts(conversation).reports
    oldest = min(reports, key=lambda id: reports[id], default=None)
    return protocol.Anchor(at, id, reports[oldest] if oldest else None, oldest or "")


def _since(account: Account, conversation: Conversation, id: str, at: datetime) -> protocol.Anchor:
    """A message to look forward from, with the place up to which all reports are known; at first that is the first one
    that can speak of it or of what came later."""
    receipts = account.receipts(conversation)
    if receipts.since is not None:
        return protocol.Anchor(at, id, receipts.since.created, receipts.since.id)
    reports = receipts.reports
    later = [id for id, created in reports.items() if created >= at]
    first = min(later, key=lambda id: reports[id]) if later else max(reports, key=lambda id: reports[id], default=None)
    return protocol.Anchor(at, id, reports[first] if first else None, first or "")


async def _stretch(account: Account, conversation: Conversation, page: Page) -> Stretch:
    if page.skipped:
        logger.warning("%d malformed messages in a page were passed over", page.skipped)
    account.take_reports(conversation, page.reports)
    now, came = timezone.now(), page.without().messages
    opened = [account.keyring.open(conversation, sealed) for sealed in came if sealed.validuntil > now]
    return Stretch(messages=tuple(await with_senders(account, conversation, opened)), came=came)


async def with_senders(account: Account, conversation: Conversation, opened: Sequence[Opened]) -> Sequence[Opened]:
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
