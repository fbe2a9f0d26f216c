"""Messages of a conversation: a page of older or newer ones, and a new one."""

from __future__ import annotations

import time
from datetime import datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import history, metrics, presenting, reading, sending
from chat.account import Account
from chat.forms import ANY_MESSAGE_ID, message_trouble, named_time
from chat.http import ChatRequest, is_partial, problem, see_other, signed_in, unsent, words
from chat.ozeki.errors import OzekiError, Refused, StaleConversation
from chat.ozeki.models import Conversation
from chat.portal import portal
from chat.views.conversations import older_url, page
from chat.views.layout import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def index(request: ChatRequest, id: str) -> HttpResponse:
    """The messages of a conversation by GET, a new one by POST."""
    try:
        conversation = await request.account.conversation(id)
    except OzekiError as trouble:
        if request.method == "GET" or is_partial(request):
            raise
        return unsent(request, *words(trouble))
    return await (create if request.method == "POST" else stretch)(request, conversation)


async def stretch(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """The page before one message, or what came after another."""
    account = request.account
    if not {"before", "after"} & request.GET.keys():
        return HttpResponseRedirect(reverse("conversations:show", args=[conversation.id]))
    name = "before" if "before" in request.GET else "after"
    anchor, at = request.GET.get(name, ""), named_time(request.GET.get("at", ""))
    if not ANY_MESSAGE_ID.fullmatch(anchor) or (at is None and "at" in request.GET):
        return problem(request, 400, _("This address names no message."), retry="")
    try:
        at = await _created(account, conversation, anchor, at)
        read = history.older if name == "before" else history.newer
        found = await read(account, conversation, id=anchor, at=at) if at else None
    except (Refused, StaleConversation):
        found = None
    if found is None or (name == "after" and anchor not in found.ids):
        return problem(request, 409, _("This message is not in the conversation any more. Open it again."), retry="")
    portal().relay(account).news.marked(conversation)
    if name == "after":
        found = found.without(anchor)
    if not found.messages and found.before is None:
        return HttpResponse(status=204)
    if not is_partial(request):
        return page(request, conversation, found, await sidebar(request, conversation=conversation))
    messages = [presenting.shown(account, conversation, opened) for opened in found.messages]
    context = {"messages": messages, "older": older_url(conversation, found.before)}
    return render(request, "chat/messages/_messages.html", context)


async def _created(account: Account, conversation: Conversation, id: str, at: datetime | None) -> datetime | None:
    """When a message was created: from what was opened here lately, as the address says, or by walking back to it.

    An address is believed about messages older than all that was opened here. None: there is no such message.
    """
    known, oldest = account.keyring.created(conversation, id), account.keyring.oldest(conversation)
    if known is not None or (at is not None and (oldest is None or at < oldest)):
        return known or at
    async for found in history.walk(account, conversation):
        if id in found.ids:
            return found.created(id)
        if at is not None and found.came and found.came[0].created < at:
            break
    return None


async def create(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """Say something. The answer is its row, or for a plain form the conversation again, with what it says by an id that
    was sent with other words before."""
    started = time.monotonic()
    text, id = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("id", "").lower()
    error = message_trouble(text, id)
    if error:
        return await _not_sent(request, conversation, 422, error, text)
    news = portal().relay(request.account).news
    before = news.page(conversation)
    try:
        said = await sending.say(request.account, conversation, text=text, id=id)
    except sending.IdTakenError:
        error = _("This message's id belongs to another conversation. Reload the page and send it again.")
        return await _not_sent(request, conversation, 422, error, text)
    except OzekiError as trouble:
        metrics.SENDS.labels(type(trouble).__name__).observe(time.monotonic() - started)
        # The same id again settles what became of it, so the form keeps it.
        return await _not_sent(request, conversation, *words(trouble), text, id)
    conversation = request.account.known.get(conversation.id, conversation)  # it may have been cleared on the way
    there = last = said.instance == conversation.instance
    if there:
        last = news.said(conversation, said.opened)
        page = news.page(conversation)
        await reading.written(request.account, conversation, said.opened, before=before, page=page)
        portal().tell([request.account.userid], "read", conversation.id)
    metrics.SENDS.labels("OK").observe(time.monotonic() - started)
    if not is_partial(request):
        if said.differs(text):
            error = _("Your message has arrived already, in other words. Send it again to say it in these, too.")
            return await _not_sent(request, conversation, 422, error, text)
        return see_other(f"{reverse('conversations:show', args=[conversation.id])}#message-{id}")
    message = presenting.shown(request.account, conversation, said.opened)
    # A tab that was not told of it puts it last by this answer; not if that is not its place, or if it is gone.
    context = {"message": message, "instance": said.instance if last else "gone"}
    return render(request, "chat/messages/_message.html", context, status=201)


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
        return unsent(request, status, error)
    return page(request, conversation, found, context, error=error, text=text, form_id=id, status=status)
