"""A browser that never reads what the portal sends it."""

from __future__ import annotations

import base64
import json
import secrets
import select
import socket
from contextlib import closing
from urllib.parse import urlsplit

from tests.processes import wait_until
from tests.reliability.swarm import cookie_of

LONG = "漢" * 19_000  # three bytes each


def deaf_tab(portal, visitor, talk):
    """A tab's socket whose system takes little and whose browser takes nothing."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", portal.port))
    headers = {
        "Host": urlsplit(portal.url).netloc,
        "Origin": portal.url,
        "Cookie": cookie_of(visitor),
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    lines = ["GET /live/ HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    line.sendall("\r\n".join(lines).encode())
    assert b" 101 " in line.recv(200)
    hello = json.dumps({"type": "hello", "epoch": "", "n": 0, "conversation": talk, "visible": True}).encode()
    mask = secrets.token_bytes(4)
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(hello))
    line.sendall(bytes([0x81, 0x80 | len(hello)]) + mask + masked)  # a text of less than 126 bytes
    return line


def is_cut(line):
    """Whether the other side has cut it, which can be told without reading."""
    watched = select.poll()
    watched.register(line, 0)
    return bool(watched.poll(0))


def test_a_browser_that_does_not_read_is_let_go_and_nobody_else_waits(own, browser, world, bob):
    talk = world.between("alice", "bob")
    there = browser(own)
    assert there.sign_in(bob).status == 303
    reading = there.tab(talk)
    reading.until_upstream("on")
    with closing(deaf_tab(own, there, talk)) as deaf:
        reading.hear_message(world.says("alice", talk, LONG))
        assert not is_cut(deaf)
        for _ in range(30):
            for id in [world.says("alice", talk, LONG) for _ in range(4)]:
                reading.hear_message(id)
        # Well before its pings are missed, and so before much has piled up for it.
        wait_until(lambda: is_cut(deaf), "the deaf browser to be let go", 25)
    assert reading.all_so_far()
