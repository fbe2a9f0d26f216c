"""Whether the server's websocket takes us: a connection, the hello, and whether it is kept."""

from __future__ import annotations

import asyncio
import math
import ssl

from chat.meeting.rows import Row
from chat.ozeki.listener import Hint, Listener

HANDSHAKE = 10.0  # seconds
HANGING_UP = 1.0  # seconds in which a server that does not like the hello will have hung up
WHAT = "Listener"


async def hear(url: str | None, hello: str, *, off: bool, tls: ssl.SSLContext) -> Row:
    """Return how the websocket at `url` takes this hello; None: there is none, or the dialect says `off`."""
    if off:
        return Row("ok", WHAT, "listener.url = off: the portal asks for notices every few seconds")
    if url is None:
        return Row("differs", WHAT, "the server names no websocket; the portal would ask every few seconds")
    waiting = HANDSHAKE

    def give_up(attempt: int) -> float:
        nonlocal waiting
        waiting = 0.0
        listener.reconsider()
        return math.inf

    listener = Listener(url, hello, tls=tls, poll=lambda: waiting, safety=lambda: waiting, delays=give_up)
    try:
        if await anext(listener) is Hint.TIMER:
            return Row("differs", WHAT, "no connection; is the port open from here, or OZEKI_LISTENER_URL needed?")
        waiting = HANGING_UP
        async with asyncio.timeout(HANDSHAKE):
            while await anext(listener) is not Hint.TIMER:
                continue
        if listener.state != "socket":
            return Row(
                "differs", WHAT, "the server hangs up after listener.hello; a recorded trace shows the right one"
            )
    except TimeoutError:
        pass  # one frame after another comes in: it is kept
    finally:
        await listener.aclose()
    return Row("ok", WHAT, "connected, and the server does not hang up after the hello")
