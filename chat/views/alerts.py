"""Alerts to named people: by a script, by hand, and put away by those they are for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat import alerts, drafting
from chat.alerts import Standing
from chat.drafting import DraftError
from chat.http import ChatRequest, bears, is_partial, see_other, signed_in, target
from chat.models import Alert
from chat.portal import portal
from chat.rendering import plain_name
from chat.throttle import ALERTS_BY_ADDRESS, neighbourhood
from chat.views.layout import sidebar

LONGEST_BODY = 65_536  # bytes
ANSWER = 0.7  # seconds until who has it is told; a script has its answer within one


@csrf_exempt  # a script has no cookie, so there is none to abuse: its token is the proof
async def index(request: HttpRequest) -> HttpResponse:
    """Alert people by script. The answer says who has it."""
    until = asyncio.get_running_loop().time() + ANSWER
    if not settings.ALERTS_TOKEN:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    near = neighbourhood(request.META.get("REMOTE_ADDR", ""))
    if not await ALERTS_BY_ADDRESS.admit(near):
        return _wrong(429, _("Too many tries with a wrong token. Wait a quarter of an hour."))
    if not bears(request, settings.ALERTS_TOKEN):
        response = _wrong(401, _("The token is missing or wrong."))
        response["WWW-Authenticate"] = "Bearer"
        return response
    await ALERTS_BY_ADDRESS.forgive(near)
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > LONGEST_BODY:
        return _wrong(413, _("The body is too large."))
    try:
        draft = drafting.from_json(body)
    except DraftError as error:
        return _wrong(422, error.words, field=error.field)
    people, unknown = await alerts.known(draft.to)
    if not people:
        return _wrong(422, _("Nobody of these has signed in here."), field="to", unknown=unknown)
    id = uuid.uuid4()
    await alerts.send(draft, people, id=id)
    portal().tell(people, "alerts")
    standing = await alerts.settle(id, until)
    told = {"shown": standing.seen + standing.shown, "waiting": standing.waiting, "unknown": unknown}
    return JsonResponse(told, status=202)


def _wrong(status: int, words: str, **details: Any) -> JsonResponse:
    return JsonResponse({"error": words, **details}, status=status)


@require_http_methods(["GET", "POST"])
@signed_in
async def new(request: ChatRequest) -> HttpResponse:
    """Alert people by hand."""
    _let_in(request)
    if request.method == "GET":
        return await _form(request)
    until = asyncio.get_running_loop().time() + ANSWER
    try:
        id = uuid.UUID(request.POST.get("id", ""))
    except ValueError:
        return await _form(request, _("This form has no proper id. Send it again."))
    try:
        draft = drafting.from_form(request.POST)
    except DraftError as error:
        return await _form(request, error.words, error.field)
    people, unknown = await alerts.known(draft.to)
    if not people:
        return await _form(request, _("Nobody of these has signed in here."), "to")
    sender = plain_name(request.account.fullname or request.account.nick)[:120]
    try:
        await alerts.send(draft, people, id=id, sender=sender)
    except alerts.OtherWordsError:
        return await _form(request, _("This form was sent before, with other words. Send it again to alert anew."))
    portal().tell(people, "alerts")
    return await _page(request, await Alert.objects.aget(id=id), await alerts.settle(id, until), people, unknown)


@require_GET
@signed_in
async def show(request: ChatRequest, id: uuid.UUID) -> HttpResponse:
    """An alert and who has it by now."""
    _let_in(request)
    alert = await Alert.objects.filter(id=id).afirst()
    if alert is None:
        raise Http404
    return await _page(request, alert, await alerts.standing(id))


@require_POST
@signed_in
async def seen(request: ChatRequest, id: uuid.UUID) -> HttpResponse:
    """Put an alert away, in every tab of this person."""
    userid = request.account.userid
    await alerts.note_seen(userid, id)
    portal().tell([userid], "alerts")
    if is_partial(request):
        return HttpResponse(status=204)
    return see_other(target(request.POST.get("next", "")))


def _let_in(request: ChatRequest) -> None:
    if request.account.userid not in settings.ALERTS_BY:
        raise Http404


async def _form(request: ChatRequest, error: str = "", field: str = "") -> HttpResponse:
    """The form; when something is wrong, as it was filled in."""
    given = request.POST
    context = await sidebar(request) | {
        "error": error,
        "field": field,
        "form_id": uuid.uuid4(),
        "to": given.get("to", ""),
        "everyone": "everyone" in given,
        "text": given.get("text", ""),
        "link": given.get("link", ""),
        "days": given.get("days", str(drafting.USUAL_DAYS)),
        "choices": [str(days) for days in drafting.DAYS],
        "sent": await alerts.sent(),
        "longest_text": drafting.LONGEST_TEXT,
        "longest_link": drafting.LONGEST_LINK,
    }
    return render(request, "chat/alerts/new.html", context, status=422 if error else 200)


async def _page(
    request: ChatRequest,
    alert: Alert,
    standing: Standing,
    given: Mapping[str, str] | None = None,
    unknown: Collection[str] = (),
) -> HttpResponse:
    """An alert and who has it: friends by name, others as they were `given`, or by userid."""
    account = request.account
    names = dict(given or {}) | {friend.userid: friend.name for friend in (await account.friends()).values()}
    names[account.userid] = account.fullname

    def named(userids: list[str]) -> list[str]:
        return [plain_name(names.get(userid, "")) or userid for userid in userids]

    context = await sidebar(request) | {
        "alert": alert,
        "seen": named(standing.seen),
        "shown": named(standing.shown),
        "waiting": named(standing.waiting),
        "unknown": unknown,
    }
    return render(request, "chat/alerts/show.html", context)
