"""A tab's line to the portal (`live.js`): numbered events in, nothing lost."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.visitor import Document, Frame

if TYPE_CHECKING:
    from tests.tab.tab import Tab

# Seconds, all of them much shorter than a browser's.
PING, ANSWER = 1.0, 2.0
FIRST_DELAY, LONGEST_DELAY = 0.05, 1.0
LOST = (OSError, TimeoutError, WebSocketException, httpx.HTTPError)


class Line:
    """The line of one page: another page of the same tab has another one."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._epoch, self.n, self._signin = "", 0, ""
        self._upstream = "on"
        self._told: str | None = None
        self._since: int | None = None
        self._owed: list[int] = []
        self._keeping: asyncio.Task[None] | None = None
        self._forget()

    def _forget(self) -> None:
        self.live = False
        self._socket: ClientConnection | None = None
        self._resuming = False
        self._unhealed: Frame | None = None

    def start(self, document: Document) -> None:
        """Connect, and connect again, from where the page stands."""
        root = document.one("html")
        self._epoch, self.n, self._signin = root["data-epoch"], int(root["data-n"]), root["data-signin"]
        self._owed = []  # whoever woke before there was a page asked for nothing
        self._keeping = self._tab.watched(self._keep())

    def stop(self) -> list[asyncio.Task[None]]:
        """End it; what is ending."""
        keeping, self._keeping = self._keeping, None
        self._forget()
        if keeping is None:
            return []
        keeping.cancel()
        return [keeping]

    def leave(self) -> None:
        """Another conversation is asked for: what happens from here on its page may lack."""
        self._since = self.n

    async def show(self) -> None:
        """Tell the server which conversation is on screen by now."""
        pane, since = self._tab.pane, self._since
        conversation = pane.conversation if pane else None
        if conversation == self._told and since is None:
            return
        self._since = None
        if conversation != self._told:
            await self._send({"type": "show", "conversation": conversation})
        self._told = conversation
        await self.resume(self.n if since is None else since)

    async def resume(self, n: int) -> None:
        """Ask for what came after event `n`."""
        self._owed.append(n)
        await self._send({"type": "resume", "epoch": self._epoch, "n": n})

    # Connecting

    async def _keep(self) -> None:
        attempt = 0
        while self._keeping is asyncio.current_task():  # `wait_for` may swallow that it was cancelled
            await self._tab.awake.wait()
            try:
                await self._hear()
            except ConnectionClosed as closed:
                assert closed.rcvd is None or closed.rcvd.code != 4401, "nobody signs out in a walk"
            except LOST:
                pass
            attempt = 0 if self.live else attempt + 1
            self._forget()
            await asyncio.sleep(min(LONGEST_DELAY, FIRST_DELAY * 2**attempt) * random.uniform(0.5, 1.0))

    async def _hear(self) -> None:
        """Connect, and do what comes, until the line is lost: that raises."""
        browser = self._tab.browser
        address = urlsplit(browser.portal.url).netloc
        async with connect(
            f"ws://{address}/live/",
            host="127.0.0.1",
            port=browser.line.port,
            origin=browser.portal.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": browser.cookies},
            proxy=None,
            open_timeout=ANSWER,
            ping_interval=None,
            close_timeout=0.1,
        ) as socket:
            self._socket = socket
            self._told = pane.conversation if (pane := self._tab.pane) else None
            n = min([self.n, *self._owed])
            self._owed = [n]
            seen = {"epoch": self._epoch, "n": n, "conversation": self._told, "visible": True}
            await self._send({"type": "hello", **seen})
            while True:
                frame = json.loads(await self._frame(socket))
                await self._tab.awake.wait()
                if socket is not self._socket:
                    return  # another page is here by now
                await self._handle(frame)

    async def _frame(self, socket: ClientConnection) -> str | bytes:
        try:
            return await asyncio.wait_for(socket.recv(), PING)
        except TimeoutError:
            await self._tab.awake.wait()
            if self._resuming:
                raise
        await self._send({"type": "ping"})
        return await asyncio.wait_for(socket.recv(), ANSWER)

    async def _send(self, frame: Frame) -> None:
        if self._socket is not None:
            with suppress(ConnectionClosed):  # whoever reads hears of it
                await self._socket.send(json.dumps(frame))

    # Frames

    async def _handle(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                assert frame["signin"] == self._signin, "nobody signs in again in a walk"
            case "pong" | "alerts" | "preferences":
                return
            case "resumed":
                del self._owed[:1]
                return
            case "rows":
                self._tab.conversations.apply(frame)
                return
            case "event":
                await self._event(frame)
                return
            case "resync":
                self._unhealed = frame
        self._upstream = frame.get("upstream") or frame.get("state") or self._upstream
        if self._unhealed is not None:
            await self._heal(self._unhealed)
        if frame["type"] != "welcome" or frame["epoch"] == self._epoch:
            self._become_live()

    async def _event(self, frame: Frame) -> None:
        if frame["n"] > self.n + 1:
            if not self._resuming:
                await self.resume(self.n)
            self._resuming = True
            return
        again = frame["n"] <= self.n  # counted already: here for the messages of a conversation shown since
        if not again:
            self._tab.conversations.apply(frame)
        self._tab.messages.arrive(frame)
        pane = self._tab.pane
        lacking = pane and not all(map(pane.held, frame.get("there", ())))
        stale = bool(pane and (frame.get("reset") or lacking) and frame.get("conversation") == pane.conversation)
        await self._refetch(list=bool(frame.get("sidebar")) and not again, conversation=stale)
        if not again:
            self.n = frame["n"]
            self._resuming = False

    async def _heal(self, frame: Frame) -> None:
        try:
            await self._refetch(list=True, conversation=True)
        except LOST:
            if self._upstream == "on":
                raise
            return
        owed = bool(self._owed)
        self._unhealed, self._owed = None, []
        self._epoch, self.n = frame["epoch"], frame["n"]
        self._resuming = False
        await self._send({"type": "healed"})
        if self._since is not None:
            self._since = self.n
        if owed:
            await self.resume(self.n)

    async def _refetch(self, *, list: bool, conversation: bool) -> None:
        id = self._tab.pane.conversation if self._tab.pane and conversation else None
        wanted = ["/conversations/" if list else None, f"/conversations/{id}/" if id else None]
        rows, pane = await asyncio.gather(*map(self._needed, wanted))
        if rows is not None:
            self._tab.conversations.refresh(rows)
        if pane is not None:
            self._tab.messages.refresh(pane)

    async def _needed(self, path: str | None) -> Document | None:
        """None: there is nothing to ask for, or it is no longer ours to see."""
        if path is None:
            return None
        answer = await self._tab.request(path)
        if answer.status_code in (403, 404):
            return None
        if answer.status_code != 200:
            raise httpx.HTTPError(f"{path}: {answer.status_code}")
        return Document(answer.text)

    def _become_live(self) -> None:
        back, self.live = not self.live, True
        self._tab.conversations.hear_again()
        if back:
            self._tab.outbox.follow()
