"""docs/benchmarks.md: the table, on what it was measured, and how to read it."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.table import Line, table
from tests.processes import ROOT

FILE = ROOT / "docs" / "benchmarks.md"
TEXT = """# Benchmarks

How quick the portal is, and what it adds to what Ozeki's own calls take. `python -m tests.bench` measures it and writes
this page; `python -m tests.bench echo` measures one row and prints it, and `--quick` takes fewer of everything.

Measured on {machine}; the load when it began was {load}.{quick}
Everything runs on that one machine: the portal, the server, the browsers and whatever speaks for other people.
So the figures are larger than between machines, and the **ratios** are what counts: each is of two medians of the same
round, and behind it stand the least and the greatest of the rounds.
Behind a figure stands the middle half of all samples. None of it was measured against a real Ozeki server.

{table}

{note}- **Ozeki Web** is one process of the portal as `bin/run` starts it: SQLite, its log on, nothing in front of it.
- **The floor** (`tests/bench/floor.py`) is a bare program in Python that makes the calls that can't be done without
  (Add; the listener's frame, Notification, Download; decrypting) against the same server in the same round. It keeps no
  sign-in and no order, shows nothing and notes nothing, so no portal can be as quick.
- **The Lounge** is version 4.5.2 as npm installs it, with `irc-framework` 4.14.0, its log on (SQLite and text), no
  proxy in front, and ngIRCd behind. Everybody has an account there with one channel.
- The server is the sandbox's own application, under uvicorn (`tests/bench/server.py`): a call takes it about half a
  millisecond. With a real one behind a network, the portal's part of the whole is smaller.
- The writer and the reader are pages in one Chromium. The others who read are sockets: for the portal they fetch what a
  page would fetch, at The Lounge they only listen. The reader came in the middle of them.
- A delivery is one message in one tab; its rate is by the CPU of the portal's process (The Lounge's), so that it says
  what one core does. What is said there is said from elsewhere, not through the portal.
- A person of the row about memory has twenty conversations, twenty friends and a tab; so has everybody in the two rows
  after it, where one at a time is told something. In the row about one message to all of them everybody has six groups
  in the list, of fifty to five hundred people, and the one that is spoken in open in a tab.
- In the sign-in storm everybody posts the form in the same moment and opens a conversation; by the floor each makes the
  calls that belong to it.
- A notice that many get at once costs each of them a Notification and a Download, with one signature by RSA; the
  server's reports of who has it cost the same once more.
- The last two rows are what passes before any portal has done anything. A page with nothing in it, beside the call that
  opening a conversation takes: Django and Daphne alone. And, in the column of Ozeki Web, a program of thirty lines
  (`tests/bench/least.py`) that sends on what a page posts: two pages of Chromium alone, beside what Ozeki's calls take.
"""


@dataclass
class Document:
    """What one run of everything found. `why_no_peer`: why The Lounge was not measured, "" if it was."""

    why_no_peer: str
    quick: bool
    lines: list[Line] = field(default_factory=list)
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def write(self) -> None:
        """Write the page."""
        FILE.write_text(self.text())

    def text(self) -> str:
        """The page."""
        quick = "\nThis was a quick run, which is good for nothing but to see that it works." if self.quick else ""
        note = f"† of another run: in this one it was not measured, because {self.why_no_peer}.\n\n"
        words = {
            "machine": machine(),
            "load": f"{self.load:.1f}",
            "quick": quick,
            "note": note if self.why_no_peer else "",
        }
        return TEXT.format(table=table(self.lines), **words)


def machine() -> str:
    """What this is running on, in words."""
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = found[1] if found else platform.machine()
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, Python {platform.python_version()}"
