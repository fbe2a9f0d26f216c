"""How the portal is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@require_GET
async def live(request: HttpRequest) -> HttpResponse:
    """The process runs and answers; nothing is said of the Ozeki server."""
    return HttpResponse("ok\n", content_type="text/plain")
