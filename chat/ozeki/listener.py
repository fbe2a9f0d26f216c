"""When it is worth asking Ozeki what changed: an endless stream of hints, and the only module that knows websockets.

A frame means "call Notification" and nothing more; its content is not looked at. Without a usable socket there is a
hint each poll interval instead, while the socket is retried behind it.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

logger = logging.getLogger(__name__)

# websockets writes frames and headers to its log at DEBUG, and the first frame is the station.
_wire = logging.getLogger(f"{__name__}.wire")
_wire.setLevel(logging.INFO)

LARGEST_FRAME = 64 * 1024  # bytes
LONGEST_DELAY = 60.0  # seconds between two attempts
# A socket that lived this long was a good one; one that is closed sooner counts as a failed attempt, so that a server
# which accepts and hangs up is not asked all the time.
STEADY = 60.0  # seconds


class Hint(enum.Enum):
    """Why it is worth asking."""

    CONNECTED = enum.auto()  # a new socket: changes may have been missed, compare everything
    FRAME = enum.auto()
    TIMER = enum.auto()


def jittered(attempt: int) -> float:
    """Return the seconds before attempt number `attempt`: doubling from one, capped at 60, spread by half."""
    return min(2.0 ** min(attempt, 10), LONGEST_DELAY) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret


class _Connect(connect):
    """A connection that follows no redirect: it would carry the station to wherever the reply says."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def _at_once() -> None:
    pass


class Listener:
    """Yields a Hint whenever it is worth asking. Never raises for network trouble; ends with `aclose`.

    `url`: the websocket, None to poll only. `hello`: the first frame sent, "" for none. `before`: what
    to do before each attempt to connect, which raises nothing. `tls`: for wss; None: the
    system's certificates. `poll`: seconds to the next hint without a socket, looked up each time; `safety`: the same
    while there is one and it is silent. `delays`: attempt → seconds before it. `patience`: seconds for a handshake,
    between pings, and for a ping's answer.
    """

    def __init__(
        self,
        url: str | None,
        hello: str,
        *,
        before: Callable[[], Awaitable[None]] = _at_once,
        tls: ssl.SSLContext | None = None,
        poll: Callable[[], float],
        safety: Callable[[], float] = lambda: 30.0,
        delays: Callable[[int], float] = jittered,
        patience: float = 20,
    ) -> None:
        self.state = "polling"
        self.sockets = 0  # how many it has had
        self.came = 0.0  # when the frame that the hint of this moment stands for came, by `time.monotonic()`
        self._url = url
        self._hello = hello
        self._before = before
        self._tls = tls
        self._poll = poll
        self._safety = safety
        self._delays = delays
        self._patience = patience
        self._changed = asyncio.Event()
        self._hint: Hint | None = None
        self._since: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Hint:
        clock = asyncio.get_running_loop().time
        if self._since is None:
            self._since = clock()
            self._start()
        while not self._closed:
            self._changed.clear()
            if self._task is not None and self._task.done():
                self._task.result()  # it never ends by itself: a mistake of ours must not be silence
            hint, self._hint = self._hint, None
            if hint is None:
                interval = self._safety() if self.state == "socket" else self._poll()
                try:
                    async with asyncio.timeout_at(self._since + interval):
                        await self._changed.wait()
                    continue
                except TimeoutError:
                    hint = Hint.TIMER
            self._since = clock()
            return hint
        raise StopAsyncIteration

    def reconsider(self) -> None:
        """Look up the poll interval again: somebody has begun or ceased to watch."""
        self._changed.set()

    async def aclose(self) -> None:
        """Hang up and end the iteration."""
        self._closed = True
        self._changed.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _start(self) -> None:
        if self._url is not None and not self._closed:
            self._task = asyncio.create_task(self._keep_connected(self._url))
            self._task.add_done_callback(lambda _: self._changed.set())

    async def _keep_connected(self, url: str) -> None:
        clock = asyncio.get_running_loop().time
        attempt = 0
        while True:
            started = clock()
            try:
                await self._before()
                await self._listen(url)
                trouble = "closed"
            except (OSError, WebSocketException, ValueError, EOFError) as error:
                trouble = type(error).__name__
            if self.state == "socket":
                self.state = "polling"
                self._changed.set()
            attempt = 0 if clock() - started > STEADY else attempt + 1
            logger.info("no listener: %s, attempt %d", trouble, attempt)
            await asyncio.sleep(self._delays(attempt))

    async def _listen(self, url: str) -> None:
        """Connect and report frames until the socket closes."""
        secure = url.lower().startswith("wss:")
        async with _Connect(
            url,
            ssl=(self._tls or ssl.create_default_context()) if secure else None,
            proxy=None,
            compression=None,
            user_agent_header="ozeki-portal",
            open_timeout=self._patience,
            ping_interval=self._patience,
            ping_timeout=self._patience,
            close_timeout=min(1, self._patience),
            max_size=LARGEST_FRAME,
            logger=_wire,
        ) as socket:
            if self._hello:
                await socket.send(self._hello)
            self.state = "socket"
            self.sockets += 1
            self._tell(Hint.CONNECTED)
            async for _ in socket:
                self._tell(Hint.FRAME)

    def _tell(self, hint: Hint) -> None:
        """Leave the hint for the consumer. While it is busy hints become one; CONNECTED asks for more than a frame."""
        if self._hint is None:
            self.came = time.monotonic()
        if self._hint is not Hint.CONNECTED:
            self._hint = hint
        self._changed.set()
