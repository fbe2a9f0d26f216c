"""One tab: what a person does there, and the page that it has."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx

from tests.tab.conversations import Conversations
from tests.tab.live import LOST, Line
from tests.tab.messages import Messages
from tests.tab.outbox import Outbox
from tests.tab.page import Pane, Row, pane_in
from tests.visitor import Document

if TYPE_CHECKING:
    from tests.tab.browser import Browser

T = TypeVar("T")

REQUEST_LIMIT = 20.0  # seconds
MOMENT = 0.3


@dataclass(frozen=True)
class View:
    """What a person sees in a tab.

    `loaded`: it has a page at all; `busy`: something was asked for; `rows`: what the server has, `copies`: what is on
    its way; `list`: the conversations from the top, with their numbers; `whole`: nothing is before the first row.
    """

    loaded: bool
    busy: bool
    live: bool
    conversation: str
    rows: tuple[Row, ...]
    copies: tuple[Row, ...]
    list: tuple[tuple[str, str], ...]
    whole: bool


class Tab:
    """Its methods return when what a person does there is done; what follows goes on by itself."""

    def __init__(self, browser: Browser, conversation: str) -> None:
        self.browser = browser
        self.wanted = conversation
        self.userid = browser.person.userid
        self.awake = asyncio.Event()
        self.awake.set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._forget_page()
        headers = {"Host": urlsplit(browser.portal.url).netloc, "Origin": browser.portal.url}
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{browser.line.port}",
            headers=headers | {"Cookie": browser.cookies},
            timeout=REQUEST_LIMIT,
            trust_env=False,
            verify=False,  # what would be verified is loaded at some cost
        )

    def _forget_page(self) -> None:
        self._csrf = ""
        self.pane: Pane | None = None
        self.line = Line(self)
        self.conversations = Conversations(self)
        self.messages = Messages(self)
        self.outbox = Outbox(self)

    # What a person does

    def say(self, text: str) -> str:
        """Write and press Enter; the message's id."""
        return self.browser.background.do(self.outbox.say(text))

    def show(self, conversation: str) -> None:
        """Click on a conversation in the list."""
        self._begin(self.conversations.show(conversation))

    def read(self) -> None:
        """Look at what there is, for a second."""
        self._begin(self.messages.read())

    def scroll_up(self) -> None:
        """To the first message."""
        self._begin(self.messages.scroll_up())

    def retry(self) -> None:
        """Press every *Retry* there is."""
        self._begin(self.outbox.retry_all())

    def post(self, path: str, form: dict[str, str]) -> int | None:
        """Send a form of one of the menus; the answer's status, None if none has come yet."""
        return self._begin(self._post(path, form))

    def sleep(self) -> None:
        """Close the lid: nothing is read or done here until `wake`."""
        self._begin(self._sleep())

    def wake(self) -> None:
        self._begin(self._wake())

    def reload(self) -> None:
        self.browser.background.do(self._reload())

    def close(self) -> None:
        self.browser.tabs.remove(self)
        self.browser.background.do(self._close())

    def view(self) -> View:
        return self.browser.background.do(self._view())

    def _begin(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Nobody waits longer than a moment for what was clicked."""
        return self.browser.background.do(self._wait_a_moment(work))

    async def _wait_a_moment(self, work: Coroutine[Any, Any, T]) -> T | None:
        task = self.spawn(work)
        await asyncio.wait([task], timeout=MOMENT)
        return task.result() if task.done() and not task.cancelled() else None

    async def _view(self) -> View:
        pane = self.pane or Pane(self.wanted, "", [])
        places = sorted(self.conversations.listed.items(), key=lambda each: (not each[1].favorite, -each[1].order))
        return View(
            loaded=self.pane is not None,
            busy=bool(self._tasks),
            live=self.line.live,
            conversation=pane.conversation,
            rows=tuple(replace(row) for row in pane.settled),
            copies=tuple(replace(row) for row in pane.rows if row.on_its_way),
            list=tuple((id, place.unread) for id, place in places),
            whole=not pane.older,
        )

    async def _post(self, path: str, form: dict[str, str]) -> int | None:
        try:
            return (await self.request(path, form)).status_code
        except LOST:
            return None

    # The page

    async def _reload(self) -> None:
        self._leave()
        await self._wait_a_moment(self._load())

    async def _load(self) -> None:
        with suppress(*LOST):
            answer = await self.request(f"/conversations/{self.wanted}/", whole=True)
            if answer.status_code == 200:
                self._start(Document(answer.text))

    def _start(self, document: Document) -> None:
        self._csrf = document.one("body")["data-csrf"]
        self.pane = pane_in(document)
        self.conversations.start(document)
        self.line.start(document)
        self.outbox.open()

    def _leave(self) -> list[asyncio.Task[Any]]:
        """End all that goes on for the page; what is ending."""
        ending = [*self._tasks, *self.line.stop()]
        for task in self._tasks:
            task.cancel()
        self._tasks = set()
        self._forget_page()
        return ending

    async def _sleep(self) -> None:
        self.awake.clear()

    async def _wake(self) -> None:
        self.awake.set()
        await self.line.resume(self.line.n)

    async def _close(self) -> None:
        await asyncio.gather(*self._leave(), return_exceptions=True)
        await self._http.aclose()

    # What the page's parts need of it

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something by itself; the tab is busy as long as it lasts."""
        task = self.watched(work)
        self._tasks.add(task)
        return task

    def watched(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something by itself whose fault is the test's."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self.browser.background.faults.append(fault)

    async def request(self, path: str, form: dict[str, Any] | None = None, *, whole: bool = False) -> httpx.Response:
        """Raises one of LOST when there is no answer at all."""
        await self.awake.wait()
        headers = {} if whole else {"HX-Request": "true"}
        if form is None:
            return await self._http.get(path, headers=headers)
        return await self._http.post(path, data=form, headers=headers | {"X-CSRFToken": self._csrf})
