"""Messages of a conversation: a page of older or newer ones, and a new one."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import history, presenting, sending
from chat.account import Account
from chat.forms import ANY_MESSAGE_ID, message_trouble, moment
from chat.history import Stretch
from chat.http import ChatRequest, is_partial, problem, signed_in, words
from chat.ozeki.errors import OzekiError, Refused, SignInRefused, StaleConversation
from chat.ozeki.models import Conversation
from chat.portal import portal
from chat.views.conversations import older_url, page, sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def index(request: ChatRequest, id: str) -> HttpResponse:
    """The messages of a conversation by GET, a new one by POST."""
    try:
        conversation = await request.account.conversation(id)
    except OzekiError as trouble:
        if request.method == "GET" or is_partial(request) or isinstance(trouble, SignInRefused):
            raise
        return _unsent(request, *words(trouble), request.POST.get("text", ""))
    return await (create if request.method == "POST" else stretch)(request, conversation)


async def stretch(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """The page before one message, or what came after another."""
    if not {"before", "after"} & request.GET.keys():
        return HttpResponseRedirect(reverse("conversations:show", args=[conversation.id]))
    name = "before" if "before" in request.GET else "after"
    anchor, at = request.GET.get(name, ""), moment(request.GET.get("at", ""))
    if not ANY_MESSAGE_ID.fullmatch(anchor) or (at is None and "at" in request.GET):
        return problem(request, 400, _("This address names no message."), retry="")
    at = at or await _created(request.account, conversation, anchor)
    if at is None:
        return problem(request, 409, _("This message is not in the conversation any more. Open it again."), retry="")
    read = history.older if name == "before" else history.newer
    try:
        found = await read(request.account, conversation, id=anchor, at=at)
    except (Refused, StaleConversation) as refusal:
        if isinstance(refusal, SignInRefused):
            raise
        return problem(request, 409, _("The messages around this one can't be fetched. Open the conversation again."))
    if name == "after":
        found = found.without(anchor)
    if not found.messages and found.before is None:
        return HttpResponse(status=204)
    if not is_partial(request):
        return page(request, conversation, found, await sidebar(request, conversation=conversation))
    messages = [presenting.shown(request.account, conversation, opened) for opened in found.messages]
    context = {"messages": messages, "older": older_url(conversation, found.before)}
    return render(request, "chat/messages/_messages.html", context)


async def _created(account: Account, conversation: Conversation, id: str) -> datetime | None:
    """When a message was created: from what was opened here lately, else by walking back to it."""
    known = account.created(conversation, id)
    if known is not None:
        return known
    found: Stretch = await history.newest(account, conversation)
    while id not in found.ids and found.before is not None:
        found = await history.older(account, conversation, id=found.before.id, at=found.before.created)
    return found.created(id)


async def create(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """Say something. The answer is its row, or for a plain form the conversation again."""
    text, id = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("id", "").lower()
    error = message_trouble(text, id)
    if error:
        return await _not_sent(request, conversation, 422, error, text)
    try:
        opened = await sending.say(request.account, conversation, text=text, id=id)
    except sending.IdTakenError:
        error = _("This message's id belongs to another conversation. Reload the page and send it again.")
        return await _not_sent(request, conversation, 422, error, text)
    except SignInRefused:
        raise
    except OzekiError as trouble:
        # The same id again settles what became of it, so the form keeps it.
        return await _not_sent(request, conversation, *words(trouble), text, id)
    relay = portal().relay(request.account)
    relay.news.said(await request.account.conversation(conversation.id), opened)
    if not is_partial(request):
        response = HttpResponseRedirect(f"{reverse('conversations:show', args=[conversation.id])}#message-{id}")
        response.status_code = 303
        return response
    message = presenting.shown(request.account, conversation, opened)
    return render(request, "chat/messages/_message.html", {"message": message}, status=201)


async def _not_sent(
    request: ChatRequest, conversation: Conversation, status: int, error: str, text: str, id: str = ""
) -> HttpResponse:
    """Say why, and keep what was written."""
    if is_partial(request):
        return problem(request, status, error)
    try:
        context = await sidebar(request, conversation=conversation)
        found = await history.newest(request.account, conversation)
    except OzekiError:
        return _unsent(request, status, error, text)
    return page(request, conversation, found, context, error=error, text=text, form_id=id, status=status)


def _unsent(request: ChatRequest, status: int, error: str, text: str) -> HttpResponse:
    """Without the server there is no conversation to show around the text, but the text itself is never lost."""
    return render(request, "chat/messages/unsent.html", {"error": error, "text": text}, status=status)
