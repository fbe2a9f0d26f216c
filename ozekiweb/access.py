"""One line in the log for each request and each socket, with the id that all other lines about it share."""

from __future__ import annotations

import logging
import time
from typing import Any

from chat import metrics, trail

logger = logging.getLogger(__name__)

PROBES = ("/livez", "/readyz", "/metrics")
# What machines ask for every few seconds, and what every page brings along, is worth a line only when it fails.
QUIET = (*PROBES, "/static/")
LONGEST_PATH = 200
METHODS = frozenset({"GET", "HEAD", "POST"})  # what pages have; anybody may make up others


class AccessLog:
    """Gives each request its id, which goes out as X-Request-ID, and says at the end what became of it.

    An X-Request-ID that is still there is believed: whoever may not name one has lost it on the way here.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        id = trail.begin(dict(scope["headers"]).get(b"x-request-id", b"").decode("latin1"))
        started = time.monotonic()
        status: int | None = None

        async def hear() -> Any:
            nonlocal status
            message = await receive()
            if message["type"] == "websocket.disconnect" and status == 101:
                status = message.get("code")
            return message

        async def say(message: Any) -> None:
            nonlocal status
            match message["type"]:
                case "http.response.start":
                    status = message["status"]
                    if not _is_quiet(scope["path"], status):
                        message = {**message, "headers": [*message["headers"], (b"x-request-id", id.encode())]}
                case "websocket.accept":
                    status = 101
                case "websocket.close" if status is None:
                    status = 403  # it never was a socket
                case "websocket.close":
                    status = message.get("code", 1000)
                    metrics.CLOSED.labels(status).inc()
            await send(message)

        try:
            await self.application(scope, hear, say)
        finally:
            _note(scope, status, time.monotonic() - started)


def _is_quiet(path: str, status: int | None) -> bool:
    """Whether there is no line, and so nothing that an id would lead to."""
    return status in (200, 304) and path.startswith(QUIET)


def _note(scope: Any, status: int | None, seconds: float) -> None:
    """The line. `status`: what was answered, or with what code a socket was closed; None: nothing was."""
    method, path = scope.get("method", "WEBSOCKET"), scope["path"][:LONGEST_PATH]
    level = logging.DEBUG if _is_quiet(path, status) else logging.INFO
    milliseconds = round(seconds * 1000)
    facts = {"method": method, "path": path, "status": status, "ms": milliseconds}
    if scope["type"] == "http":
        metrics.REQUESTS.labels(method if method in METHODS else "other", status).observe(seconds)
    logger.log(level, "%s %s %s, %d ms", method, path, status, milliseconds, extra=facts)
