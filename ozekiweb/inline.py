"""Django's middlewares, run where the request is. Under ASGI Django has a thread do each half of each of them, a dozen
for a page; what they do takes microseconds and waits for nothing, and the way to a thread and back takes much longer.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


async def _in_place(self: Any, request: HttpRequest) -> HttpResponseBase:
    response: HttpResponseBase | None = None
    if hasattr(self, "process_request"):
        response = self.process_request(request)
    if response is None:
        response = await self.get_response(request)
    if hasattr(self, "process_response"):
        response = self.process_response(request, response)
    return response


def install() -> None:
    """Have it so from now on."""
    MiddlewareMixin.__acall__ = _in_place  # type: ignore[method-assign]
