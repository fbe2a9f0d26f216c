"""A proxy that breaks the line between two parts on purpose: browser and portal, portal and Ozeki or its listener."""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

CHUNK = 64 * 1024
GARBAGE = b"\x16\x03\x01 neither HTTP nor a frame \xff\xfe\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Fault:
    """What is wrong with the line, if anything; each field is explained by the method of `Proxy` that sets it."""

    frozen: bool = False
    delay: float = 0.0
    cut_after: int = sys.maxsize
    garbage: bytes = b""


@dataclass
class Accident:
    """What happens to the next requests that contain `text`."""

    kind: str
    text: bytes
    times: int


@dataclass(eq=False)
class Connection:
    """Both ends of one connection, and what became of it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    loses_answer: bool = False
    fault: Fault | None = None
    passed: int = 0  # bytes of answers during `fault`

    def abort(self) -> None:
        """Cut it, without a goodbye to either side."""
        for end in (self.near, self.far):
            if end is not None:
                end.transport.abort()


class Proxy:
    """Passes on everything to where `upstream` points, until a method says otherwise: for the connections there are and
    for new ones, until the next one or `heal`. A context manager; it has a thread of its own, and may be told from any.

    `upstream`: a URL; where it is http or ws, single requests can have accidents. `tls`: what to speak to who connects;
    upstream it is always plain.
    """

    def __init__(self, upstream: str, *, tls: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self.port = 0  # the same after `refuse` and `heal`
        self.accepted = 0  # connections so far
        self.peak = 0  # connections at once; may be set back
        self._tls = tls
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault = Fault()
        self._accidents: list[Accident] = []

    @property
    def url(self) -> str:
        """`upstream` by way of this proxy."""
        scheme, _, *rest = urlsplit(self.upstream)
        return urlunsplit((scheme + ("s" if self._tls else ""), f"127.0.0.1:{self.port}", *rest))

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._connections)

    # Faults of the line

    def heal(self) -> None:
        """Pass everything on again, also what was held back."""
        self._do(self._heal())

    def cut(self) -> None:
        """Cut every connection at once; new ones are welcome."""
        self._do(self._cut())

    def cut_after(self, count: int) -> None:
        """Cut each connection after `count` more bytes of answers."""
        self._do(self._become(Fault(cut_after=count)))

    def delay(self, seconds: float) -> None:
        """Hold each piece of an answer back for so long; with `math.inf` requests arrive and are never answered."""
        self._do(self._become(Fault(delay=seconds)))

    def freeze(self) -> None:
        """Be half open: accept and keep connections, and pass on nothing in either direction."""
        self._do(self._become(Fault(frozen=True)))

    def garble(self, garbage: bytes = GARBAGE) -> None:
        """Answer whatever comes with `garbage`, and hang up."""
        self._do(self._become(Fault(garbage=garbage)))

    def refuse(self) -> None:
        """Cut every connection, and take no new ones."""
        self._do(self._refuse())

    # Accidents of single requests

    def duplicate(self, text: str = "POST ", times: int = 1) -> None:
        """Have the next requests that contain `text` done upstream twice, one after the other; the second answer is
        passed on."""
        self._do(self._expect(Accident("duplicate", text.encode(), times)))

    def lose_answer(self, text: str = "POST ", times: int = 1) -> None:
        """Have the next requests that contain `text` answered upstream, and cut the line instead of passing that on."""
        self._do(self._expect(Accident("lose answer", text.encode(), times)))

    # Its life

    def __enter__(self) -> Proxy:
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self._tls, backlog=1_000)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _become(self, fault: Fault) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()

    async def _heal(self) -> None:
        self._accidents.clear()
        await self._become(Fault())
        if self._server is None:
            await self._listen()

    async def _cut(self) -> None:
        for connection in self._connections:
            connection.abort()

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _expect(self, accident: Accident) -> None:
        self._accidents.append(accident)

    async def _finish(self) -> None:
        await self._refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # One connection

    def _accept(self, requests: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(requests, Connection(near)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, requests: asyncio.StreamReader, connection: Connection) -> None:
        self._connections.add(connection)
        self.accepted += 1
        self.peak = max(self.peak, self.connections)
        try:
            answers, connection.far = await self._dial()
            async with asyncio.TaskGroup() as passing:
                asking = passing.create_task(self._pass_requests(requests, connection))
                await self._pass_answers(answers, connection)
                asking.cancel()
            connection.near.close()
            await connection.near.wait_closed()  # what was passed on arrives
        except* (OSError, EOFError):
            pass  # either side's good right, and a fault is how this one has it
        finally:
            connection.abort()
            self._connections.discard(connection)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await self._thawed()
        return await asyncio.open_connection("127.0.0.1", urlsplit(self.upstream).port)

    async def _pass_requests(self, requests: asyncio.StreamReader, connection: Connection) -> None:
        assert connection.far
        whole = urlsplit(self.upstream).scheme in ("http", "ws")
        async for request in _whole(requests) if whole else _pieces(requests):
            await self._thawed()
            if self._fault.garbage:
                connection.near.write(self._fault.garbage)
                break
            accident = self._accident(request)
            if accident == "duplicate":
                await self._rehearse(request)
            connection.loses_answer = accident == "lose answer"
            connection.far.write(request)
            await connection.far.drain()
        connection.far.close()

    def _accident(self, request: bytes) -> str:
        for accident in self._accidents:
            if accident.times and accident.text in request:
                accident.times -= 1
                return accident.kind
        return ""

    async def _rehearse(self, request: bytes) -> None:
        """Have it done upstream once, and tell nobody."""
        answer, far = await self._dial()
        with closing(far):
            far.write(CONNECTION.sub(b"", request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            await answer.read()

    async def _pass_answers(self, answers: asyncio.StreamReader, connection: Connection) -> None:
        async for piece in _pieces(answers):
            await self._thawed()
            if self._fault.delay:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), self._fault.delay)
            left = self._left(connection)
            if not connection.loses_answer:
                connection.near.write(piece[:left])
                connection.passed += len(piece)
                await connection.near.drain()
            if connection.loses_answer or len(piece) >= left:
                raise ConnectionAbortedError

    def _left(self, connection: Connection) -> int:
        """How many bytes of answers may still pass."""
        if connection.fault is not self._fault:
            connection.fault, connection.passed = self._fault, 0
        return max(0, self._fault.cut_after - connection.passed)

    async def _thawed(self) -> None:
        while self._fault.frozen:
            await self._changed.wait()


async def _whole(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """HTTP requests, each as a whole; after an upgrade, what comes as it comes."""
    upgraded = False
    while not upgraded and not reader.at_eof():
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        upgraded = bool(UPGRADE.search(head))
        yield head + await reader.readexactly(int(length[1]) if length else 0)
    async for piece in _pieces(reader):
        yield piece


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(CHUNK):
        yield piece
