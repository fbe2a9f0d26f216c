"""Browsers for the people of the sandbox, and what the sandbox knows of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps

from chat.ozeki.client import Client
from chat.ozeki.dialect import Dialect, load
from chat.portal import Portal as InsidePortal
from tests.chat.inside import PATIENCE
from tests.processes import DIALECT, Portal, Sandbox
from tests.visitor import Visitor


@dataclass
class World:
    """The sandbox as tests speak of it: people by the name before the @."""

    sandbox: Sandbox

    def userid(self, first: str) -> str:
        return self.sandbox.people[first].userid

    def between(self, *firsts: str) -> str:
        """The id of the conversation of exactly these."""
        ids = sorted(self.userid(first) for first in firsts)
        return hashlib.md5(";".join(ids).encode()).hexdigest()

    def says(self, first: str, conversation: str, text: str = "", **others: Any) -> str:
        """Have a person say something from elsewhere; the message's id."""
        fields = {"from": f"{first}@example.org", "conversation": conversation, "text": text, **others}
        return self.sandbox.control("say", fields)["id"]

    def held(self, conversation: str) -> list[dict[str, Any]]:
        """The messages as the server holds them."""
        return self.sandbox.control(f"conversations/{conversation}")["messages"]

    def ids(self, conversation: str) -> list[str]:
        return [message["ID"] for message in self.held(conversation)]

    def break_next(self, api: str, fault: str, action: str | None = None, **others: Any) -> None:
        self.sandbox.control("faults", {"api": api, "action": action, "fault": fault, **others})

    def now(self) -> int:
        """The number of the last call."""
        return max((call["n"] for call in self.sandbox.control("calls")), default=0)

    def calls(self, since: int, api: str, action: str | None = None, userid: str | None = None) -> list[dict[str, Any]]:
        return [
            call
            for call in self.sandbox.control(f"calls?since={since}")
            if call["api"] == api and action in (None, call["action"]) and userid in (None, call["userid"])
        ]


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return World(sandbox)


@pytest.fixture
def browser(portal: Portal) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers at the shared portal, or at another; they are signed out and closed afterwards."""
    visitors: list[Visitor] = []

    def opened(at: Portal = portal) -> Visitor:
        visitors.append(Visitor(at))
        return visitors[-1]

    yield opened
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visit(browser: Callable[..., Visitor], sandbox: Sandbox) -> Callable[[str], Visitor]:
    """A browser signed in as the person called so."""

    def signed_in(first: str) -> Visitor:
        visitor = browser()
        assert visitor.sign_in(sandbox.people[first]).status == 303
        return visitor

    return signed_in


@pytest.fixture
async def make(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., InsidePortal]]:
    """Make this process's portal, with another server, time-out (seconds) or dialect; made again it has forgotten
    everything but its database."""
    made: list[InsidePortal] = []

    def new(*, url: str = sandbox.url, timeout: float = PATIENCE, dialect: Dialect | None = None) -> InsidePortal:
        client = Client(url, timeout=timeout, delays=lambda attempt: 0.0)
        portal = InsidePortal(
            url=url, dialect=dialect or (load(DIALECT) if DIALECT else Dialect()), client=client, slot="inside"
        )
        monkeypatch.setitem(apps.get_app_config("chat").__dict__, "portal", portal)
        made.append(portal)
        return portal

    yield new
    for portal in made:
        await portal.aclose()
    if ending := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(ending, timeout=PATIENCE)  # the listeners hang up
