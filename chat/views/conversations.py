"""The list of conversations, and one of them opened."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat import history, markers, presenting
from chat.forms import ANY_MESSAGE_ID, named_time
from chat.history import Stretch
from chat.http import ChatRequest, is_partial, signed_in
from chat.ozeki.errors import StaleConversation
from chat.ozeki.models import Conversation, Sealed
from chat.portal import portal
from chat.views.layout import pane, sidebar


@require_GET
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """The sidebar; with `q` only what fits it."""
    context = await sidebar(request, search=request.GET.get("q", "")[:200])
    if is_partial(request) and request.htmx.target != "conversation":
        return render(request, "chat/conversations/index.html#conversation-list", context)
    return render(request, "chat/conversations/index.html", context)


@require_GET
@signed_in
async def show(request: ChatRequest, id: str) -> HttpResponse:
    """A conversation with its newest messages."""
    try:
        return await _show(request, id)
    except StaleConversation:
        return await _show(request, id)  # cleared on another device a moment ago: the list has its new instance by now


async def _show(request: ChatRequest, id: str) -> HttpResponse:
    conversation = await request.account.conversation(id)
    news = portal().relay(request.account).news
    round = news.round
    around = (pane if is_partial(request) else sidebar)(request, conversation=conversation)
    # It begins first, and first of all reads the relay's number.
    context, stretch, marker = await asyncio.gather(
        around,
        history.newest(request.account, conversation),
        markers.find(request.account.userid, conversation),
    )
    await news.opened(conversation, stretch, round=round)
    context |= _read(marker, conversation, stretch)
    id, at = request.GET.get("before", ""), named_time(request.GET.get("at", ""))
    wanted = request.GET.get("message", "")
    if wanted and wanted not in {opened.sealed.id for opened in stretch.messages}:
        known = ANY_MESSAGE_ID.fullmatch(wanted) and wanted not in stretch.ids
        place = await history.find(request.account, conversation, wanted) if known else None
        if place is None:
            context["missing"] = _("The message you are looking for is not in this conversation, or not any more.")
        else:
            id, at = place.id, place.created
    if at is not None and ANY_MESSAGE_ID.fullmatch(id):
        earlier = await history.older(request.account, conversation, id=id, at=at)
        if id not in stretch.ids and stretch.before and stretch.messages:
            context["gap"] = {"id": stretch.messages[0].sealed.id, "url": older_url(conversation, stretch.before)}
        stretch = _joined(earlier, stretch)
    return page(request, conversation, stretch, context)


def _joined(earlier: Stretch, newest: Stretch) -> Stretch:
    """Earlier messages above the newest ones, for who goes to one found by a search."""
    later = tuple(opened for opened in newest.messages if opened.sealed.id not in earlier.ids)
    return Stretch((*earlier.messages, *later), earlier.came + newest.came, earlier.before)


def _read(marker: markers.Marker | None, conversation: Conversation, stretch: Stretch) -> dict[str, str]:
    """How far the person has read: where the page draws the line, and to what it can be marked as read by hand."""
    last = stretch.came[-1].id if stretch.came else ""
    if marker is None:
        return {}  # at first sight everything counts as read
    if marker.instance != conversation.instance:
        return {"read": "", "read_at": presenting.iso(markers.BEGINNING), "read_to": last}
    read_to = last if last != marker.message_id else ""
    return {"read": marker.message_id, "read_at": presenting.iso(marker.date), "read_to": read_to}


def page(
    request: ChatRequest,
    conversation: Conversation,
    stretch: Stretch,
    context: dict[str, Any],
    *,
    error: str = "",
    text: str = "",
    form_id: str = "",
    status: int = 200,
) -> HttpResponse:
    """A conversation's page with a stretch of its messages; with htmx the conversation alone."""
    template = "chat/conversations/show.html" + ("#conversation" if is_partial(request) else "")
    messages = [presenting.shown(request.account, conversation, opened) for opened in stretch.messages]
    context |= {
        "messages": messages,
        "older": older_url(conversation, stretch.before),
        "form_id": form_id or str(uuid.uuid4()),
        "text": text,
        "error": error,
    }
    return render(request, template, context, status=status)


def older_url(conversation: Conversation, before: Sealed | None) -> str:
    """The address of the page before a message; "" when there is none."""
    if before is None:
        return ""
    query = urlencode({"before": before.id, "at": presenting.iso(before.created)})
    return f"{reverse('messages:index', args=[conversation.id])}?{query}"
