"""How far people have read: a marker for each person and conversation. It moves only forward, unless it is put back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async

from chat.models import ReadMarker
from chat.ozeki.models import Conversation, Sealed
from chat.ozeki.wire import MESSAGE_ID

BEGINNING = datetime.fromtimestamp(0, UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Marker:
    """How far somebody has read a conversation, without what the database needs: many are held in memory."""

    instance: str
    message_id: str
    date: datetime


async def everywhere(userid: str) -> dict[str, Marker]:
    """A person's markers by conversation."""
    rows = ReadMarker.objects.filter(userid=userid).values_list("conversation", "instance", "message_id", "date")
    return {conversation: Marker(instance, id, date) async for conversation, instance, id, date in rows}


async def find(userid: str, conversation: Conversation) -> Marker | None:
    """A person's marker in a conversation; None before its first sight."""
    found = ReadMarker.objects.filter(userid=userid, conversation=conversation.id)
    place = await found.values_list("instance", "message_id", "date").afirst()
    return Marker(*place) if place else None


async def begin(userid: str, conversations: Iterable[Conversation], *, unread: Collection[str]) -> None:
    """Set the markers of conversations seen for the first time: after all that is in them; for `unread`, before it."""
    made = []
    for one in conversations:
        empty = not one.lastmessageid or one.id in unread
        date = BEGINNING if empty else datetime.fromtimestamp(one.lastaccess, UTC)
        # Senders make the ids: one that no message can have here, nor a database keep, must not cost the other markers.
        id = one.lastmessageid if not empty and MESSAGE_ID.fullmatch(one.lastmessageid) else ""
        made.append(ReadMarker(userid=userid, conversation=one.id, instance=one.instance, message_id=id, date=date))
    await ReadMarker.objects.abulk_create(made, ignore_conflicts=True)


def after(marker: Marker, conversation: Conversation, came: Sequence[Sealed], *, whole: bool) -> Sequence[Sealed]:
    """Those of a conversation's newest messages, in the server's order, that the marker has not passed.

    The order counts, as dates are whole seconds; where the marker's own message did not come, its date has to do. Of
    that very second all are beyond it, as it stands before the page, unless this is the `whole` conversation. In one
    that was cleared everything is new.
    """
    if marker.instance != conversation.instance:
        return came
    place = next((place for place, sealed in enumerate(came) if sealed.id == marker.message_id), None)
    if place is not None:
        return came[place + 1 :]
    return [sealed for sealed in came if sealed.created > marker.date or (not whole and sealed.created == marker.date)]


@sync_to_async  # in one go
def forward(userid: str, conversation: Conversation, id: str, at: datetime, *, order: Sequence[str]) -> None:
    """Move the marker to the message `id` created `at`, unless it stands there or further on.

    `order`: ids in the server's order, which decides within one second.
    """
    place = {"instance": conversation.instance, "message_id": id, "date": at}
    while True:
        marker, made = ReadMarker.objects.get_or_create(userid=userid, conversation=conversation.id, defaults=place)
        if made or (marker.instance == conversation.instance and not _passes(marker, id, at, order)):
            return
        # Two tabs may both be moving it: only from where it was seen to stand.
        stood = {"instance": marker.instance, "message_id": marker.message_id, "date": marker.date}
        if ReadMarker.objects.filter(pk=marker.pk, **stood).update(**place):
            return


def _passes(marker: ReadMarker, id: str, at: datetime, order: Sequence[str]) -> bool:
    if at != marker.date or marker.message_id not in order:
        return at >= marker.date and id != marker.message_id
    return id in order and order.index(id) > order.index(marker.message_id)


async def put_before(userid: str, conversation: Conversation, at: datetime, before: Sealed | None) -> None:
    """Put the marker just before a message created `at`; `before` is the one that stands there, None if none does."""
    id, date = (before.id, before.created) if before else ("", at - SECOND)
    place = {"instance": conversation.instance, "message_id": id, "date": date}
    await ReadMarker.objects.aupdate_or_create(userid=userid, conversation=conversation.id, defaults=place)
