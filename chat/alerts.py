"""Alerts: a sentence put in front of named people, kept for those who are away, and who has it."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chat.drafting import Draft
from chat.models import Alert, AlertFor, Person

AT_A_TIME = 5  # in front of one person; the next ones come when these are put away
LISTED = 10
LOOK_EVERY = 0.05  # seconds
LONGEST_NAME = 320


class OtherWordsError(Exception):
    """An alert with this id was sent already, and says something else."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who of its people has an alert: the userids of those who put it away, had it shown, or have yet to come."""

    seen: list[str]
    shown: list[str]
    waiting: list[str]


# To whom


def email_md5(email: str) -> str:
    """An e-mail address as Ozeki makes a userid of it, the only form in which it is kept."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()


async def known(names: Collection[str] | None) -> tuple[dict[str, str], list[str]]:
    """Everybody named by userid or e-mail, None being everyone: their userids, each with the name as it was given.
    And the names that nobody has."""
    people = Person.objects.values_list("userid", "email_md5")
    if names is None:
        return {userid: userid async for userid, _ in people.order_by("userid")}, []
    given = {name: name.strip() for name in names}
    asked = [name for name in given.values() if len(name) <= LONGEST_NAME and name.isprintable()]
    emails = {name: email_md5(name) for name in asked}
    found = people.filter(Q(userid__in=asked) | Q(email_md5__in=emails.values()))
    md5s = {userid: md5 async for userid, md5 in found}
    by_email: dict[str | None, str] = {md5: userid for userid, md5 in md5s.items()}
    meant = {name: plain if plain in md5s else by_email.get(emails.get(plain)) for name, plain in given.items()}
    return {userid: name for name, userid in meant.items() if userid}, [name for name in meant if not meant[name]]


# Sending


async def send(draft: Draft, userids: Iterable[str], *, id: uuid.UUID, sender: str = "") -> None:
    """Keep an alert for these people. The same id again makes no second one; raises OtherWordsError if it says
    something else."""
    await sweep()
    said = {"sender": sender, "text": draft.text, "link": draft.link}
    times = {"created": timezone.now(), "expires": draft.expires}
    alert, _ = await Alert.objects.aget_or_create(id=id, defaults=said | times)
    if (alert.sender, alert.text, alert.link) != (sender, draft.text, draft.link):
        raise OtherWordsError
    await AlertFor.objects.abulk_create(
        [AlertFor(alert=alert, userid=userid) for userid in userids], ignore_conflicts=True
    )


async def standing(id: uuid.UUID) -> Standing:
    """Who has it by now."""
    found = Standing([], [], [])
    people = AlertFor.objects.filter(alert=id).order_by("id").values_list("userid", "shown", "seen")
    async for userid, shown, seen in people:
        (found.seen if seen else found.shown if shown else found.waiting).append(userid)
    return found


async def sent() -> list[Alert]:
    """The newest alerts that have not expired, newest first."""
    rows = Alert.objects.filter(expires__gt=timezone.now()).order_by("-created", "id")[:LISTED]
    return [alert async for alert in rows]


async def settle(id: uuid.UUID, until: float) -> Standing:
    """Who has it as soon as all have, or else when the loop's clock says `until`."""
    now = asyncio.get_running_loop().time
    missing = AlertFor.objects.filter(alert=id, shown=None, seen=None)
    while now() + LOOK_EVERY < until and await missing.aexists():  # noqa: ASYNC110 - tabs of other processes say so, too
        await asyncio.sleep(LOOK_EVERY)
    return await standing(id)


# Whom it is for


async def waiting(userid: str) -> list[Alert]:
    """The newest alerts that a person has not put away, oldest first."""
    theirs = AlertFor.objects.filter(alert=OuterRef("pk"), userid=userid, seen=None)
    rows = Alert.objects.filter(Exists(theirs), expires__gt=timezone.now()).order_by("-created", "id")[:AT_A_TIME]
    return [alert async for alert in rows][::-1]


async def note_shown(userid: str, ids: Collection[uuid.UUID]) -> None:
    """A tab of this person shows these alerts."""
    await AlertFor.objects.filter(userid=userid, alert__in=ids, shown=None).aupdate(shown=timezone.now())


async def note_seen(userid: str, id: uuid.UUID) -> None:
    """This person put an alert away. When everybody has, its words go; who had it stays until it expires."""
    if not await AlertFor.objects.filter(userid=userid, alert=id, seen=None).aupdate(seen=timezone.now()):
        return
    unseen = AlertFor.objects.filter(alert=OuterRef("pk"), seen=None)
    await Alert.objects.filter(~Exists(unseen), id=id).aupdate(text="", link="")


async def sweep() -> None:
    """Forget what has expired."""
    await Alert.objects.filter(expires__lte=timezone.now()).adelete()
