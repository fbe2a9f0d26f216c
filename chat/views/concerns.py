"""Reporting a concern about somebody."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import concerns, presenting, sending
from chat.forms import concern_trouble
from chat.http import ChatRequest, signed_in, words
from chat.ozeki.errors import OzekiError, SignInRefused
from chat.ozeki.models import Conversation
from chat.people import direct
from chat.portal import portal
from chat.throttle import CONCERNS
from chat.views.conversations import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def new(request: ChatRequest) -> HttpResponse:
    """The form, and reporting. `userid`: about whom; `conversation`: where, else in the one with them alone;
    `message`: those that go with it."""
    account = request.account
    given = request.POST if request.method == "POST" else request.GET
    conversations, friends = await asyncio.gather(account.conversations(), account.friends())
    to = concerns.recipient(account, conversations, friends)
    if to is None:
        raise Http404
    userid = given.get("userid", "")
    about: dict[str, Any] = {
        "userid": userid,
        "name": concerns.name(account, conversations, friends, userid),
        "chosen": given.getlist("message"),
        "where": direct(account, conversations.values(), userid),
        "to": to,
        "to_name": presenting.title(account, to),
    }
    if given.get("conversation"):
        about["where"] = await account.conversation(given["conversation"])
    return await (create if request.method == "POST" else _form)(request, about)


async def create(request: ChatRequest, about: dict[str, Any]) -> HttpResponse:
    """Send it as a message, once for each id, however often it is asked."""
    account, to = request.account, about["to"]
    about["concern"] = request.POST.get("concern", "").replace("\r\n", "\n")
    about["form_id"] = request.POST.get("id", "").lower() or str(uuid.uuid4())
    error = concern_trouble(about["concern"], about["form_id"], about["chosen"])
    if error:
        return await _form(request, about, status=422, error=error)
    try:
        found, missing = await _messages(request, about)
        if missing:
            error = _("A message that you chose is not in this conversation any more. Choose again.")
            return await _form(request, about, status=422, error=error)
        if not await CONCERNS.admit(account.userid):
            error = _("You have reported several concerns within the hour. Wait a while, then send this one.")
            return await _form(request, about, status=429, error=error)
        text = concerns.compose(
            account,
            userid=about["userid"],
            name=about["name"],
            words=about["concern"],
            conversation=about["where"],
            chosen=[one for one in found if one.sealed.id in about["chosen"]],
        )
        opened = await sending.say(account, to, text=text, id=about["form_id"])
    except sending.IdTakenError:
        about["form_id"] = ""
        error = _("This form's id belongs to another message. Send it again.")
        return await _form(request, about, status=422, error=error)
    except SignInRefused:
        raise
    except OzekiError as trouble:
        # The same id again settles what became of it, so the form keeps it.
        status, error = words(trouble)
        return await _form(request, about, status=status, error=error)
    portal().relay(account).news.said(account.known.get(to.id, to), opened)
    context = await sidebar(request) | about | {"arrived": to.id}
    return render(request, "chat/concerns/arrived.html", context, status=201)


async def _messages(request: ChatRequest, about: dict[str, Any]) -> tuple[list[Any], set[str]]:
    where: Conversation | None = about["where"]
    if where is None:
        return [], set(about["chosen"])
    return await concerns.messages(request.account, where, about["userid"], about["chosen"])


async def _form(request: ChatRequest, about: dict[str, Any], *, status: int = 200, error: str = "") -> HttpResponse:
    account, where = request.account, about["where"]
    context = await sidebar(request)
    try:
        found, _missing = await _messages(request, about)
    except OzekiError:
        if not error:
            raise
        found = []  # what was written comes back, even if the messages can't
    context |= about | {
        "error": error,
        "form_id": about.get("form_id") or str(uuid.uuid4()),
        "choices": [presenting.shown(account, where, opened) for opened in found],
    }
    return render(request, "chat/concerns/new.html", context, status=status)
