"""bin/run: prepares the portal, starts it, with a sandbox Ozeki server when none is named, and stops all of it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connections

PATIENCE = 60.0  # seconds for each thing to come up
GRACE = 15.0  # seconds for each thing to stop; the portal gives what is under way ten


class Stopped(Exception):
    """Why the portal does not start or does not go on: a sentence for the person who started it."""


def portal_command(host: str, port: int) -> list[str]:
    """The command that serves the portal."""
    options = {
        # An idle socket is pinged, so that a vanished browser is noticed and a proxy keeps the line open.
        "--ping-interval": 20,
        "--ping-timeout": 30,
        "--websocket_connect_timeout": 5,
        "--application-close-timeout": 10,
        "--verbosity": 0,  # no access log: it would hold query strings
    }
    words = [word for name, value in options.items() for word in (name, str(value))]
    return [
        sys.executable,
        "-m",
        "ozekiweb.serve",
        "-b",
        host,
        "-p",
        str(port),
        "--no-server-name",
        *words,
        "ozekiweb.asgi:application",
    ]


def sandbox_command(*arguments: str) -> list[str]:
    """The command that starts a sandbox Ozeki server, which says when it is ready in one line of JSON."""
    return [sys.executable, "-m", "chat.sandbox", *arguments]


def can_listen(host: str, port: int) -> bool:
    """Whether `port` is free on `host`. Raises Stopped when `host` is no address of this machine."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind(address)
    except PermissionError:
        raise Stopped(f"Port {port} is one that only root may listen on; choose one above 1023 with PORT.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise Stopped(f"HOST={host} is not an address of this machine.") from None
    return True


def is_alive(host: str, port: int) -> bool:
    """Whether the portal answers, asked by the name it goes by."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": urlsplit(settings.SITE_URL).netloc})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def prepare() -> None:
    """The database's tables and the static files, as this version has them."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    connections.close_all()


async def start_sandbox(children: dict[str, Process]) -> dict[str, Any]:
    """Start it, and return its ready line."""
    # The same ports at each start if they are free, so that nobody signed in notices a restart.
    ports = [
        port if port < 65536 and can_listen("127.0.0.1", port) else 0
        for port in (settings.PORT + 1080, settings.PORT + 2080)
    ]
    dialect = ["--dialect", str(settings.OZEKI_DIALECT)] if settings.OZEKI_DIALECT else []
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    data = str(settings.DATA_DIR / "sandbox")
    command = sandbox_command("--port", str(ports[0]), "--listener-port", str(ports[1]), "--data", data, *dialect)
    child = children["sandbox"] = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, limit=1 << 20
    )
    line = await asyncio.wait_for(child.stdout.readline(), PATIENCE) if child.stdout else b""
    if not line:
        raise Stopped("The sandbox Ozeki server did not start.")
    ready: dict[str, Any] = json.loads(line)
    return ready


async def start_portal(children: dict[str, Process]) -> None:
    """Start it, and return when it answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104 (asked, not bound)
    child = children["portal"] = await asyncio.create_subprocess_exec(
        *portal_command(settings.HOST, settings.PORT), stdin=DEVNULL
    )
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(is_alive, host, settings.PORT):
            if child.returncode is not None:
                raise Stopped("The portal did not start.")
            await asyncio.sleep(0.1)


def announce(people: list[dict[str, Any]]) -> None:
    """Say where the portal is and, when the sandbox is behind it, who one can be."""
    print(f"\nOzeki Web is at {settings.SITE_URL}")
    if people:
        print("Sign in as any of these people of the sandbox; two of them in two browsers can chat.\n")
    for person in people:
        print(f"  {person['email']:<28} {person['password']}")
    print("\nCtrl-C stops it.", flush=True)


async def run(children: dict[str, Process]) -> None:
    """Bring everything up, then raise Stopped when any of it ends."""
    if not await asyncio.to_thread(can_listen, settings.HOST, settings.PORT):
        raise Stopped(
            f"Port {settings.PORT} on {settings.HOST} is in use; choose another, as in PORT={settings.PORT + 1} bin/run"
        )
    people = []
    if not settings.OZEKI_URL:
        ready = await start_sandbox(children)
        settings.OZEKI_URL = os.environ["OZEKI_URL"] = ready["url"]  # ours, and the portal process'
        people = ready["people"]
    await asyncio.to_thread(call_command, "check", stdout=StringIO())
    await asyncio.to_thread(prepare)
    await start_portal(children)
    announce(people)
    endings = {asyncio.create_task(child.wait(), name=name) for name, child in children.items()}
    done, _ = await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
    raise Stopped(f"The {done.pop().get_name()} has ended unexpectedly.")


async def stop(child: Process) -> None:
    """End it, gently at first."""
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), GRACE)
    except TimeoutError:
        child.kill()
        await child.wait()


async def main() -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, or until something fails (Stopped); leave nothing running."""
    told = asyncio.Event()
    signals = {signal.SIGINT, signal.SIGTERM}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: stay when the terminal closes
        signals.add(signal.SIGHUP)
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    children: dict[str, Process] = {}
    running = asyncio.create_task(run(children))
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not told.is_set():  # a Ctrl-C reaches the children as well, so that their end is no surprise
            await running
    finally:
        running.cancel()
        for child in reversed(children.values()):  # the portal before the server it talks to
            await stop(child)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ozekiweb.settings")
    try:
        django.setup()
        asyncio.run(main())
    except (ImproperlyConfigured, CommandError, DatabaseError, Stopped) as error:
        sys.exit(str(error))
    except TimeoutError:
        sys.exit("The portal did not come up in time.")
