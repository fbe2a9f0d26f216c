"""A request's line in the log, its id, and who may name that."""

from __future__ import annotations

import ipaddress
import logging

import pytest

from chat import trail
from ozekiweb.access import AccessLog
from ozekiweb.asgi import AsPeopleSeeIt

PROXY, STRANGER = "10.0.0.1", "192.0.2.1"


@pytest.fixture
def request_from(settings, caplog):
    """Sends a request through both layers to an application that answers 200; the id it saw, the id in the answer, and
    the lines about it."""
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    caplog.set_level(logging.DEBUG, "ozekiweb.access")

    async def send(peer, *headers, path="/people/", status=200):
        seen, sent = [], []

        async def application(scope, receive, send):
            seen.append(trail.current())
            await send({"type": "http.response.start", "status": status, "headers": [(b"vary", b"Cookie")]})
            await send({"type": "http.response.body", "body": b""})

        async def answer(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "headers": list(headers), "client": [peer, 4000]}
        await AsPeopleSeeIt(AccessLog(application))(scope, None, answer)
        assert (b"vary", b"Cookie") in sent[0]["headers"]
        return seen[0], dict(sent[0]["headers"]).get(b"x-request-id", b"").decode(), caplog.records

    return send


async def test_a_trusted_proxy_names_the_request(request_from):
    seen, answered, _ = await request_from(PROXY, (b"x-request-id", b"of-the-proxy"))
    assert seen == answered == "of-the-proxy"


async def test_nobody_else_does(request_from):
    seen, answered, _ = await request_from(STRANGER, (b"x-request-id", b"forged"))
    assert seen == answered != "forged"
    assert trail.HARMLESS.fullmatch(seen)


@pytest.mark.parametrize("named", [b"a\r\nSet-Cookie: x=y", b"\x1b[2J", b"x" * 65, b"\xff", b""])
async def test_not_even_a_trusted_proxy_names_it_harmfully(request_from, named):
    seen, answered, _ = await request_from(PROXY, (b"x-request-id", named))
    assert seen == answered != named.decode("latin1")
    assert trail.HARMLESS.fullmatch(seen)


async def test_the_line_says_what_was_asked_and_what_became_of_it(request_from):
    (line,) = (await request_from(STRANGER, path="/people/", status=502))[2]
    assert (line.method, line.path, line.status, line.levelname) == ("GET", "/people/", 502, "INFO")
    assert line.getMessage() == f"GET /people/ 502, {line.ms} ms"


async def test_a_path_without_end_has_a_line_with_one(request_from):
    (line,) = (await request_from(STRANGER, path="/" + "x" * 5000))[2]
    assert len(line.getMessage()) < 300


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [
        ("/readyz", 200, "DEBUG"),
        ("/readyz", 503, "INFO"),
        ("/static/js/app.js", 200, "DEBUG"),
        ("/static/js/app.js", 304, "DEBUG"),
        ("/static/js/app.js", 404, "INFO"),
    ],
)
async def test_what_is_asked_for_all_the_time_has_a_line_and_an_id_only_when_it_fails(
    request_from, path, status, level
):
    _, answered, (line,) = await request_from(STRANGER, path=path, status=status)
    assert (line.levelname, bool(answered)) == (level, level == "INFO")


@pytest.mark.parametrize(
    ("sent", "received", "status"),
    [
        (["websocket.close"], [], 403),
        (["websocket.accept"], [{"type": "websocket.disconnect", "code": 1001}], 1001),
        (["websocket.accept", {"type": "websocket.close", "code": 4401}], [], 4401),
    ],
)
async def test_a_sockets_line_says_how_it_ended(caplog, sent, received, status):
    caplog.set_level(logging.INFO, "ozekiweb.access")

    async def application(scope, receive, send):
        for message in sent:
            await send(message if isinstance(message, dict) else {"type": message})
        for _ in received:
            await receive()

    async def receive():
        return received[0]

    async def swallow(message):
        pass

    await AccessLog(application)({"type": "websocket", "path": "/live/", "headers": []}, receive, swallow)
    (line,) = caplog.records
    assert (line.method, line.path, line.status) == ("WEBSOCKET", "/live/", status)


async def test_a_request_that_nobody_answers_has_its_line_too(caplog):
    caplog.set_level(logging.INFO, "ozekiweb.access")

    async def application(scope, receive, send):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await AccessLog(application)({"type": "http", "method": "BREW", "path": "/", "headers": []}, None, None)
    assert caplog.records[0].status is None
