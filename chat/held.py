"""The newest page of a conversation that some tab shows, and what a fresh look at it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from chat.history import Stretch
from chat.keyring import Opened
from chat.ozeki.models import Conversation, Sealed

HELD = 50


@dataclass(frozen=True, slots=True)
class Change:
    """What tabs must draw: rows to place by `order`, others that stand elsewhere by now, and rows to take away."""

    rows: tuple[Opened, ...] = ()
    order: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.order or self.removed)


class Held:
    """Messages by id in the server's order; at most the newest 50."""

    def __init__(self, conversation: Conversation, stretch: Stretch | None = None) -> None:
        self.instance = conversation.instance
        self.messages: dict[str, Opened] = {}
        self.came: frozenset[str] = frozenset()  # all that is known to be there, what expired too
        self.said: set[str] = set()  # what is known only because it was said here
        self.whole = stretch is None or stretch.before is None  # nothing is older than what is held
        if stretch is not None:
            self.take(stretch)

    @property
    def oldest(self) -> Opened | None:
        """The next Download's anchor: `Created` is the sender's clock, so what arrives last need not sort last."""
        return next(iter(self.messages.values()), None)

    @property
    def newest(self) -> Opened | None:
        """The last message, as the server orders them."""
        return next(reversed(self.messages.values()), None) if self.messages else None

    def take(self, stretch: Stretch, *, asked: frozenset[str] = frozenset()) -> Change:
        """Merge what came and say what it changes.

        `asked` are the ids held when it was asked for: one of those that did not come back is gone, one that came in
        meanwhile is not.
        """
        came, fresh = stretch.ids, {opened.sealed.id: opened for opened in stretch.messages}
        held = self.messages
        changed = {id for id, opened in fresh.items() if opened is not held.get(id) and opened != held.get(id)}
        removed = [id for id in self.messages if id in asked and id not in came and self._spanned(id, stretch)]
        kept = {id: opened for id, opened in self.messages.items() if id not in fresh and id not in removed}
        merged = _in_order(self.messages, kept, fresh)
        self.came = came.union(kept)
        before = list(self.messages)
        self.messages = dict(list(merged.items())[-HELD:])
        self.whole = self.whole and len(merged) <= HELD and stretch.before is None
        # Where one stands that is older than all that were known can't be said, unless it is held.
        known = next((place for place, id in enumerate(merged) if id in before), -1)
        new = {id for place, id in enumerate(merged) if id in changed and (place > known or id in self.messages)}
        return Change(
            rows=tuple(opened for id, opened in fresh.items() if id in new),
            order=_order(merged, new | _moved(before, merged, new)),
            removed=tuple(removed),
        )

    def say(self, opened: Opened) -> Change:
        """Put what was said here after all that is known of its second and before."""
        before = (one for one in self.messages.values() if one.sealed.created <= opened.sealed.created)
        messages = (*before, opened)
        self.said.add(opened.sealed.id)
        return self.take(Stretch(messages, tuple(one.sealed for one in messages)))

    def lacking(self, stretch: Stretch) -> Change:
        """What a page that was fetched before lacks of what is known by now: all that stands below its first one."""
        came, held = stretch.ids, list(self.messages)
        first = next((place for place, id in enumerate(held) if id in came), 0)
        ids = [id for id in held[first:] if id not in came]
        return Change(rows=tuple(self.messages[id] for id in ids), order=_order(self.messages, set(ids)))

    def joins(self, stretch: Stretch) -> bool:
        """Whether nothing can lie unseen between what is held and what came: one's own may stand further on already."""
        if not self.messages:
            return stretch.before is None  # more than a page where there was nothing
        begins = stretch.before is None or stretch.came[0].id in self.came
        return begins and not stretch.ids.isdisjoint(self.messages)

    def reaches(self, sealed: Sealed) -> bool:
        """Whether a message's place can be told: not when as many newer ones are known as are held."""
        return self.whole or self.oldest is None or sealed.created > self.oldest.sealed.created

    def _spanned(self, id: str, stretch: Stretch) -> bool:
        """Whether a message that is still there would have come with the stretch."""
        return stretch.before is None or self.messages[id].sealed.created > stretch.before.created


def _order(ids: Iterable[str], new: Collection[str]) -> tuple[str, ...]:
    """From just before the first new message to the end."""
    ordered = tuple(ids)
    first = next((place for place, id in enumerate(ordered) if id in new), None)
    return () if first is None else ordered[max(first - 1, 0) :]


def _moved(before: Iterable[str], merged: Collection[str], new: Collection[str]) -> set[str]:
    """Those that do not stand where they stood among the ones that were known: one's own was put by its date."""
    stood = {id: None for id in before if id in merged and id not in new}
    stand = (id for id in merged if id in stood)
    return {id for id, other in zip(stand, stood, strict=True) if id != other}


def _in_order(known: Iterable[str], kept: Mapping[str, Opened], fresh: Mapping[str, Opened]) -> dict[str, Opened]:
    """Both, the fresh ones in the server's order. A kept one stands before what it was known to stand before, and after
    all that is new of its second: it is only kept because it came after these were asked for."""
    places = {id: place for place, id in enumerate(known)}
    merged: dict[str, Opened] = {}
    waiting = list(kept.items())
    for id, opened in fresh.items():
        while waiting and (
            waiting[0][1].sealed.created < opened.sealed.created or places[waiting[0][0]] < places.get(id, -1)
        ):
            merged.update([waiting.pop(0)])
        merged[id] = opened
    merged.update(waiting)
    return merged
