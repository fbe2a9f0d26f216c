"""`python -m tests.soak --minutes 10`: people come, go and say 10,000 things, and nothing may grow.

Real processes, tabs by the dozen that are closed and opened again, sign-ins that end, and one page in Chromium. The
exit status says whether each thing measured stayed flat, and every tab is current at the end.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, chromium, sign_in
from tests.browser.steps import conversation_of, open_conversation
from tests.processes import Portal, Sandbox, wait_until
from tests.reliability.swarm import Swarm
from tests.visitor import Visitor

PEOPLE = ("alice", "bob", "daniel", "layla")
TABS = 24
SAMPLES = 30
MIB = 1024 * 1024
TOKEN = "of the soak"
# How much more the last third may have than the middle one: a part of it, or so much if that is more.
BOUNDS = {
    "MiB": (0.05, 4.0),
    "threads": (0.1, 4.0),
    "descriptors": (0.1, 12.0),
    "relays": (0.0, 2.0),
    "sockets": (0.0, 4.0),
    "tasks": (0.1, 20.0),
    "heap MiB": (0.1, 3.0),
    "DOM nodes": (0.1, 500.0),
}
Sample = dict[str, float]


@dataclass(frozen=True)
class Result:
    """What was measured, in order, and how many of the messages said were seen by every tab that was open."""

    samples: list[Sample]
    said: int
    seconds: float

    def growth(self, name: str) -> float:
        """By how much the last third has more than the middle one."""
        values = [sample[name] for sample in self.samples]
        third = len(values) // 3
        return median(values[-third:]) - median(values[third : 2 * third])

    def is_flat(self, name: str) -> bool:
        """Whether that is within its bound."""
        part, least = BOUNDS[name]
        values = [sample[name] for sample in self.samples]
        return self.growth(name) <= max(least, part * median(values))

    def table(self) -> str:
        """Every sample in a line, and below it what became of each."""
        names = [name for name in BOUNDS if name in self.samples[0]]
        lines = ["seconds  said " + "".join(f"{name:>13}" for name in names)]
        for sample in self.samples:
            lines.append(
                f"{sample['seconds']:7.0f} {sample['said']:5.0f} " + "".join(f"{sample[name]:13.1f}" for name in names)
            )
        lines.append("growth        " + "".join(f"{self.growth(name):+13.1f}" for name in names))
        lines.append("              " + "".join(f"{'flat' if self.is_flat(name) else 'GROWS':>13}" for name in names))
        return "\n".join(lines)

    @property
    def flat(self) -> bool:
        """Whether nothing grew."""
        return all(self.is_flat(name) for name in BOUNDS if name in self.samples[0])


def soak(seconds: float, messages: int, folder: Path, *, page: bool = True) -> Result:
    """Have people talk for so long, evenly, and measure. AssertionError when a tab is not current at the end."""
    with (
        Sandbox() as sandbox,
        Portal(sandbox.url, folder, METRICS_TOKEN=TOKEN) as portal,
        Swarm(portal) as swarm,
        ExitStack() as leaving,
    ):
        people = sandbox.people
        talk = conversation_of(people["alice"], people["bob"])
        visitors = []
        for name in PEOPLE:
            visitors.append(Visitor(portal))
            leaving.callback(visitors[-1].close)
            assert visitors[-1].sign_in(people[name]).status == 303
        firsts = [visitor.get("/").rows[0]["data-conversation"] for visitor in visitors]
        talks = dict(zip(visitors, [talk, talk, *firsts[2:]], strict=True))
        turns = cycle(visitors)
        tabs = [swarm.open(visitor, talks[visitor]) for visitor, _ in zip(turns, range(TABS), strict=False)]
        shown = leaving.enter_context(chromium_page(portal, sandbox, talk)) if page else None
        wait_until(lambda: all(tab.live for tab in tabs), "every tab to be live")
        samples: list[Sample] = []
        began, said, last = time.monotonic(), 0, ""
        while (passed := time.monotonic() - began) < seconds:
            if said < messages * passed / seconds:
                said += 1
                words = {"from": people[PEOPLE[said % 2]].email, "text": f"{said}: " + "word " * (said % 30)}
                last = sandbox.control("say", {**words, "conversation": talk})["id"]
                if said % 10 == 0:  # a tab closes, another is opened
                    swarm.close(tabs.pop(0))
                    visitor = next(turns)
                    tabs.append(swarm.open(visitor, talks[visitor]))
                if said % 100 == 0:
                    come_and_go(portal, sandbox, talk)
            elif len(samples) < passed / seconds * SAMPLES:
                samples.append({"seconds": passed, "said": said, **measured(portal, shown)})
            else:
                time.sleep(0.01)
        for tab in tabs:
            if tab.conversation == talk:
                wait_until(lambda tab=tab: last in tab.messages, "a tab to be current")
        if shown:
            shown.locator(f"#message-{last}").wait_for(state="attached")
        return Result(samples, said, time.monotonic() - began)


def come_and_go(portal: Portal, sandbox: Sandbox, talk: str) -> None:
    """Somebody signs in, looks, says something, and signs out."""
    visitor = Visitor(portal)
    assert visitor.sign_in(sandbox.people["bob"]).status == 303
    visitor.tab(talk)
    assert visitor.say(talk, "In passing").status == 201
    visitor.close()


@contextmanager
def chromium_page(portal: Portal, sandbox: Sandbox, talk: str) -> Iterator[Page]:
    """Alice's page in Chromium, on a conversation."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_context(base_url=portal.url).new_page()
        sign_in(page, portal.url, sandbox.people["alice"])
        page.goto("/")
        yield open_conversation(page, talk)
        browser.close()


def measured(portal: Portal, page: Page | None) -> Sample:
    """What the portal and the page take now."""
    assert portal.process
    status = Path(f"/proc/{portal.process.pid}/status").read_text()
    sample = {
        "MiB": number(r"^VmRSS:\s+(\d+) kB", status) / 1024,
        "threads": number(r"^Threads:\s+(\d+)", status),
        "descriptors": float(portal.descriptors()),
    }
    exposed = metrics(portal)
    counted = ("relays", "sockets", "tasks")
    sample |= {name: number(rf"^ozeki_web_{name}(?:{{.*}})? (\S+)", exposed) for name in counted}
    if page:
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        values = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        session.detach()
        sample |= {"heap MiB": values["JSHeapUsedSize"] / MIB, "DOM nodes": values["Nodes"]}
    return sample


def metrics(portal: Portal) -> str:
    """The text of /metrics."""
    headers = {"Host": urlsplit(portal.url).netloc, "Authorization": f"Bearer {TOKEN}"}
    with closing(HTTPConnection("127.0.0.1", portal.port, timeout=20)) as connection:
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode()


def number(pattern: str, text: str) -> float:
    """The sum of what the pattern finds."""
    return sum(float(found) for found in re.findall(pattern, text, re.MULTILINE))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--messages", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = soak(arguments.minutes * 60, arguments.messages, Path(folder) / "data")
    print(result.table())
    print(f"{result.said} messages in {result.seconds:.0f} s; every tab was current at the end")
    sys.exit(not result.flat)


if __name__ == "__main__":
    main()
