"""The conversations there are when the sandbox starts, with something of every kind that a client may meet."""

from __future__ import annotations

import hashlib
import random
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chat.ozeki.dialect import Dialect
from chat.sandbox import lock, people, texts
from chat.sandbox.records import Conversation, Person, Preferences
from chat.sandbox.texts import DAY, Line
from chat.sandbox.timeline import Item, stamp
from chat.sandbox.world import World

TEAM = ("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
CHATS: tuple[tuple[str, str, tuple[Line, ...]], ...] = (
    ("alice", "bob", texts.ALICE_BOB),
    ("alice", "robin", texts.ALICE_ROBIN),
    ("alice", "zsofi", texts.ALICE_ZSOFI),
    ("alice", "layla", texts.ALICE_LAYLA),
    ("alice", "kim", texts.ALICE_KIM),
    ("alice", "tom", texts.ALICE_TOM),
    ("alice", "maximiliana", texts.ALICE_MAXIMILIANA),
    ("alice", "maria", texts.ALICE_MARIA),
    ("alice", "mariaelena", texts.ALICE_MARIAELENA),
    ("alice", "daniel", texts.ALICE_DANIEL),
    ("bob", "robin", texts.BOB_ROBIN),
    ("bob", "kim", ()),
    ("robin", "zsofi", texts.ROBIN_ZSOFI),
)
MANY = 5000
FEW = 500


def new_world(dialect: Dialect, *, fast: bool = False) -> World:
    """A world as it is at the first start; `fast` makes the longest conversation a tenth as long."""
    world = World(dialect)
    world.people = people.everybody(dialect)
    teller = _Teller(world)
    teller.tell(teller.begin(*TEAM, name="Team 🚀"), texts.TEAM)
    for one, other, lines in CHATS:
        teller.tell(teller.begin(one, other), lines)
    for one in ("maria", "mariaelena", "arpad", "layla", "kim", "tom", "maximiliana", "daniel", "bob"):
        for lively in people.LIVELY:
            if (one, lively) != ("bob", "robin"):
                teller.begin(one, lively)
    teller.tell_much(teller.begin("alice", "arpad"), FEW if fast else MANY)
    teller.tell_oddities()
    return world


class _Teller:
    """Puts messages into a world as if they had been said in the past days."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.chance = random.Random(8073)  # noqa: S311 - the same history at every start
        self.pairs: dict[frozenset[str], Conversation] = {}

    def person(self, first: str) -> Person:
        return self.world.person_called(people.email(first))

    def ago(self, *, days: int = 0, minutes: int = 0, seconds: int = 0) -> datetime:
        return self.now - timedelta(days=days, minutes=minutes, seconds=seconds)

    def begin(self, *firsts: str, name: str = "") -> Conversation:
        """A new conversation of these people, without content."""
        members = [self.person(first) for first in firsts]
        ids = tuple(sorted(person.userid for person in members))
        key = secrets.token_bytes(32)
        conversation = Conversation(
            id=hashlib.md5(";".join(ids).encode(), usedforsecurity=False).hexdigest(),
            isgroup=bool(name),
            name=name,
            participantids=ids,
            key=key,
            secrets={person.userid: lock.wrap(self.world.dialect, person.key, key) for person in members},
            preferences={userid: Preferences() for userid in ids},
        )
        self.world.conversations[conversation.id] = conversation
        self.pairs[frozenset(firsts)] = conversation
        return conversation

    def put(
        self,
        conversation: Conversation,
        first: str,
        text: str,
        created: datetime,
        *,
        lifetime: timedelta | None = None,
        plaintext: bytes | None = None,
    ) -> None:
        content = self.world.compose(self.person(first).userid, text) if plaintext is None else plaintext
        self.put_data(
            conversation, lock.seal(self.world.dialect, conversation.key, content), created, lifetime=lifetime
        )

    def put_data(
        self, conversation: Conversation, data: str, created: datetime, *, lifetime: timedelta | None = None
    ) -> None:
        # What was said longer ago than the usual lifetime was given a longer one, or there would be no history.
        lifetime = lifetime or max(self.world.validfor, timedelta(days=400))
        id = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        conversation.keep(Item(id, "Message", stamp(created), stamp(created + lifetime), data))

    def tell(self, conversation: Conversation, lines: Sequence[Line]) -> None:
        """The lines' days end today; the last day's last line was said a while ago."""
        created = self.now - timedelta(minutes=self.chance.randint(20, 180))
        for line in reversed(lines):
            if line == DAY:
                created -= timedelta(hours=self.chance.randint(15, 20))
            else:
                self.put(conversation, *line, created)
                created -= timedelta(seconds=self.chance.randint(25, 400))

    def tell_much(self, conversation: Conversation, number: int) -> None:
        created = self.now - timedelta(hours=5)
        for _ in range(number):
            text = self.chance.choice(texts.OPERATIONS).format(
                n=self.chance.randint(4000, 9999), m=self.chance.randint(2, 9)
            )
            self.put(conversation, self.chance.choice(("alice", "arpad")), text, created)
            created -= timedelta(seconds=self.chance.choice((20, 45, 90, 240, 900, 2400)))

    def tell_oddities(self) -> None:
        """What a client must survive: expired, short-lived, unreadable, from a stranger, in one second, not JSON."""
        maria = self.pairs[frozenset(("alice", "maria"))]
        self.put(maria, "maria", "This was only for yesterday.", self.ago(days=1), lifetime=timedelta(hours=1))
        self.put(maria, "alice", "The code for the door was 4711.", self.ago(minutes=15), lifetime=timedelta(minutes=1))
        self.put(
            maria,
            "maria",
            "The code for the door is 1147, for one minute.",
            self.ago(seconds=2),
            lifetime=timedelta(minutes=1),
        )

        porto = self.pairs[frozenset(("alice", "mariaelena"))]
        other_key = secrets.token_bytes(32)
        sealed_elsewhere = lock.seal(self.world.dialect, other_key, self.world.compose("", "Nobody can read this."))
        self.put_data(porto, sealed_elsewhere, self.ago(minutes=14))
        self.put_data(porto, "bm90IGNpcGhlcnRleHQ=", self.ago(minutes=13))
        self.put(porto, "charlie", "I am not in this conversation, but this says it is from me.", self.ago(minutes=12))
        self.put(porto, "alice", "", self.ago(minutes=11), plaintext=b"Not JSON at all, just words.")
        self.put(porto, "alice", "", self.ago(minutes=10), plaintext=b'{"unknown": "keys", "only": true}')
        self.put(porto, "mariaelena", "And this one is ordinary again.", self.ago(minutes=9))

        kim = self.pairs[frozenset(("alice", "kim"))]
        for text in ("one", "two", "three", "four"):
            self.put(kim, "kim", f"In the same second: {text}", self.ago(minutes=8))

        tom = self.pairs[frozenset(("alice", "tom"))]
        names = self.world.dialect.message
        lone = f'{{"{names.sender}": "{self.person("tom").userid}", "{names.text}": "Half an emoji: \\ud83d and on."}}'
        self.put(tom, "tom", "", self.ago(minutes=7), plaintext=None if names.format == "text" else lone.encode())
        self.put(tom, "tom", "", self.ago(minutes=6))
        self.put(tom, "tom", " \n ", self.ago(minutes=5))
