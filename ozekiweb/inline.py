"""Django without the threads that it has do things under ASGI: each part of each middleware, the signals before and
after a request, each piece of a static file. What they do takes microseconds and waits for nothing, and the way to a
thread and back takes much longer. Of all that, only the database is asked in a thread (chat/threads.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import iscoroutinefunction
from django import db
from django.core import signals
from django.core.handlers import asgi
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import Redirect, StaticFile

from chat.threads import DatabaseThread
from ozekiweb.utf8 import Request

P = ParamSpec("P")
T = TypeVar("T")


class Handler(asgi.ASGIHandler):
    """Django's, with a thread for the database that is there already, and none for what middlewares do with a view."""

    request_class = Request

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with DatabaseThread():
            await self.handle(scope, receive, send)

    def adapt_method_mode(self, is_async: bool, method: Any, *rest: Any, **more: Any) -> Any:
        """Make a method of a middleware, or what it calls, fit the others."""
        if is_async and not iscoroutinefunction(method):
            return _at_once(method)
        return super().adapt_method_mode(is_async, method, *rest, **more)


class StaticFiles(ServeStaticMiddleware):
    """ServeStatic's, reading a file at once: each is of some kilobytes, and the system has it in memory."""

    @staticmethod
    async def aserve(static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponse:
        """The file, or the part of it that is asked for; none where the browser has it."""
        found = static_file.get_response(request.method or "GET", request.META)
        response = HttpResponse(status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            if value is not None and name != "Last-Modified":  # the ETag says as much
                response[name] = value
        if found.file is not None:
            with closing(found.file) as file:
                response.content = file.read()
        return response


async def _in_place(self: Any, request: HttpRequest) -> HttpResponseBase:
    response: HttpResponseBase | None = None
    if hasattr(self, "process_request"):
        response = self.process_request(request)
    if response is None:
        response = await self.get_response(request)
    if hasattr(self, "process_response"):
        response = self.process_response(request, response)
    return response


def _at_once(work: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    async def done(*args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    return done


def install() -> None:
    """Have it so from now on."""
    MiddlewareMixin.__acall__ = _in_place  # type: ignore[method-assign]
    asgi.sync_to_async = _at_once  # type: ignore[attr-defined]  # an answer is closed by it
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(db.close_old_connections)  # its thread sees to that
    signals.request_started.disconnect(db.reset_queries)  # of DEBUG
