"""Scrolling back through a thousand messages: what each page of older ones takes in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Browser

from tests.bench.floor import floor
from tests.bench.lounge import lounge
from tests.bench.pages import back, watch
from tests.bench.server import Town
from tests.bench.stage import chrome, page_of, stage
from tests.bench.table import Line, Run
from tests.browser.steps import history, open_conversation

ROOM = 12
SAID = 1_400  # more than is asked for: a page may come before it is asked for
PAGES = 20
EARLIER = "300–450 ms, growing"


def measure(run: Run) -> Iterator[Line]:
    """From scrolling to the beginning of what is there to its having 50 more above it."""
    rounds, pages = (1, 8) if run.quick else (3, PAGES)
    ours, bare, peers = [], [], []
    with stage(Town(2 * ROOM + 1, rooms=[ROOM], said=SAID)) as here, chrome() as browser:
        [cookie] = here.come([0])
        for _ in range(rounds):
            bare.append([1000 * seconds for seconds in floor(here.sandbox, "older", ROOM, pages)])
            page = open_conversation(page_of(browser, here.portal.url, cookie), here.room(ROOM))
            ours.append(back(history(page), "[data-message]", pages))
            page.context.close()
            if run.peer:
                peers.append(at_the_lounge(browser, pages // 2))
    yield Line(
        "A page of older messages: 50, at The Lounge 100", "ms", ours, bare, peers, earlier=EARLIER, lounges=0.25
    )
    yield Line(f"… the last quarter of {pages} pages by the first", "×", grown(ours), lounge=grown(peers), most=1.25)


def at_the_lounge(browser: Browser, pages: int) -> list[float]:
    """The same there."""
    with lounge(1) as (there, talker, _):
        page = there.page(browser, "p0")
        watch(page)
        for number in range(SAID):
            talker.say(f"Message {number} of what was said here before, in a line as long as people's are")
        page.evaluate("words => window.whenSeen(words)", f"Message {SAID - 1} of")
        there.settle()
        page.reload()
        page.locator(".msg[data-type=message]").first.wait_for()
        there.settle()
        taken = back(page.locator("#chat .chat"), ".msg", pages)
        page.context.close()
        return taken


def grown(rounds: list[list[float]]) -> list[list[float]]:
    """What a page took at the end, by what it took at the beginning."""
    quarters = [(taken[-max(1, len(taken) // 4) :], taken[: max(1, len(taken) // 4)]) for taken in rounds]
    return [[median(last) / median(first)] for last, first in quarters]
