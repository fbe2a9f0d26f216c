"""Serves the portal by Daphne, and ends it gently: what is under way is answered, and tabs are told to come back."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from typing import Any
from urllib.parse import quote

from daphne import http_protocol
from daphne.cli import CommandLineInterface
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from django.db import connection
from twisted.internet.defer import Deferred

from chat.stream import RESTART
from ozekiweb import locks

DRAIN = 10.0  # seconds for what is under way
DEAF = 10.0  # seconds in which 64 KiB must have left for a browser
LOOK, SHORTEST_LOOK = 0.05, 0.001  # seconds
FLUSH = 0.1  # seconds for what was written last to leave
LARGEST_BODY = 3 * 1024 * 1024  # bytes of a request; Django takes 2.5 MiB of a form


class GracefulServer(Server):
    """Daphne's, but told to stop it takes nobody in, closes the sockets, and waits for answers, though not for ever."""

    def run(self) -> None:
        """Serve until told to stop."""
        self.ports: list[Any] = []
        # Never unlocked: it goes with the process.
        if locks.take(settings.DATA_DIR / f"slot-{quote(settings.PROCESS_SLOT, safe='')}.lock") is None:
            sys.exit(
                f"PROCESS_SLOT {settings.PROCESS_SLOT} is taken by another process with this DATA_DIR."
                " Two of one slot would steal each other's news: give each its own."
            )
        if connection.vendor == "sqlite":
            # The first connection to a database makes files beside it and the last one removes them, which a full disk
            # would not allow to be made again. This one stays, so that people can go on reading.
            connection.ensure_connection()
        _spare_the_collector()
        super().run()

    def listen_success(self, port: Any) -> None:
        """Remember the port, to close it first."""
        self.ports.append(port)
        super().listen_success(port)

    def kill_all_applications(self) -> Deferred[None]:
        """What Twisted waits for before everything ends; Daphne's own would cancel whatever is under way."""
        return Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Hand something to a browser, and wait while it does not read: Twisted would keep all of it in memory.
        One that has not read for long is cut off."""
        await super().handle_reply(protocol, message)
        transport, deadline, pause = protocol.transport, time.monotonic() + DEAF, SHORTEST_LOOK
        while transport is not None and transport.connected and transport._isSendBufferFull():
            if time.monotonic() > deadline:
                transport.abortConnection()
            await asyncio.sleep(pause)  # what was just written has not even been given to the system yet
            pause = min(2 * pause, LOOK)

    async def _drain(self) -> None:
        for port in self.ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                # Also one that was not let in yet, which can't be closed but refused.
                protocol.handle_reply({"type": "websocket.close", "code": RESTART.code})
        try:
            async with asyncio.timeout(DRAIN):
                while under_way := self._under_way():  # a line that is kept alive may bring one more
                    await asyncio.wait(under_way)
        except TimeoutError:
            for application in self._under_way():
                application.cancel()
        await asyncio.sleep(FLUSH)

    def _under_way(self) -> list[asyncio.Future[None]]:
        begun = [details.get("application_instance") for details in self.connections.values()]
        return [application for application in begun if application is not None and not application.done()]


def _spare_the_collector() -> None:
    """Python's collector stops everything while it looks for what is held by nothing but itself: a message may come a
    twentieth of a second later. What was loaded stays for good, so it need not look there; and it looks less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


class BoundedRequest(http_protocol.WebRequest):
    """Daphne's, but refused when its body is larger than any: Daphne would first take all of it, on the disk. And cut
    off when its answer breaks down: Daphne would begin another one, and what looks after all of them end with that."""

    refused = False

    def handleContentChunk(self, data: bytes) -> None:
        """Take in a piece of the body."""
        if self.refused:
            return  # what was already on its way
        if self.content.tell() + len(data) > LARGEST_BODY:
            self.refused = True
            self.channel.transport.write(
                b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.channel.loseConnection()
            return
        super().handleContentChunk(data)

    def handle_exception(self, exception: Exception) -> None:
        """The application has broken down."""
        if self._response_started:
            self.channel.loseConnection()
        else:
            super().handle_exception(exception)


http_protocol.WebRequest = BoundedRequest  # Daphne's factory looks there, and nowhere else


class Serve(CommandLineInterface):
    """Daphne's command line."""

    server_class = GracefulServer


if __name__ == "__main__":
    Serve.entrypoint()
