"""How many people one process holds, what each weighs, and when they are current."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.server import Town
from tests.bench.stage import Stage, stage
from tests.bench.table import Line, Run
from tests.processes import wait_until
from tests.reliability.swarm import SwarmTab

NEAR = 10  # conversations on either side: twenty for each
FIRST = 25
CURRENT = 2.0  # seconds
TALK, EVERY = 10.0, 0.05  # seconds


def measure(run: Run) -> Iterator[Line]:
    """Everybody has a tab open on one of their twenty conversations, in which somebody speaks every 50 ms. Then, in
    another town, one message goes to a group of ever more people at once."""
    people, rooms = (100, (10, 25, 50, 100)) if run.quick else (2_000, (50, 100, 200, 300, 400, 500))
    with stage(Town(people, near=NEAR, said=5)) as here:
        talks = [here.talk(number, (number + 1) % people) for number in range(1, people)]
        cookies = here.come(range(1, FIRST + 1))
        tabs = here.tabs(cookies, talks[:FIRST])
        here.settle()
        before = resident(here)  # with all that a process has once
        cookies = here.come(range(FIRST + 1, people))
        tabs += here.tabs(cookies, talks[FIRST:])
        here.settle()
        weight = (resident(here) - before) / (people - 1 - FIRST)
        yield Line("Memory of one signed-in, with 20 conversations and a tab", "kB", [[weight]], most=300)
        late = talking(here, tabs)
        yield Line(f"{people:,} people held, one of them spoken to every 50 ms: current", "s", [late], most=CURRENT)
        yield Line(f"… the slowest of {len(late)}", "s", [[max(late)]], most=CURRENT)
    with stage(Town(max(rooms), rooms=rooms)) as here:
        yield from at_once(here, here.come(range(1, max(rooms))), rooms)


def resident(here: Stage) -> float:
    """The portal's memory in kB."""
    assert here.portal.process
    status = Path(f"/proc/{here.portal.process.pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return float(found[1])


def talking(here: Stage, tabs: list[SwarmTab]) -> list[float]:
    """Speak to one after another, evenly spread; the seconds after which each had it in their tab."""
    said, began = [], time.monotonic()
    count = int(TALK / EVERY)
    for number in range(count):
        time.sleep(max(0.0, began + number * EVERY - time.monotonic()))
        tab = tabs[number * len(tabs) // count]
        who = 1 + tabs.index(tab)
        at = time.monotonic()
        said.append((tab, here.say(who, tab.conversation, f"Number {number}"), at))
    wait_until(lambda: all(id in tab.messages for tab, id, _ in said), "everybody to be current", 120)
    return [tab.messages[id] - at for tab, id, at in said]


def at_once(here: Stage, cookies: list[str], rooms: tuple[int, ...]) -> Iterator[Line]:
    """One message to ever larger groups, until it takes too long to reach everybody."""
    reached, needed, stops = 0, 0.0, ""
    for size in rooms:
        tabs = here.tabs(cookies[: size - 1], [here.room(size)] * (size - 1))
        slowest = median(everybody(here, tabs, size) for _ in range(3))
        for tab in tabs:
            here.swarm.close(tab)
        if slowest > CURRENT:
            stops = f"; {size} take {slowest:.1f} s"
            break
        reached, needed = size, slowest
    yield Line(f"Current within 2 s of one message to all of them ({needed:.1f} s{stops})", "people", [[reached]])


def everybody(here: Stage, tabs: list[SwarmTab], size: int) -> float:
    """The seconds until the last one in the group has a message."""
    here.settle()
    at = time.monotonic()
    id = here.say(0, here.room(size), "To everybody")
    wait_until(lambda: all(id in tab.messages for tab in tabs), "everybody to have it", 120)
    return max(tab.messages[id] for tab in tabs) - at
