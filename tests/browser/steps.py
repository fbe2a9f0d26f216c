"""What the browser tests do and see, in a person's words."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, Request, expect

from tests.processes import Person, Sandbox, wait_until

# Follows the first link until none is left.
TO_BEGINNING = """async (list) => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let link; (link = list.querySelector(":scope > a[href*='before=']")); ) {
        link.scrollIntoView();
        while (link.isConnected) await frame();
    }
    list.scrollTop = 0;
}"""
# From here to the end, through holes that fill themselves: the ids in the order they stand.
DOWNWARDS = """async (list) => {
    const seen = new Set();
    const frame = () => new Promise(requestAnimationFrame);
    for (let more = true; more; ) {
        const hole = list.querySelector(":scope > [data-message] ~ a[href*='before=']");
        if (!hole) list.querySelectorAll("[data-message]").forEach((row) => seen.add(row.dataset.message));
        more = hole ?? list.querySelector(":scope > .newer");
        more?.scrollIntoView();
        const last = [...list.querySelectorAll("[data-message]")].at(-1);
        while (more?.isConnected && last === [...list.querySelectorAll("[data-message]")].at(-1)) await frame();
    }
    return [...seen];
}"""
# What a page asks for from now on never leaves the browser. A route would let it go when the page is closed.
NOWHERE = "() => { window.fetch = () => new Promise(() => {}) }"

QUIET = 0.4  # seconds
expect.set_options(timeout=30_000)  # milliseconds, on a busy machine


def conversation_of(*people: Person) -> str:
    """The id of these people's conversation: the sandbox names each after the people in it."""
    ids = ";".join(sorted(person.userid for person in people))
    return hashlib.md5(ids.encode(), usedforsecurity=False).hexdigest()


def fill_passwords(page: Page, person: Person, password: str = "") -> None:
    """Fill in the sign-in form's password, and the one for the key where the dialect wants it."""
    page.locator("input[name=password]").fill(password or person.password)
    for field in page.locator("input[name=encryption_password]").all():
        field.fill(person.encryption_password)


def at_start(page: Page) -> Page:
    """Open the start page."""
    page.goto("/")
    return page


def open_conversation(page: Page, id: str) -> Page:
    """Open it, and wait until it is live and has what it loads when the browser is idle."""
    page.goto(f"/conversations/{id}/")
    expect(page.locator("conversation-filter:defined")).to_be_attached()
    expect_live(page)
    return page


def expect_live(page: Page) -> None:
    """Until it is live, for longer than the longest wait between two tries."""
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=60_000)


def wait_for(page: Page, script: str, *arg: object) -> None:
    """Until `script` is true in the page. (Playwright's own waiting needs `eval`, which our pages forbid.)"""
    wait_until(lambda: page.evaluate(script, *arg), script)


class Loading:
    """What a page is loading. (Playwright's own "networkidle" comes once for a page, and never again.)"""

    of: ClassVar[WeakKeyDictionary[Page, Loading]] = WeakKeyDictionary()

    def __init__(self, page: Page) -> None:
        self.pending: set[Request] = set()
        self.since = time.monotonic()
        self.of[page] = self
        page.on("request", lambda request: self.change(self.pending | {request}))
        page.on("requestfinished", lambda request: self.change(self.pending - {request}))
        page.on("requestfailed", lambda request: self.change(self.pending - {request}))
        page.on("domcontentloaded", lambda _: self.change(set()))  # what the page before it had begun is given up

    def change(self, pending: set[Request]) -> None:
        self.pending, self.since = pending, time.monotonic()

    def quiet(self) -> bool:
        return not self.pending and time.monotonic() - self.since > QUIET


def wait_until_quiet(page: Page) -> None:
    """Until nothing has been loaded for a while."""
    loading = Loading.of.get(page) or Loading(page)

    def quiet() -> bool:
        page.wait_for_timeout(20)  # milliseconds, in which its events come in
        return loading.quiet()

    wait_until(quiet, "a page that loads nothing")


def history(page: Page) -> Locator:
    return page.get_by_role("log")


def composer(page: Page) -> Locator:
    return page.locator("textarea[name=text]").first


def alert(page: Page) -> Locator:
    """The page's alert region. A failed row has one of its own."""
    return page.locator("#alerts[role=alert]")


def write(page: Page, text: str) -> Locator:
    """Write and send with Enter; the row or rows that come of it."""
    composer(page).fill(text)
    composer(page).press("Enter")
    return row(page, text)


def row(page: Page, text: str) -> Locator:
    """The rows with exactly this text."""
    return page.locator("[data-message]").filter(has=page.locator(".message__text").get_by_text(text, exact=True))


def message(page: Page, id: str) -> Locator:
    return page.locator(f'[data-message="{id}"]')


def ids(page: Page) -> list[str]:
    """The messages on the page, from top to bottom."""
    return page.locator("[data-message]").evaluate_all("rows => rows.map(row => row.dataset.message)")


def texts(page: Page) -> list[str]:
    return page.locator("[data-message] .message__text").evaluate_all("all => all.map(one => one.textContent)")


def held(sandbox: Sandbox, conversation: str) -> list[dict[str, Any]]:
    """The conversation's messages as the server has them, in its order."""
    return sandbox.control(f"conversations/{conversation}")["messages"]


def held_ids(sandbox: Sandbox, conversation: str) -> list[str]:
    return [message["ID"] for message in held(sandbox, conversation)]


def unique(text: str) -> str:
    """`text` made unlike any other test's."""
    return f"{text} {uuid.uuid4().hex[:8]}"


def at_end(page: Page) -> bool:
    script = "list => list.scrollHeight - list.scrollTop - list.clientHeight < 2"
    return bool(history(page).evaluate(script))


def to_end(page: Page) -> None:
    """Until the page knows: that it was scrolled is told with the next frame."""
    script = """async (list) => {
        const frame = () => new Promise(requestAnimationFrame);
        list.scrollTo(0, list.scrollHeight);
        await frame();
        await frame();
    }"""
    history(page).evaluate(script)


def to_beginning(page: Page) -> None:
    history(page).evaluate(TO_BEGINNING)


def ids_downwards(page: Page) -> list[str]:
    """The messages from here on, whether the page holds them all at once or not."""
    return list(history(page).evaluate(DOWNWARDS))


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
