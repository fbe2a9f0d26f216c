"""What pages of a signed-in person show around their own content."""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from django.http import QueryDict

from chat import alerts, concerns, conversation_preferences, forms, presenting
from chat.account import Account
from chat.http import ChatRequest, words
from chat.ozeki.errors import OzekiError, TimedOut
from chat.ozeki.models import Conversation
from chat.portal import portal
from chat.rendering import initials, plain_name

PATIENCE = 5.0  # seconds for the Ozeki server, on pages that can do without


async def pane(request: ChatRequest, *, conversation: Conversation | None = None, ask: bool = True) -> dict[str, Any]:
    """What a conversation alone shows around its messages; unless one may `ask` the Ozeki server, from what it last
    said, which may be nothing.

    The relay's number is read before anything else: what happens from here on reaches the page's tab as an event.
    """
    account = request.account
    name = plain_name(account.nick or account.fullname)
    stream = portal().relay(account).stream
    seen = {"epoch": stream.epoch, "n": stream.n}
    if ask:
        await asyncio.gather(account.conversations(), account.friends())
    friends = account.known_friends
    return {
        "account": account,
        "me": {"name": name, "initials": initials(name), "hue": presenting.hue(account.userid)},
        "relay": seen,
        "conversation": presenting.row(account, conversation, friends) if conversation else None,
        "reportable": conversation is not None and concerns.possible(account, conversation, friends),
    }


async def sidebar(
    request: ChatRequest, *, search: str = "", conversation: Conversation | None = None, ask: bool = True
) -> dict[str, Any]:
    """What every page of a signed-in person shows around its own content: the pane's, and the list."""
    context = await pane(request, conversation=conversation, ask=ask)
    account, relay = request.account, portal().relay(request.account)
    waiting, availability = await alerts.waiting(account.userid), await account.availability()
    availabilities = account.dialect.availability.actions
    # From here on nothing may come between: what the page shows is what the sidebar compares with.
    conversations, friends = account.known, account.known_friends
    rows = presenting.rows(account, conversations.values(), friends)
    relay.sidebar.listed(rows, friends, availability.action)
    if relay.upstream.state == "on" and not relay.stream.tabs:
        relay.count()  # nobody is told of numbers: the page asks again
    wanted = presenting.folded(search)
    return context | {
        "upstream": relay.upstream.state,
        "alerts": waiting,
        "may_alert": account.userid in settings.ALERTS_BY,
        "availability": availability,
        "availabilities": availabilities if len(availabilities) > 1 else (),
        "concerns_to": settings.CONCERNS_TO if concerns.recipient(account, conversations, friends) else "",
        "q": search,
        "rows": [row for row in rows if wanted in presenting.folded(row.title)],
        "offer": _offer(request),
    }


async def sidebar_if_answered(request: ChatRequest) -> dict[str, Any]:
    """As `sidebar`, for a page that needs nothing of the Ozeki server: while that is silent, as far as it is known."""
    silent = await trouble(request.account)
    return await sidebar(request, ask=False) | {"trouble": silent}  # asking again would have no end in time


async def trouble(account: Account, *, fresh: bool = False) -> str:
    """Why the Ozeki server can't be asked right now, in words; "" when it can. `fresh`: it is asked in any case."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(account.conversations(fresh=fresh), account.friends())
    except OzekiError as refusal:
        return words(refusal)[1]
    except TimeoutError:
        return words(TimedOut())[1]
    return ""


def _offer(request: ChatRequest) -> conversation_preferences.Offer | None:
    """Taking back what a plain form has just done, as the address it led to says."""
    undo = forms.wishes(QueryDict(request.GET.get("undo", "")[:200]))
    conversation = request.account.known.get(request.GET.get("of", ""))
    return conversation_preferences.offer(request.account, conversation, undo) if undo and conversation else None
