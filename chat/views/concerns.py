"""Reporting a concern about somebody."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import concerns, presenting, sending
from chat.account import NotTheirsError
from chat.forms import ANY_MESSAGE_ID, LONGEST_CONCERN, MOST_MESSAGES, concern_trouble
from chat.http import ChatRequest, signed_in, unsent, words
from chat.keyring import Opened
from chat.ozeki.errors import OzekiError, Refused
from chat.ozeki.models import Conversation
from chat.people import direct
from chat.portal import portal
from chat.rendering import initials
from chat.throttle import CONCERNS
from chat.views.layout import sidebar


@dataclass(frozen=True, slots=True)
class Concern:
    """What is asked for: about whom, where they said it (nowhere: None), which messages go with it, and to whom."""

    userid: str
    name: str
    where: Conversation | None
    chosen: Sequence[str]
    to: Conversation
    words: str
    id: str


@require_http_methods(["GET", "POST"])
@signed_in
async def new(request: ChatRequest) -> HttpResponse:
    """The form by GET, reporting by POST. `conversation`: where it was said; else in the one with them alone. Without
    `userid` it is asked whom it is about, where there can be several."""
    account = request.account
    given = request.POST if request.method == "POST" else request.GET
    try:
        conversations, friends = await asyncio.gather(account.conversations(), account.friends())
    except OzekiError as trouble:
        if request.method == "GET":
            raise
        return unsent(request, *words(trouble))
    to = concerns.recipient(account, conversations, friends)
    if to is None:
        raise Http404
    userid, named = given.get("userid", ""), given.get("conversation", "")
    where = direct(account, conversations.values(), userid)
    people = concerns.people(account, conversations.values(), friends.values())
    if named:
        where = await account.conversation(named)
        people = concerns.people(account, [where])
        if not userid and request.method == "GET":
            if len(people) > 1:
                return await _whom(request, where, people)
            userid = next(iter(people), "")
    if userid not in people:
        raise NotTheirsError
    concern = Concern(
        userid=userid,
        name=people[userid],
        where=where,
        chosen=given.getlist("message"),
        to=to,
        words=request.POST.get("concern", "").replace("\r\n", "\n"),
        id=request.POST.get("id", "").lower() or str(uuid.uuid4()),  # no link may choose it: what has one is sent once
    )
    if request.method == "GET":
        return await _form(request, concern)
    try:
        return await create(request, concern)
    except OzekiError as trouble:
        # The same id again settles what became of it, so the form keeps it.
        status, error = words(trouble)
        return await _form(request, concern, status=status, error=error)


async def _whom(request: ChatRequest, where: Conversation, people: dict[str, str]) -> HttpResponse:
    """Ask whom a concern about a group is about."""
    context = await sidebar(request)
    named = sorted(people.items(), key=lambda person: presenting.folded(person[1]))
    cards = [{"userid": id, "name": name, "initials": initials(name), "hue": presenting.hue(id)} for id, name in named]
    context |= {"where": where, "people": cards}
    return render(request, "chat/concerns/whom.html", context)


async def create(request: ChatRequest, concern: Concern) -> HttpResponse:
    """Send it as a message, once for each id, however often it is asked; with other words than before, not at all."""
    account, to = request.account, concern.to
    error = concern_trouble(concern.words, concern.id, concern.chosen)
    if error:
        return await _form(request, concern, status=422, error=error)
    found, missing = await _messages(request, concern)
    if missing:
        error = _("A message that you chose is not in this conversation any more. Choose again.")
        return await _form(request, concern, status=422, error=error)
    if not await CONCERNS.admit(account.userid):
        error = _("You have reported several concerns within the hour. Wait a while, then send this one.")
        return await _form(request, concern, status=429, error=error)
    chosen = [one for one in found if one.sealed.id in concern.chosen]
    text = concerns.compose(
        account, concern.where, userid=concern.userid, name=concern.name, words=concern.words, chosen=chosen
    )
    try:
        said = await sending.say(account, to, text=text, id=concern.id)
    except sending.IdTakenError:
        error = _("This form's id belongs to another message. Reload the page and send it again.")
        return await _form(request, concern, status=422, error=error)
    except OzekiError as trouble:
        if not isinstance(trouble, Refused):
            await CONCERNS.give_back(account.userid)  # nothing arrived, as far as is known
        raise
    if said.differs(text):
        await CONCERNS.give_back(account.userid)
        error = _("Your concern has arrived already, in other words. Send it again to report it in these, too.")
        return await _form(request, replace(concern, id=str(uuid.uuid4())), status=422, error=error)
    to = account.known.get(to.id, to)
    if said.instance == to.instance:
        portal().relay(account).news.said(to, said.opened)
    context = await sidebar(request)
    context |= {"concern": concern, "to_name": presenting.title(account, to)}
    return render(request, "chat/concerns/arrived.html", context, status=201)


async def _messages(request: ChatRequest, concern: Concern) -> tuple[list[Opened], set[str]]:
    if concern.where is None:
        return [], set(concern.chosen)
    wanted = [id for id in concern.chosen if ANY_MESSAGE_ID.fullmatch(id)][:MOST_MESSAGES]
    return await concerns.messages(request.account, concern.where, concern.userid, wanted)


async def _form(request: ChatRequest, concern: Concern, *, status: int = 200, error: str = "") -> HttpResponse:
    account, where = request.account, concern.where
    context = await sidebar(request)
    try:
        found, _missing = await _messages(request, concern)
    except OzekiError:
        if not error:
            raise
        found = []  # what was written comes back, even if the messages can't
    choices = [presenting.shown(account, where, opened) for opened in reversed(found)] if where else []
    context |= {
        "concern": concern,
        "longest": LONGEST_CONCERN,
        "to_name": presenting.title(account, concern.to),
        "choices": choices,
        "error": error,
    }
    return render(request, "chat/concerns/new.html", context, status=status)
