"""After a day's work, in small: what lies in the portal's folder and log opens nothing and tells nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest
from websockets.exceptions import InvalidStatus

from tests.chat.conftest import World
from tests.engines import Redis
from tests.processes import Portal
from tests.sandbox.raw import Device
from tests.visitor import Visitor

SAID, HEARD = "the merger is on thursday", "burn after reading"
WRITTEN_OTHERWISE = (SAID.replace(" ", "%20"), SAID.replace(" ", "+"), SAID.replace(" ", "-"))


def spent(portal, sandbox):
    """Layla signs in, speaks, hears, and meets some trouble. The station and the cookies of that day, her key."""
    world = World(sandbox)
    conversation = world.between("layla", "robin")
    since, layla, person = world.now(), Visitor(portal), sandbox.people["layla"]
    assert layla.sign_in(person).status == 303
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
    everything(layla, conversation, person)
    clumsy(layla, portal, person)
    sandbox.control("drop-sockets", {})
    stations = {call["station"] for call in sandbox.control(f"calls?since={since}") if call["userid"] == person.userid}
    return layla, person, stations, Device(sandbox, person).key.private_numbers()


@pytest.fixture(scope="module")
def day(_fresh_portal, _portal_process, _sandbox_process):
    day = spent(_portal_process, _sandbox_process)
    _sandbox_process.control("forget-stations", {})
    day[0].get("/conversations/")  # the portal signs in again by itself
    yield day
    day[0].close()


def everything(layla, conversation, person):
    """She does each thing that there is to be done with words."""
    here = f"/conversations/{conversation}"
    layla.get(f"/conversations/?q={SAID}")
    layla.get(f"/people/?q={SAID}")
    layla.get(f"/people/{person.userid}/")
    layla.get(f"{here}/messages/?before={SAID}")
    assert layla.post(f"{here}/messages/search/", {"q": SAID}).status == 200
    for format in ("html", "txt", "json"):
        assert HEARD in layla.get(f"{here}/export/?format={format}").html
    shown = [message.id for message in layla.open(conversation).messages]
    for path, fields in (
        ("reports", {"message": shown[0]}),
        ("read", {"message": shown[-1]}),
        ("read", {"unread": shown[0]}),
        ("preferences", {"favorite": "on"}),
        ("preferences", {"favorite": "off"}),
        ("preferences", {"color": SAID}),
        ("clear", {"confirm": SAID}),
        ("notice", {SAID: SAID}),
    ):
        layla.post(f"{here}/{path}/", fields)
    for path in ("concerns/new", "workspaces/new", "preferences", "availability", "sign-ins", "alerts/new", "alerts"):
        layla.post(f"/{path}/", dict.fromkeys(("concern", "userid", "workspacename", "action", "end", "text"), SAID))


def clumsy(layla, portal, person):
    """She gets wrong what can be got wrong: forms without their token, bodies too large, secrets in the wrong place."""
    stranger = Visitor(portal)
    assert stranger.sign_in(person, email=person.password, password=person.email).status == 401
    assert stranger.sign_in(person, password=f"{person.password}?").status == 401
    assert stranger.sign_in(person, csrfmiddlewaretoken=layla.token).status == 403
    stranger.close()
    for path in ("/sign-in/", "/alerts/", "/nothing/", "/conversations/nowhere/messages/"):
        query = {"q": SAID, "token": layla.token, "password": person.password}
        layla.http.get(path, params=query, headers={"Authorization": f"Bearer {layla.token}"})
        layla.http.post(path, params=query, data={"text": SAID, "password": person.password})
        layla.http.post(path, content=(SAID * 200_000).encode(), headers={"X-CSRFToken": layla.csrf})
    layla.http.get("/", headers={"Host": "evil.example", "Referer": f"http://evil.example/?{SAID}"})
    layla.http.get("/", headers={"Cookie": f"ozeki_sign_in={layla.token}x; other={SAID}"})
    for origin in (
        f"http://{layla.token}:{WRITTEN_OTHERWISE[2]}@evil.example/?{layla.token}",
        f"http://[{layla.token}",
    ):
        with pytest.raises(InvalidStatus):
            layla.socket(origin=origin)


@pytest.fixture(scope="module")
def secrets(day):
    return secrets_of(day)


def secrets_of(day):
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
        **{f"what she said, as {words}": words for words in WRITTEN_OTHERWISE},
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


def test_every_line_of_the_log_is_an_object_that_a_program_of_ours_wrote(secrets, portal):
    """Nobody ends a line of it, and begins one of their own."""
    layla = Visitor(portal)
    for words in (
        "a%0d%0a{}",
        "a%0A%7B%22level%22%3A%22FORGED%22%7D",
        "%E2%80%A8%7B%7D",
        "%1b%5b2J",
        "%00",
        "a%C2%85b",
    ):
        layla.http.get(f"/{words}/")
        layla.http.get("/", headers={"User-Agent": words, "Cookie": words, "Origin": f"http://{words}"})
    layla.close()
    lines = portal.output().split("\n")[:-1]
    entries = [json.loads(line) for line in lines]
    assert any("FORGED" in entry["message"] for entry in entries)
    assert {entry["level"] for entry in entries} <= {"INFO", "WARNING", "ERROR"}
    assert {entry["logger"].partition(".")[0] for entry in entries} <= {"chat", "ozekiweb", "django", "daphne"}
    assert all(line.isascii() and line.isprintable() for line in lines)


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


# Redis


class Overheard:
    """Everything that is said to a Redis from now on: as a thief in its place would hear it."""

    def __init__(self, redis):
        self.port = redis.port
        self.line = self.connect()
        self.line.sendall(b"MONITOR\r\n")
        assert self.line.recv(5) == b"+OK\r\n"

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def so_far(self):
        """What was said, up to a word of our own that comes after all of it."""
        with self.connect() as other:
            other.sendall(b"ECHO enough\r\n")
            heard = b""
            while b'"enough"' not in heard:
                heard += self.line.recv(1 << 20)
        self.line.close()
        return heard


@pytest.mark.skipif(
    not shutil.which("redis-server") and os.environ.get("CI") != "true", reason="there is no redis-server on the PATH"
)
def test_what_passes_through_redis_tells_nothing(_fresh_sandbox, _sandbox_process, data_dir):
    with Redis() as redis, Portal(_sandbox_process.url, data_dir, REDIS_URL=redis.url) as portal:
        overheard, elsewhere = Overheard(redis), Visitor(portal)
        elsewhere.sign_in(_sandbox_process.people["layla"])
        tab = elsewhere.tab()  # somebody has to listen
        day = spent(portal, _sandbox_process)
        secrets = secrets_of(day) | {"the other token": elsewhere.token.encode()}
        day[0].sign_out()
        tab.hear("event", lambda frame: "signins" in frame)
        elsewhere.sign_out()
        heard = overheard.so_far()
        day[0].close()
        elsewhere.close()
    for kind in (b"told", b"sign-ins", b"preferences"):  # that something of theirs changed, and nothing more
        assert kind in heard
    for name, value in secrets.items():
        assert value not in heard, name
        assert "".join(f"\\x{byte:02x}" for byte in value).encode() not in heard, name
        assert base64.b64encode(value) not in heard, name
