"""Scrolling back through a thousand messages: what each page of older ones takes in the browser."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.floor import floor
from tests.bench.server import Town
from tests.bench.stage import chrome, page_of, stage
from tests.bench.table import Line, middle
from tests.browser.steps import history, open_conversation

ROOM = 12
SAID = 1_100
PAGES = 20
# Goes to the first row, and notes the milliseconds until there are rows above it: as often as asked.
BACK = """async (list, pages) => {
    const frame = () => new Promise(requestAnimationFrame);
    const taken = [];
    while (taken.length < pages) {
        const link = list.querySelector(":scope > a.older");
        const first = list.querySelector("[data-message]");
        const came = new Promise((resolve) => {
            const observer = new MutationObserver(() => {
                if (list.querySelector("[data-message]") === first) return;
                observer.disconnect();
                resolve(performance.now());
            });
            observer.observe(list, { childList: true });
        });
        const began = performance.now();
        link.scrollIntoView();
        taken.push((await came) - began);
        for (let frames = 0; frames < 10; frames++) await frame();
    }
    return taken;
}"""


def measure(quick: bool) -> Iterator[Line]:
    """From scrolling to the beginning of what is there to its having 50 more above it."""
    rounds, pages = (1, 8) if quick else (3, PAGES)
    ours, bare, growth = [], [], []
    with stage(Town(2 * ROOM + 1, rooms=[ROOM], said=SAID)) as here, chrome() as browser:
        [cookie] = here.come([0])
        for _ in range(rounds):
            bare.append([1000 * seconds for seconds in floor(here.sandbox, "older", ROOM, pages)])
            page = open_conversation(page_of(browser, here.portal.url, cookie), here.room(ROOM))
            ours.append(list(history(page).evaluate(BACK, pages)))
            growth.append([middle([ours[-1][-pages // 4 :]]) / middle([ours[-1][: pages // 4]])])
            page.context.close()
    yield Line("A page of 50 older messages", "ms", ours, bare, earlier="300–450 ms, growing", lounges=0.25)
    yield Line(f"… the last quarter of {pages} pages by the first", "×", growth, most=1.25)
