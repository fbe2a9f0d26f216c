"""Nine o'clock: everybody signs in at the same moment and opens a conversation."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.floor import floor
from tests.bench.server import Town
from tests.bench.stage import stage
from tests.bench.table import Line, Run

NEAR = 10  # conversations on either side


def measure(run: Run) -> Iterator[Line]:
    """The floor makes the calls that each of them takes: Login, Friends, Conversation / List, Partial download,
    Availability, and Notification once its listener is connected. A refusal ends the measurement."""
    rounds, people = (1, 50) if run.quick else (3, 200)
    ours, bare = [], []
    for _ in range(rounds):
        with stage(Town(2 * people + 2, near=NEAR)) as here:
            bare.append(floor(here.sandbox, "storm", people))
            ours.append([here.storm(range(people))])
    yield Line(f"Sign-in storm: {people} people, until the last one reads", "s", ours, bare, floors=1.5)
