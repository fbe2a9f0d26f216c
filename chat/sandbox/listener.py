"""The websocket listener: a socket's first frame says whose it is, and it is signalled when they have notices.

A frame carries no news itself; it means "ask Notification" (p_8491).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from chat.sandbox.records import Person, Station
from chat.sandbox.world import World

SIGNAL = "changed"


@dataclass(frozen=True, slots=True)
class Ear:
    """Whose news a socket waits for: one station's, or all of a person's; anybody's when the dialect has no hello."""

    station: str | None
    person: Person | None

    def waits_for(self, station: Station) -> bool:
        if self.station is not None:
            return station.id == self.station
        return self.person is None or station.userid == self.person.userid


class Listener:
    """The sockets that are open now, and who listens on each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ears: dict[ServerConnection, Ear] = {}
        self.sockets: set[ServerConnection] = set()
        world.signal = self.signal

    def signal(self, stations: Sequence[Station]) -> None:
        waiting = [socket for socket, ear in self.ears.items() if any(map(ear.waits_for, stations))]
        broadcast(waiting, SIGNAL)

    def drop(self) -> int:
        """Cut every connection without a goodbye; how many there were."""
        for socket in list(self.sockets):
            socket.transport.abort()
        return len(self.sockets)

    async def __call__(self, socket: ServerConnection) -> None:
        self.sockets.add(socket)
        try:
            await self._serve(socket)
        except ConnectionClosed:
            pass  # cut, or gone before its first frame: there is nobody to tell
        finally:
            self.sockets.discard(socket)

    async def _serve(self, socket: ServerConnection) -> None:
        ear = self._recognise(await socket.recv()) if self.world.dialect.listener.hello else Ear(None, None)
        if ear is None:
            await socket.close(CloseCode.POLICY_VIOLATION, "unknown")
            return
        self.ears[socket] = ear
        if ear.person is not None:
            ear.person.sockets += 1
            self.world.announce(ear.person)
        try:
            self._remind(socket, ear)
            async for _ in socket:  # further frames mean nothing, but must not fill the queue
                pass
        finally:
            del self.ears[socket]
            if ear.person is not None:
                ear.person.sockets -= 1

    def _remind(self, socket: ServerConnection, ear: Ear) -> None:
        """What came before the socket did is news too."""
        if any(ear.waits_for(station) and station.has_notices() for station in self.world.stations.values()):
            broadcast([socket], SIGNAL)

    def _recognise(self, hello: str | bytes) -> Ear | None:
        """Whose hello this is, by the dialect's template; None when it isn't one or names nobody."""
        pattern = "".join(
            {"{station}": "(?P<station>[0-9a-f]{32})", "{userid}": "(?P<userid>[0-9a-f]{32})"}.get(
                part, re.escape(part)
            )
            for part in re.split(r"(\{\w+\})", self.world.dialect.listener.hello)
        )
        match = re.fullmatch(pattern, hello) if isinstance(hello, str) else None
        if match is None:
            return None
        named = match.groupdict()
        if "station" not in named:
            person = self.world.people.get(named["userid"]) if "userid" in named else None
            return Ear(None, person) if person or "userid" not in named else None
        station = self.world.stations.get(named["station"])
        if station is None or named.get("userid", station.userid) != station.userid:
            return None
        return Ear(station.id, self.world.people[station.userid])
