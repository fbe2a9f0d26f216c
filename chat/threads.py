"""The threads that ask the database: one for each request, as Django wants it, but kept for the next one, and so is a
connection that may be kept. To begin a thread takes longer than what most requests ask in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.db import close_old_connections

KEPT = 4

P = ParamSpec("P")
T = TypeVar("T")


class Thread(ThreadPoolExecutor):
    """One thread, with no connection or one that is neither broken nor too old."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="database")
        self._last: Future[Any] | None = None

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it do something, after all else it was given."""
        self._last = future = super().submit(work, *args, **kwargs)
        return future

    def leave(self) -> None:
        """Keep it for the next one, unless it is still at something that nobody waits for any more."""
        idle = self._last is None or self._last.done()
        if self._last is not None:
            super().submit(close_old_connections)
            self._last = None
        if idle and len(_idle) < KEPT:
            _idle.append(self)
        else:
            self.shutdown(wait=False)


_idle: list[Thread] = []


class DatabaseThread(ThreadSensitiveContext):
    """Within it, what is asked of the database is asked in one thread that nobody else asks in."""

    async def __aenter__(self) -> DatabaseThread:
        await super().__aenter__()  # type: ignore[no-untyped-call]
        self._thread = SyncToAsync.context_to_thread_executor[self] = _idle.pop() if _idle else Thread()
        return self

    async def __aexit__(self, *trouble: Any) -> None:
        del SyncToAsync.context_to_thread_executor[self]  # or asgiref would end the thread
        await super().__aexit__(*trouble)  # type: ignore[no-untyped-call]
        self._thread.leave()
