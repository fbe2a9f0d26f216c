"""Connections that are slow, endless or far too large: they cost those who make them, and nobody else."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPException

import pytest

SLOW = 300


@pytest.fixture
def connect(portal):
    """`connect(b"…")`: a connection on which that much was said. All are closed at the end."""
    with ExitStack() as opened:

        def said(words):
            line = opened.enter_context(socket.create_connection(("127.0.0.1", portal.port), timeout=20))
            line.sendall(words)
            return line

        yield said


def answer(portal, method="GET", path="/livez", body=None, **headers):
    """The status of a whole request; 0 when the line was cut instead."""
    with closing(HTTPConnection("127.0.0.1", portal.port, timeout=20)) as connection:
        try:
            connection.request(method, path, body, headers)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0


def status(line):
    """The status that the portal answers a connection with; 0 when it hangs up without a word."""
    words = line.recv(4_096).split()
    return int(words[1]) if words else 0


def test_hundreds_of_requests_that_never_end_keep_nobody_waiting(portal, connect):
    host = f"127.0.0.1:{portal.port}".encode()
    head = b"POST /sign-in/ HTTP/1.1\r\nHost: " + host
    never = (b"GE", head, head + b"\r\nX-Slow: ", head + b"\r\nContent-Length: 1000\r\n\r\ncsrf")
    slow = [connect(never[number % len(never)]) for number in range(SLOW)]
    for line in slow:  # one more byte each, as it would be for hours
        line.sendall(b"a")
    started = time.monotonic()
    assert [answer(portal) for _ in range(20)] == [200] * 20
    assert [answer(portal, path="/sign-in/") for _ in range(5)] == [200] * 5
    assert time.monotonic() - started < 15  # seconds, on a machine that is busy otherwise


@pytest.mark.parametrize(
    "words",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nCookie: " + b"a=b; " * 20_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00" * 20_000,
    ],
    ids=["path", "header", "headers", "cookies", "no HTTP"],
)
def test_more_headers_than_anybody_has_are_refused(portal, connect, words):
    with suppress(ConnectionError):  # it may hang up before all of it is said
        assert status(connect(words)) in (0, 400, 414, 431)
    assert answer(portal) == 200


@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\nHost: {host}\r\nX-A: b\x00c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nX A: b\r\n\r\n",
        b"G\xc3\x89T / HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nDaphne-Root-Path: \xff\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_no_proper_request_gets_no_page(portal, connect, words):
    assert status(connect(words.replace(b"{host}", f"127.0.0.1:{portal.port}".encode()))) in (0, 400, 500)
    assert answer(portal) == 200


@pytest.mark.parametrize("framed", [b"Content-Length: 100000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_larger_than_any_is_refused_before_it_is_all_there(portal, connect, framed):
    line = connect(b"POST /sign-in/ HTTP/1.1\r\nHost: " + f"127.0.0.1:{portal.port}\r\n".encode() + framed)
    piece = bytes(100_000)
    if b"chunked" in framed:
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    with suppress(ConnectionError):  # it hangs up on the rest
        for _ in range(1_000):
            line.sendall(piece)
        pytest.fail("all of it was taken")
    assert answer(portal) == 200


def test_a_body_as_large_as_forms_may_be_is_taken(portal):
    assert answer(portal, "POST", "/sign-in/", b"x" * 2_500_000, Host=f"127.0.0.1:{portal.port}") == 403
