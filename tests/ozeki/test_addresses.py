from __future__ import annotations

import pytest

from chat.ozeki import protocol
from chat.ozeki.dialect import Listener
from chat.ozeki.models import Listeners

BASE = "https://chat.example.org/ozeki/index.php"
LOCAL = "http://localhost/ozeki/index.php?srv=chatserver&api=chatfriends"
SOCKETS = Listeners("ws://localhost:9011", "wss://localhost:9012/changes?v=1")


def pinned(url, base=BASE, trusted=()):
    return protocol.endpoints({"chatfriends": url}, base, trusted).get("chatfriends")


def test_localhost_in_the_login_reply_becomes_the_server_we_know():
    assert pinned(LOCAL) == f"{BASE}?srv=chatserver&api=chatfriends"


def test_path_and_query_are_the_replys():
    assert (
        pinned("http://evil.example/x/y.php?api=chatfriends&v=2#z")
        == "https://chat.example.org/x/y.php?api=chatfriends&v=2"
    )
    assert pinned("/y.php?api=chatfriends") == "https://chat.example.org/y.php?api=chatfriends"
    assert pinned("//evil.example:81") == "https://chat.example.org/"


def test_a_port_of_ours_is_kept():
    assert pinned(LOCAL, "http://10.0.0.1:8080/ozeki/index.php").startswith("http://10.0.0.1:8080/ozeki/index.php?")


def test_a_trusted_origin_is_used_as_given():
    files = "http://Files.example.org/api?api=chatfriends"
    assert pinned(files, trusted=["http://files.example.org:80"]) == files
    assert pinned("http://x:y@files.example.org/", trusted=["http://files.example.org"]) == "http://files.example.org/"


@pytest.mark.parametrize(
    "trusted", ["https://files.example.org", "http://files.example.org:8080", "http://example.org"]
)
def test_another_scheme_port_or_host_is_another_origin(trusted):
    assert pinned("http://files.example.org/", trusted=[trusted]) == "https://chat.example.org/"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:x",
        "http://[",
        "http://h:99999/",
        "http://h/a b",
        "http://h/é",
        "http://h/\x00",
    ],
)
def test_what_is_no_usable_address_is_left_out(url):
    assert pinned(url) is None


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://chat.example.org/x", "ws://chat.example.org:9011"),
        ("https://chat.example.org:8443/x", "wss://chat.example.org:9012/changes?v=1"),
        ("http://[::1]:80/x", "ws://[::1]:9011"),
    ],
)
def test_the_listeners_host_is_ours_and_its_port_and_path_are_kept(base, expected):
    assert protocol.listener_url(SOCKETS, base, Listener(), (), "") == expected


def test_without_wss_https_makes_do_with_ws():
    assert protocol.listener_url(Listeners(ws="ws://x:9011"), BASE, Listener(), (), "") == "ws://chat.example.org:9011"


def test_a_trusted_listener_is_used_as_given():
    for trusted in ("wss://localhost:9012", "https://localhost:9012"):
        assert protocol.listener_url(SOCKETS, BASE, Listener(), [trusted], "") == SOCKETS.wss


def test_the_administrators_own_address_wins():
    assert protocol.listener_url(Listeners(), BASE, Listener("off"), (), "ws://here:1") == "ws://here:1"


@pytest.mark.parametrize(
    "ws", ["", "http://localhost:9011", "ws://", "ws://h:0x1", "ws://[", "udp://localhost:9010", "ws://h/a b"]
)
def test_without_a_usable_socket_there_is_only_polling(ws):
    assert protocol.listener_url(Listeners(ws=ws), "http://h/", Listener(), (), "") is None


def test_a_dialect_can_turn_the_socket_off():
    assert protocol.listener_url(SOCKETS, BASE, Listener("off"), (), "") is None
