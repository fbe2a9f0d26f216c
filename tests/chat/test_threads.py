"""The threads that ask the database: one for each request, taken over by the next one, shared in a rush."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextvars import Context

import pytest
from asgiref.sync import sync_to_async

import chat.threads
from chat.threads import KEPT, MOST, DatabaseThread

where = sync_to_async(threading.get_ident)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(chat.threads, "_idle", [])


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


async def test_what_outlives_requests_asks_in_one_thread_that_is_none_of_theirs():
    leave = asyncio.Event()

    async def later() -> int:
        await leave.wait()
        return await where()

    outlives, theirs = [], set()
    for _ in range(3):
        async with DatabaseThread():
            outlives.append(asyncio.create_task(later()))
            theirs.add(await where())
    async with DatabaseThread():
        leave.set()
        [one] = set(await asyncio.gather(*outlives))
        assert one not in theirs | {await where()}


async def at_once(count: int) -> list[int]:
    """The threads of so many that are there together."""
    together = asyncio.Barrier(count)

    async def one() -> int:
        async with DatabaseThread():
            await together.wait()
            asked = await where()
            await together.wait()
            return asked

    return await asyncio.gather(*(asyncio.create_task(one(), context=Context()) for _ in range(count)))


async def test_as_many_as_there_may_be_have_one_each():
    assert len(set(await at_once(MOST))) == MOST


async def test_more_share_them_evenly():
    assert set(Counter(await at_once(3 * MOST)).values()) == {3}


async def test_one_that_was_shared_is_left_by_the_last():
    threads = await at_once(MOST + 1)
    assert await asked() in threads
    assert not chat.threads._busy


async def test_after_a_rush_only_a_few_are_kept():
    await at_once(KEPT + 3)
    assert len(chat.threads._idle) == KEPT
