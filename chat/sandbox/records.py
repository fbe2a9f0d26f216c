"""People, stations and conversations as the server holds them."""

from __future__ import annotations

import secrets
import string
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from chat.sandbox.timeline import Item, Timeline

RECENT = 60.0  # seconds after their last call during which a person without a socket still counts as there
OFFLINE = "offline"


@dataclass(slots=True)
class Station:
    """One device of one person, with the ids it has not been told of yet (dicts: ordered, and each id once)."""

    id: str
    userid: str
    people: dict[str, None] = field(default_factory=dict)
    conversations: dict[str, None] = field(default_factory=dict)
    lists: dict[str, None] = field(default_factory=dict)

    def has_notices(self) -> bool:
        return bool(self.people or self.conversations or self.lists)

    def read(self) -> dict[str, list[str]]:
        """The notices as Notification replies them; they are gone afterwards (p_8037)."""
        notices = {
            "friendavailabilitesof": list(self.people),
            "conversationchangedof": list(self.conversations),
            "conversationlistchangedof": list(self.lists),
        }
        self.people.clear()
        self.conversations.clear()
        self.lists.clear()
        return notices


@dataclass(slots=True)
class Person:
    """Someone with an account. `shown` is an availability set from outside, which wins over what their calls tell."""

    email: str
    password: str
    encryption_password: str
    fullname: str
    nick: str
    userid: str
    apikey: str
    rsakey: str
    publickey: str
    key: RSAPublicKey
    lively: bool = False
    shown: str | None = None
    chosen: str | None = None
    announced: str = OFFLINE
    last_call: float = float("-inf")
    sockets: int = 0
    friends: dict[str, None] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)

    def availability(self) -> str:
        if self.shown is not None:
            return self.shown
        there = self.sockets > 0 or time.monotonic() - self.last_call < RECENT
        return self.chosen if self.chosen is not None and there else OFFLINE


@dataclass(slots=True)
class Preferences:
    """How one participant wants a conversation to appear in their list."""

    muted: bool = False
    favorite: bool = False
    hideid: str = ""
    color: str = "#ffffff"


def new_instance() -> str:
    """The name of one generation of a conversation's content: ten letters and digits, as in every sample."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(10))


@dataclass(slots=True)
class Conversation:
    """A conversation as the server holds it; `key` is known here only because the sandbox's own people speak too."""

    id: str
    isgroup: bool
    name: str
    participantids: tuple[str, ...]
    key: bytes
    secrets: dict[str, str]
    instance: str = field(default_factory=new_instance)
    lastaccess: int = 0
    messages: Timeline = field(default_factory=Timeline)
    reports: Timeline = field(default_factory=Timeline)
    preferences: dict[str, Preferences] = field(default_factory=dict)
    undelivered: dict[str, set[str]] = field(default_factory=dict)
    viewed: dict[str, set[str]] = field(default_factory=dict)

    def keep(self, item: Item) -> None:
        self.messages.add(item)
        self.lastaccess = int(self.messages.newest().moment().timestamp())
