"""The people one may talk to, and a card of each."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chat import people, presenting
from chat.http import ChatRequest, is_partial, see_other, signed_in
from chat.portal import portal
from chat.views.layout import sidebar


@require_GET
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """Everybody, who is available first; with `q` only those whom it fits."""
    context = {} if is_partial(request) else await sidebar(request)
    search = request.GET.get("q", "")[:200]
    wanted = presenting.folded(search)
    cards = await people.cards(request.account)
    context |= {
        "wanted": search,
        "people": [card for card in cards if wanted in presenting.folded(card.name)],
        "fingerprint": request.account.keyring.fingerprint(),
    }
    return render(request, "chat/people/index.html" + ("#people" if is_partial(request) else ""), context)


@require_http_methods(["GET", "POST"])
@signed_in
async def show(request: ChatRequest, userid: str) -> HttpResponse:
    """A person's card. POST `accept`: the fingerprint of the key, as it was shown, is taken for theirs."""
    if request.method == "GET":
        return await _show(request, userid)
    if not await people.accept(request.account, userid, request.POST.get("accept", "")):
        words = _("Their key is another by now than the one you looked at. Compare it again.")
        return await _show(request, userid, error=words, status=409)
    portal().tell([request.account.userid], "people")
    return see_other(reverse("people:show", args=[userid]))


async def _show(request: ChatRequest, userid: str, *, error: str = "", status: int = 200) -> HttpResponse:
    context = await sidebar(request)
    context |= {"person": await people.card(request.account, userid), "error": error}
    return render(request, "chat/people/show.html", context, status=status)
