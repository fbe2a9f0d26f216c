"""The conversations that are out of sight."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chat import presenting
from chat.account import Account
from chat.http import ChatRequest, signed_in
from chat.ozeki.errors import OzekiError
from chat.ozeki.models import Blocklist
from chat.rendering import plain_name
from chat.views.layout import sidebar


@require_GET
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """The conversations that are out of sight, and whom and what the server blocks."""
    account = request.account
    context = await sidebar(request)
    friends, known = await account.friends(), await account.conversations()
    rows = {id: presenting.row(account, conversation, friends) for id, conversation in known.items()}
    names = {friend.userid: plain_name(friend.name) for friend in friends.values()} | _names(account)
    blocked = await _blocked(account)
    context |= {
        "hidden": sorted((row for row in rows.values() if row.hidden), key=lambda row: -row.order),
        "blocked": blocked,
        "users": [(id, names.get(id)) for id in dict.fromkeys(blocked.users if blocked else ())],
        "conversations": [(id, rows.get(id)) for id in dict.fromkeys(blocked.conversations if blocked else ())],
    }
    return render(request, "chat/conversations/hidden.html", context)


async def _blocked(account: Account) -> Blocklist | None:
    """What the server blocks; None when it does not tell: the hidden ones can be seen all the same."""
    try:
        return await account.blocklist()
    except OzekiError:
        return None


def _names(account: Account) -> dict[str, str]:
    """The names of everybody in the person's conversations."""
    people = [one for conversation in account.known.values() for one in conversation.participants]
    return {one.userid: plain_name(one.username) for one in people}
