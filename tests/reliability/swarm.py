"""Many browsers at once, as far as the portal can tell: each tab does what static/js/live.js does, unseen."""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp

from tests.processes import Portal
from tests.visitor import Visitor

T = TypeVar("T")
PING, ANSWER, STEADY, LONGEST_DELAY = 25.0, 10.0, 10.0, 30.0  # seconds, as in live.js and models/line.js
MESSAGE = re.compile(r'data-message="([^"]+)"')


@dataclass(eq=False)
class SwarmTab:
    """One tab: what it shows, and how its line has been."""

    cookie: str
    conversation: str
    epoch: str = ""
    n: int = 0
    live: bool = False
    welcomed: int = 0
    messages: dict[str, float] = field(default_factory=dict)  # those that came, and when, by `time.monotonic()`
    codes: list[int | None] = field(default_factory=list)  # with which its sockets were closed


class Swarm:
    """Browsers in an event loop of their own, in a thread of their own. A context manager."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.tabs: list[SwarmTab] = []
        self._lives: dict[SwarmTab, Future[None]] = {}

    def __enter__(self) -> Swarm:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="swarm", daemon=True)
        self._thread.start()
        self.session = self.start(self._open()).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.start(self._finish()).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def get(self, visitor: Visitor, path: str) -> Future[tuple[int, float]]:
        """Ask for a page as a visitor who is signed in; its status, and how many seconds it took."""
        return self.start(self._timed(cookie_of(visitor), path))

    def open(self, visitor: Visitor, conversation: str, seen: tuple[str, int] = ("", 0)) -> SwarmTab:
        """Open a tab on a conversation, which stays until the end; `seen`: epoch and number of the page it has."""
        return self.begin(SwarmTab(cookie_of(visitor), conversation, *seen))

    def begin(self, tab: SwarmTab) -> SwarmTab:
        """Let a tab live."""
        self.tabs.append(tab)
        self._lives[tab] = self.start(self._live(tab))
        return tab

    def close(self, tab: SwarmTab) -> None:
        """Close a tab."""
        self.tabs.remove(tab)
        self._lives.pop(tab).cancel()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Do something in the swarm's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            self.portal.url, connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.session.close()

    async def _timed(self, cookie: str, path: str) -> tuple[int, float]:
        began = time.perf_counter()
        async with self.session.get(path, headers={"Cookie": cookie}) as answer:
            await answer.read()
            return answer.status, time.perf_counter() - began

    async def _live(self, tab: SwarmTab) -> None:
        attempt = 0
        while True:
            began = time.monotonic()
            with suppress(OSError, aiohttp.ClientError, TimeoutError, ValueError):
                await self._connect(tab)
            steady = tab.live and time.monotonic() - began > STEADY
            tab.live = False
            attempt = 1 if steady else attempt + 1
            await asyncio.sleep(min(LONGEST_DELAY, 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0))

    async def _connect(self, tab: SwarmTab) -> None:
        headers = {"Cookie": tab.cookie, "Origin": self.portal.url}
        silence = aiohttp.ClientWSTimeout(PING + ANSWER)
        async with self.session.ws_connect("/live/", headers=headers, timeout=silence) as socket, pinged(socket):
            seen = {"epoch": tab.epoch, "n": tab.n, "conversation": tab.conversation, "visible": True}
            await socket.send_json({"type": "hello", **seen})
            async with asyncio.timeout(ANSWER):
                await self._hear(tab, socket, await socket.receive())
            async for frame in socket:
                await self._hear(tab, socket, frame)
            tab.codes.append(socket.close_code)

    async def _hear(self, tab: SwarmTab, socket: aiohttp.ClientWebSocketResponse, raw: aiohttp.WSMessage) -> None:
        if raw.type is not aiohttp.WSMsgType.TEXT:
            raise ValueError("no frame")
        frame = json.loads(raw.data)
        if frame["type"] == "welcome" and frame["epoch"] == tab.epoch:
            self._welcomed(tab)
        elif frame["type"] == "resync":
            await asyncio.gather(
                self._page(tab, "/conversations/"), self._page(tab, f"/conversations/{tab.conversation}/")
            )
            tab.epoch, tab.n = frame["epoch"], frame["n"]
            await socket.send_json({"type": "healed"})
            self._welcomed(tab)
        elif frame["type"] == "event":
            tab.n = frame["n"]
            self._came(tab, frame.get("messages", ""))
            if frame.get("reset"):
                await self._page(tab, f"/conversations/{tab.conversation}/")

    def _welcomed(self, tab: SwarmTab) -> None:
        tab.live = True
        tab.welcomed += 1

    async def _page(self, tab: SwarmTab, path: str) -> None:
        async with self.session.get(path, headers={"Cookie": tab.cookie, "HX-Request": "true"}) as answer:
            if answer.status != 200:
                raise ValueError(f"{path}: {answer.status}")
            self._came(tab, await answer.text())

    def _came(self, tab: SwarmTab, html: str) -> None:
        now = time.monotonic()
        tab.messages = dict.fromkeys(MESSAGE.findall(html), now) | tab.messages


@asynccontextmanager
async def pinged(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[None]:
    """Ask the portal for a sign of life now and then, as pages do."""

    async def ping() -> None:
        with suppress(ConnectionError):  # whoever hears will notice
            while True:
                await asyncio.sleep(PING)
                await socket.send_json({"type": "ping"})

    pinging = asyncio.create_task(ping())
    try:
        yield
    finally:
        pinging.cancel()


def cookie_of(visitor: Visitor) -> str:
    """The header that a browser sends."""
    return "; ".join(f"{each.name}={each.value}" for each in visitor.http.cookies.jar)
