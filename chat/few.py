"""Doing something for many, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 4


async def each(work: Callable[[T], Awaitable[None]], things: Iterable[T]) -> None:
    """Do it for each, a few at a time; when some fail, the first failure is raised after the others are done."""
    things = list(things)
    if len(things) == 1:
        return await work(things[0])  # as most often, and then without a task
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(thing: T) -> None:
        async with limit:
            await work(thing)

    for outcome in await asyncio.gather(*map(one, things), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
