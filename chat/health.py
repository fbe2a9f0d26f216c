"""Whether this process can serve people: asked afresh, but not more often than every few seconds, whoever asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from channels.layers import get_channel_layer
from django.db import connection
from django.utils import timezone

from chat import trail
from chat.models import Throttle
from chat.ozeki.client import Client

FRESH = 3.0  # seconds for which a report does for others who ask
PATIENCE = 2.0  # seconds for each part of it, all at once


@dataclass(frozen=True, slots=True)
class Part:
    """How one thing that the portal needs answered: `trouble` is the kind of error, "" when it is well."""

    trouble: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """How everything is that a process needs."""

    database: Part
    layer: Part
    ozeki: Part

    @property
    def ready(self) -> bool:
        """Whether people are served here. Without Ozeki they are: they are told so, and what they write waits. They are
        without the channel layer, too: what other processes tell is looked up within a minute."""
        return not self.database.trouble


class Health:
    """Looks when it is asked. All who ask at once, or soon after, have the same answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._looking: asyncio.Task[Report] | None = None
        self._until = float("-inf")
        # Of its own, and one: a database that keeps it waiting must not use up the threads that others need.
        self._thread = ThreadPoolExecutor(1, "health")

    async def report(self) -> Report:
        """How everything is, no older than three seconds; it takes two at most."""
        if self._looking is None or (self._looking.done() and time.monotonic() > self._until):
            # Of its own: whoever asked first may hang up.
            self._looking = asyncio.create_task(self._look(), context=trail.apart(trail.current()))
        return await asyncio.shield(self._looking)

    async def _look(self) -> Report:
        write = asyncio.get_running_loop().run_in_executor(self._thread, _write)
        report = Report(*await asyncio.gather(_part(write), _part(tell()), _part(self._client.reach())))
        self._until = time.monotonic() + FRESH
        return report

    def close(self) -> None:
        """Look no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


async def _part(work: Awaitable[None]) -> Part:
    started, trouble = time.monotonic(), ""
    try:
        async with asyncio.timeout(PATIENCE):
            await work
    except Exception as error:  # each database and each layer has its own
        trouble = type(error).__name__
    return Part(trouble, time.monotonic() - started)


def _write() -> None:
    """Keep something in the database: one that is locked, full or read-only lets nobody sign in or speak."""
    try:
        # Always in the same row. Not taken back: what is never kept would fit on a full disk.
        row = Throttle(key="readyz", since=timezone.now())
        Throttle.objects.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=["since"])
    finally:
        connection.close()  # this thread's: connecting is part of what may fail


async def tell() -> None:
    """Send something through the channel layer, if there is one, and receive it. Each kind has errors of its own."""
    layer = get_channel_layer()
    if layer is not None:
        name = await layer.new_channel()
        await layer.send(name, {"type": "hello"})
        await layer.receive(name)
