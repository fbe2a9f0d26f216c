"""The walk of tests/reliability in a real browser: nothing is lost and nothing doubled, in whatever order."""

from __future__ import annotations

import os
import random
import time
from contextlib import ExitStack

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.conftest import sign_in
from tests.browser.steps import QUIET, Loading, composer
from tests.processes import Person, Portal, Sandbox, free_port, wait_until
from tests.proxy import Proxy
from tests.tab import Entry, Row, View
from tests.walk import Site, steps, take

STEPS = 100
DESKS = (("alice", 2), ("alice", 1), ("bob", 1), ("kim", 1))
PATIENCE = 120.0  # seconds: a browser waits longer between two tries than our own tabs do
A_MOMENT = 300  # milliseconds

NOTHING = {"live": False, "conversation": "", "incomplete": True, "rows": [], "list": [], "whole": True}
VIEW = """() => {
    const pane = document.querySelector("#conversation[data-conversation]");
    const row = (row) => {
        const { message, sender, state } = row.dataset;
        return [message, sender, row.querySelector(".message__text").textContent, state];
    };
    return {
        live: document.documentElement.dataset.live === "on",
        conversation: pane?.dataset.conversation ?? "",
        incomplete: document.querySelector("#incomplete")?.checkVisibility({ visibilityProperty: true }) ?? false,
        rows: [...document.querySelectorAll("message-list > [data-message]")].map(row),
        list: [...document.querySelectorAll("#conversation-list > [data-conversation]")].map(
            ({ dataset }) => [dataset.conversation, dataset.unread ?? ""],
        ),
        whole: !document.querySelector("message-list > .older"),
    };
}"""
# In the conversation that was there before: the composer waits for the next one while it is on its way.
SAID = """([text, id]) => [...document.querySelectorAll(`#conversation[data-conversation="${id}"] [data-message]`)]
    .find((row) => row.querySelector(".message__text").textContent === text)?.dataset.message ?? "" """
POST = """async ([path, form, moment]) => {
    const headers = { "HX-Request": "true", "X-CSRFToken": document.body.dataset.csrf ?? "" };
    const answer = fetch(path, { method: "POST", body: new URLSearchParams(form), headers, redirect: "manual" });
    return Promise.race([
        answer.then(({ status }) => status, () => null),
        new Promise((resolve) => setTimeout(resolve, moment, null)),
    ]);
}"""
SHOW = """(id) => document.querySelector(`#sidebar [data-conversation="${id}"] a`)?.click()"""
OUTBOX = """() => Object.entries(localStorage)
    .filter(([key]) => key.includes(":outbox:")).map(([, entry]) => JSON.parse(entry))"""
# Whether something failed that is not in this page.
RETRY = f"""() => {{
    document.querySelectorAll("[data-action=retry]:not([hidden])").forEach((button) => button.click());
    const isHere = ({{ id }}) => document.querySelector(`[data-message="${{id}}"]`);
    return ({OUTBOX})().some((entry) => entry.state === "failed" && !isHere(entry));
}}"""


