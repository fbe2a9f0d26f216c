"""What the sandbox knows: people, their stations and conversations, and what each station has yet to hear.

All of this happens in one event loop and takes no time worth awaiting, so there are no locks and nothing is async.
Refusals are raised as `Refusal`, whose text is what the caller reads in `errormessage`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from chat.ozeki.dialect import Dialect
from chat.sandbox import lock
from chat.sandbox.records import Conversation, Person, Station, new_instance
from chat.sandbox.timeline import Item, Timeline, stamp


class Refusal(Exception):
    """The call is not one the pages allow. The text says why, in words."""


class World:
    """All of it. `signal` is called with the stations that have just got notices, `said` with each new message."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.stations: dict[str, Station] = {}
        self.workspaces: dict[str, str] = {}
        self.blocked: dict[str, tuple[list[str], list[str]]] = {}
        self.repeated: Literal["first", "both"] = "first"
        self.changes = 0
        self.signal: Callable[[Sequence[Station]], None] = lambda stations: None
        self.said: Callable[[Conversation, Item, str], None] = lambda conversation, item, sender: None

    def become(self, other: World) -> None:
        """Hold what the other does and nothing else. Whoever is called with what happens still is."""
        mine = {"signal": self.signal, "said": self.said, "changes": self.changes + 1}
        vars(self).update(vars(other) | mine)

    # Looking up

    def person_called(self, email: str) -> Person:
        for person in self.people.values():
            if person.email == email:
                return person
        raise Refusal(f"There is nobody called {email!r}")

    def conversation_of(self, person: Person, conversationid: str) -> Conversation:
        conversation = self.conversations.get(conversationid)
        if conversation is None or person.userid not in conversation.participantids:
            raise Refusal("There is no such conversation among yours")
        return conversation

    # Stations and notices

    def tie(self, stationid: str, person: Person) -> Station:
        """This station is this person's from now on; what it had to hear as somebody else's is dropped."""
        station = self.stations.get(stationid)
        if station is None or station.userid != person.userid:
            if station is not None:
                del self.people[station.userid].stations[stationid]
            station = self.stations[stationid] = person.stations[stationid] = Station(stationid, person.userid)
            self.changes += 1
        return station

    def forget_stations(self) -> None:
        self.stations.clear()
        for person in self.people.values():
            person.stations.clear()
        self.changes += 1

    def tell(self, kind: Literal["people", "conversations", "lists"], about: str, userids: Iterable[str]) -> None:
        """Put the id `about` among the notices of every station of these people, and signal them."""
        stations = [station for userid in userids for station in self.people[userid].stations.values()]
        for station in stations:
            getattr(station, kind)[about] = None
        self.changes += 1
        if stations:
            self.signal(stations)

    def list_changed(self, userids: Iterable[str]) -> None:
        for userid in userids:
            self.tell("lists", userid, [userid])

    def announce(self, person: Person) -> None:
        """Tell a person's friends when their availability is not what was last told."""
        if (availability := person.availability()) != person.announced:
            person.announced = availability
            self.tell("people", person.userid, person.friends)

    # Messages and reports

    def add(self, conversation: Conversation, item: Item, *, sender: str) -> Item:
        """Keep a message and tell every participant. A repeated ID: what is held stands, or both do by `repeated`."""
        if self.repeated == "first" and (held := conversation.messages.get(item.id)):
            return held
        conversation.keep(item)
        conversation.undelivered[item.id] = set(conversation.participantids) - {sender}
        self.tell("conversations", conversation.id, conversation.participantids)
        self.said(conversation, item, sender)
        return item

    def speak(self, conversation: Conversation, sender: str, text: str) -> Item:
        """One of the sandbox's own people says something now."""
        item = Item.new(
            "Message", lock.seal(self.dialect, conversation.key, self.compose(sender, text)), validfor=self.validfor
        )
        return self.add(conversation, item, sender=sender)

    @property
    def validfor(self) -> timedelta:
        return timedelta(seconds=self.dialect.message.validfor)

    def compose(self, sender: str, text: str) -> bytes:
        """The plaintext of a message, as the dialect's [message] has it."""
        if self.dialect.message.format == "text":
            return text.encode()
        return json.dumps({self.dialect.message.sender: sender, self.dialect.message.text: text}).encode()

    def read(self, conversation: Conversation, item: Item) -> tuple[str | None, str | None]:
        """Sender and text of a message, each None where it can't be told."""
        names = self.dialect.message
        try:
            text = lock.unseal(self.dialect, conversation.key, item.data).decode()
            if names.format == "text":
                return None, text
            content = json.loads(text)
            return content[names.sender], content[names.text]
        except (ValueError, KeyError, TypeError):
            return None, None

    def reported(self, conversation: Conversation, report: Item) -> tuple[str, list[str]]:
        """Who a report is by, and the ids of the messages it is about."""
        names = self.dialect.report
        content = json.loads(lock.unseal(self.dialect, conversation.key, report.data))
        ids = content[names.messageid]
        return content[names.sender], [ids] if isinstance(ids, str) else ids

    def deliver(self, conversation: Conversation, person: Person, items: Iterable[Item]) -> None:
        """A `delivered` report for those of these messages that reach this person for the first time."""
        reached = []
        for item in items:
            waiting = conversation.undelivered.get(item.id, set())
            if person.userid in waiting:
                reached.append(item.id)
                waiting.remove(person.userid)
                if not waiting:
                    del conversation.undelivered[item.id]
        if reached:
            self._report("delivered", conversation, person, reached)

    def view(self, conversation: Conversation, person: Person, ids: Iterable[str]) -> None:
        """A `viewed` report for those of these messages this person had not viewed before."""
        fresh = [id for id in ids if person.userid not in conversation.viewed.setdefault(id, set())]
        for id in fresh:
            conversation.viewed[id].add(person.userid)
        if fresh:
            self._report("viewed", conversation, person, fresh)

    def _report(self, kind: str, conversation: Conversation, person: Person, ids: list[str]) -> None:
        names = self.dialect.report
        plaintext = json.dumps(
            {names.sender: person.userid, names.messageid: ids[0] if len(ids) == 1 else ids}
        ).encode()
        data = lock.seal(self.dialect, conversation.key, plaintext)
        conversation.reports.add(Item.new(kind, data, validfor=self.validfor))
        self.tell("conversations", conversation.id, conversation.participantids)

    def clear(self, conversation: Conversation) -> None:
        """Forget the content for everybody. The instance is a new one; the secret and `lastaccess` stay (p_4857)."""
        conversation.instance = new_instance()
        conversation.messages = Timeline()
        conversation.reports = Timeline()
        conversation.undelivered.clear()
        conversation.viewed.clear()
        self.tell("conversations", conversation.id, conversation.participantids)
        self.list_changed(conversation.participantids)


def now() -> str:
    """This second, as the protocol writes it."""
    return stamp(datetime.now(UTC))


def new_id() -> str:
    return str(uuid.uuid4())
