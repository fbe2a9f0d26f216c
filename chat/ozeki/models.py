"""What the Ozeki server tells, as values. Whatever could open a conversation is kept out of their `repr`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

WHITE = "#ffffff"


@dataclass(frozen=True, slots=True)
class Listeners:
    """The websockets on which the server says that something changed; "" where it has no such listener (p_7105)."""

    ws: str = ""
    wss: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """The reply to Login (p_7105). `urls`: the API's name (`chatconversation`) → the URL as the server replied it."""

    listeners: Listeners
    rsakey: str = field(repr=False)
    userid: str
    fullname: str
    nick: str
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Participant:
    """One member of a conversation; `username` is the nick (p_7202)."""

    userid: str
    username: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one person wants one conversation shown (p_4858 to p_4865). A `hideid` that is not empty means hidden."""

    userid: str
    ismuted: bool = False
    isfavorite: bool = False
    hideid: str = ""
    color: str = WHITE


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its list shows it (p_7202).

    `lastaccess` is the Unix time of the newest message, which the calendar has; `instance` is renewed by Clear;
    `secret` is the conversation's key, wrapped for the caller; `lastreportid` is opaque.
    """

    id: str
    isgroup: bool
    participantids: tuple[str, ...]
    participants: tuple[Participant, ...]
    lastmessageid: str
    lastreportid: str
    lastaccess: int
    secret: str = field(repr=False)
    instance: str
    mutedby: tuple[str, ...] = ()
    favoriteby: tuple[str, ...] = ()
    hiddenby: tuple[str, ...] = ()
    properties: tuple[Preferences, ...] = ()

    def preferences_of(self, userid: str) -> Preferences:
        """Return this person's preferences, found by userid: whose entry comes first is the server's affair."""
        own = next((entry for entry in self.properties if entry.userid == userid), Preferences(userid))
        return replace(
            own,
            ismuted=own.ismuted or userid in self.mutedby,
            isfavorite=own.isfavorite or userid in self.favoriteby,
        )


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message or a report as it travels (p_8073, p_8072). Times are aware UTC; `data` is the ciphertext in base64."""

    id: str
    type: str
    created: datetime
    validuntil: datetime
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """The reply to Download or Partial download, expired messages included; `skipped` counts the malformed elements,
    `repeated` those that had come already."""

    messages: tuple[Sealed, ...]
    reports: tuple[Sealed, ...]
    skipped: int = 0
    repeated: int = 0

    @property
    def count(self) -> int:
        """How many messages the server sent."""
        return len(self.messages) + self.skipped + self.repeated

    @property
    def ids(self) -> frozenset[str]:
        """The messages' ids."""
        return frozenset(message.id for message in self.messages)

    def without(self, known: Collection[str] = ()) -> Page:
        """Each message once, and none of those that are known: some servers keep both copies of one that arrived twice,
        or send that which was asked for what is before it."""
        once: dict[str, Sealed] = {}
        for message in self.messages:
            if message.id not in known:
                once.setdefault(message.id, message)
        repeated = self.repeated + len(self.messages) - len(once)
        return replace(self, messages=tuple(once.values()), repeated=repeated)


@dataclass(frozen=True, slots=True)
class Friend:
    """Somebody the caller may talk to (p_7201). `publickey` is a base64 SPKI; `availability` may be any word, or ""."""

    userid: str
    name: str
    publickey: str = ""
    availability: str = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """What changed since the station last asked (p_8037): hints, falsy when there are none."""

    people: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.conversations or self.lists)


@dataclass(frozen=True, slots=True)
class Blocklist:
    """The hidden users and conversations (p_4866); `skipped` counts what is no id."""

    users: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says, decrypted. `sender` is a claim from inside the ciphertext; None when there is none."""

    sender: str | None
    text: str = field(repr=False)
