"""Messages and reports in the server's order, and the two ways of asking for a part of them."""

from __future__ import annotations

import uuid
from bisect import bisect_left, insort_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

FORMAT = "%Y-%m-%d %H:%M:%S"
_created = attrgetter("created")


def stamp(moment: datetime) -> str:
    """UTC, as the protocol writes time."""
    return moment.astimezone(UTC).strftime(FORMAT)


def moment(text: str) -> datetime:
    """The moment a time string names; ValueError when it is not exactly of the protocol's format."""
    parsed = datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    if stamp(parsed) != text:
        raise ValueError(text)
    return parsed


class Item(NamedTuple):
    """A message or a report as it travels and is held. Times stay strings: in this format they sort as time does."""

    id: str
    type: str
    created: str
    validuntil: str
    data: str

    @classmethod
    def new(cls, type: str, data: str, *, validfor: timedelta) -> Item:
        now = datetime.now(UTC)
        return cls(str(uuid.uuid4()), type, stamp(now), stamp(now + validfor), data)

    def moment(self) -> datetime:
        return moment(self.created)

    def json(self) -> dict[str, str]:
        """As p_4861 shows it."""
        return {
            "ID": self.id,
            "Type": self.type,
            "Created": self.created,
            "ValidUntil": self.validuntil,
            "Data": self.data,
        }


def plain(id: str) -> str:
    """An id to compare by: the list names a report by its UUID without dashes, the report itself with them."""
    return id.replace("-", "").lower()


class Timeline:
    """Ascending by `Created`, then by arrival."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items = sorted(items, key=_created)
        self._by_id = {plain(item.id): item for item in self.items}

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def get(self, id: str) -> Item | None:
        return self._by_id.get(plain(id))

    def newest(self) -> Item:
        return self.items[-1]

    def last_id(self) -> str:
        return self.items[-1].id if self.items else ""

    def add(self, item: Item) -> None:
        insort_right(self.items, item, key=_created)
        self._by_id.setdefault(plain(item.id), item)

    def _place(self, created: str, id: str) -> int:
        """Where the anchor stands: at the item itself, or, when it isn't held, before the first of its second."""
        start = place = bisect_left(self.items, created, key=_created)
        while place < len(self.items) and self.items[place].created == created:
            if plain(self.items[place].id) == plain(id):
                return place
            place += 1
        return start

    def contradicts(self, created: str, id: str) -> bool:
        """Is something of this id held, but nothing of this id and date?"""
        if self.get(id) is None:
            return False
        place = self._place(created, id)
        return place == len(self.items) or plain(self.items[place].id) != plain(id)

    def before(self, created: str, id: str, limit: int) -> list[Item]:
        """At most `limit` items strictly older than the anchor, the newest of them; no anchor: the newest of all."""
        end = self._place(created, id) if created else len(self.items)
        return self.items[max(0, end - limit) : end]

    def since(self, created: str, id: str) -> list[Item]:
        """The anchor and everything newer; no anchor: everything."""
        return self.items[self._place(created, id) :] if created else list(self.items)
