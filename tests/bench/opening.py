"""Opening a conversation that a live tab has in its list, and the list of a thousand conversations."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench.floor import floor
from tests.bench.server import Town
from tests.bench.stage import Stage, stage
from tests.bench.table import Line, Run

ROOM = 12  # people in the conversation
HTMX = {"HX-Request": "true"}


def measure(run: Run) -> Iterator[Line]:
    """As htmx asks for them; by the floor, a page of messages and the list by their calls."""
    rounds, times, star = (1, 20, 100) if run.quick else (5, 40, 1000)
    town = Town(max(2 * ROOM, star + 1), rooms=[ROOM], star=star)
    pages, bare_pages, lists, bare_lists = [], [], [], []
    with stage(town) as here:
        [cookie] = here.come([0])
        here.tabs([cookie], [here.room(ROOM)])
        for _ in range(rounds):
            here.settle()
            bare_pages.append(floor(here.sandbox, "open", ROOM, times))
            pages.append(asked(here, cookie, f"/conversations/{here.room(ROOM)}/", times))
            bare_lists.append(floor(here.sandbox, "list", times // 4))
            lists.append(asked(here, cookie, "/conversations/", times // 4))
    yield Line("Opening a conversation of 50 messages, warm", "ms", in_ms(pages), in_ms(bare_pages), floors=1.5)
    yield Line(f"The list of {star:,} conversations", "ms", in_ms(lists), in_ms(bare_lists), floors=1.5)


def asked(here: Stage, cookie: str, path: str, times: int) -> list[float]:
    """Seconds that each of so many requests took, one after the other."""

    async def ask() -> list[float]:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            async with here.swarm.session.get(path, headers=HTMX | {"Cookie": cookie}) as answer:
                assert answer.status == 200, answer.status
                await answer.read()
            taken.append(time.perf_counter() - began)
        return taken

    return here.swarm.start(ask()).result(300)


def in_ms(rounds: list[list[float]]) -> list[list[float]]:
    return [[1000 * seconds for seconds in samples] for samples in rounds]
