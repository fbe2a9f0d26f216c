"""What the person's browser has not sent yet."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chat.http import ChatRequest, signed_in
from chat.views.layout import sidebar_if_answered


@require_GET
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """The frame for it: the messages themselves are in the browser alone."""
    return render(request, "chat/outbox/index.html", await sidebar_if_answered(request))
