"""What is said in a room of fifty, each in a session of their own: how many deliveries a second of one core does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from tests.bench.lounge import Crowd, Lounge, Talker, lounge
from tests.bench.server import Town
from tests.bench.stage import Stage, stage
from tests.bench.table import Line, Run
from tests.processes import wait_until
from tests.reliability.swarm import SwarmTab

ROOM = 50
BURST = 200
WAYS = ((BURST, 0.0), (100, 0.05), (1, 0.0))  # messages, and seconds from one to the next
EARLIER = "830/s, with its log off 18,000/s"


def measure(run: Run) -> Iterator[Line]:
    """Counted by the portal's CPU. Each message has to come to each tab."""
    rounds = 1 if run.quick else 5
    ours: list[list[list[float]]] = [[], [], []]
    with stage(Town(ROOM + 1, rooms=[ROOM])) as here:
        room = here.room(ROOM)
        tabs = here.tabs(here.come(range(ROOM)), [room] * ROOM)
        for _ in range(rounds):
            for way, (messages, every) in zip(ours, WAYS, strict=True):
                way.append([rate(here, tabs, room, messages, every=every) for _ in range(5 if messages == 1 else 1)])
    theirs = at_the_lounge(rounds) if run.peer else [[], [], []]
    burst, steady, single = ours
    yield Line(f"A burst of {BURST} messages to {ROOM} people", "/s", burst, (), theirs[0], earlier=EARLIER, least=830)
    yield Line(f"20 messages a second to {ROOM} people, for 5 s", "/s", steady, (), theirs[1], least=830)
    yield Line(f"One message to {ROOM} people", "/s", single, (), theirs[2])


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


def at_the_lounge(rounds: int) -> list[list[list[float]]]:
    """The same there, said by somebody on the IRC server."""
    with lounge(ROOM, range(ROOM)) as (there, talker, crowd):
        return [[[said_there(there, talker, crowd, *way)] for _ in range(rounds)] for way in WAYS]


def said_there(there: Lounge, talker: Talker, crowd: Crowd, messages: int, every: float) -> float:
    """Deliveries for each second of The Lounge's CPU."""
    there.settle()
    used, began = there.cpu_seconds(), time.monotonic()
    said = {f"Number {number} after {began:.3f}, as long as what people say" for number in range(messages)}
    for number, text in enumerate(said):
        time.sleep(max(0.0, began + number * every - time.monotonic()))
        talker.say(text)
    wait_until(partial(all_of, crowd, said), "everything to have come", 120)
    return messages * ROOM / max(0.01, there.cpu_seconds() - used)


def all_of(crowd: Crowd, said: set[str]) -> bool:
    """Whether everybody has all of it."""
    return all(heard.keys() >= said for heard in crowd.heard.values())
