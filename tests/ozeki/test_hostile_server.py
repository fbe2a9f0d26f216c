"""A server that means harm: where its addresses lead, what its replies cost, and what its bytes can raise."""

from __future__ import annotations

import base64
import contextlib
import gzip
import itertools
import json
import time
import tracemalloc
import zlib
from urllib.parse import urlsplit

import httpx
import pytest
import yarl
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.ozeki import client as client_module
from chat.ozeki import crypto, plaintext, protocol
from chat.ozeki.client import REPLY_CAP
from chat.ozeki.crypto import CANNOT_OPEN_KEY
from chat.ozeki.dialect import Dialect, Listener, parse
from chat.ozeki.envelope import Call, decipher
from chat.ozeki.errors import CANNOT_DECRYPT, DialectError, Locked, Misunderstood, Refused
from chat.ozeki.models import Listeners

from .samples import ITEM, ok
from .test_client import client, http, reading, server

__all__ = ["client", "server"]

DIALECT = Dialect()
# Where it would like us to go

TRUSTED = "http://files.example.org:81"
INSIDE = (
    *("169.254.169.254", "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1%25eth0]", "[fd00::1]"),
    *("metadata.google.internal", "evil.example", "evil.example.", "EVIL.example", "①②⑦.⓪.⓪.①", "ⓔⓥⓘⓛ.example"),
    *("files.example.org.evil.example", "files.example.org:81.evil.example", "files.example.org:81@evil.example"),
    *(
        "evil.example#@files.example.org:81",
        "evil.example\\@files.example.org:81",
        "evil.example?@files.example.org:81",
    ),
    *("files.example.org:81%40evil.example", "files.example.org%2eevil.example", "evil.example%00.files.example.org"),
    *("files.example.org\t.evil.example", "files.example.org:81;@evil.example", "files.example.org:081", ":81", ""),
)
FORMS = (
    *("http://{}/", "https://{}/a?b", "http:{}/", "http:/{}/", "http:///{}/", "//{}/", "\\\\{}\\", "/\\{}/"),
    *(
        "http:\\\\{}/",
        "http://x:y@{}/",
        " http://{}/",
        "\thttp://{}/",
        "ht\ntp://{}/",
        "http://{}:22/",
        "http://{}\r\nX: y",
    ),
    *("HTTP://{}/", "file://{}/etc/passwd", "gopher://{}/_x", "ftp://{}/", "dict://{}/", "data:{}", "jar:http://{}!/"),
    *("/../../{}", "?@{}", "#@{}", "/%2f%2f{}", "//{}//{}/", "http://{}", "ws://{}/", "unix://{}"),
)
ADDRESSES = [form.replace("{}", inside) for form in FORMS for inside in INSIDE]
BASE = "http://chat.example.org:8080/ozeki/index.php"


def leads_to(url):
    """Where three readers of addresses, the one on the way out among them, take it to lead."""
    reads = (urlsplit(url), httpx.URL(url), yarl.URL(url, encoded=True))
    return {(each.scheme, getattr(each, "hostname", None) or each.host, each.port) for each in reads}


def assert_at_home(addresses):
    home = {("http", "chat.example.org", 8080)}, {("http", "files.example.org", 81)}
    strays = [
        (address, url)
        for address in addresses
        for url in protocol.endpoints({"a": address}, BASE, [TRUSTED]).values()
        if leads_to(url) not in home or not url.isascii() or not url.isprintable() or " " in url
    ]
    assert strays == []


def test_no_address_in_a_login_reply_leads_elsewhere():
    assert len(ADDRESSES) > 800
    assert_at_home(ADDRESSES)


@given(st.text(max_size=60) | st.from_regex(r"\A(https?:)?[/\\]{0,3}[a-z.:@\[\]%#?\\/ \t0-9]{0,30}\Z"))
def test_no_text_in_place_of_an_address_leads_elsewhere(text):
    assert_at_home([text])


def test_no_listener_is_elsewhere_whatever_the_login_reply_says():
    strays = []
    for address in (address.replace("http", "ws", 1) for address in ADDRESSES):
        for base, listeners in ((BASE, Listeners(ws=address)), (BASE.replace("http", "https"), Listeners(wss=address))):
            url = protocol.listener_url(listeners, base, Listener(), [TRUSTED], "")
            if url is not None and urlsplit(url).hostname not in ("chat.example.org", "files.example.org"):
                strays.append((address, url))
            if url is not None and (not url.isascii() or not url.isprintable() or " " in url):
                strays.append((address, url))
    assert strays == []


# What its replies cost


def zeros(wbits, size):
    packer = zlib.compressobj(9, wbits=wbits)
    chunk = bytes(1 << 20)
    return b"".join([*(packer.compress(chunk) for _ in range(size >> 20)), packer.flush()])


@pytest.mark.parametrize(
    ("encoding", "wbits"), [("gzip", zlib.MAX_WBITS | 16), ("deflate", zlib.MAX_WBITS), ("deflate", -zlib.MAX_WBITS)]
)
async def test_a_bomb_takes_little_memory_however_large_it_is(server, client, encoding, wbits, monkeypatch):
    cap = REPLY_CAP // 8
    monkeypatch.setattr(client_module, "REPLY_CAP", cap)
    bomb = zeros(wbits, 32 * cap)
    server.answers = [http(bomb, Content_Encoding=encoding)]
    tracemalloc.start()
    try:
        with pytest.raises(Misunderstood, match=f"more than {cap} bytes"):
            await client.perform(reading())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * cap  # it is unpacked a piece of 16 KiB at a time, which can be a thousand times that


