"""`python -m tests.several`: what a second process brings on this machine, and what the parts of a site use meanwhile.

Real processes: the sandbox, nginx, PostgreSQL, Redis, and one and then two portals. Sign-ins with a tab each read the
team's conversation; messages come paced, to see how long they take, and then many at once, to see how many a
second there can be. docs/scaling.md has the figures.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.browser.steps import conversation_of
from tests.processes import Sandbox, Service, wait_until
from tests.reliability.swarm import Swarm, SwarmTab
from tests.several.cluster import Cluster
from tests.visitor import Visitor

TEAM = ("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
PACED, PACE = 15, 1.0  # messages, and seconds between two
BURST = 40  # messages at once: with more than a page a tab fetches the newest ones and leaves the rest for later
PATIENCE = 300.0


class Timed(Swarm):
    """Tabs that note when each message came."""

    def __init__(self, portal: Any) -> None:
        super().__init__(portal)
        self.came: list[tuple[str, float]] = []

    async def _hear(self, tab: SwarmTab, *frame: Any) -> None:
        before = set(tab.messages)
        await super()._hear(tab, *frame)
        now = time.perf_counter()
        self.came += [(id, now) for id in tab.messages - before]


def cpu(services: Iterable[Service]) -> float:
    """Seconds of CPU that these have used, their children included."""
    family = {service.process.pid for service in services if service.process}
    parents: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])))  # with its children that ended
    grown = True
    while grown:
        children = {pid for pid, (parent, _) in parents.items() if parent in family} - family
        family |= children
        grown = bool(children)
    return sum(ticks for pid, (_, ticks) in parents.items() if pid in family) / os.sysconf("SC_CLK_TCK")


def memory(service: Service) -> float:
    """MiB that it holds."""
    assert service.process
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(count: int, sign_ins: int, messages: int, *, by_person: bool) -> dict[str, float]:
    """The figures with so many portals; `by_person`: nginx sends each sign-in's requests to one of them."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        sandbox = opened.enter_context(Sandbox())
        cluster = opened.enter_context(Cluster(sandbox.url, folder, count=count, by_person=by_person))
        swarm = opened.enter_context(Timed(cluster.front))
        talk = conversation_of(*(sandbox.people[name] for name in TEAM))

        def say(text: str) -> str:
            said = {"from": "alice@example.org", "conversation": talk, "text": text}
            return str(sandbox.control("say", said)["id"])

        began, before = time.perf_counter(), cpu(cluster.portals)
        for number in range(sign_ins):
            if number == sign_ins // 2:  # until then, processes also grow by what is done for the first time
                half = sum(memory(portal) for portal in cluster.portals)
            visitor = Visitor(cluster.front)  # type: ignore[arg-type]
            assert visitor.sign_in(sandbox.people[TEAM[number % len(TEAM)]]).status == 303
            swarm.open(visitor, talk, visitor.open(talk).seen)
        wait_until(lambda: all(tab.live for tab in swarm.tabs), "all tabs to be live", PATIENCE)
        figures = {"a sign-in with its tab, ms of portals' CPU": 1_000 * (cpu(cluster.portals) - before) / sign_ins}
        figures["a sign-in with its tab, ms"] = 1_000 * (time.perf_counter() - began) / sign_ins
        figures["memory, kB for each sign-in of the second half"] = (
            1_024 * (sum(memory(portal) for portal in cluster.portals) - half) / (sign_ins - sign_ins // 2)
        )

        said: dict[str, float] = {}
        before = cpu(cluster.portals)
        for number in range(PACED):
            due = began = time.perf_counter()
            said[say(f"Paced {number}")] = began
            wait_until(lambda due=due: time.perf_counter() > due + PACE, "the next one's turn")
        wait_until(lambda: all(said.keys() <= tab.messages for tab in swarm.tabs), "all paced ones", PATIENCE)
        figures["paced: portals, ms of CPU a delivery"] = 1_000 * (cpu(cluster.portals) - before) / (PACED * sign_ins)
        took = [1_000 * (at - said[id]) for id, at in swarm.came if id in said]
        figures["paced: from saying to a tab, median ms"] = median(took)
        figures["paced: 95 of 100, ms"] = quantiles(took, n=20)[-1]

        parts = {
            "portals": cluster.portals,
            "sandbox": [sandbox],
            "nginx": [cluster.front],
            "PostgreSQL": [cluster.postgres],
            "Redis": [cluster.redis],
        }
        used = {name: cpu(services) for name, services in parts.items()}
        began = time.perf_counter()
        for number in range(messages // BURST):
            burst = {say(f"At once {number}") for _ in range(BURST)}
            wait_until(lambda burst=burst: all(burst <= tab.messages for tab in swarm.tabs), "the burst", PATIENCE)
        seconds = time.perf_counter() - began
        deliveries = messages // BURST * BURST * sign_ins
        figures["burst: deliveries a second"] = deliveries / seconds
        for name, services in parts.items():
            figures[f"burst: {name}, ms of CPU a delivery"] = 1_000 * (cpu(services) - used[name]) / deliveries
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.several", description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=42)
    parser.add_argument("--messages", type=int, default=200)
    arguments = parser.parse_args()
    columns = {
        words: measure(count, arguments.sign_ins, arguments.messages, by_person=by_person)
        for words, count, by_person in (("1", 1, False), ("2", 2, False), ("2, by person", 2, True))
    }
    load = os.getloadavg()[0]
    print(f"{arguments.sign_ins} sign-ins, {arguments.messages} messages, {BURST} at once; load {load:.1f}\n")
    print("| Processes | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for name in columns["1"]:
        print(f"| {name} | " + " | ".join(f"{column[name]:.3g}" for column in columns.values()) + " |")


if __name__ == "__main__":
    main()
