"""The listener against real websocket servers: ones that hang up, fall silent, refuse, or are not there."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
import socket
import ssl
import time
import tracemalloc

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from chat.ozeki import listener as listener_module
from chat.ozeki.listener import Hint, Listener, jittered

from .sockets import raw_server

NEVER = 1000.0


class World:
    """A server whose sockets a test holds in its hands."""

    def __init__(self):
        self.sockets = asyncio.Queue()
        self.hellos = asyncio.Queue()

    async def talk(self, socket):
        self.sockets.put_nowait(socket)
        async for frame in socket:
            self.hellos.put_nowait(frame)


@contextlib.asynccontextmanager
async def served(handler, **options):
    async with serve(handler, "127.0.0.1", 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'wss' if options.get('ssl') else 'ws'}://127.0.0.1:{port}/changes"


@pytest.fixture
async def world():
    world = World()
    async with served(world.talk) as world.url:
        yield world


@contextlib.asynccontextmanager
async def listening(url, hello="", **options):
    options = {"poll": lambda: NEVER, "safety": lambda: NEVER, "delays": lambda attempt: 0, **options}
    listener = Listener(url, hello, **options)
    try:
        yield listener
    finally:
        await listener.aclose()


async def hint(listener):
    async with asyncio.timeout(10):
        return await anext(listener)


# With a socket


async def test_a_new_socket_says_hello_and_is_a_hint(world):
    async with listening(world.url, "the-station") as listener:
        assert listener.state == "polling"
        assert await hint(listener) is Hint.CONNECTED
        assert listener.state == "socket"
        assert await world.hellos.get() == "the-station"


async def test_what_comes_before_each_attempt_is_done_before_the_hello(world):
    done = asyncio.Event()

    async def before():
        assert world.hellos.empty()
        done.set()

    async with listening(world.url, "the-station", before=before) as listener:
        for _ in range(2):
            assert await hint(listener) is Hint.CONNECTED
            assert done.is_set()
            done.clear()
            assert await world.hellos.get() == "the-station"
            await (await world.sockets.get()).close()


async def test_an_empty_hello_is_not_sent(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        server = await world.sockets.get()
        await server.send("x")
        assert await hint(listener) is Hint.FRAME
        assert world.hellos.empty()


@pytest.mark.parametrize("frame", ["", "changed", b"\x00", "x" * 60_000, '{"status": "ERROR"}'])
async def test_any_frame_is_a_hint_whatever_it_holds(world, frame):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        await (await world.sockets.get()).send(frame)
        assert await hint(listener) is Hint.FRAME


async def test_what_comes_while_the_consumer_is_busy_is_one_hint(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        server = await world.sockets.get()
        for _ in range(20):
            await server.send("x")
        await (await server.ping())  # answered in order: all frames have been read
        assert await hint(listener) is Hint.FRAME
        waiting = asyncio.create_task(anext(listener))
        await (await server.ping())
        assert not waiting.done()
        await server.send("x")
        assert await waiting is Hint.FRAME


async def test_a_hint_is_as_old_as_the_first_frame_that_it_stands_for(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        server = await world.sockets.get()
        times = []
        for _ in range(3):
            times.append(time.monotonic())
            await server.send("x")
            await (await server.ping())
        assert await hint(listener) is Hint.FRAME
        assert times[0] <= listener.came <= times[1]


async def test_a_frame_does_not_hide_that_the_socket_is_new(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        first = await world.sockets.get()
        await first.close()
        second = await world.sockets.get()
        await second.send("x")
        await (await second.ping())
        assert await hint(listener) is Hint.CONNECTED


async def test_a_silent_socket_is_not_relied_on_for_ever(world):
    async with listening(world.url, safety=lambda: 0.01) as listener:
        assert await hint(listener) is Hint.CONNECTED
        assert [await hint(listener) for _ in range(3)] == [Hint.TIMER] * 3
        assert listener.state == "socket"


# Without one


async def test_without_an_address_there_is_a_hint_each_poll_interval():
    intervals = iter([0.01, 0.02, 0.01, NEVER])
    async with listening(None, poll=lambda: next(intervals)) as listener:
        assert [await hint(listener) for _ in range(3)] == [Hint.TIMER] * 3
        assert listener.state == "polling"


async def test_a_changed_poll_interval_counts_at_once():
    interval = [NEVER]
    async with listening(None, poll=lambda: interval[0]) as listener:
        waiting = asyncio.create_task(anext(listener))
        await asyncio.sleep(0)
        interval[0] = 0
        listener.reconsider()
        assert await waiting is Hint.TIMER


async def test_a_server_that_hangs_up_is_called_again(world):
    async with listening(world.url) as listener:
        for _ in range(5):
            assert await hint(listener) is Hint.CONNECTED
            await (await world.sockets.get()).close()


async def test_while_the_socket_is_down_it_is_polled():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with listening(f"ws://127.0.0.1:{port}/", poll=lambda: 0.01) as listener:
        assert [await hint(listener) for _ in range(3)] == [Hint.TIMER] * 3
        assert listener.state == "polling"
        world = World()
        async with serve(world.talk, "127.0.0.1", port):
            while await hint(listener) is Hint.TIMER:
                pass
            assert listener.state == "socket"


async def test_a_lost_socket_means_polling_until_there_is_a_new_one(world):
    gate = asyncio.Event()

    async def refuse_when_shut(connection, request):
        await gate.wait()

    gate.set()
    async with (
        served(world.talk, process_request=refuse_when_shut) as url,
        listening(url, poll=lambda: NEVER if gate.is_set() else 0.01) as listener,
    ):
        assert await hint(listener) is Hint.CONNECTED
        gate.clear()
        await (await world.sockets.get()).close()
        assert [await hint(listener) for _ in range(3)] == [Hint.TIMER] * 3
        assert listener.state == "polling"
        gate.set()
        while await hint(listener) is Hint.TIMER:
            pass
        assert listener.state == "socket"


async def test_failures_are_counted_so_that_delays_can_grow():
    attempts = asyncio.Queue()

    def delays(attempt):
        attempts.put_nowait(attempt)
        return 0

    def refuse(connection, request):
        return connection.respond(403, "No.")

    async with served(World().talk, process_request=refuse) as url, listening(url, delays=delays) as listener:
        waiting = asyncio.create_task(anext(listener))
        assert [await attempts.get() for _ in range(4)] == [1, 2, 3, 4]
        waiting.cancel()


@pytest.mark.parametrize(("steady", "expected"), [(NEVER, [1, 2, 3]), (0, [0, 0, 0])])
async def test_only_a_socket_that_lived_resets_the_count(world, monkeypatch, steady, expected):
    monkeypatch.setattr(listener_module, "STEADY", steady)
    attempts = []

    def delays(attempt):
        attempts.append(attempt)
        return 0

    async with listening(world.url, delays=delays) as listener:
        for _ in range(4):
            assert await hint(listener) is Hint.CONNECTED
            await (await world.sockets.get()).close()
    assert attempts[:3] == expected


def test_delays_grow_are_spread_and_end_at_a_minute():
    for attempt, longest in [(0, 1), (1, 2), (5, 32), (6, 60), (100_000, 60)]:
        delays = {jittered(attempt) for _ in range(200)}
        assert len(delays) > 100
        assert longest / 2 <= min(delays) <= max(delays) <= longest


# Servers that misbehave


async def shake_hands(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    writer.write(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    await asyncio.Event().wait()


async def test_a_socket_that_answers_no_ping_is_given_up():
    async with raw_server(shake_hands) as port, listening(f"ws://127.0.0.1:{port}/", patience=0.05) as listener:
        assert await hint(listener) is Hint.CONNECTED
        assert await hint(listener) is Hint.CONNECTED


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"\x00" * 100,
        b"HTTP/1.1 200 OK\r\n\r\n<h1>It works!</h1>",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["silence", "hanging up", "noise", "a page", "half a handshake", "500"],
)
async def test_a_server_that_shakes_no_hands_means_polling(answer):
    calls = asyncio.Queue()

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        calls.put_nowait(None)
        if answer is None:
            await asyncio.Event().wait()
        writer.write(answer)

    async with (
        raw_server(talk) as port,
        listening(f"ws://127.0.0.1:{port}/", patience=0.05, poll=lambda: 0.01) as listener,
    ):
        while calls.qsize() < 2:
            assert await hint(listener) is Hint.TIMER


async def test_a_redirect_is_not_followed(world):
    async def elsewhere(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {world.url}\r\nContent-Length: 0\r\n\r\n".encode())

    async with (
        raw_server(elsewhere) as port,
        listening(f"ws://127.0.0.1:{port}/", "the-station", poll=lambda: 0.01) as listener,
    ):
        assert [await hint(listener) for _ in range(5)] == [Hint.TIMER] * 5
    assert world.sockets.empty()


async def test_too_large_a_frame_costs_the_socket_and_nothing_more(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        await (await world.sockets.get()).send("x" * 70_000)
        assert await hint(listener) is Hint.CONNECTED


async def test_a_message_that_never_ends_costs_the_socket_and_nothing_more(world):
    async def endless():
        while True:
            yield "x" * 1_000

    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        with pytest.raises(ConnectionClosed):
            await (await world.sockets.get()).send(endless())
        assert await hint(listener) is Hint.CONNECTED


async def test_a_flood_of_frames_takes_no_memory_while_nobody_asks_for_hints(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        server = await world.sockets.get()
        tracemalloc.start()
        for _ in range(500):
            await server.send("x" * 60_000)
        await (await server.ping())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert await hint(listener) is Hint.FRAME
    assert peak < 10_000_000  # of 30 million


@pytest.mark.parametrize(
    "url", ["", "http://127.0.0.1/", "ws://", "ws://[", "ws://127.0.0.1:0/", "wss://127.0.0.1:0/", "x"]
)
async def test_an_address_that_leads_nowhere_means_polling(url):
    async with listening(url, poll=lambda: 0.01) as listener:
        assert [await hint(listener) for _ in range(3)] == [Hint.TIMER] * 3


async def test_the_environments_proxies_are_ignored(world, monkeypatch):
    for name in ("all_proxy", "ALL_PROXY", "http_proxy", "https_proxy", "socks_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED


async def test_a_wss_server_needs_a_certificate_we_know(openssl):
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ws.key", "-out", "ws.pem", "-days", "2"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(openssl.folder / "ws.pem", openssl.folder / "ws.key")
    known = ssl.create_default_context(cafile=str(openssl.folder / "ws.pem"))
    world = World()
    async with served(world.talk, ssl=context) as url:
        async with listening(url, tls=known) as listener:
            assert await hint(listener) is Hint.CONNECTED
        world.sockets.get_nowait()
        for stranger in (None, ssl.create_default_context()):
            async with listening(url, "the-station", tls=stranger, poll=lambda: 0.05) as listener:
                assert [await hint(listener) for _ in range(3)] == [Hint.TIMER] * 3
        assert world.sockets.empty()


# The end


async def test_closing_ends_the_iteration_and_the_socket(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        server = await world.sockets.get()
        waiting = asyncio.create_task(anext(listener))
        await (await server.ping())
        await listener.aclose()
        await server.wait_closed()
        for ended in (waiting, anext(listener)):
            with pytest.raises(StopAsyncIteration):
                await ended


async def test_closing_twice_or_before_the_beginning_is_fine(world):
    listener = Listener(world.url, "", poll=lambda: NEVER)
    await listener.aclose()
    await listener.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(listener)
    assert world.sockets.empty()


async def test_a_cancelled_wait_loses_no_hint(world):
    async with listening(world.url) as listener:
        assert await hint(listener) is Hint.CONNECTED
        waiting = asyncio.create_task(anext(listener))
        await asyncio.sleep(0)
        waiting.cancel()
        server = await world.sockets.get()
        await server.send("x")
        await (await server.ping())
        assert await hint(listener) is Hint.FRAME


async def test_a_mistake_of_ours_is_not_silence(world):
    def delays(attempt):
        raise ZeroDivisionError

    async with listening(world.url, delays=delays) as listener:
        assert await hint(listener) is Hint.CONNECTED
        await (await world.sockets.get()).close()
        with pytest.raises(ZeroDivisionError):
            await hint(listener)


async def test_the_station_is_in_no_log(world, caplog):
    caplog.set_level(logging.DEBUG)
    async with listening(world.url, "the-station") as listener:
        assert await hint(listener) is Hint.CONNECTED
        await world.hellos.get()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not any("the-station" in line for line in ours)
