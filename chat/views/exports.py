"""A conversation as a file."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from functools import partial

from django.db import Error
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat import export, presenting, vault
from chat.account import Account
from chat.formats import FORMATS, About, Ending, Format, disposition
from chat.http import ChatRequest, problem, signed_in, words
from chat.ozeki.errors import OzekiError
from chat.ozeki.models import Conversation
from chat.station import SignInEndedError
from chat.streaming import streamed
from chat.throttle import EXPORTS
from chat.views.layout import sidebar

logger = logging.getLogger(__name__)


@require_GET
@signed_in
async def show(request: ChatRequest, id: str) -> HttpResponseBase:
    """The conversation as a file in the `format` asked for; without one, a page that offers them."""
    account = request.account
    conversation = await account.conversation(id)
    name = request.GET.get("format")
    if name is None:
        return render(request, "chat/exports/show.html", await sidebar(request, conversation=conversation))
    if name not in FORMATS:
        return problem(request, 422, _("A conversation can be exported as html, txt or json, and as nothing else."))
    if not await EXPORTS.admit(account.userid):
        return problem(request, 429, _("These were many exports in a short time. Try again in an hour."))
    signed_in = partial(vault.alive, account.key, used=True)
    plan = await export.plan(account, conversation, wanted=signed_in)
    about = About(
        id=conversation.id,
        title=presenting.title(account, conversation),
        participants=conversation.participants,
        person=account.fullname or account.nick,
        at=timezone.now(),
    )
    pieces = _pieces(account, conversation, plan, FORMATS[name], about)
    response = streamed(request, pieces, content_type=FORMATS[name].content_type)
    response["Content-Disposition"] = disposition(about.title, about.at, name)
    response["X-Messages"] = str(plan.total)  # for the progress bar
    return response


async def _pieces(
    account: Account, conversation: Conversation, plan: export.Plan, format: Format, about: About
) -> AsyncGenerator[str]:
    """The file, page by page. When the server fails on the way, or the person signs out, its end says so."""
    written, count, lacking, trouble = 0, 0, 0, ""
    yield format.head(about)
    try:
        async for entries in export.entries(account, conversation, plan):
            if not await vault.alive(account.key, used=True):
                trouble = _("You are signed out.")
                break
            yield format.entries(entries, written)
            written += len(entries)
            count += sum(entry.kind != "missing" for entry in entries)
            lacking += sum(entry.count for entry in entries if entry.kind == "missing")
        if lacking and not trouble:
            trouble = _("The chat server gave nothing that can be read of some messages.")
    except (OzekiError, Error) as error:
        logger.warning("an export ends early: %s", type(error).__name__)
        trouble = words(error)[1]
    except SignInEndedError:
        trouble = _("You are signed out.")
    yield format.foot(Ending(count, plan.total, trouble))
