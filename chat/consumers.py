"""One browser tab on /live/: let it in, attach it to its relay, pass frames on. Nothing here waits for Ozeki."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import HttpRequest, parse_cookie
from django.utils import translation

from chat import metrics, stream
from chat.http import COOKIE
from chat.portal import portal
from chat.relay import Relay
from chat.stream import RESTART, SIGNED_OUT, Close, frame
from chat.threads import DatabaseThread

logger = logging.getLogger(__name__)

LONGEST_FRAME = 4_096  # characters
FRAMES, WINDOW = 60, 10.0  # so many in so many seconds
MOST_SOCKETS = 100  # of one person, in this process
MALFORMED, TOO_MANY = Close(4400), Close(4429)


class Malformed(Exception):
    """A frame that this tab's own script would not send."""


class Tab(AsyncWebsocketConsumer):
    """A tab's socket. Its first frame says what it last saw; then it has the events, and says what it shows."""

    channel_layer_alias = "none"  # what other processes tell goes to its relay, so no tab depends on the layer
    relay: Relay | None = None
    writer: asyncio.Task[None] | None = None
    counted = ""  # for whom this socket counts

    async def __call__(self, *connection: Any) -> None:
        try:
            with metrics.SOCKETS.track_inprogress():
                await super().__call__(*connection)
        finally:  # however it ends: also when it is given up
            if self.relay is not None:
                self.relay.detach(self.tab)
            if self.writer is not None:
                self.writer.cancel()
            if self.counted:
                sockets = portal().sockets
                sockets[self.counted] -= 1
                if not sockets[self.counted]:
                    del sockets[self.counted]

    async def dispatch(self, message: dict[str, Any]) -> None:
        """What happens to the socket. Nothing is asked of the database first, as Channels would do in a thread that all
        tabs and relays share: while that waits for a lock, lines must live."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        async with DatabaseThread():  # as each page has
            # Whether somebody looks, the tab will say: all come again by themselves.
            account = await portal().account(_token(self.scope), used=False)
        await self.accept()
        if account is None:
            await self.close(SIGNED_OUT.code)
            return
        sockets = portal().sockets
        if sockets[account.userid] >= MOST_SOCKETS:
            logger.warning("somebody has too many sockets")
            await self.close(TOO_MANY.code)
            return
        self.counted = account.userid
        sockets[self.counted] += 1
        translation.activate(_language(self.scope))
        self.account = account
        self.tab = stream.Tab()
        self.received = 0
        self.since = time.monotonic()
        self.writer = asyncio.create_task(self._write())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.writer is None or self.writer.done():
            return
        if self._too_many():
            self.tab.close(TOO_MANY)
            return
        try:
            self._hear(_read(text_data))
        except Malformed:
            logger.info("a tab sent a malformed frame")
            self.tab.close(MALFORMED)

    def _too_many(self) -> bool:
        now = time.monotonic()
        if now - self.since > WINDOW:
            self.since, self.received = now, 0
        self.received += 1
        return self.received > FRAMES

    def _hear(self, said: dict[str, Any]) -> None:
        match said:
            case {"type": "hello", "visible": bool(visible)} if self.relay is None:
                self.tab.visible = visible
                self.tab.conversation = _conversation(said)
                self.relay = portal().relay(self.account)
                self.relay.attach(self.tab, said.get("epoch"), said.get("n"))
            case {"type": "show"} if self.relay is not None:
                self.relay.show(self.tab, _conversation(said))
            case {"type": "visible", "visible": bool(visible)} if self.relay is not None:
                self.relay.see(self.tab, visible=visible)
            case {"type": "alerted", "ids": list(ids)} if self.relay is not None:
                self.relay.alerts.shown(_alert_ids(ids))
            case {"type": "resume"} if self.relay is not None:
                self.relay.resume(self.tab, said.get("epoch"), said.get("n"))
            case {"type": "healed"} if self.relay is not None:
                self.relay.healed(self.tab)
            case {"type": "ping"}:
                self.tab.put(frame("pong"))
            case _:
                raise Malformed

    async def _write(self) -> None:
        while True:
            waiting = await self.tab.queue.get()
            if isinstance(waiting, Close):
                await self.close(waiting.code)
                return
            frame, noticed = waiting
            try:
                await self.send(frame)
            except Exception:  # whatever it is, a tab that hears nothing more must not believe that nothing happens
                logger.exception("a tab could not be told")
                await self.close(RESTART.code)
                return
            if noticed is not None:
                metrics.NOTICES.observe(time.monotonic() - noticed)


def _read(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > LONGEST_FRAME:
        raise Malformed
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(said, dict):
        raise Malformed
    return said


def _conversation(said: dict[str, Any]) -> str | None:
    conversation = said.get("conversation")
    if not isinstance(conversation, str | None) or len(conversation or "") > 64:
        raise Malformed
    return conversation


def _alert_ids(ids: list[Any]) -> set[uuid.UUID]:
    try:
        return {uuid.UUID(id) for id in ids}
    except (AttributeError, TypeError, ValueError) as error:
        raise Malformed from error


def _language(scope: Any) -> str:
    """The browser's language, read of a socket's handshake as Django reads a page's."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = _header(scope, b"accept-language")
    return translation.get_language_from_request(request)


def _token(scope: Any) -> str:
    """The sign-in's token among the cookies of a socket's handshake, read as Django reads those of a page."""
    return parse_cookie(_header(scope, b"cookie", b";")).get(COOKIE, "")


def _header(scope: Any, wanted: bytes, between: bytes = b",") -> str:
    return between.join(value for name, value in scope["headers"] if name == wanted).decode("latin1")