async def test_a_bomb_in_a_bomb_is_not_even_begun(server, client):
    server.answers = [http(gzip.compress(zeros(zlib.MAX_WBITS | 16, 1 << 24)), Content_Encoding="gzip, gzip")]
    with pytest.raises(Misunderstood, match="nobody asked for"):
        await client.perform(reading())


DEEP = 1_000_000
MONSTERS = {
    "lists": b"[" * DEEP,
    "objects": b'{"a":' * DEEP,
    "in its place": b'{"status":"OK","conversations":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "in a row": b'{"status":"OK","conversations":[{"id":"1","properties":' + b"[" * 50_000,
    "a number": b'{"status":"OK","conversations":' + b"9" * DEEP + b"}",
    "an exponent": b'{"status":"OK","conversations":[' + b"1e999999999," * 1_000 + b"1]}",
    "a name": b'{"' + b"a" * DEEP + b'":1}',
    "names alike": b'{"status":"OK",' + b'"conversations":[],' * 50_000 + b'"x":1}',
    "backslashes": b'{"status":"' + b"\\" * DEEP + b'"}',
    "surrogates": b'{"status":"OK","errormessage":"' + b"\\ud800" * 100_000 + b'","conversations":[]}',
    "millions of nothing": b'{"status":"OK","conversations":[' + b"{}," * 5_000_000 + b"{}]}",
    "not utf-8": b'{"status":"OK","conversations":[],"x":"' + b"\xff" * DEEP + b'"}',
}


@pytest.mark.parametrize("content", MONSTERS.values(), ids=MONSTERS.keys())
def test_a_monstrous_reply_is_read_or_misunderstood(content):
    started = time.process_time()
    try:
        assert decipher(reading(), 200, content) == ()
    except (Misunderstood, Refused) as error:
        assert len(str(error)) < 200
    assert time.process_time() - started < 2  # seconds; without a limit on their number, millions of values take ten


def test_a_long_list_of_conversations_is_no_monster():
    many = [{**ITEM, "id": f"{n:032x}", "participants": ITEM["participants"] * 10} for n in range(3_000)]
    assert len(decipher(reading(), 200, ok(conversations=many))) == 3_000


def test_a_text_of_millions_of_values_is_shown_as_it_is():
    monster = b"[" + b"{}," * 5_000_000 + b"1]"
    started = time.process_time()
    assert len(plaintext.read(DIALECT, monster).text) == len(monster)
    assert time.process_time() - started < 2


# What its bytes can raise

TIMES = st.sampled_from(
    ["2026-01-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2026-02-30 00:00:00", ""]
)
NAMES = st.sampled_from(
    [
        *(
            "status",
            "errormessage",
            "messages",
            "reports",
            "conversations",
            "conversation",
            "id",
            "ID",
            "Type",
            "Created",
        ),
        *("ValidUntil", "Data", "userid", "friendid", "friends", "availabilities", "rsakey", "urls", "listeners", "ws"),
        *("participants", "participantids", "properties", "sender", "text", "messageid", "lastaccess", "isgroup"),
        *("listitembackgroundcolor", "blockedusers", "conversationchangedof", "wss"),
    ]
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | TIMES
    | st.sampled_from(["OK", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=30,
)
READERS = [
    *(protocol.replies.login, protocol.replies.conversations, protocol.replies.conversation, protocol.replies.page),
    *(protocol.replies.friends, protocol.replies.notices, protocol.replies.blocklist),
]


@settings(max_examples=50)
@given(st.dictionaries(NAMES, ANYTHING, max_size=10), st.sampled_from(READERS))
def test_no_reply_raises_anything_but_that_it_is_misunderstood(reply, read):
    call = Call("any", "chatserver", "any", {}, b"", read, repeatable=False)
    content = json.dumps({**reply, "status": "OK"}).encode()
    with contextlib.suppress(Misunderstood):
        decipher(call, 200, content)


@given(st.binary(max_size=200) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_no_plaintext_of_a_report_raises_anything(content):
    sender, messages = plaintext.read_report(DIALECT, content)
    assert sender is None or isinstance(sender, str)
    assert all(isinstance(id, str) for id in messages)


PEMS = st.builds(
    "-----BEGIN RSA PRIVATE KEY-----\r\n{}{}\r\n-----END RSA PRIVATE KEY-----".format,
    st.sampled_from(["", "Proc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CFB," + "0" * 32 + "\r\n\r\n"])
    | st.text(max_size=40),
    st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()) | st.text(max_size=40),
)


@given(PEMS | st.text(max_size=100), st.text(max_size=10))
def test_no_key_raises_anything_but_that_it_is_locked(pem, passphrase):
    with pytest.raises(Locked, match=CANNOT_OPEN_KEY):
        crypto.open_private_key(pem, passphrase)


@given(st.text(max_size=100) | st.from_regex(r'\A\[?[a-z.]{1,12}\]?( = ["0-9a-z{}\[\]\n]{0,20})?\Z'))
def test_no_dialect_file_raises_anything_but_what_is_wrong_with_it(toml):
    try:
        parse(toml)
    except DialectError as error:
        assert str(error)


# What a sender learns from what becomes of a message that they tampered with


def test_of_what_does_not_open_there_is_one_cause_whatever_it_was():
    key, causes = bytes(32), set()
    good = base64.b64decode(crypto.encrypt(DIALECT, key, b'{"sender": "x", "text": "x"}'))
    for at, change in itertools.product(range(len(good)), (1, 2, 0x80)):
        spoilt = bytearray(good)
        spoilt[at] ^= change
        try:
            plaintext.read(DIALECT, crypto.decrypt(DIALECT, key, base64.b64encode(spoilt).decode()))
        except Locked as locked:
            causes.add((str(locked), locked.cause, type(locked.__cause__), locked.__suppress_context__))
    assert causes == {(CANNOT_DECRYPT, CANNOT_DECRYPT, type(None), True)}
