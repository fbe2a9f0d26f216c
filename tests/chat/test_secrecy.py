"""After a day's work, in small: what lies in the portal's folder and log opens nothing and tells nothing."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from contextlib import closing

import pytest

from tests.sandbox.raw import Device

SAID, HEARD = "the merger is on thursday", "burn after reading"


@pytest.fixture
def day(visit, world, portal, sandbox):
    """Layla signs in, speaks, hears, and meets some trouble. The station and the cookies of that day, her key."""
    conversation = world.between("layla", "robin")
    since, layla = world.now(), visit("layla")
    tab = layla.tab(conversation)
    assert layla.say(conversation, SAID).status == 201
    tab.hear_message(world.says("robin", conversation, HEARD))
    for fault in ("500", "html", "refuse", "cut", "lose"):
        world.break_next("chatconversation", fault, "add", times=2, userid=world.userid("layla"))
        layla.say(conversation, SAID)
        sandbox.control("faults/clear", {})
    world.says("robin", conversation, data="bm90IGNpcGhlcnRleHQ=")
    tab.send({"type": "nonsense", "text": SAID})
    assert tab.close_code() == 4400
    layla.get(f"/conversations/?q={SAID}")
    layla.get(f"/conversations/{conversation}/messages/?before={SAID}")
    person = sandbox.people["layla"]
    stations = {call["station"] for call in sandbox.control(f"calls?since={since}") if call["userid"] == person.userid}
    return layla, person, stations, Device(sandbox, person).key.private_numbers()


@pytest.fixture
def secrets(day):
    """What must be nowhere, by name."""
    layla, person, stations, key = day
    size = (key.p.bit_length() + 7) // 8
    found = {
        "password": person.password,
        "apikey": hashlib.sha256(f"{person.email}:{person.password}".encode()).hexdigest(),
        "e-mail": person.email,
        "token": layla.token,
        "what she said": SAID,
        "what she heard": HEARD,
        "search words": SAID.replace(" ", "%20"),
        **{f"station {n}": station for n, station in enumerate(stations)},
    }
    assert stations
    return {name: value.encode() for name, value in found.items()} | {
        "a prime of her key": key.p.to_bytes(size, "big"),
        "the other prime": key.q.to_bytes(size, "big"),
    }


def test_the_folder_of_the_portal_tells_nothing(secrets, portal):
    content = b"".join(path.read_bytes() for path in portal.data_dir.iterdir() if path.is_file())
    assert b"SQLite format" in content
    assert [name for name, value in secrets.items() if value in content] == []


def test_the_log_of_the_portal_tells_nothing(secrets, portal):
    log = portal.output().encode()
    assert b"Misunderstood" in log
    assert [name for name, value in secrets.items() if value in log] == []


def test_no_row_of_the_database_tells_anything_even_when_read_as_hex_or_base64(secrets, portal):
    with closing(sqlite3.connect(portal.data_dir / "portal.sqlite3")) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        rows = [row for table in tables for row in database.execute(f"select * from {table}")]
    assert "chat_signin" in tables
    dump = "\n".join(repr(row) for row in rows).encode()
    for name, value in secrets.items():
        assert value not in dump, name
        assert value.hex().encode() not in dump, name


def test_what_lies_in_the_database_signs_nobody_in(day, portal, browser):
    with closing(sqlite3.connect(portal.data_dir / "portal.sqlite3")) as database:
        rows = list(database.execute("select * from chat_signin"))
    values = {
        value for row in rows for value in row if isinstance(value, str) and value.isascii() and value.isprintable()
    }
    assert hashlib.sha256(_bytes(day[0].token)).hexdigest() in values
    for value in values:
        assert browser().get("/", Cookie=f"ozeki_sign_in={value}").status == 302


def _bytes(token):
    return base64.urlsafe_b64decode(token + "=")


def test_no_page_carries_what_only_the_portal_needs(day, secrets, world):
    layla = day[0]
    pages = [layla.get("/").html, layla.open(world.between("layla", "robin")).html]
    kept = {
        name: value for name, value in secrets.items() if name in ("password", "apikey", "token") or "station" in name
    }
    assert [name for name, value in kept.items() for page in pages if value in page.encode()] == []
