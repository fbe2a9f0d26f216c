"""The first screen in a cold browser: what it weighs, and when the first message can be seen."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from tests.bench.lounge import lounge
from tests.bench.pages import watch
from tests.bench.server import Town
from tests.bench.stage import Stage, chrome, page_of, stage
from tests.bench.table import Line, Run
from tests.browser.steps import expect_live, wait_for, wait_until_quiet
from tests.browser.test_weight import of_the_worker, sizes

ROOM = 12
Look = tuple[float, float, float]  # kB, requests, milliseconds
# The moment a row is in the page and the next frame is drawn, or the first one that had anything, in milliseconds.
VISIBLE = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(ROW)) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => (window.visibleAt = performance.now())));
}).observe(document, { childList: true, subtree: true });
"""


def measure(run: Run) -> Iterator[Line]:
    """A browser that was never here, signed in, opens a conversation. What is loaded once it is idle counts, too, and
    what the service worker fetches."""
    rounds, times = (1, 3) if run.quick else (3, 8)
    with stage(Town(2 * ROOM + 1, rooms=[ROOM])) as here, chrome() as browser:
        [cookie] = here.come([0])
        looks = [[look(here, browser, cookie) for _ in range(times)] for _ in range(rounds)]
        peers = [there for _ in range(rounds) if run.peer and (there := at_the_lounge(browser, times))]
    (kilobytes, requests, moments), (weighed, asked, seen) = apart(looks), apart(peers)
    yield Line("First screen, cold: bytes", "kB", kilobytes, (), weighed, earlier="765 kB", most=60, lounges=1)
    yield Line("… requests", "requests", requests, (), asked, earlier="21", most=15, lounges=1)
    yield Line("… first message visible", "ms", moments, (), seen, earlier="520–580 ms", lounges=0.4)


def apart(looks: list[list[Look]]) -> list[list[list[float]]]:
    """The rounds of each of the three things."""
    return [[[each[n] for each in one] for one in looks] for n in range(3)]


def at_the_lounge(browser: Browser, times: int) -> list[Look]:
    """The same there: as signed in, with the channel that was open last."""
    with lounge(ROOM) as (there, talker, _):
        first = there.page(browser, "p0")
        watch(first)
        for number in range(100):
            talker.say(f"Message {number} of what was said here before, in a line as long as people's are")
        first.evaluate("words => window.whenSeen(words)", "Message 99 of")
        there.settle()
        address, state = first.url, first.context.storage_state()
        first.context.close()
        looks = []
        for _ in range(times):
            page = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 800}).new_page()
            loaded = counted(page)
            page.add_init_script(VISIBLE.replace("ROW", "'.msg[data-type=message]'"))
            page.goto(address, wait_until="load")
            page.locator(".msg[data-type=message]").first.wait_for()
            wait_until_quiet(page)
            looks.append((sum(loaded) / 1024, float(len(sizes(loaded))), float(page.evaluate("window.visibleAt"))))
            page.context.close()
        return looks


def look(here: Stage, browser: Browser, cookie: str) -> Look:
    page = page_of(browser, here.portal.url, cookie)
    loaded = counted(page)
    page.add_init_script(VISIBLE.replace("ROW", "'[data-message]'"))
    page.goto(f"/conversations/{here.room(ROOM)}/", wait_until="load")
    expect_live(page)
    wait_for(page, "performance.getEntriesByType('resource').some(({ name }) => name.includes('/idle.'))")
    wait_until_quiet(page)
    visible = float(page.evaluate("window.visibleAt"))
    loaded.extend(of_the_worker(page, here.portal))
    page.context.close()
    return sum(loaded) / 1024, len(sizes(loaded)), visible


def counted(page: Page) -> list[int]:
    """The bytes of each request that the page makes from now on, by the network's own count."""
    loaded: list[int] = []
    network = page.context.new_cdp_session(page)
    network.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    network.send("Network.enable")
    return loaded
