"""One message to a conversation that the administrator named, and whether it is there afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chat.meeting.rows import Row
from chat.meeting.walk import Walk
from chat.ozeki import crypto, plaintext, protocol
from chat.ozeki.errors import Locked
from chat.ozeki.models import Conversation, Sealed
from chat.ozeki.protocol import Anchor

TEXT = "Test message of ozeki check"
WHAT = "Message"


class NotFoundError(LookupError):
    """Which conversation is meant is not clear: a sentence."""


def find(conversations: Iterable[Conversation], name: str, userid: str) -> Conversation:
    """Return the conversation with this id, or whose other participants are called so. Raises NotFoundError."""
    wanted = name.strip().casefold()
    found = [each for each in conversations if wanted in (each.id, readers(each, userid).casefold())]
    if not found:
        raise NotFoundError("no conversation is called so, and none has this id")
    if len(found) > 1:
        raise NotFoundError(f"several are called so; name one by its id: {' '.join(each.id for each in found)}")
    return found[0]


def readers(conversation: Conversation, userid: str) -> str:
    """Return who will read what this person writes there."""
    others = [person.username for person in conversation.participants if person.userid != userid]
    return ", ".join(others) or "nobody else"


def ready(walk: Walk) -> bool:
    """Tell whether what would be sent is what the official client can read, as far as that could be found out."""
    return walk.key is not None and walk.caller is not None and all(row.verdict != "differs" for row in walk.dialect)


async def send(walk: Walk, conversation: Conversation) -> Row:
    """Send the message, look for it by Download, and open it."""
    dialect, caller = walk.server.dialect, walk.caller
    if caller is None or walk.key is None:
        raise ValueError("nobody who can send is signed in")
    created = datetime.now(UTC).replace(microsecond=0)
    validuntil = created + timedelta(seconds=dialect.message.validfor)
    try:
        key = crypto.unwrap(dialect, walk.key, conversation.secret)
    except Locked:
        return Row("failed", WHAT, "not sent: this conversation's secret does not unwrap")
    content = plaintext.compose(dialect, sender=caller.userid, text=TEXT)
    data = crypto.encrypt(dialect, key, content)
    message = Sealed(str(uuid.uuid4()), "Message", created, validuntil, data)
    await walk.ask(protocol.add(caller, conversation, message))
    page = await walk.ask(protocol.download(caller, conversation, since=Anchor(created, message.id)))
    held = next((each for each in page.messages if each.id == message.id), None) if page else None
    if held is None:
        return Row("differs", WHAT, "it is not there afterwards, or could not be looked for")
    try:
        same = plaintext.read(dialect, crypto.decrypt(dialect, key, held.data)).text == TEXT
    except Locked:
        same = False
    return Row("ok", WHAT, "sent and read back") if same else Row("differs", WHAT, "it came back changed")
