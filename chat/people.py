"""The people one may talk to, as pages show them, and whether each still has the key that was seen before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from chat import presenting
from chat.account import Account, NotTheirsError
from chat.models import SeenKey
from chat.ozeki import crypto
from chat.ozeki.models import Conversation, Friend
from chat.presence import AVAILABLE, OFFLINE, presence
from chat.rendering import initials, plain_name


@dataclass(frozen=True, slots=True)
class Card:
    """A friend. `fingerprint` is their key's, `accepted` that of the key last accepted, `conversation` the id of the
    conversation of these two alone; each is "" where there is none."""

    userid: str
    name: str
    presence: str
    fingerprint: str
    accepted: str
    conversation: str
    initials: str
    hue: str

    @property
    def changed(self) -> bool:
        """Whether this key is another than the one last accepted."""
        return bool(self.fingerprint) and self.fingerprint != self.accepted

    @property
    def order(self) -> tuple[bool, bool, str]:
        """Where it stands among others: who is available first, who is away last."""
        return self.presence != AVAILABLE, self.presence == OFFLINE, presenting.folded(self.name)


async def cards(account: Account) -> list[Card]:
    """All friends. Keys seen for the first time are remembered."""
    conversations, friends = await asyncio.gather(account.conversations(), account.friends())
    fingerprints = {friend.userid: crypto.fingerprint(friend.publickey) for friend in friends.values()}
    accepted = await _accepted(account.userid, fingerprints)
    alone = _by_people(conversations.values())
    shown = (
        _card(friend, fingerprints[friend.userid], accepted, alone.get(frozenset((account.userid, friend.userid))))
        for friend in friends.values()
    )
    return sorted(shown, key=lambda card: card.order)


async def card(account: Account, userid: str) -> Card:
    """One friend. Raises NotTheirsError."""
    for one in await cards(account):
        if one.userid == userid:
            return one
    raise NotTheirsError


async def accept(account: Account, userid: str, fingerprint: str) -> bool:
    """Take a friend's key, as it was shown, for theirs. False: the key is another by now. Raises NotTheirsError."""
    friend = (await account.friends(fresh=True)).get(userid)
    if friend is None:
        raise NotTheirsError
    if not fingerprint or fingerprint != crypto.fingerprint(friend.publickey):
        return False
    values = {"fingerprint": fingerprint, "seen": timezone.now()}
    await SeenKey.objects.aupdate_or_create(userid=account.userid, friend=userid, defaults=values)
    return True


def direct(account: Account, conversations: Iterable[Conversation], userid: str) -> Conversation | None:
    """The conversation of the person and this one alone; None when the server has none."""
    return _by_people(conversations).get(frozenset((account.userid, userid)))


def _by_people(conversations: Iterable[Conversation]) -> dict[frozenset[str], Conversation]:
    """The conversations that are no groups by who is in them; the first one where there are several."""
    found: dict[frozenset[str], Conversation] = {}
    for one in conversations:
        if not one.isgroup:
            found.setdefault(frozenset(one.participantids), one)
    return found


async def _accepted(userid: str, fingerprints: Mapping[str, str]) -> dict[str, str]:
    accepted = {key.friend: key.fingerprint async for key in SeenKey.objects.filter(userid=userid)}
    fresh = {friend: one for friend, one in fingerprints.items() if one and friend not in accepted}
    now = timezone.now()
    keys = [SeenKey(userid=userid, friend=friend, fingerprint=one, seen=now) for friend, one in fresh.items()]
    if keys:
        await SeenKey.objects.abulk_create(keys, ignore_conflicts=True)
    return accepted | fresh


def _card(friend: Friend, fingerprint: str, accepted: Mapping[str, str], conversation: Conversation | None) -> Card:
    name = plain_name(friend.name) or friend.userid
    return Card(
        userid=friend.userid,
        name=name,
        presence=presence(friend),
        fingerprint=fingerprint,
        accepted=accepted.get(friend.userid, ""),
        conversation=conversation.id if conversation else "",
        initials=initials(name),
        hue=presenting.hue(friend.userid),
    )
