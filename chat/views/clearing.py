"""Deleting all messages of a conversation."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import clearing, presenting
from chat.http import ChatRequest, see_other, signed_in
from chat.portal import portal
from chat.views.layout import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def new(request: ChatRequest, id: str) -> HttpResponse:
    """Ask whether all messages shall be deleted for everybody, then do it."""
    conversation = await request.account.conversation(id)
    if request.POST.get("confirm") == "clear":
        conversation = await clearing.clear(request.account, conversation)
        await portal().relay(request.account).news.cleared(conversation)
        return see_other(reverse("conversations:show", args=[conversation.id]))
    context = await sidebar(request) | {
        "id": conversation.id,
        "name": presenting.title(request.account, conversation),
        "others": presenting.others(request.account, conversation),
        "error": _("Nothing was deleted: type the word clear to confirm.") if request.method == "POST" else "",
    }
    return render(request, "chat/conversations/clear.html", context, status=422 if request.method == "POST" else 200)
