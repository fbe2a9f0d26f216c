"""What the keyboard can do."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chat.http import ChatRequest, is_partial, signed_in
from chat.views.layout import sidebar_if_answered


@require_GET
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """Every shortcut; for scripts in a dialog alone."""
    if is_partial(request):
        return render(request, "chat/shortcuts/index.html#dialog")
    return render(request, "chat/shortcuts/index.html", await sidebar_if_answered(request))
