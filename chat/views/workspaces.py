"""Registering a workspace: a host-like name for an organisation, which the chat server grants or refuses."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.forms import WORKSPACE_NAME
from chat.http import ChatRequest, signed_in, words
from chat.ozeki.errors import OzekiError, Refused
from chat.throttle import WORKSPACES
from chat.views.layout import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def new(request: ChatRequest) -> HttpResponse:
    """The form with its rules, and registering."""
    if request.method == "GET":
        return await _page(request)
    name = request.POST.get("workspacename", "").strip().lower()
    if not WORKSPACE_NAME.fullmatch(name):
        error = _("This can't be a workspace's name. The rules are below.")
        return await _page(request, name=name[:300], error=error, status=422)
    if not await WORKSPACES.admit(request.account.userid):
        error = _("You have tried several names within the hour. Wait a while, then try this one.")
        return await _page(request, name=name, error=error, status=429)
    try:
        await request.account.register_workspace(name)
    except OzekiError as trouble:
        if not isinstance(trouble, Refused):
            await WORKSPACES.give_back(request.account.userid)  # which says nothing about the name
        status, error = words(trouble)
        return await _page(request, name=name, error=error, status=status)
    return await _page(request, registered=name, status=201)


async def _page(
    request: ChatRequest, *, name: str = "", registered: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    context = await sidebar(request)
    context |= {"workspacename": name, "registered": registered, "error": error}
    return render(request, "chat/workspaces/new.html", context, status=status)
