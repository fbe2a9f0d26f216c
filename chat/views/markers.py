"""How far the person has read a conversation."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat import reading
from chat.forms import ANY_MESSAGE_ID
from chat.http import ChatRequest, is_partial, problem, see_other, signed_in
from chat.portal import portal


@require_POST
@signed_in
async def update(request: ChatRequest, id: str) -> HttpResponse:
    """Move the marker forward to `message`, or put it just before `unread`; when empty, before the others' last.

    A plain form also reports as viewed what its page shows up to `message`: it marks as read only if that succeeds.
    """
    account = request.account
    conversation = await account.conversation(id)
    relay = portal().relay(account)
    name = "unread" if "unread" in request.POST else "message"
    message = request.POST.get(name, "")
    fits = ANY_MESSAGE_ID.fullmatch(message) or (name == "unread" and not message)
    if not fits or {"message", "unread"} <= request.POST.keys():
        return problem(request, 422, _("This names no message."))
    if name == "message" and not is_partial(request):  # scripts tell by themselves what was really seen
        await reading.seen(account, conversation, message, page=relay.news.page(conversation))
    move = reading.unread if name == "unread" else reading.read
    if not await move(account, conversation, message, page=relay.news.page(conversation)):
        return problem(request, 404, _("There is no such message in this conversation."))
    if is_partial(request):  # what is unread now comes as an event
        portal().tell([account.userid], "read", conversation.id)
        if name == "unread":
            return render(request, "chat/conversations/_marked_unread.html")
        return HttpResponse(status=204)
    await relay.look_up("read", conversation.id)
    portal().tell([account.userid], "read", conversation.id, but=relay)
    target = reverse("home") if name == "unread" else reverse("conversations:show", args=[conversation.id])
    return see_other(target)
