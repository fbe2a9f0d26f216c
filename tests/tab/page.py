"""What stands on a page, as it is read of the portal's HTML, and where a row belongs (`models/rows.js`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.visitor import Document, Message, messages


@dataclass
class Row:
    """A message as a tab shows it."""

    id: str
    sender: str
    text: str
    state: str

    @property
    def on_its_way(self) -> bool:
        return self.state in ("pending", "failed")


@dataclass
class Place:
    """A conversation in the sidebar."""

    order: int
    favorite: bool
    unread: str


@dataclass
class Pane:
    """A conversation as a tab shows it. `older`: something may be before its first row."""

    conversation: str
    instance: str
    rows: list[Row]
    older: str = ""
    told: set[str] = field(default_factory=set)

    def row(self, id: str) -> Row | None:
        return next((row for row in self.rows if row.id == id), None)

    def held(self, id: str) -> Row | None:
        row = self.row(id)
        return row if row and not row.on_its_way else None

    @property
    def settled(self) -> list[Row]:
        return [row for row in self.rows if not row.on_its_way]

    def place(self, fresh: dict[str, Row], ids: Iterable[str]) -> None:
        """Put rows in the order given; those that are known change where they stand."""
        copies = [row for row in self.rows if row.on_its_way and row.id not in fresh]
        order = woven([row.id for row in self.settled], list(ids))
        for id, row in fresh.items():
            known = self.row(id)
            if known is not None:
                copied = known.on_its_way
                known.sender, known.text, known.state = row.sender, row.text, row.state
                if copied and any(self._at(copy) < self._at(known) for copy in copies):
                    self._remove(known)
                    self._append(known, copies)
            else:
                self._append(row, copies)
        following: Row | None = None
        for row in reversed([row for id in order if (row := self.row(id)) and row not in copies]):
            if self._after(row, copies) is not following:
                self._remove(row)
                if following is None:
                    self._append(row, copies)
                else:
                    self.rows.insert(self._at(following), row)
            following = row

    def _append(self, row: Row, copies: list[Row]) -> None:
        self.rows.insert(self._at(copies[0]) if copies else len(self.rows), row)

    def _after(self, row: Row, copies: list[Row]) -> Row | None:
        rest = self.rows[self._at(row) + 1 :]
        return rest[0] if rest and rest[0] not in copies else None

    def _at(self, wanted: Row) -> int:
        return next(at for at, row in enumerate(self.rows) if row is wanted)

    def _remove(self, row: Row) -> None:
        del self.rows[self._at(row)]

    def remove(self, id: str) -> None:
        self.rows = [row for row in self.rows if row.id != id]


def woven(known: list[str], ids: list[str]) -> list[str]:
    """An order for what is here too: what stands last and it knows nothing of, as it is an older one, stays last."""
    last = max((at for at, id in enumerate(known) if id in ids), default=None)
    return ids if last is None else [*ids, *known[last + 1 :]]


def places_in(document: Document) -> dict[str, Place]:
    """The conversations of a list."""
    return {
        row["data-conversation"]: Place(int(row["data-order"]), "data-favorite" in row.attributes, row["data-unread"])
        for row in document.all("li[data-conversation]")
    }


def pane_in(document: Document) -> Pane:
    """The conversation that is open in a page."""
    section = document.one("#conversation")
    rows = [_row(each) for each in messages(document)]  # a message that stands there twice, too
    return Pane(section["data-conversation"], section["data-instance"], rows, older_in(document))


def older_in(document: Document) -> str:
    """Where to ask for what is before the first row, "" when there is nothing."""
    return next((link["href"] for link in document.all("a.older")), "")


def rows_in(document: Document) -> dict[str, Row]:
    """Messages by id."""
    return {each.id: _row(each) for each in messages(document)}


def _row(message: Message) -> Row:
    return Row(message.id, message.sender, message.text, message.state)
