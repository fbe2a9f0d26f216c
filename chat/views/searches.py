"""Looking for words in a conversation. They are posted: an address would stand in proxies' logs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import urlencode

from django.db import Error
from django.http import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import presenting, vault
from chat.http import ChatRequest, is_partial, problem, signed_in, words
from chat.ozeki.errors import OzekiError
from chat.ozeki.models import Conversation
from chat.search import LONGEST, MOST, Hit, search
from chat.station import SignInEndedError
from chat.streaming import streamed
from chat.throttle import SEARCHES
from chat.views.layout import sidebar

logger = logging.getLogger(__name__)

TEMPLATE = "chat/searches/show.html"


@require_http_methods(["GET", "POST"])
@signed_in
async def show(request: ChatRequest, id: str) -> HttpResponseBase:
    """A form by GET; by POST what it finds, as it is found."""
    account = request.account
    conversation = await account.conversation(id)
    if request.method == "GET":
        return await _form(request, conversation)
    q = request.POST.get("q", "").strip()
    error = _trouble(q)
    if error:
        return await _form(request, conversation, q=q[:LONGEST], error=error, status=422)
    if not await SEARCHES.admit(account.userid):
        error = _("These were many searches in a short time. Try again in a few minutes.")
        return await _form(request, conversation, q=q, error=error, status=429)
    results = _results(request, conversation, q)
    first = await anext(results)  # while there is no answer yet, trouble can still be its status
    place = "" if is_partial(request) else secrets.token_hex()
    page = place
    if place:
        context = await sidebar(request, conversation=conversation)
        page = render_to_string(TEMPLATE, context | {"words": q, "longest": LONGEST, "results": place}, request)
    return streamed(request, _around(results, first, page, place), content_type="text/html; charset=utf-8")


def _trouble(q: str) -> str:
    """What is wrong with what is looked for, as a sentence; "" when nothing is."""
    if not presenting.folded(q):
        return _("Write what to look for.")
    if len(q) > LONGEST:
        return _("This is too long to look for: it has %(length)d characters, and %(limit)d is the most.") % {
            "length": len(q),
            "limit": LONGEST,
        }
    return ""


async def _form(
    request: ChatRequest, conversation: Conversation, *, q: str = "", error: str = "", status: int = 200
) -> HttpResponseBase:
    if error and is_partial(request):
        return problem(request, status, error)
    context = await sidebar(request, conversation=conversation)
    return render(request, TEMPLATE, context | {"words": q, "longest": LONGEST, "error": error}, status=status)


async def _around(results: AsyncGenerator[str], first: str, page: str, place: str) -> AsyncGenerator[str]:
    """The results in their place in the page."""
    above, _, below = page.partition(place) if place else ("", "", "")
    async with aclosing(results):
        yield above + first
        async for html in results:
            yield html
    yield below


async def _results(request: ChatRequest, conversation: Conversation, q: str) -> AsyncGenerator[str]:
    """Hits as they are found, then a sentence about how it ended. Raises only before there is any."""
    account, count, locked, trouble, more, begun = request.account, 0, 0, "", False, False
    try:
        async for found in search(account, conversation, q):
            if not await vault.alive(account.key, used=True):
                trouble = _("You are signed out.")
                break
            begun = True
            hits, more = found.hits[: MOST - count], count + len(found.hits) > MOST
            count, locked = count + len(hits), locked + found.locked
            yield _html(request, conversation, hits)
            if more:
                break
    except (OzekiError, Error) as error:
        if not begun:
            raise
        logger.warning("a search ends early: %s", type(error).__name__)
        trouble = words(error)[1]
    except SignInEndedError:
        if not begun:
            raise
        trouble = _("You are signed out.")
    ending = {"count": count, "more": more, "locked": locked, "trouble": trouble}
    yield render_to_string("chat/searches/_end.html", ending)


def _html(request: ChatRequest, conversation: Conversation, hits: tuple[Hit, ...]) -> str:
    shown = [
        (presenting.shown(request.account, conversation, hit.opened), hit, _address(conversation, hit)) for hit in hits
    ]
    return render_to_string("chat/searches/_hits.html", {"hits": shown}, request)


def _address(conversation: Conversation, hit: Hit) -> str:
    """Where the conversation stands open with the hit in the middle."""
    query = ""
    if hit.before is not None:
        query = "?" + urlencode({"before": hit.before.id, "at": presenting.iso(hit.before.created)})
    return f"{reverse('conversations:show', args=[conversation.id])}{query}#message-{hit.opened.sealed.id}"
