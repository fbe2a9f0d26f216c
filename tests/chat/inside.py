"""What tests of the portal in their own process share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from chat import vault
from chat.account import Account
from chat.portal import Portal
from chat.stream import Close, Tab
from tests.processes import Person, wait_until

PATIENCE = 10.0  # seconds


async def sign_in(portal: Portal, person: Person) -> tuple[str, Account]:
    """A person's token and account at this process's portal. No relay is started, and no friend told."""
    credentials = await portal.sign_in(
        email=person.email, password=person.password, encryption_password=person.encryption_password
    )
    token, _ = await vault.begin(credentials, remember=False, agent="", address=None)
    account = await portal.account(token)
    assert account is not None
    return token, account


async def until(tab: Tab, fits: Callable[[Any], bool]) -> Any:
    """What waits for the tab, up to the first that fits."""
    async with asyncio.timeout(PATIENCE):
        while True:
            waiting = await tab.queue.get()
            read = waiting if isinstance(waiting, Close) else json.loads(waiting[0])
            if fits(read):
                return read


async def eventually(condition: Callable[[], Any], what: str) -> None:
    """Wait until `condition()` is true, while everything else goes on. It may ask the sandbox, so it has a thread."""
    await asyncio.to_thread(wait_until, condition, what, PATIENCE)


async def kept(condition: Callable[[], Awaitable[Any]]) -> None:
    """Wait until the database has it so. It is asked in the thread that writes: to another one SQLite's tables in
    memory are locked meanwhile."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.02)
