"""bin/run: prepares the portal, starts it, with a sandbox Ozeki server when none is named, and stops all of it.

When one part ends, all end, and whoever started this starts it again: systemd does, and shows how often.
"""

from __future__ import annotations

import argparse
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
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PATIENCE = 60.0  # seconds for each thing to come up
GRACE = 15.0  # seconds for each thing to stop; the portal gives what is under way ten


class Stopped(Exception):
    """Why the portal does not start or does not go on: a sentence for whoever started it, "" when they have it."""


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


def fit_for_people() -> None:
    """Raises Stopped when something is set that is only for trying the portal out, or what people need is not."""
    wrong = {
        "OZEKI_URL is not set": not settings.OZEKI_URL,
        "SITE_URL is not set": settings.SITE_URL_IS_DEFAULT,
        "DEBUG is on": settings.DEBUG,
    }
    if unfit := [words for words, so in wrong.items() if so]:
        raise Stopped(f"Not fit for people: {', '.join(unfit)}. docs/settings.md has the variables.")


async def prepare(children: dict[str, Process], words: list[str]) -> None:
    """Run `ozekiweb.prepare` with these words to its end, however long it waits for another one's.

    Raises Stopped when that fails.
    """
    command = [sys.executable, "-m", "ozekiweb.prepare", *words]
    children["preparation"] = child = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL)
    if await child.wait() != 0:
        raise Stopped  # it has said why
    del children["preparation"]


async def start_sandbox(children: dict[str, Process]) -> dict[str, Any]:
    """Start it, and return its ready line. Raises Stopped, or TimeoutError after a minute."""
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


def served_ports() -> range:
    """One for each process, from PORT on."""
    return range(settings.PORT, settings.PORT + settings.PROCESSES)


async def start_portals(children: dict[str, Process]) -> None:
    """Start each process of the portal with its port and its slot, and return when all of them answer.

    Raises Stopped when one ends, TimeoutError after a minute.
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104 (asked, not bound)
    started = {}
    shared = {name: value for name, value in os.environ.items() if name not in ("PORT_FILE", "PROCESS_SLOT_FILE")}
    for number, port in enumerate(served_ports()):
        name = f"portal on port {port}" if settings.PROCESSES > 1 else "portal"
        slot = f"{settings.PROCESS_SLOT}-{number}" if number else settings.PROCESS_SLOT
        started[port] = children[name] = await asyncio.create_subprocess_exec(
            *portal_command(settings.HOST, port),
            stdin=DEVNULL,
            env={**shared, "PORT": str(port), "PROCESS_SLOT": slot},
        )
    async with asyncio.timeout(PATIENCE):
        for port, child in started.items():
            while not await asyncio.to_thread(is_alive, host, port):
                if child.returncode is not None:
                    raise Stopped("The portal did not start.")
                await asyncio.sleep(0.1)


def tell_systemd() -> None:
    """Tell whoever set NOTIFY_SOCKET, as systemd does for Type=notify, that people are served now."""
    if name := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", name.replace("@", "\0", 1) if name.startswith("@") else name)


def announce(people: list[dict[str, Any]]) -> None:
    """Say where the portal is and, when the sandbox is behind it, who one can be."""
    behind = f", served on ports {served_ports()[0]} to {served_ports()[-1]}" if settings.PROCESSES > 1 else ""
    print(f"\nOzeki Web is at {settings.SITE_URL}{behind}")
    if people:
        print("Sign in as any of these people of the sandbox; two of them in two browsers can chat.\n")
    for person in people:
        print(f"  {person['email']:<28} {person['password']}")
    print("\nCtrl-C stops it.", flush=True)


async def run(children: dict[str, Process], *, production: bool) -> None:
    """Bring everything up, then raise Stopped when any of it ends."""
    if production:
        fit_for_people()
    for port in served_ports():
        if not await asyncio.to_thread(can_listen, settings.HOST, port):
            raise Stopped(f"Port {port} on {settings.HOST} is in use; choose another, as in PORT={port + 1} bin/run")
    people = []
    if not settings.OZEKI_URL:
        ready = await start_sandbox(children)
        settings.OZEKI_URL = os.environ["OZEKI_URL"] = ready["url"]  # ours, and the portal process'
        people = ready["people"]
    await prepare(children, ["--production"] if production else [])
    await start_portals(children)
    announce(people)
    tell_systemd()
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


async def main(*, production: bool) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, or until something fails (Stopped); leave nothing running."""
    told = asyncio.Event()
    signals = {signal.SIGINT, signal.SIGTERM}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: stay when the terminal closes
        signals.add(signal.SIGHUP)
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    children: dict[str, Process] = {}
    running = asyncio.create_task(run(children, production=production))
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not told.is_set():  # a Ctrl-C reaches the children as well, so that their end is no surprise
            await running
    finally:
        running.cancel()
        sandbox = children.pop("sandbox", None)
        await asyncio.gather(*map(stop, children.values()))
        if sandbox:  # after those that talk to it
            await stop(sandbox)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ozekiweb.settings")
    parser = argparse.ArgumentParser(
        prog="bin/run", description="Starts the portal; docs/settings.md has the variables."
    )
    parser.add_argument("--production", action="store_true", help="for people: no sandbox, no DEBUG, more is checked")
    options = parser.parse_args()
    try:
        asyncio.run(main(production=options.production))
    except (ImproperlyConfigured, Stopped) as error:
        sys.exit(str(error) or 1)
    except TimeoutError:
        sys.exit("The portal did not come up in time.")
