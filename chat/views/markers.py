"""How far the person has read a conversation."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat import reading
from chat.forms import ANY_MESSAGE_ID
from chat.http import ChatRequest, is_partial, problem, signed_in
from chat.portal import portal


@require_POST
@signed_in
async def move(request: ChatRequest, id: str) -> HttpResponse:
    """Move the marker forward to `message`, or put it just before `unread`; when empty, before the others' last."""
    account = request.account
    conversation = await account.conversation(id)
    relay = portal().relay(account)
    page = relay.news.page(conversation)
    message, unread = request.POST.get("message"), request.POST.get("unread")
    if message is not None and unread is None and ANY_MESSAGE_ID.fullmatch(message):
        moved = await reading.read(account, conversation, message, page=page)
    elif message is None and unread is not None and (not unread or ANY_MESSAGE_ID.fullmatch(unread)):
        moved = await reading.unread(account, conversation, unread, page=page)
    else:
        moved = False
    if not moved:
        return problem(request, 422, _("This names no message of the conversation."))
    await relay.heard("read", conversation.id)
    await portal().tell(account.userid, "read", conversation.id)
    if is_partial(request):
        return HttpResponse(status=204)
    target = reverse("home") if message is None else reverse("conversations:show", args=[conversation.id])
    return HttpResponseRedirect(target, status=303)
