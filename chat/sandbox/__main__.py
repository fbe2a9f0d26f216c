"""`python -m chat.sandbox`: the sandbox as a process, HTTP under Daphne and the listener in the same event loop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from daphne.server import Server, twisted_loop
from websockets.asyncio.server import Server as SocketServer
from websockets.asyncio.server import serve

from chat.ozeki import dialect as dialects
from chat.sandbox import history, storage
from chat.sandbox.app import PATH, App
from chat.sandbox.calls import Address
from chat.sandbox.control import Control, person_json
from chat.sandbox.listener import Listener
from chat.sandbox.lively import Lively
from chat.sandbox.world import World

SAVE_EVERY = 1.0  # seconds
LOOK_EVERY = 5.0  # seconds between two looks at who has gone
GOODBYE = 1.0  # seconds for the sockets to close


def options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chat.sandbox", description="An Ozeki Chat server to try and test against.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (IPv4)")
    parser.add_argument("--port", type=int, default=9080, help="for HTTP; 0: any free one")
    parser.add_argument("--listener-port", type=int, default=9081, help="for websockets; 0: any free one")
    parser.add_argument("--login-host", default="localhost", help="the host that the login reply's addresses claim")
    parser.add_argument("--dialect", type=Path, help="a dialect file; without it, the default dialect")
    parser.add_argument("--data", type=Path, help="a file to keep everything in; without it, memory")
    parser.add_argument("--control", action="store_true", help="offer /control/ (anyone who can connect may use it)")
    parser.add_argument("--quiet", action="store_true", help="nobody speaks by themselves")
    parser.add_argument("--fast", action="store_true", help="a shorter history")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    chosen = options(argv)
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    try:
        dialect = dialects.load(chosen.dialect) if chosen.dialect else dialects.Dialect()
        with socket.create_server((chosen.host, chosen.port)) as door:
            if chosen.data and chosen.data.exists():
                world = storage.load(dialect, chosen.data)
            else:
                world = history.new_world(dialect, fast=chosen.fast)
            sockets = twisted_loop.run_until_complete(open_listener(world, chosen))
            run(world, chosen, door, *sockets)
    except (OSError, ValueError, OverflowError) as error:  # the last is of a port that there can't be
        print(f"The sandbox can't start: {error}", file=sys.stderr)
        return 1
    return 0


async def open_listener(world: World, chosen: argparse.Namespace) -> tuple[Listener, SocketServer]:
    listener = Listener(world)
    return listener, await serve(listener, chosen.host, chosen.listener_port, max_size=64 * 1024)


def run(
    world: World, chosen: argparse.Namespace, door: socket.socket, listener: Listener, sockets: SocketServer
) -> None:
    """Serve on the door and the sockets that are open already, until a signal; leave the world saved."""
    port, listener_port = door.getsockname()[1], next(iter(sockets.sockets)).getsockname()[1]
    address = Address(f"http://{chosen.login_host}:{port}{PATH}", chosen.login_host, listener_port)
    ready = {
        "ready": True,
        "url": f"http://{chosen.host}:{port}{PATH}",
        "listener": f"ws://{chosen.host}:{listener_port}",
        "people": [person_json(person) for person in world.people.values()],
    }

    def drop(client: object) -> None:
        """Cut a client's HTTP connection. Daphne knows the connection, ASGI doesn't."""
        for request in list(server.connections):
            channel = getattr(request, "channel", None)  # Twisted deletes it with the connection
            if request.client_addr == client and channel is not None:
                channel.forceAbortClient()

    def begin_again() -> None:
        """Have everything as a restart would, but for the people's keys."""
        listener.drop()
        lively.begin_again(on=not chosen.quiet)
        app.faults.waiting.clear()
        app.log.clear()
        world.become(history.new_world(world.dialect, fast=chosen.fast))

    app = App(world, address, drop)
    server = Server(
        app,
        [f"fd:fileno={door.detach()}"],
        signal_handlers=False,
        ready_callable=lambda: print(json.dumps(ready), flush=True),
    )
    lively = Lively(world, on=not chosen.quiet)
    if chosen.control:
        app.control = Control(world, app.faults, listener.drop, lively.switch, begin_again)
    for number in (signal.SIGTERM, signal.SIGINT):
        twisted_loop.add_signal_handler(number, server.stop)
    tasks = [twisted_loop.create_task(lively.begin_now_and_then()), twisted_loop.create_task(look_who_has_gone(world))]
    if chosen.data:
        tasks.append(twisted_loop.create_task(keep_saving(world, chosen.data)))
    server.run()
    for task in (*tasks, *lively.tasks):
        task.cancel()
    twisted_loop.run_until_complete(say_goodbye(sockets))
    if chosen.data:
        storage.save(world, chosen.data)


async def look_who_has_gone(world: World) -> None:
    """For ever: tell of those who have neither a socket nor a recent call any more."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        for person in world.people.values():
            world.announce(person)


async def keep_saving(world: World, path: Path) -> None:
    """For ever: save what has changed."""
    saved = -1
    while True:
        if world.changes != saved:
            saved = world.changes
            storage.save(world, path)
        await asyncio.sleep(SAVE_EVERY)


async def say_goodbye(sockets: SocketServer) -> None:
    sockets.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(sockets.wait_closed(), GOODBYE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
