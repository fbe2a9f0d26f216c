"""What is said in a room of fifty, each in a session of their own: how many deliveries a second of one core does."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench.server import Town
from tests.bench.stage import Stage, stage
from tests.bench.table import Line
from tests.processes import wait_until
from tests.reliability.swarm import SwarmTab

ROOM = 50
BURST = 200
EARLIER = "830/s, with its log off 18,000/s"


def measure(quick: bool) -> Iterator[Line]:
    """Counted by the portal's CPU. Each message has to come to each tab."""
    rounds = 1 if quick else 5
    burst, steady, single = [], [], []
    with stage(Town(ROOM + 1, rooms=[ROOM])) as here:
        room = here.room(ROOM)
        tabs = here.tabs(here.come(range(ROOM)), [room] * ROOM)
        for _ in range(rounds):
            burst.append([rate(here, tabs, room, BURST, every=0)])
            steady.append([rate(here, tabs, room, 100, every=0.05)])
            single.append([rate(here, tabs, room, 1, every=0) for _ in range(5)])
    yield Line(f"A burst of {BURST} messages to {ROOM} people", "/s", burst, earlier=EARLIER, least=830)
    yield Line(f"20 messages a second to {ROOM} people, for 5 s", "/s", steady, least=830)
    yield Line(f"One message to {ROOM} people", "/s", single)


def rate(here: Stage, tabs: list[SwarmTab], room: str, messages: int, *, every: float) -> float:
    """Say so many messages, one `every` so many seconds; deliveries for each second of the portal's CPU."""
    here.settle()
    used, began = here.portal.cpu_seconds(), time.monotonic()
    said = []
    for number in range(messages):
        time.sleep(max(0.0, began + number * every - time.monotonic()))
        said.append(here.say(number % ROOM, room, f"Number {number}, as long as what people say when they talk"))
    for tab in tabs:
        wait_until(lambda tab=tab: tab.messages.keys() >= set(said), "everything to have come", 120)
    return messages * len(tabs) / max(0.01, here.portal.cpu_seconds() - used)
