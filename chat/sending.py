"""Saying something, once: one id from the browser to the server, and no guess about what became of it.

Every answer to Add other than a parsed OK or a parsed refusal leaves the outcome unknown. Then the server is asked what
it holds, and the message is only sent again when it is not there.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import Error, IntegrityError
from django.utils import timezone

from chat import history
from chat.account import Account
from chat.keyring import Opened
from chat.models import Sending
from chat.ozeki import plaintext, protocol, wire
from chat.ozeki.errors import Locked, OzekiError, Refused, StaleConversation, TimedOut
from chat.ozeki.models import Conversation, Message, Sealed
from chat.station import SignInEndedError

logger = logging.getLogger(__name__)

State = Sending.State
KEPT = timedelta(days=30)  # longer than a browser is likely to be closed on a message that it will try again
# Longer than one Add can take: with a sign-in again on its way it is five calls, each with its time-out.
ABANDONED = timedelta(seconds=120)
LOOK_AGAIN = 0.1  # seconds, at what another request makes of the message
# The slot says which process, what follows in which of its lives.
PROCESS = f"{settings.PROCESS_SLOT}:{secrets.token_hex(8)}"
# A message's `Created` is this process's clock and the server's order may use its own: look a little further back.
CLOCKS_DIFFER = timedelta(minutes=2)


class IdTakenError(Exception):
    """The id belongs to another message: another person's, or one in another conversation."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as the server holds it. `instance`: of the conversation it is in, None if it is gone from there or has
    expired."""

    opened: Opened
    instance: str | None

    def differs(self, text: str) -> bool:
        """Whether it is known to have other words than these, which came with the same id later."""
        return self.opened.message is not None and self.opened.message.text != wire.clean(text)


async def say(account: Account, conversation: Conversation, *, text: str, id: str) -> Said:
    """Send `text` as the message `id` (p_8073).

    The same id again waits for the first request's outcome and sends nothing twice. Raises IdTakenError, Refused,
    Locked, or Unreachable, TimedOut and Misunderstood when the outcome is unknown: then the same call settles it.
    """
    # A browser that leaves must not leave the outcome unrecorded.
    task = asyncio.ensure_future(_say(account, conversation, text, id))
    account.sending.add(task)
    task.add_done_callback(account.sending.discard)
    return await asyncio.shield(task)


async def _say(account: Account, conversation: Conversation, text: str, id: str) -> Said:
    row, before = await _claim(account, conversation, id)
    # What it is left in if this try fails: refused only as long as no Add of this id has an unknown outcome.
    row.state = before if before in (State.UNKNOWN, State.SENT) else State.REFUSED
    created = None
    try:
        said = await _settled(account, conversation, row, text)
        row.state, created = State.SENT, said.opened.sealed.created
    except (Refused, StaleConversation, Locked, SignInEndedError):
        raise
    except BaseException:
        row.state = State.UNKNOWN if row.state == State.REFUSED else row.state
        raise
    finally:
        # Unless it took so long that another request has taken over, and says what became of it.
        ours = Sending.objects.filter(pk=row.pk, tried=row.tried)
        try:
            await ours.aupdate(state=row.state, tried=row.tried if created is None else created)
        except Error as trouble:  # the row still says that it was begun, so the same id again looks first
            logger.warning("what became of a message could not be noted: %s", type(trouble).__name__)
    return said


async def sweep() -> None:
    """Forget the messages that no browser will try again."""
    await Sending.objects.filter(started__lt=timezone.now() - KEPT).adelete()


async def _settled(account: Account, conversation: Conversation, row: Sending, text: str) -> Said:
    match row.state:
        case State.SENT:
            own, instance = _own(account, _sealed(account, conversation, row, text), text), conversation.instance
            try:
                held = await _look(account, conversation, row)
            except OzekiError:
                return Said(own, instance)
            return held or Said(own, None)  # expired or cleared: it was sent, and is never sent again
        case State.UNKNOWN:
            held = await _look(account, conversation, row)
            return held or await _send(account, conversation, row, text)
        case _:
            return await _send(account, conversation, row, text)


async def _claim(account: Account, conversation: Conversation, id: str) -> tuple[Sending, str]:
    """The row of the message `id`, ours to settle, and the state it was left in ("" when it is new)."""
    now = timezone.now()
    try:
        row = await Sending.objects.acreate(
            message_id=id,
            userid=account.userid,
            conversation=conversation.id,
            started=now,
            tried=now,
            process=PROCESS,
        )
    except IntegrityError:
        return await _take_over(account, conversation, id)
    return row, ""


async def _take_over(account: Account, conversation: Conversation, id: str) -> tuple[Sending, str]:
    while True:
        row = await Sending.objects.aget(message_id=id)
        if (row.userid, row.conversation) != (account.userid, conversation.id):
            raise IdTakenError
        now, state = timezone.now(), State(row.state)
        if state is State.STARTED and row.tried > now - ABANDONED and not _orphaned(row):
            await asyncio.sleep(LOOK_AGAIN)
            continue
        if state is State.STARTED:
            state = State.UNKNOWN
        claim = Sending.objects.filter(pk=row.pk, state=row.state, tried=row.tried)
        if await claim.aupdate(state=State.STARTED, tried=now, process=PROCESS):
            row.tried = now
            return row, state


def _orphaned(row: Sending) -> bool:
    """Whether the process that tried it is this one before it was started anew: it will never say what became of it."""
    return row.process != PROCESS and row.process.rpartition(":")[0] == settings.PROCESS_SLOT


async def _send(account: Account, conversation: Conversation, row: Sending, text: str) -> Said:
    """Add the message. An unknown outcome is looked up, and tried once more when it can only have failed."""
    for last in (False, True):
        try:
            return await _add(account, conversation, row, text)
        except StaleConversation:
            if last:
                raise
            # Another device cleared it in the meantime; what is being said belongs to what is there now.
            conversation = await account.conversation(conversation.id)
        except (Refused, Locked):
            raise
        except OzekiError as trouble:
            row.state = State.UNKNOWN
            held = await _look(account, conversation, row)
            if held is not None:
                return held
            if last or isinstance(trouble, TimedOut) or not await _renewed(row):
                raise  # after a time-out the server may still be at it: not there now does not mean never
    raise AssertionError("unreachable")


async def _renewed(row: Sending) -> bool:
    """Begin another try. False: another request has taken the row over."""
    now = timezone.now()
    if not await Sending.objects.filter(pk=row.pk, tried=row.tried).aupdate(tried=now):
        return False
    row.tried = now
    return True


async def _add(account: Account, conversation: Conversation, row: Sending, text: str) -> Said:
    sealed = _sealed(account, conversation, row, text)
    await account.ask(lambda caller: protocol.add(caller, conversation, sealed), about=conversation)
    return Said(_own(account, sealed, text), conversation.instance)


def _sealed(account: Account, conversation: Conversation, row: Sending, text: str) -> Sealed:
    created = row.tried.replace(microsecond=0)
    validuntil = created + timedelta(seconds=account.dialect.message.validfor)
    data = account.keyring.seal(conversation, plaintext.compose(account.dialect, sender=account.userid, text=text))
    return Sealed(id=row.message_id, type="Message", created=created, validuntil=validuntil, data=data)


def _own(account: Account, sealed: Sealed, text: str) -> Opened:
    return Opened(sealed, Message(account.userid, text))


async def _look(account: Account, conversation: Conversation, row: Sending) -> Said | None:
    """The message as the server holds it, an expired one too; None when it does not."""
    horizon = row.started - CLOCKS_DIFFER
    async for stretch in history.walk(account, conversation):
        for opened in stretch.messages:
            if opened.sealed.id == row.message_id:
                return Said(opened, conversation.instance)
        gone = [sealed for sealed in stretch.came if sealed.id == row.message_id]
        if gone:  # it arrived, and has expired since
            return Said((await history.read(account, conversation, gone))[0], None)
        if stretch.before is None or stretch.before.created < horizon:
            break
    return None
