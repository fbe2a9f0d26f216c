"""How the portal is, for people; `monitoring` is for what watches it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from chat import agents, vault
from chat.account import Account
from chat.http import ChatRequest, is_partial, signed_in
from chat.portal import portal
from chat.views.layout import sidebar, trouble


@require_GET
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """What is wrong, also while the Ozeki server can't be reached: then the sidebar is what it last said."""
    account = request.account
    silent = await trouble(account, fresh=True)
    context = {} if is_partial(request) else await sidebar(request, ask=False)
    context |= {"trouble": silent, **await _portal(account), **_browser(request)}
    return render(request, "chat/status/index.html" + ("#portal" if is_partial(request) else ""), context)


async def _portal(account: Account) -> dict[str, Any]:
    relay = portal().relay(account)
    sign_ins = await vault.sign_ins(account.userid)
    return {
        "version": settings.VERSION,
        "now": timezone.now(),
        "sign_in": next((row for row in sign_ins if row.token_hash == account.key), None),
        "heard": relay.upstream.last_heard,
        "listening": relay.upstream.listening,
    }


def _browser(request: ChatRequest) -> dict[str, str]:
    agent = request.headers.get("User-Agent", "")[:200]
    browser, system = agents.browser(agent)
    return {"agent": agent, "browser": browser, "system": system}
