from __future__ import annotations

import ipaddress
import logging

import pytest
from channels.testing import WebsocketCommunicator

from ozekiweb.asgi import AsPeopleSeeIt, SiteOrigin, application, client_address

pytestmark = pytest.mark.django_db  # a socket that is refused looks whether database connections are to be closed
ORIGINS = ["https://chat.example.org", "http://localhost:8000"]


async def connects(socket: WebsocketCommunicator) -> bool:
    connected, _ = await socket.connect()
    await socket.disconnect()
    return connected


async def accepting(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


def socket_from(*origins: bytes) -> WebsocketCommunicator:
    return WebsocketCommunicator(
        SiteOrigin(accepting, ORIGINS), "/live/", headers=[(b"origin", origin) for origin in origins]
    )


@pytest.mark.parametrize("origin", [b"https://chat.example.org", b"http://localhost:8000"])
async def test_a_page_of_ours_may_open_a_socket(origin):
    assert await connects(socket_from(origin))


@pytest.mark.parametrize(
    "origin",
    [
        b"http://chat.example.org",  # the same host without TLS
        b"https://chat.example.org:8443",  # the same host on another port
        b"http://localhost:8001",
        b"https://evil.chat.example.org",
        b"https://evil.example",
        b"null",
        b"",
        b"http://[::1",
        b"http://localhost:port",
        b"\xff\xfe",
    ],
)
async def test_another_page_may_not(origin, caplog):
    with caplog.at_level(logging.WARNING):
        assert not await connects(socket_from(origin))
    assert "Refused a socket" in caplog.text


async def test_a_socket_without_an_origin_is_refused():
    assert not await connects(socket_from())


async def test_the_log_names_the_refused_host_and_nothing_more(caplog):
    assert not await connects(socket_from(b"https://name:word@evil.example/path?token"))
    assert [record.getMessage() for record in caplog.records] == ["Refused a socket from evil.example"]


async def test_a_socket_for_another_path_is_closed_cleanly():
    socket = WebsocketCommunicator(application, "/elsewhere/", headers=[(b"origin", b"http://127.0.0.1:8000")])
    assert not await connects(socket)


@pytest.fixture
def trust(settings):
    def set_proxies(*networks):
        settings.TRUSTED_PROXIES = [ipaddress.ip_network(network) for network in networks]

    set_proxies()
    return set_proxies


def test_a_client_cannot_claim_an_address_when_no_proxy_is_trusted(trust):
    assert client_address("198.51.100.1", "192.0.2.9") == "198.51.100.1"


def test_a_trusted_proxy_names_the_client(trust):
    trust("10.0.0.0/8")
    assert client_address("10.0.0.1", "192.0.2.9") == "192.0.2.9"
    assert client_address("::ffff:10.0.0.1", "192.0.2.9") == "192.0.2.9"
    assert client_address("10.0.0.1", "") == "10.0.0.1"
    assert client_address("fe80::1%eth0", "") == "fe80::1"  # PostgreSQL knows no zones


def test_what_the_client_wrote_before_the_proxies_does_not_count(trust):
    trust("10.0.0.0/8")
    assert client_address("10.0.0.1", "10.9.9.9, 203.0.113.5, 192.0.2.9, 10.0.0.2") == "192.0.2.9"
    assert client_address("10.0.0.1", "nonsense, 192.0.2.9") == "192.0.2.9"
    assert client_address("10.0.0.1", "192.0.2.9, nonsense") == "10.0.0.1"


@pytest.mark.parametrize(("https", "schemes"), [(False, ["http", "ws"]), (True, ["https", "wss"])])
async def test_the_scheme_is_that_of_the_site_whatever_a_header_says(settings, trust, https, schemes):
    settings.HTTPS = https
    seen = []

    async def remember(scope, receive, send):
        seen.append((scope["scheme"], scope["client"]))

    for kind in ("http", "websocket"):
        scope = {
            "type": kind,
            "path": "/",
            "headers": [(b"x-forwarded-proto", b"https")],
            "client": ["192.0.2.1", 4000],
            "scheme": "x",
        }
        await AsPeopleSeeIt(remember)(scope, None, None)
    assert seen == [(scheme, ["192.0.2.1", 4000]) for scheme in schemes]
