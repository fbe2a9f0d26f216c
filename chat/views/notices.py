"""What a notification is about."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from chat import fragments, presenting
from chat.http import ChatRequest, is_partial, see_other, signed_in
from chat.portal import portal


@require_GET
@signed_in
async def show(request: ChatRequest, id: str) -> HttpResponse:
    """The newest unread message of a conversation as a row, 204 when there is none; without scripts the way to it."""
    account = request.account
    conversation = await account.conversation(id)
    opened = await portal().relay(account).news.unread(conversation)
    if not is_partial(request):
        page = reverse("conversations:show", args=[conversation.id])
        return see_other(f"{page}#message-{opened.sealed.id}" if opened else page)
    if opened is None:
        return HttpResponse(status=204)
    message = presenting.shown(account, conversation, opened)
    return HttpResponse(fragments.message_row(message, request.preferences.time_format))
