"""The sandbox over HTTP: a plain ASGI application that answers Ozeki's API, and tests' control calls when asked to.

This double proves that a client agrees with our reading of Ozeki's public pages. It does not prove that the client
works with a real Ozeki server: where the pages are silent, both follow the same guesses, those of the dialect.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from chat.sandbox.calls import Address, answer, rules
from chat.sandbox.control import Control
from chat.sandbox.envelope import LARGEST, Envelope, open_envelope
from chat.sandbox.faults import Fault, Faults
from chat.sandbox.world import Refusal, World

PATH = "/ozeki/index.php"
HTML = b"<!DOCTYPE html><html><head><title>Ozeki</title></head><body><h1>Please wait, starting</h1></body></html>"
logger = logging.getLogger("chat.sandbox")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    content: bytes
    type: bytes = b"application/json"


def as_json(reply: object, *, status: int = 200) -> Response:
    return Response(status, json.dumps(reply).encode())


class App:
    """One ASGI application. `drop` cuts the connection of a client (host and port), for which ASGI has no word."""

    def __init__(self, world: World, address: Address, drop: Callable[[object], None]) -> None:
        self.world = world
        self.rules = rules(world, address)
        self.faults = Faults({(api, action) for _, api, action in self.rules})
        self.drop = drop
        self.log: deque[dict[str, object]] = deque(maxlen=10_000)
        self.numbers = count(1)
        self.control: Control | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if scope["path"] == PATH:
            response = await self._call(scope, body, receive)
        elif self.control is not None and scope["path"].startswith("/control/"):
            response = self._steer(self.control, scope, body)
        else:
            response = Response(404, b"Not found\n", b"text/plain")
        if response is not None:
            await _reply(send, response)

    def _steer(self, control: Control, scope: Scope, body: bytes) -> Response:
        try:
            return as_json(
                control.answer(scope["method"], scope["path"], scope["query_string"].decode(), body, self.log)
            )
        except Refusal as refusal:
            return as_json({"error": str(refusal)}, status=400)

    async def _call(self, scope: Scope, body: bytes, receive: Receive) -> Response | None:
        """The response to a call of the API; None when there is to be none."""
        envelope = open_envelope(scope["method"], scope["query_string"], scope["headers"], body)
        fault = self.faults.take(envelope.api, envelope.action, self._userid(envelope))
        if fault is None:
            return as_json(self._answer(envelope))
        reply = self._answer(envelope) if fault.accepts else self._note(envelope, f"fault: {fault.fault}")
        return await self._fail(fault, reply, scope, receive)

    async def _fail(self, fault: Fault, reply: Mapping[str, object], scope: Scope, receive: Receive) -> Response | None:
        response = as_json(reply)
        match fault.fault:
            case "403":
                return Response(403, b"<html>Forbidden</html>", b"text/html; charset=utf-8")
            case "500":
                return Response(500, b"Internal Server Error\n", b"text/plain")
            case "504":
                return Response(504, b"<html>Gateway Time-out</html>", b"text/html; charset=utf-8")
            case "html":
                return Response(200, HTML, b"text/html; charset=utf-8")
            case "cut":
                return Response(200, response.content[: len(response.content) // 2])
            case "empty":
                return Response(200, b"")
            case "lose":
                self.drop(scope["client"])
                return None
            case "hang":
                while (await receive())["type"] != "http.disconnect":
                    pass
                return None
            case "slow":
                await asyncio.sleep(fault.seconds)
        return response

    def _answer(self, envelope: Envelope) -> Mapping[str, object]:
        try:
            reply = answer(self.world, self.rules, envelope)
        except Refusal as refusal:
            logger.warning("refused %s %s: %s", envelope.api, envelope.action, refusal)
            return self._note(envelope, str(refusal))
        self._note(envelope, None)
        return reply

    def _note(self, envelope: Envelope, refused: str | None) -> Mapping[str, object]:
        """Write the call down; the reply to it if it is refused."""
        self.log.append(
            {
                "n": next(self.numbers),
                "api": envelope.api,
                "action": envelope.action,
                "userid": self._userid(envelope),
                "station": envelope.station,
                "refused": refused,
            }
        )
        return {"status": "ERROR", "errormessage": refused}

    def _userid(self, envelope: Envelope) -> str:
        """Who says to call; by the station where the call has no `Ozeki-User`."""
        station = self.world.stations.get(envelope.station)
        return envelope.values.get("ozeki-user") or (station.userid if station else "")


async def _body(receive: Receive) -> bytes:
    """The whole body, cut just past what is refused as too large."""
    body = bytearray()
    while True:
        message = await receive()
        if len(body) <= LARGEST:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _reply(send: Send, response: Response) -> None:
    headers = [(b"content-type", response.type), (b"content-length", str(len(response.content)).encode())]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
