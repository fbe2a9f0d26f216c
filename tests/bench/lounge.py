"""The Lounge 4.5 with ngIRCd: another chat that a company hosts itself for its browsers, measured in the same run.

As installed, but for its port and address: its log in SQLite and in text files, no proxy in front. Everybody has an
account, whose own connection to the IRC server is always there. `npm` brings it into build/bench/, once, with the
`irc-framework` of its registry in place of the commit on GitHub that it asks for; ngIRCd must be installed.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import aiohttp
from playwright.sync_api import Browser, Page

from tests.bench.rest import at_rest
from tests.processes import ROOT, Service, free_port, wait_until
from tests.tab import Background

FOLDER = ROOT / "build" / "bench" / "lounge"
PACKAGE = {
    "private": True,
    "dependencies": {"thelounge": "4.5.2", "node": "22.23.3"},  # it wants this Node, which Debian has not
    "overrides": {"irc-framework": "4.14.0"},
}
NODE = FOLDER / "node_modules" / ".bin" / "node"
PROGRAM = FOLDER / "node_modules" / "thelounge" / "index.js"
ROOM, PASSWORD = "#room", "password"
HASH = "$2a$04$xLnBD0Z7UYsBjznRcK6vDuM.CWeHvCF8xVYecKf59jM./5ALJGv66"  # bcrypt of it


def missing() -> str:
    """Why it can't be measured here; "" when it can."""
    for needed in ("npm", "ngircd"):
        if shutil.which(needed) is None:
            return f"there is no {needed} on the PATH"
    if not PROGRAM.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text(json.dumps(PACKAGE))
        command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode or not PROGRAM.exists():
            return f"npm could not install it: {(done.stderr.strip().splitlines() or ['no reason given'])[0]}"
    return ""


class Irc(Service):
    """ngIRCd, which lets everybody in from here and say as much as they like."""

    name = "IRC server"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.port = free_port()
        self.file = folder / "ngircd.conf"

    def start(self) -> None:
        self.file.write_text(
            f"[Global]\nName = irc.example.org\nInfo = For measuring\nListen = 127.0.0.1\nPorts = {self.port}\n"
            "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nMaxNickLength = 20\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\n"
        )
        self.spawn(["ngircd", "--nodaemon", "--config", str(self.file)])
        self.wait_for(self._listens)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


class Lounge(Service):
    """The Lounge with so many accounts, p0 and so on, all in one channel."""

    name = "Lounge"

    def __init__(self, folder: Path, irc: Irc, people: int) -> None:
        super().__init__()
        self.folder, self.irc, self.people, self.port = folder, irc, people, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        for number in range(self.people):
            self._account(f"p{number}")
        options = ["-c", f"port={self.port}", "-c", "host=127.0.0.1"]
        self.spawn([str(NODE), str(PROGRAM), "start", *options], THELOUNGE_HOME=str(self.folder))
        self.wait_for(self._answers)

    def _account(self, name: str) -> None:
        network = {
            "name": "Here",
            "host": "127.0.0.1",
            "port": self.irc.port,
            "tls": False,
            "nick": name,
            "username": name,
            "realname": name,
            "channels": [{"name": ROOM}],
        }
        account = {"password": HASH, "log": True, "networks": [network], "clientSettings": {}, "sessions": {}}
        file = self.folder / "users" / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(account))

    def _answers(self) -> bool:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        return False

    def settle(self) -> None:
        """Until it and the IRC server have nothing to do."""
        at_rest(self, self.irc)

    def page(self, browser: Browser, name: str) -> Page:
        """A page of that person's, signed in, on the channel."""
        page = browser.new_context(base_url=self.url, viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(60_000)
        page.goto("/")
        page.locator("#signin-username").fill(name)
        page.locator("#signin-password").fill(PASSWORD)
        page.locator("#sign-in button[type=submit]").click()
        page.locator(f'.channel-list-item[data-name="{ROOM}"]').click()
        page.locator("#chat .userlist .user").first.wait_for(state="attached")
        return page


class Talker:
    """Somebody on the IRC server itself, once there are so many others in the channel."""

    def __init__(self, irc: Irc, people: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", irc.port), 20)
        self._send("NICK talker", "USER talker 0 * :Talker", f"JOIN {ROOM}")
        wait_until(lambda: self._others() >= people, "everybody to be in the channel", 300)

    def _others(self) -> int:
        """How many are there besides."""
        time.sleep(0.2)
        self._send(f"NAMES {ROOM}")
        heard = b""
        while b" 366 " not in heard:  # the end of the list
            heard += self._socket.recv(65_536)
        return len(set(re.findall(rb"\bp\d+\b", heard)))

    def say(self, text: str) -> None:
        self._send(f"PRIVMSG {ROOM} :{text}")

    def _send(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def close(self) -> None:
        self._socket.close()


class Crowd:
    """Other people's browsers at The Lounge, as far as it can tell: one socket each. `heard`: what came to each, and
    when, by `time.monotonic()`."""

    def __init__(self, lounge: Lounge, background: Background, names: Sequence[str]) -> None:
        self.lounge, self.background = lounge, background
        self.heard: dict[str, dict[str, float]] = {name: {} for name in names}
        self.ready: set[str] = set()
        self._tasks = [background.do(self._begin(name)) for name in names]
        wait_until(lambda: len(self.ready) == len(names), "everybody to be at The Lounge", 120)

    async def _begin(self, name: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._follow(name))

    async def _follow(self, name: str) -> None:
        address = f"{self.lounge.url}/socket.io/?EIO=4&transport=websocket"
        async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as line:
            async for frame in line:
                if frame.data.startswith("0"):
                    await line.send_str("40")
                elif frame.data == "2":
                    await line.send_str("3")
                elif frame.data.startswith('42["auth:start"'):
                    signed = {"user": name, "password": PASSWORD, "hasConfig": True}
                    await line.send_str(f"42{json.dumps(['auth:perform', signed])}")
                elif frame.data.startswith('42["init"'):
                    self.ready.add(name)
                elif frame.data.startswith('42["msg"'):
                    _, what = json.loads(frame.data[2:])
                    self.heard[name][what["msg"].get("text", "")] = time.monotonic()

    def close(self) -> None:
        self.background.do(self._leave())

    async def _leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextmanager
def lounge(people: int, crowd: Sequence[int] = ()) -> Iterator[tuple[Lounge, Talker, Crowd]]:
    """It and its IRC server, with so many accounts; the `crowd` of these numbers have a socket."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        irc = stack.enter_context(Irc(folder))
        here = stack.enter_context(Lounge(folder, irc, people))
        background = stack.enter_context(Background())
        talker = stack.enter_context(closing(Talker(irc, people)))
        yield here, talker, stack.enter_context(closing(Crowd(here, background, [f"p{number}" for number in crowd])))
