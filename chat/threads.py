"""The threads that ask the database: one for each request, as Django wants it, but kept for the next one, and so is a
connection that may be kept. To begin a thread takes longer than what most requests ask in it. In a rush requests share
them: a database lets only so many in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.db import close_old_connections, connections

KEPT, MOST = 4, 10

P = ParamSpec("P")
T = TypeVar("T")


class Thread(ThreadPoolExecutor):
    """One thread, with no connection or one that is neither broken nor too old."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="database")
        self.users = 0
        self._last: Future[Any] | None = None

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it do something, after all else it was given."""
        self._last = future = super().submit(work, *args, **kwargs)
        return future

    def leave(self) -> None:
        """Nobody asks in it any more: keep it for the next one, unless there are enough, or it is still at something.
        It ends without a connection: one that is only forgotten stays open until the collector comes."""
        keep = len(_idle) < KEPT and (self._last is None or self._last.done())
        if self._last is not None:
            super().submit(close_old_connections if keep else connections.close_all)
            self._last = None
        if keep:
            _idle.append(self)
        else:
            self.shutdown(wait=False)


_idle: list[Thread] = []
_busy: set[Thread] = set()


def _thread() -> Thread:
    if _idle:
        return _idle.pop()
    return Thread() if len(_busy) < MOST else min(_busy, key=lambda thread: thread.users)


class DatabaseThread(ThreadSensitiveContext):
    """Within it, what is asked of the database is asked in one thread, which nobody else asks in except in a rush.
    What outlives it asks where all do that are in none."""

    async def __aenter__(self) -> DatabaseThread:
        await super().__aenter__()  # type: ignore[no-untyped-call]
        self._thread = SyncToAsync.context_to_thread_executor[self] = _thread()
        self._thread.users += 1
        _busy.add(self._thread)
        return self

    async def __aexit__(self, *trouble: Any) -> None:
        del SyncToAsync.context_to_thread_executor[self]  # or asgiref would end the thread
        await super().__aexit__(*trouble)  # type: ignore[no-untyped-call]
        SyncToAsync.context_to_thread_executor[self] = SyncToAsync.single_thread_executor  # or it would begin another
        self._thread.users -= 1
        if not self._thread.users:
            _busy.remove(self._thread)
            self._thread.leave()
