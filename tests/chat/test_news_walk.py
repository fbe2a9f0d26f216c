"""What is told of one conversation, in any order of what happens: at rest each tab shows what the server holds.

`news` and what it stands on are the real ones, between a server of a few lines and tabs that place rows as pages do. A
walk is a fraction of a second of what real parts would take an hour for. A failure says its seed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from chat import fragments, history, presenting
from chat.history import Stretch
from chat.keyring import Opened
from chat.news import News
from chat.ozeki.models import Conversation, Message, Notices, Sealed
from chat.receipts import Receipts
from chat.stream import Stream
from chat.stream import Tab as Line
from tests.tab.page import Pane, Row

WALKS, STEPS = 300, 30
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONVERSATION = Conversation("c", False, ("me", "you"), (), "", "", 0, "", "i")
AROUND = (0, 3, 10, history.PAGE - 1, history.PAGE, history.PAGE + 10)  # messages at the beginning


def pytest_generate_tests(metafunc):
    metafunc.parametrize("first", [metafunc.config.getoption("randomly_seed")])


@pytest.fixture
def walk(monkeypatch):
    """Takes the walk of a seed; what is wrong at its end."""
    here: list[Walk] = []
    monkeypatch.setattr(history, "newest", lambda *about: here[-1].newest())
    monkeypatch.setattr(history, "newer", lambda *about, id, at: here[-1].newer(id))
    monkeypatch.setattr(presenting, "shown", lambda account, conversation, opened: opened.sealed.id)
    monkeypatch.setattr(fragments, "message_rows", lambda shown: shown)

    async def taken(seed: int) -> str:
        here.append(Walk(Random(seed)))
        return await here[-1].take()

    return taken


class Page:
    """A tab: its rows, and its line with what came and is not read yet. `busy`: it waits for a page."""

    def __init__(self) -> None:
        self.line = Line(CONVERSATION.id)
        self.pane = Pane(CONVERSATION.id, CONVERSATION.instance, [])
        self.busy = True


class Walk:
    """A server, a relay's news, and tabs, all of which do what they do when the dice say so."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.held: list[Opened] = []
        self.second = self.count = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.pages: list[Page] = []
        self.stream = Stream()
        account: Any = SimpleNamespace(userid="me", receipts=lambda conversation: Receipts(), conversations=self.listed)
        sidebar: Any = SimpleNamespace(moved=lambda conversation, sealed: {})
        self.news = News(account, self.stream, sidebar)

    async def take(self) -> str:
        many = self.dice.choice([1, 2, 30])  # in one second
        for number in range(self.dice.choice(AROUND)):
            self.arrive(self.written("you", number // many - 100))
        for _ in range(2):
            self.open()
        steps: dict[Callable[[], object], int] = {
            self.tick: 3,
            self.hear: 4,
            self.say: 3,
            self.notice: 3,
            self.open: 1,
            self.read: 6,
        }
        for step in self.dice.choices(list(steps), list(steps.values()), k=STEPS):
            step()
            await self.pause()
        for _ in range(2):  # the second look finds what was said while the first was under way
            await self.rest()
            self.notice()
        await self.rest()
        return self.wrong()

    # The server

    def written(self, sender: str, second: int) -> Opened:
        self.count += 1
        created = NOON + timedelta(seconds=second)
        sealed = Sealed(f"{sender}-{self.count}", "Message", created, created + timedelta(days=7000), "")
        return Opened(sealed, Message(sender, ""))

    def arrive(self, opened: Opened) -> None:
        self.held = sorted([*self.held, opened], key=lambda one: one.sealed.created)  # stable: then by arrival

    async def listed(self, *, fresh: bool = False) -> dict[str, Conversation]:
        return {CONVERSATION.id: CONVERSATION}

    async def newest(self) -> Stretch:
        return await self.answered(self.held[-history.PAGE :], more=len(self.held) >= history.PAGE)

    async def newer(self, id: str) -> Stretch:
        at = next(at for at, one in enumerate(self.held) if one.sealed.id == id)
        return await self.answered(self.held[at:])

    async def answered(self, messages: list[Opened], *, more: bool = False) -> Stretch:
        await self.pause()
        came = tuple(one.sealed for one in messages)
        return Stretch(tuple(messages), came, came[0] if more else None)

    # What happens

    def tick(self) -> None:
        self.second += 1

    def hear(self) -> None:
        self.arrive(self.written("you", self.second - self.dice.choice([0, 0, 0, 1])))

    def say(self) -> None:
        self.begin(self.said(self.written("me", self.second), self.dice.choice(self.pages)))

    async def said(self, opened: Opened, page: Page) -> None:
        await self.pause()
        self.arrive(opened)
        await self.pause()
        last = self.news.said(CONVERSATION, opened)
        await self.pause()
        if last and not page.busy:
            id = opened.sealed.id
            page.pane.place(rows([id]), [] if page.pane.held(id) else [id])

    def notice(self) -> None:
        self.begin(self.news.catch_up(Notices(conversations=(CONVERSATION.id,)), everything=False))

    def open(self) -> None:
        page = Page()
        self.pages.append(page)
        self.begin(self.opened(page))

    async def opened(self, page: Page) -> None:
        n = self.stream.n
        shown = await self.fetched()
        page.pane.rows = list(shown.values())
        self.stream.tabs.add(page.line)
        for event in self.stream.since(self.stream.epoch, n) or ():
            page.line.put(event.frame(page.line))
        page.busy = False

    def read(self) -> None:
        page = self.dice.choice(self.pages)
        if not page.busy and not page.line.queue.empty():
            frame = json.loads(page.line.queue.get_nowait()[0])
            if frame.get("reset"):
                page.busy = True
                self.begin(self.anew(page))
            else:
                page.pane.place(rows(frame.get("messages", ())), frame.get("order", ()))

    async def anew(self, page: Page) -> None:
        page.pane.rows = list((await self.fetched()).values())
        page.busy = False

    async def fetched(self) -> dict[str, Row]:
        round, stretch = self.news.round, await history.newest(None, CONVERSATION)  # type: ignore[arg-type]
        await self.news.opened(CONVERSATION, stretch, round=round)
        await self.pause()
        return rows(one.sealed.id for one in stretch.messages)

    # Going on

    def begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def pause(self) -> None:
        for _ in range(self.dice.choice([0, 0, 1, 2, 5, 10])):
            await asyncio.sleep(0)

    async def rest(self) -> None:
        while self.tasks or any(not page.line.queue.empty() for page in self.pages):
            self.read()
            await asyncio.gather(*self.tasks)

    def wrong(self) -> str:
        held = [one.sealed.id for one in self.held]
        for page in self.pages:
            shown = [row.id for row in page.pane.rows]
            if shown != held[-max(len(shown), min(len(held), history.PAGE)) :]:
                return f"{shown[-STEPS:]}, not {held[-STEPS:]}"
        return ""


def rows(ids: Any) -> dict[str, Row]:
    return {id: Row(id, "", "", "sent") for id in ids}


async def test_at_rest_each_tab_shows_what_the_server_holds_once_and_in_order(walk, first):
    wrong = {seed: words for seed in range(first, first + WALKS) if (words := await walk(seed))}
    assert wrong == {}
