"""From pressing Enter to the other browser's page, while 1, 10 and 50 others read."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Browser

from tests.bench import pages
from tests.bench.floor import floor
from tests.bench.lounge import Lounge, lounge
from tests.bench.server import Town
from tests.bench.stage import Stage, chrome, page_of, stage
from tests.bench.table import Line, Run
from tests.browser.steps import composer, open_conversation

OTHERS = (1, 10, 50)
EARLIER = ("16 ms", "23 ms", "17–109 ms")


def measure(run: Run) -> Iterator[Line]:
    """The writer and a reader are pages in Chromium, the reader in the middle of those who came; the others are tabs
    that hear all and fetch what they are told to."""
    rounds, times = (1, 8) if run.quick else (3, 12)
    for others, earlier in zip(OTHERS, EARLIER, strict=True):
        size = others + 1
        ours, bare, peers = [], [], []
        for _ in range(rounds):  # a town of its own: nothing is left from the last round
            with stage(Town(2 * size + 2, rooms=[size])) as here, chrome() as browser:
                bare.append([1000 * each for each in floor(here.sandbox, "echo", size, times)])
                ours.append(said_in(here, browser, size, times))
            if run.peer:
                with (
                    lounge(size, [n for n in range(1, size) if n != max(1, size // 2)]) as (there, *_),
                    chrome() as browser,
                ):
                    peers.append(said_there(there, browser, size, times))
        yield Line(
            f"Send → in the other browser's DOM, {others} reading",
            "ms",
            ours,
            bare,
            peers,
            earlier=earlier,
            floors=2,
            lounges=1,
        )


def said_in(here: Stage, browser: Browser, size: int, times: int) -> list[float]:
    """How many milliseconds each message took from page to page."""
    room, middle = here.room(size), max(1, size // 2)
    cookies = here.come(range(size), at_once=1)
    writer = open_conversation(page_of(browser, here.portal.url, cookies[0]), room)
    here.tabs(cookies[1:middle], [room] * (middle - 1))
    reader = open_conversation(page_of(browser, here.portal.url, cookies[middle]), room)
    here.tabs(cookies[middle + 1 :], [room] * (size - middle - 1))
    return pages.echoes(writer, composer(writer), reader, times, here.settle)


def said_there(there: Lounge, browser: Browser, size: int, times: int) -> list[float]:
    """The same at The Lounge."""
    writer, reader = there.page(browser, "p0"), there.page(browser, f"p{max(1, size // 2)}")
    return pages.echoes(writer, writer.locator("#input"), reader, times, there.settle)
