"""`python -m tests.bench.server`: the sandbox with as many people and conversations as a measurement wants.

It is the sandbox's own application and listener, under uvicorn, where a call takes two thirds of what it takes under
Daphne: what is to be measured is the portal. Everybody has one of a few key pairs, as each takes a while to make.

There is one of everything for the portal, among the first people, and another for the floor, among the last ones in
reverse order: so neither hears what the other says.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import socket
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import islice

import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from websockets.asyncio.server import serve

from chat.ozeki.dialect import Dialect
from chat.sandbox import lock
from chat.sandbox.app import PATH, App
from chat.sandbox.calls import Address
from chat.sandbox.control import Control, person_json
from chat.sandbox.listener import Listener
from chat.sandbox.records import Conversation, Person, Preferences
from chat.sandbox.timeline import Item, stamp
from chat.sandbox.world import World
from tests.processes import Sandbox

KEYS = 4
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Town:
    """Who there is: `people`, each with a conversation with the `near` next ones on either side; a group of the first n
    for each n in `rooms`, with `said` messages; the first one's conversations with the `star` next."""

    people: int
    near: int = 0
    rooms: Sequence[int] = ()
    star: int = 0
    said: int = 60

    def options(self) -> list[str]:
        """As the command's words."""
        words = ["--people", self.people, "--near", self.near, "--star", self.star, "--said", self.said]
        return [str(word) for word in (*words, "--rooms", *self.rooms)]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Who talks with whom, by number."""
        ring = ((one, (one + step) % self.people) for one in range(self.people) for step in range(1, self.near + 1))
        star = ((here, here + step * way) for step in range(1, self.star + 1) for here, way in ((0, 1), (-1, -1)))
        met = {frozenset((one % self.people, other % self.people)) for one, other in (*ring, *star)}
        return ((one, other) for one, other in met)


class BigSandbox(Sandbox):
    """That server as a process of its own, with a town in it. `crowd` is everybody in their order."""

    def __init__(self, town: Town) -> None:
        super().__init__(*town.options(), quiet=False, fast=False)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.bench.server", *words]

    def start(self) -> None:
        super().start()
        self.crowd = list(self.people.values())


def conversation_id(userids: Sequence[str]) -> str:
    return md5(";".join(sorted(userids)).encode(), usedforsecurity=False).hexdigest()


def build(town: Town) -> World:
    """The town as the server holds it."""
    world = World(Dialect())
    with ThreadPoolExecutor() as pool:
        keys = list(pool.map(lambda _: rsa.generate_private_key(public_exponent=65537, key_size=2048), range(KEYS)))
    people = [_person(world.dialect, number, keys[number % KEYS]) for number in range(town.people)]
    world.people = {person.userid: person for person in people}
    for one, other in town.pairs():
        people[one].friends[people[other].userid] = people[other].friends[people[one].userid] = None
        _begin(world, (people[one], people[other]), said=1)
    for size in town.rooms:
        for members in (people[:size], people[-size:][::-1]):
            _begin(world, members, said=town.said, name=f"Room of {size}")
    return world


def _person(dialect: Dialect, number: int, key: rsa.RSAPrivateKey) -> Person:
    email, password = f"p{number}@example.org", f"password-{number}"
    userid = md5(email.encode(), usedforsecurity=False).hexdigest()
    apikey = lock.apikey(dialect, email=email, password=password, userid=userid)
    values = {"password": password, "email": email, "apikey": apikey, "encryption_password": password}
    return Person(
        email=email,
        password=password,
        encryption_password=password,
        fullname=f"Person {number}",
        nick=f"Person {number}",
        userid=userid,
        apikey=apikey,
        rsakey=lock.lock_key(key, lock.fill(dialect.key.passphrase, values)),
        publickey=lock.public_text(key.public_key()),
        key=key.public_key(),
    )


def _begin(world: World, members: Sequence[Person], *, said: int, name: str = "") -> None:
    ids, key = tuple(sorted(person.userid for person in members)), secrets.token_bytes(32)
    conversation = Conversation(
        id=conversation_id(ids),
        isgroup=bool(name),
        name=name,
        participantids=ids,
        key=key,
        secrets={person.userid: lock.wrap(world.dialect, person.key, key) for person in members},
        preferences={userid: Preferences() for userid in ids},
    )
    created = datetime.now(UTC) - 60 * said * SECOND - 3600 * SECOND
    for number in range(said):
        text = f"Message {number} of what was said here before, in a line as long as people's are"
        data = lock.seal(world.dialect, key, world.compose(members[number % len(members)].userid, text))
        at = created + 60 * number * SECOND
        item = Item.new("Message", data, validfor=world.validfor)
        conversation.keep(item._replace(created=stamp(at), validuntil=stamp(at + timedelta(days=400))))
    world.conversations[conversation.id] = conversation


async def serve_town(town: Town, port: int, listener_port: int) -> None:
    """Serve until a signal."""
    world = build(town)
    # Said to be TCP, asyncio sends what is written at once; otherwise each reply waits 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen(2048)
        port = door.getsockname()[1]
        listener = Listener(world)
        async with serve(listener, "127.0.0.1", listener_port, compression=None) as sockets:
            listener_port = next(iter(sockets.sockets)).getsockname()[1]
            app = App(world, Address(f"http://localhost:{port}{PATH}", "localhost", listener_port), lambda client: None)
            app.control = Control(world, app.faults, listener.drop, lambda on: None, lambda: None)
            config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False, timeout_keep_alive=75)
            ready = {
                "ready": True,
                "url": f"http://127.0.0.1:{port}{PATH}",
                "listener": f"ws://127.0.0.1:{listener_port}",
                "people": [person_json(person) for person in islice(world.people.values(), town.people)],
            }
            print(json.dumps(ready), flush=True)
            await uvicorn.Server(config).serve(sockets=[door])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.server")
    for name in ("port", "listener-port", "people", "near", "star", "said"):
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--rooms", type=int, nargs="*", default=())
    parser.add_argument("--control", action="store_true", help="is always on")
    chosen = parser.parse_args()
    town = Town(chosen.people, chosen.near, chosen.rooms, chosen.star, chosen.said)
    asyncio.run(serve_town(town, chosen.port, chosen.listener_port))


if __name__ == "__main__":
    main()
