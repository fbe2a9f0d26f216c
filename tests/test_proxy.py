from __future__ import annotations

import math
import socket
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.processes import wait_until
from tests.proxy import Proxy

TEXT = "x" * 1_000


class Server(ThreadingHTTPServer):
    """Remembers what was posted, and says it back."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.posted: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture
def proxy(server):
    with Proxy(f"http://127.0.0.1:{server.server_port}/path?query") as proxy:
        yield proxy


@pytest.fixture
def line(proxy):
    with closing(HTTPConnection("127.0.0.1", proxy.port, timeout=10)) as line:
        yield line


def post(line, text=TEXT):
    line.request("POST", "/", text)
    return line.getresponse().read().decode()


def is_answered(proxy, seconds=10):
    with closing(HTTPConnection("127.0.0.1", proxy.port, timeout=seconds)) as line:
        try:
            return post(line) == TEXT
        except (OSError, HTTPException):
            return False


def test_everything_is_passed_on_and_several_requests_on_one_connection(proxy, line, server):
    assert [post(line, text) for text in ("one", "two")] == ["one", "two"]
    assert server.posted == [b"one", b"two"]
    assert (proxy.accepted, proxy.connections) == (1, 1)
    line.close()
    wait_until(lambda: proxy.connections == 0, "the goodbye to be passed on")


def test_its_address_is_the_one_behind_it_but_for_the_port(proxy):
    assert proxy.url == f"http://127.0.0.1:{proxy.port}/path?query"


def test_a_connection_that_is_cut_ends_at_once_and_a_new_one_is_welcome(proxy, line):
    post(line)
    proxy.cut()
    assert line.sock.recv(1) == b""
    assert is_answered(proxy)


def test_an_answer_is_cut_after_so_many_bytes_and_until_it_is_healed(proxy, line):
    proxy.cut_after(300)
    line.request("POST", "/", TEXT)
    with line.sock.makefile("rb") as answer:
        assert len(answer.read()) == 300
    assert not is_answered(proxy)
    proxy.heal()
    assert is_answered(proxy)


def test_an_answer_held_back_comes_when_the_line_heals_and_the_request_has_arrived(proxy, line, server):
    proxy.delay(math.inf)
    line.request("POST", "/", TEXT)
    wait_until(lambda: bool(server.posted), "the request")
    proxy.heal()
    assert line.getresponse().read().decode() == TEXT


def test_an_answer_comes_late_by_the_delay(proxy, line):
    proxy.delay(0.05)
    began = time.monotonic()
    assert post(line) == TEXT
    assert time.monotonic() - began >= 0.05


def test_a_frozen_line_takes_connections_and_passes_on_nothing_until_it_thaws(proxy, line, server):
    proxy.freeze()
    line.request("POST", "/", TEXT)
    assert not is_answered(proxy, seconds=0.1)
    assert server.posted == []
    proxy.heal()
    assert line.getresponse().read().decode() == TEXT


def test_a_line_that_garbles_answers_what_no_client_understands(proxy, server):
    proxy.garble(b"what?\r\n\r\n")
    assert not is_answered(proxy)
    assert server.posted == []
    proxy.heal()
    assert is_answered(proxy)


def test_a_line_that_refuses_cuts_and_takes_no_connection_and_comes_back_on_the_same_port(proxy, line):
    post(line)
    proxy.refuse()
    assert line.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port))
    proxy.heal()
    assert is_answered(proxy)


def test_a_request_is_duplicated_once_with_one_answer_and_others_are_not(proxy, line, server):
    proxy.duplicate("again")
    assert [post(line, text) for text in ("once", "again", "again")] == ["once", "again", "again"]
    assert server.posted == [b"once", b"again", b"again", b"again"]


def test_the_answer_is_lost_of_a_request_that_arrived_and_others_have_theirs(proxy, line, server):
    proxy.lose_answer("lost")
    assert post(line, "kept") == "kept"
    with pytest.raises((OSError, HTTPException)):
        post(line, "lost")
    line.close()
    assert post(line, "lost") == "lost"
    assert server.posted == [b"kept", b"lost", b"lost"]


def test_nobody_behind_it_is_heard_as_a_cut_line(proxy, server):
    server.shutdown()
    server.server_close()
    assert not is_answered(proxy)
