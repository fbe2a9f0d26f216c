"""The client against a real server on this machine, which answers with whatever bytes a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import socket
import ssl
import zlib
from types import MappingProxyType

import pytest

from chat.ozeki import client as client_module
from chat.ozeki import protocol
from chat.ozeki.client import Client
from chat.ozeki.errors import Misunderstood, Refused, SignInRefused, TimedOut, Unreachable

from .samples import CONVERSATION, LOGIN, SEALED, STATION, ok
from .sockets import raw_server
from .test_protocol import CALLER

HANG, HANG_UP = object(), object()


def http(content, status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


LIST = http(ok(conversations=[]))


class Server:
    """Gives each request the next answer, the last one again and again, after so many seconds if it says so; keeps what
    it was asked."""

    def __init__(self):
        self.answers = [LIST]
        self.requests = []
        self.asked = asyncio.Event()
        self.connections = 0

    async def talk(self, reader, writer):
        self.connections += 1
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append((first, headers, body))
            self.asked.set()
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is HANG:
                await asyncio.Event().wait()
            if answer is HANG_UP:
                return
            if isinstance(answer, tuple):
                seconds, answer = answer
                await asyncio.sleep(seconds)
            writer.write(answer)
            await writer.drain()
            if b"Connection: close" in answer:
                return


@contextlib.asynccontextmanager
async def served(tls=None):
    server = Server()
    async with raw_server(server.talk, tls) as server.port:
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}/ozeki/index.php"
        yield server


@pytest.fixture
async def server():
    async with served() as server:
        yield server


@contextlib.asynccontextmanager
async def calling(base, **options):
    client = Client(base, delays=lambda attempt: 0, **options)
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture
async def client(server):
    async with calling(server.url) as client:
        yield client


def reading():
    return protocol.conversations(CALLER)


def adding():
    return protocol.add(CALLER, CONVERSATION, SEALED)


def listening():
    return protocol.notification(STATION)


# What is sent


async def test_a_call_arrives_as_it_was_built(server, client):
    call = reading()
    assert await client.perform(call) == ()
    ((first, headers, body),) = server.requests
    assert first == "POST /ozeki/index.php?srv=chatserver&api=chatconversation HTTP/1.1"
    assert body == call.body
    for name, value in call.headers.items():
        assert headers[name.lower()] == value
    assert headers.keys() - {name.lower() for name in call.headers} == {
        "host",
        "content-length",
        "accept",
        "accept-encoding",
        "user-agent",
    }


async def test_a_call_goes_to_the_endpoint_of_its_api(server, client):
    await client.perform(reading(), MappingProxyType({"chatconversation": f"http://127.0.0.1:{server.port}/other?x=1"}))
    await client.perform(reading(), MappingProxyType({"chatfriends": f"http://127.0.0.1:{server.port}/other?x=1"}))
    assert [first.split()[1] for first, *_ in server.requests] == [
        "/other?x=1",
        "/ozeki/index.php?srv=chatserver&api=chatconversation",
    ]


async def test_an_endpoint_elsewhere_is_used_only_when_trusted(server):
    async with served() as other:
        endpoints = MappingProxyType({"chatconversation": other.url})
        async with calling(server.url) as client:
            await client.perform(reading(), endpoints)
        assert (len(server.requests), len(other.requests)) == (1, 0)
        async with calling(server.url, trusted=[f"http://127.0.0.1:{other.port}"]) as client:
            await client.perform(reading(), endpoints)
        assert (len(server.requests), len(other.requests)) == (1, 1)


async def test_one_connection_serves_many_calls(server, client):
    for _ in range(5):
        await client.perform(reading())
    assert server.connections == 1


async def test_a_cookie_is_never_sent_back(server, client):
    server.answers = [http(ok(conversations=[]), Set_Cookie="who=alice; Path=/")]
    await client.perform(reading())
    await client.perform(reading(), MappingProxyType({"chatconversation": server.url}))
    assert len(server.requests) == 2
    assert not any("cookie" in headers for _, headers, _ in server.requests)


async def test_a_redirect_is_not_followed(server, client):
    async with served() as elsewhere:
        server.answers = [http(b"", "307 Temporary Redirect", Location=elsewhere.url)]
        with pytest.raises(Misunderstood):
            await client.perform(reading())
        assert (len(server.requests), len(elsewhere.requests)) == (1, 0)


async def test_the_environments_proxies_and_netrc_are_ignored(server, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login alice password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    async with served() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with calling(server.url) as client:
            await client.perform(reading())
        assert (len(server.requests), len(proxy.requests)) == (1, 0)
    assert "authorization" not in server.requests[0][1]


# What comes back


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_a_packed_reply_is_unpacked(server, client, pack):
    packed = pack(ok(conversations=[]))
    server.answers = [http(packed, Content_Encoding="gzip" if pack is gzip.compress else "deflate")]
    assert await client.perform(reading()) == ()


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", b"not packed"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}"))),
        ("br", b"{}"),
        ("zstd", b"{}"),
    ],
    ids=["not packed", "packed twice", "brotli", "zstd"],  # a packed one has the time in it
)
async def test_a_reply_packed_otherwise_is_misunderstood(server, client, encoding, content):
    server.answers = [http(content, Content_Encoding=encoding)]
    with pytest.raises(Misunderstood):
        await client.perform(reading())


async def test_a_reply_over_the_cap_is_cut_off(server, client, monkeypatch):
    monkeypatch.setattr(client_module, "REPLY_CAP", 100_000)
    server.answers = [http(b'{"status":"OK","x":"' + b"x" * 200_000 + b'"}')]
    with pytest.raises(Misunderstood, match="more than 100000 bytes"):
        await client.perform(reading())
    assert len(server.requests) == 1


async def test_a_bomb_is_cut_off_when_unpacked(server, client):
    bomb = gzip.compress(bytes(40 * 1024 * 1024))
    assert len(bomb) < 1_000_000
    server.answers = [http(bomb, Content_Encoding="gzip")]
    with pytest.raises(Misunderstood, match="more than 33554432 bytes"):
        await client.perform(reading())


@pytest.mark.parametrize("content", [b"<html><body>It works!</body></html>", b'{"status": "OK", "conver', b""])
async def test_html_and_cut_json_are_misunderstood_and_not_repeated(server, client, content):
    server.answers = [http(content)]
    with pytest.raises(Misunderstood):
        await client.perform(reading())
    assert len(server.requests) == 1


async def test_a_refusal_is_not_repeated(server, client):
    server.answers = [http(b'{"status": "ERROR", "errormessage": "No."}')]
    with pytest.raises(Refused) as refusal:
        await client.perform(reading())
    assert refusal.value.message == "No."
    with pytest.raises(SignInRefused):
        await client.perform(protocol.login(station=STATION, apikey="k"))
    assert len(server.requests) == 2


# What does not come back

CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{"
TROUBLE = {
    "500": http(b"", "500 Internal Server Error"),
    "hangs up": HANG_UP,
    "cut body": CUT,
    "no HTTP": b"220 smtp.example.org ESMTP\r\n\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_read_is_repeated_twice_and_no_more(server, client, trouble):
    server.answers = [TROUBLE[trouble]]
    with pytest.raises(Unreachable) as error:
        await client.perform(reading())
    assert not isinstance(error.value, TimedOut)
    assert len(server.requests) == 3


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_read_that_works_the_third_time_has_worked(server, client, trouble):
    server.answers = [TROUBLE[trouble], TROUBLE[trouble], LIST]
    assert await client.perform(reading()) == ()


WRITES = {
    "add": adding,
    "clear": lambda: protocol.clear(CALLER, CONVERSATION),
    "mute": lambda: protocol.mute(CALLER, CONVERSATION),
    "login": lambda: protocol.login(station=STATION, apikey="k"),
    "notification": lambda: protocol.notification(STATION),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("trouble", TROUBLE)
async def test_anything_else_is_never_repeated(server, client, write, trouble):
    server.answers = [TROUBLE[trouble], LIST]
    with pytest.raises(Unreachable):
        await client.perform(WRITES[write]())
    assert len(server.requests) == 1


async def test_add_is_not_repeated_on_a_connection_that_was_just_closed(server, client):
    server.answers = [LIST, HANG_UP, LIST]
    await client.perform(reading())
    with pytest.raises(Unreachable):
        await client.perform(adding())
    assert [body for *_, body in server.requests].count(server.requests[-1][2]) == 1
    assert len(server.requests) == 2


async def test_silence_is_a_time_out_and_not_repeated(server):
    server.answers = [HANG]
    async with calling(server.url, timeout=0.1) as client:
        with pytest.raises(TimedOut):
            await client.perform(reading())
    assert len(server.requests) == 1


async def test_silence_in_the_middle_of_a_reply_is_a_time_out_too(server):
    server.answers = [CUT.replace(b"Connection: close\r\n", b"")]
    async with calling(server.url, timeout=0.1) as client:
        with pytest.raises(TimedOut):
            await client.perform(reading())


async def test_a_time_out_is_for_the_whole_call_and_not_for_each_drop():
    async def drip(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)

    async with raw_server(drip) as port, calling(f"http://127.0.0.1:{port}/", timeout=0.1) as client:
        with pytest.raises(TimedOut):
            await client.perform(reading())


HELD = (0.3, http(ok()))


@pytest.fixture
async def hasty(server):
    """A client that gives an answer 0.1 seconds, and 5 where it is held back; it has seen one not come in time."""
    server.answers = [HELD]
    async with calling(server.url, timeout=0.1, patience=5.0) as client:
        with pytest.raises(TimedOut):
            await client.perform(listening())
        yield client


async def test_notices_that_the_server_holds_back_are_given_more_time_from_the_second_call_on(hasty):
    for _ in range(2):
        assert not await hasty.perform(listening())
        assert hasty.holds


async def test_no_other_call_is_given_more_time(hasty):
    await hasty.perform(listening())
    with pytest.raises(TimedOut):
        await hasty.perform(reading())


async def test_an_answer_that_comes_at_once_with_something_to_tell_says_nothing_of_one_that_is_held_back(hasty, server):
    server.answers = [http(ok(conversationchangedof=[CONVERSATION.id])), HELD]
    assert await hasty.perform(listening())
    assert not await hasty.perform(listening())
    assert hasty.holds


async def test_one_answer_that_took_long_is_no_reason_to_wait_for_the_next_ones(hasty, server):
    server.answers = [http(ok()), HELD]
    await hasty.perform(listening())
    with pytest.raises(TimedOut):
        await hasty.perform(listening())
    assert not hasty.holds


async def test_a_server_that_holds_notices_back_and_then_hangs_is_given_the_usual_time_again(server):
    server.answers = [HELD]
    async with calling(server.url, timeout=0.1, patience=0.5) as client:
        with pytest.raises(TimedOut):
            await client.perform(listening())
        assert not await client.perform(listening())
        server.answers = [HANG]
        with pytest.raises(TimedOut):
            await client.perform(listening())
        assert not client.holds


@pytest.fixture
def deaf():
    """The address of somebody who lets nobody connect."""
    with socket.socket() as door, socket.socket() as first:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        first.connect(door.getsockname())
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"


async def test_nobody_to_connect_to_says_nothing_of_what_the_server_holds_back(server, deaf):
    server.answers = [HELD]
    async with calling(server.url, trusted=[deaf], timeout=0.1, connect_timeout=0.05, patience=5.0) as client:
        for call_to, expected in ((server.url, TimedOut), (server.url, None), (deaf, TimedOut), (server.url, None)):
            with pytest.raises(expected) if expected else contextlib.nullcontext():
                await client.perform(listening(), {"chatnotification": call_to})
        assert client.holds


async def test_calls_that_are_held_back_keep_no_other_one_waiting(hasty, server, monkeypatch):
    await hasty.perform(listening())
    server.answers = [(5.0, http(ok()))]
    held = [asyncio.ensure_future(hasty.perform(listening())) for _ in range(client_module.CONNECTIONS + 1)]
    asked = len(server.requests) + len(held)
    while len(server.requests) < asked:
        server.asked.clear()
        await server.asked.wait()
    server.answers = [LIST]
    assert not await hasty.perform(reading())
    for call in held:
        call.cancel()


async def test_nobody_there_is_unreachable():
    async with served() as gone:
        pass
    async with calling(gone.url) as client:
        with pytest.raises(Unreachable) as error:
            await client.perform(reading())
    assert not isinstance(error.value, TimedOut)


@pytest.mark.parametrize("base", ["http:///", "ftp://127.0.0.1/", "http://127.0.0.1:0/", "x"])
async def test_an_address_that_leads_nowhere_is_unreachable(base):
    async with calling(base) as client:
        with pytest.raises(Unreachable):
            await client.perform(reading())


# TLS


@pytest.fixture
def certificate(openssl):
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.pem", "-days", "2"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(openssl.folder / "tls.pem", openssl.folder / "tls.key")
    return context, str(openssl.folder / "tls.pem")


async def test_an_unknown_certificate_is_unreachable_and_a_known_one_is_not(certificate):
    context, ca_file = certificate
    async with served(context) as server:
        async with calling(server.url) as client:
            with pytest.raises(Unreachable, match="Certificate"):
                await client.perform(reading())
        assert server.requests == []
        async with calling(server.url, ca_file=ca_file) as client:
            assert await client.perform(reading()) == ()


async def test_another_hosts_certificate_is_unreachable(certificate):
    context, ca_file = certificate
    async with served(context) as server:
        async with calling(server.url.replace("127.0.0.1", "localhost"), ca_file=ca_file) as client:
            with pytest.raises(Unreachable):
                await client.perform(reading())
        assert server.requests == []


# Around it


async def test_a_client_that_never_called_closes_too():
    await Client("http://127.0.0.1/").aclose()


async def test_a_cancelled_call_leaves_the_client_usable(server, client):
    server.answers = [HANG, LIST]
    task = asyncio.create_task(client.perform(reading()))
    await server.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.perform(reading()) == ()


async def test_a_cancelled_call_is_not_taken_for_one_that_was_answered(server, caplog):
    caplog.set_level(logging.INFO, "chat")
    told = []
    server.answers = [HANG]
    async with calling(server.url, observe=lambda *call: told.append(call)) as client:
        task = asyncio.create_task(client.perform(reading()))
        await server.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [call[:2] for call in told] == [("Conversation / List", "Cancelled")]
    assert caplog.messages[-1].startswith("Conversation / List: Cancelled, ")


async def test_whoever_watches_is_told_of_each_try_by_name_outcome_and_seconds(server):
    told = []
    server.answers = [http(b"", "502 Bad Gateway"), LIST, http(ok(status="ERROR"))]
    async with calling(server.url, observe=lambda *call: told.append(call)) as client:
        assert await client.perform(reading()) == ()
        with pytest.raises(Refused):
            await client.perform(adding())
    assert [call[:2] for call in told] == [
        ("Conversation / List", "Unreachable"),
        ("Conversation / List", "OK"),
        ("Add", "Refused"),
    ]
    assert all(0 < seconds < 20 for _, _, seconds in told)


async def test_what_is_asked_every_few_seconds_has_a_line_only_when_it_fails(server, client, caplog):
    caplog.set_level(logging.INFO, "chat")
    server.answers = [http(ok(notifications=[])), http(b"", "502 Bad Gateway")]
    await client.perform(protocol.notification(STATION))
    assert caplog.messages == []
    with pytest.raises(Unreachable):
        await client.perform(protocol.notification(STATION))
    assert caplog.messages[-1].startswith("Notification: Unreachable: HTTP 502, ")


# Whether the server is there


@pytest.mark.parametrize("answer", [http(b"<p>Hello"), http(b"", "405 Method Not Allowed"), http(b"", "404 Not Found")])
async def test_a_server_that_says_anything_is_there(server, client, answer):
    server.answers = [answer]
    await client.reach()
    ((first, headers, body),) = server.requests
    assert (first, body) == ("GET /ozeki/index.php HTTP/1.1", b"")
    assert [name for name in headers if name.startswith("ozeki-")] == []


async def test_a_server_that_fails_is_not_there(server, client):
    server.answers = [http(b"", "503 Service Unavailable")]
    with pytest.raises(Unreachable):
        await client.reach()


async def test_the_log_has_the_name_and_the_outcome_and_nothing_more(server, client, caplog):
    caplog.set_level(logging.DEBUG, "chat")
    secret = {"status": "ERROR", "errormessage": "s3cret"}
    server.answers = [LIST, http(str(secret).replace("'", '"').encode()), http(b"s3cret"), http(str(LOGIN).encode())]
    await client.perform(reading())
    with pytest.raises(Refused):
        await client.perform(adding())
    for _ in range(2):
        with pytest.raises(Misunderstood):
            await client.perform(protocol.login(station=STATION, apikey="s3cret"))
    lines = [record.getMessage() for record in caplog.records if record.name == "chat.ozeki.client"]
    assert [line.split(":")[0] for line in lines] == ["Conversation / List", "Add", "Login", "Login"]
    assert lines[0].startswith("Conversation / List: OK, ")
    assert lines[2].startswith("Login: Misunderstood: HTTP 200, 6 bytes that are no JSON object, ")
    for hidden in ("s3cret", STATION, "RSA", SEALED.data):
        assert hidden not in caplog.text
