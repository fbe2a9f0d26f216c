"""Where everything is measured: a server with a town in it, the portal in front of it, and browsers."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.rest import at_rest
from tests.bench.server import BigSandbox, Town, conversation_id
from tests.browser.conftest import FLAGS, chromium
from tests.processes import METRICS_TOKEN, Person, Portal, wait_until
from tests.reliability.swarm import Swarm, SwarmTab
from tests.visitor import CSRF, SIGN_IN

AT_ONCE = 8  # people who sign in together, where that is not what is measured
TABS_AT_ONCE = 100  # that connect together: how they come in is not what is measured


@dataclass
class Stage:
    """`people` is everybody in the town, in their order."""

    sandbox: BigSandbox
    portal: Portal
    swarm: Swarm

    @property
    def people(self) -> list[Person]:
        return self.sandbox.crowd

    def talk(self, *numbers: int) -> str:
        """The conversation of exactly these."""
        return conversation_id([self.people[number].userid for number in numbers])

    def room(self, size: int) -> str:
        """The group of the first so many."""
        return self.talk(*range(size))

    def come(self, numbers: Sequence[int], at_once: int = AT_ONCE) -> list[str]:
        """Sign these people in; each one's cookie."""
        turns = asyncio.Semaphore(at_once)

        async def come(person: Person) -> str:
            async with turns:
                return await self._sign_in(person)

        async def all() -> list[str]:
            return await asyncio.gather(*(come(self.people[number]) for number in numbers))

        return self.swarm.start(all()).result(900)

    async def _sign_in(self, person: Person) -> str:
        http = self.swarm.session
        async with http.get("/sign-in/") as page:
            token = CSRF.search(await page.text())
            cookie = page.cookies["csrftoken"].value
        assert token, "every page has a CSRF token"
        form = {"csrfmiddlewaretoken": token[1], "email": person.email, "password": person.password}
        headers = {"Cookie": f"csrftoken={cookie}", "Origin": self.portal.url}
        async with http.post("/sign-in/", data=form, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303, f"{person.email} can't sign in: {answer.status}"
            return "; ".join(f"{name}={answer.cookies[name].value}" for name in SIGN_IN if name in answer.cookies)

    def storm(self, numbers: Sequence[int]) -> float:
        """All of these sign in at the same time, and open a conversation; how many seconds that takes."""

        async def come(number: int) -> None:
            cookie = await self._sign_in(self.people[number])
            path = f"/conversations/{self.talk(number, number + 1)}/"
            async with self.swarm.session.get(path, headers={"Cookie": cookie}) as page:
                assert page.status == 200, page.status
                assert "data-message=" in await page.text()

        async def all() -> None:
            await asyncio.gather(*map(come, numbers))

        began = time.perf_counter()
        self.swarm.start(all()).result(900)
        return time.perf_counter() - began

    def tabs(self, cookies: Sequence[str], conversations: Sequence[str]) -> list[SwarmTab]:
        """Open a tab for each of these, some at a time, and wait until they are live."""
        tabs: list[SwarmTab] = []
        all_of_them = list(zip(cookies, conversations, strict=True))
        for first in range(0, len(all_of_them), TABS_AT_ONCE):
            some = all_of_them[first : first + TABS_AT_ONCE]
            tabs.extend(self.swarm.begin(SwarmTab(*each)) for each in some)
            wait_until(lambda: all(tab.live for tab in tabs), "all tabs to be live", 300)
        return tabs

    def say(self, number: int, conversation: str, text: str) -> str:
        """Have somebody say something, by way of the server alone; the message's id."""
        fields = {"from": self.people[number].email, "conversation": conversation, "text": text}
        return str(self.sandbox.control("say", fields)["id"])

    def settle(self) -> None:
        """Until the portal and the server have nothing to do, or nearly."""
        at_rest(self.portal, self.sandbox)


@contextmanager
def stage(town: Town, **variables: str) -> Iterator[Stage]:
    """Everything in processes of its own, for as long as it is needed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        BigSandbox(town) as sandbox,
        Portal(sandbox.url, Path(folder) / "data", METRICS_TOKEN=METRICS_TOKEN, **variables) as portal,
        Swarm(portal) as swarm,
    ):
        yield Stage(sandbox, portal, swarm)


@contextmanager
def chrome() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def page_of(browser: Browser, url: str, cookie: str = "") -> Page:
    """A page in a profile of its own, signed in by that cookie."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    if cookie:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": url}])
    return context.new_page()