class PageTab:
    """A real tab, for the walk."""

    def __init__(self, page: Page, conversation: str) -> None:
        self.page = page
        self.loading = Loading(page)
        self.wanted = self.seen = conversation

    def say(self, text: str) -> str:
        self._try(lambda: composer(self.page).fill(text, timeout=A_MOMENT))
        self._try(lambda: composer(self.page).press("Enter", timeout=A_MOMENT))
        said = []
        try:
            seen = [text, self.seen]
            wait_until(lambda: bool(said.append(self._evaluate(SAID, seen)) or said[-1]), "the message", 2)
        except AssertionError:
            return ""  # its script could not be had, so it went as a form; or another page is here
        return str(said[-1])

    def show(self, conversation: str) -> None:
        self.wanted = conversation
        self._evaluate(SHOW, conversation)

    def read(self) -> None:
        """It does so by itself."""

    def retry(self) -> None:
        if self._evaluate(RETRY):
            self._go("/outbox/")
            self._try(lambda: self.page.locator("[data-all=retry]").click(timeout=A_MOMENT))
            self.reload()

    def post(self, path: str, form: dict[str, str]) -> int | None:
        status = self._evaluate(POST, [path, form, A_MOMENT])
        return int(status) if status else None

    def sleep(self) -> None:
        self.page.context.set_offline(True)

    def wake(self) -> None:
        self.page.context.set_offline(False)

    def reload(self) -> None:
        self._go(f"/conversations/{self.wanted}/")

    def scroll_up(self) -> None:
        self._evaluate("() => document.querySelector('message-list').scrollTo(0, 0)")

    def close(self) -> None:
        self.page.close()

    def view(self) -> View:
        self.page.wait_for_timeout(1)  # its events come in
        seen = self._evaluate(VIEW) or NOTHING
        self.seen = seen["conversation"] or self.wanted
        rows = [Row(*row) for row in seen["rows"]]
        return View(
            loaded=bool(seen["conversation"]) and not seen["incomplete"],
            busy=time.monotonic() - self.loading.since < QUIET,  # some requests never end, where there is no line
            live=seen["live"],
            conversation=self.seen,
            rows=tuple(row for row in rows if not row.on_its_way),
            copies=tuple(row for row in rows if row.on_its_way),
            list=tuple((id, unread) for id, unread in seen["list"]),
            whole=seen["whole"],
        )

    def _go(self, path: str) -> None:
        self._try(lambda: self.page.goto(path, wait_until="commit", timeout=2_000))

    def _evaluate(self, script: str, *arguments: object):
        # By way of an element, as that has a time limit: a page whose navigation hangs may never answer.
        script = f"(_, given) => ({script})(given)"
        return self._try(lambda: self.page.locator("html").evaluate(script, *arguments, timeout=5_000))

    def _try(self, act):
        """None where the page is just being replaced, or has none of what was wanted."""
        try:
            return act()
        except Error:
            return None


class PageBrowser:
    """A browser profile of one person, for the walk."""

    def __init__(self, context: BrowserContext, person: Person, line: Proxy, url: str) -> None:
        self.context, self.person, self.line = context, person, line
        blank = context.new_page()
        sign_in(blank, url, person)
        blank.close()

    def open(self, conversation: str) -> PageTab:
        tab = PageTab(self.context.new_page(), conversation)
        tab.reload()
        return tab

    def entries(self) -> list[Entry]:
        entries = next((found for page in self.context.pages if (found := PageTab(page, "")._evaluate(OUTBOX))), [])
        return [
            Entry(
                each["id"],
                each["conversation"],
                each["text"],
                each["at"],
                each["state"],
                unknown="It is not known" in each.get("cause", ""),
            )
            for each in entries
        ]

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def site(browser, tmp_path):
    with ExitStack() as opened:
        sandbox = opened.enter_context(Sandbox("--data", str(tmp_path / "world.json")))
        port = free_port()
        line = opened.enter_context(Proxy(f"http://127.0.0.1:{port}"))
        portal = opened.enter_context(Portal(sandbox.url, tmp_path / "portal", port=port, SITE_URL=line.url))

        def open_browser(person: Person, _: int) -> PageBrowser:
            context = browser.new_context(base_url=line.url, viewport={"width": 1280, "height": 800}, locale="en")
            return PageBrowser(context, person, line, line.url)

        yield Site(sandbox, portal, DESKS, open_browser)


@pytest.mark.timeout(300)
def test_at_rest_every_page_shows_what_the_server_holds_once_and_in_order(site, pytestconfig):
    seed = int(os.environ.get("WALK_SEED") or pytestconfig.getoption("randomly_seed"))
    try:
        take(site, steps(random.Random(seed), STEPS), patience=PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}") from error
