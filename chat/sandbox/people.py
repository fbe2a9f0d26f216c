"""The people of the sandbox. Their names are chosen to try what a user interface does with names."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

from chat.ozeki.dialect import Dialect
from chat.sandbox import lock
from chat.sandbox.records import OFFLINE, Person


class Name(NamedTuple):
    first: str  # of the e-mail address and of the password
    fullname: str
    nick: str


LONER = "charlie"  # nobody's friend, in nobody's conversation
LIVELY = ("robin", "zsofi")
AWAY = ("kim", "maximiliana")

NAMES = (
    Name("alice", "Alice Martin", "Alice"),
    Name("bob", "Bob Okafor", "Bob"),
    Name("charlie", "Charlie Lindqvist", "Charlie"),
    Name("robin", "Robin Taylor", "Robin"),
    Name("zsofi", "Szabó Zsófia", "Zsófi"),
    Name("arpad", "Őri-Tűzkő Árpád", "Árpád"),
    Name(
        "maximiliana",
        "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu Hohenstein-Sigmaringen",
        "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
    ),
    Name("layla", "ليلى حدّاد", "ليلى"),
    Name("kim", "Kim 🌻 Nguyễn", "Kim 🌻🚀"),
    Name("tom", "<b>Tom</b> O'Neil & Sons", '<b>Tom</b> & "Co" <script>alert(1)</script>'),
    Name("maria", "Maria Santos", "Maria"),
    Name("mariaelena", "Maria Elena Santos", "Maria"),
    Name("daniel", "Daniel \u202efdp.exe\u202c לוי", "Daniel \u202efdp.exe"),
)


def email(first: str) -> str:
    return f"{first}@example.org"


@functools.cache
def keys() -> Sequence[rsa.RSAPrivateKey]:
    """A key pair for each. They take half a second, so this process has only these."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda _: rsa.generate_private_key(public_exponent=65537, key_size=2048), NAMES))


def everybody(dialect: Dialect) -> dict[str, Person]:
    """New accounts for all of them, by userid, each with its own key pair."""
    people = [_person(dialect, name, key) for name, key in zip(NAMES, keys(), strict=True)]
    sociable = [person for person in people if person.email != email(LONER)]
    for person, other in permutations(sociable, 2):
        person.friends[other.userid] = None
    return {person.userid: person for person in people}


def _person(dialect: Dialect, name: Name, key: rsa.RSAPrivateKey) -> Person:
    address, password = email(name.first), f"{name.first}-password"
    userid = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
    apikey = lock.apikey(dialect, email=address, password=password, userid=userid)
    encryption_password = f"{name.first}-encryption"
    values = {
        "password": password,
        "email": address,
        "apikey": apikey,
        "encryption_password": encryption_password,
    }
    shown = "available" if name.first in LIVELY else "away" if name.first in AWAY else None
    return Person(
        email=address,
        password=password,
        encryption_password=encryption_password,
        fullname=name.fullname,
        nick=name.nick,
        userid=userid,
        apikey=apikey,
        rsakey=lock.lock_key(key, lock.fill(dialect.key.passphrase, values)),
        publickey=lock.public_text(key.public_key()),
        key=key.public_key(),
        lively=name.first in LIVELY,
        shown=shown,
        announced=shown or OFFLINE,
    )
