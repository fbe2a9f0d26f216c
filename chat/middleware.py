"""What every answer that is not a static file carries, and the one there is when the database fails."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import markcoroutinefunction
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from chat.http import failed, words

logger = logging.getLogger(__name__)

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class PrivateMiddleware:
    """Pages hold what people say: no cache keeps them, and no page may use the devices it does not need."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    def process_exception(self, request: HttpRequest, trouble: Exception) -> HttpResponse | None:
        """Say so in words when the database is locked, full or away; what was written in a plain form comes back."""
        if not isinstance(trouble, Error):
            return None
        logger.error("the database failed a page: %s: %s", type(trouble).__name__, trouble)
        return failed(request, *words(trouble))
