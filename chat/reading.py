"""What a person does with what there is to read: read on, mark as unread, let the senders know."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chat import history, markers
from chat.account import Account
from chat.keyring import Opened
from chat.ozeki import protocol
from chat.ozeki.models import Conversation, Sealed

PAGES = 8  # a browser keeps as many rows


async def read(account: Account, conversation: Conversation, id: str, *, page: Sequence[Opened]) -> bool:
    """Move the marker forward to the message `id`. False: it is none of the conversation's.

    `page`: the newest messages, if they are held. Within the marker's own second the server's order has to be known.
    """
    at, order = account.keyring.created(conversation, id), _sealed(page)
    marker = await markers.find(account.userid, conversation)
    if at is None or (marker is not None and marker.date == at and not _has(order, id, marker.message_id)):
        order = await _back_to(account, conversation, id)
        at = next((sealed.created for sealed in order if sealed.id == id), at)
    if at is None:
        return False
    await markers.forward(account.userid, conversation, id, at, order=[sealed.id for sealed in order])
    return True


async def written(
    account: Account,
    conversation: Conversation,
    opened: Opened,
    *,
    before: Sequence[Opened],
    page: Sequence[Opened],
) -> None:
    """Whoever writes has read what was there `before`, also what a clock that is ahead has put below their own message;
    not what is in the `page` only since."""
    known, order = {one.sealed.id for one in (opened, *before)}, [one.sealed.id for one in page]
    last = next((one for one in reversed(page) if one.sealed.id in known), opened).sealed
    await markers.forward(account.userid, conversation, last.id, last.created, order=order)


async def unread(account: Account, conversation: Conversation, id: str, *, page: Sequence[Opened]) -> bool:
    """Put the marker just before the message `id`; "" is the last one of the others. False: there is none such."""
    if not id:
        page = page or (await history.newest(account, conversation)).messages
        id = next((opened.sealed.id for opened in reversed(page) if not account.sent(opened)), "")
    order = _sealed(page)
    if id and not _has(order, id):
        order = await _back_to(account, conversation, id)
    place = next((place for place, sealed in enumerate(order) if sealed.id == id), None)
    at = account.keyring.created(conversation, id) if place is None else order[place].created
    if at is None:
        return False
    await markers.put_before(account.userid, conversation, at, order[place - 1] if place else None)
    return True


async def report(account: Account, conversation: Conversation, ids: Sequence[str]) -> bool:
    """Tell the senders of these messages that they were seen (p_8036), each once. False: none is the conversation's."""
    messages = await _known(account, conversation, ids)
    if not messages:  # another process, or this one before a restart, showed them
        await _back_to(account, conversation, ids[0])
        messages = await _known(account, conversation, ids)
    if not messages:
        return False
    told = account.receipts(conversation).told
    news = [one.sealed for one in messages if one.message and not account.sent(one) and one.sealed.id not in told]
    if news and (await account.preferences()).receipts:
        told.update(dict.fromkeys(sealed.id for sealed in news))  # at once: another tab may have seen the same
        try:
            await account.ask(lambda caller: protocol.report(caller, conversation, news), about=conversation)
        except BaseException:
            for sealed in news:
                told.pop(sealed.id, None)
            raise
    return True


async def seen(account: Account, conversation: Conversation, id: str, *, page: Sequence[Opened]) -> None:
    """Tell the senders of what a page that ends with the message `id` shows that it was seen (p_8036), each once.

    `page`: the newest messages, if they are held.
    """
    order = _sealed(page)
    if not _has(order, id):
        order = await _back_to(account, conversation, id)
    ids = [sealed.id for sealed in order]
    if id in ids:
        await report(account, conversation, ids[: ids.index(id) + 1])


async def _back_to(account: Account, conversation: Conversation, id: str) -> Sequence[Sealed]:
    """The newest messages in the server's order, back to `id`, or as far as anybody is likely to have it on screen."""
    came: tuple[Sealed, ...] = ()
    pages = 0
    async for stretch in history.walk(account, conversation):
        came, pages = stretch.came + came, pages + 1
        if id in stretch.ids or pages == PAGES:
            break
    return came


async def _known(account: Account, conversation: Conversation, ids: Collection[str]) -> Sequence[Opened]:
    found = [opened for id in dict.fromkeys(ids) if (opened := account.keyring.find(conversation, id)) is not None]
    return await history.with_senders(account, conversation, found)


def _sealed(messages: Sequence[Opened]) -> Sequence[Sealed]:
    return [opened.sealed for opened in messages]


def _has(order: Sequence[Sealed], *ids: str) -> bool:
    return {sealed.id for sealed in order}.issuperset(ids)
