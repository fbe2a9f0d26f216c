"""The threads that ask the database: one for each request, taken over by the next one."""

from __future__ import annotations

import asyncio
import threading
from contextvars import Context

import pytest
from asgiref.sync import sync_to_async

from chat import threads
from chat.threads import KEPT, DatabaseThread

where = sync_to_async(threading.get_ident)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(threads, "_idle", [])


async def asked() -> int:
    async with DatabaseThread():
        return await where()


async def test_a_request_asks_in_one_thread_that_is_not_the_loops():
    async with DatabaseThread():
        first, second = await where(), await where()
    assert first == second != threading.get_ident()


async def test_the_next_request_takes_it_over():
    assert await asked() == await asked()


async def test_so_it_does_after_a_request_that_failed():
    with pytest.raises(LookupError):
        async with DatabaseThread():
            failed = await where()
            raise LookupError
    assert await asked() == failed


async def test_two_at_once_never_ask_in_the_same():
    async with DatabaseThread():
        assert await asyncio.create_task(asked(), context=Context()) != await where()


async def test_one_that_is_still_at_something_is_not_handed_on():
    begun, over = threading.Event(), threading.Event()

    def long() -> int:
        begun.set()
        over.wait(20)
        return threading.get_ident()

    async with DatabaseThread():
        left = asyncio.create_task(sync_to_async(long)())
        await asyncio.to_thread(begun.wait, 20)
    async with asyncio.timeout(20):
        next = await asked()
    over.set()
    assert next != await left


async def test_what_outlives_a_request_does_not_ask_in_the_next_ones_thread():
    leave = asyncio.Event()

    async def later() -> int:
        await leave.wait()
        return await where()

    async with DatabaseThread():
        outlives = asyncio.create_task(later())
        await where()
    async with DatabaseThread():
        leave.set()
        assert await outlives != await where()


async def test_after_a_rush_only_a_few_are_kept():
    together = asyncio.Barrier(KEPT + 3)

    async def one() -> None:
        async with DatabaseThread():
            await where()
            await together.wait()

    await asyncio.gather(*(asyncio.create_task(one(), context=Context()) for _ in range(KEPT + 3)))
    assert len(threads._idle) == KEPT
