"""How one shows to one's friends."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.http import ChatRequest, is_partial, problem, see_other, signed_in
from chat.portal import portal


@require_POST
@signed_in
async def update(request: ChatRequest) -> HttpResponse:
    """Choose one of the states that the dialect names, by its action."""
    account, wanted = request.account, request.POST.get("action", "")
    action = next((one for one in account.dialect.availability.actions if one.action == wanted), None)
    if action is None:
        return problem(request, 422, _("There is no such availability."), retry="")
    await account.choose(action)
    portal().relay(account).news.showing(action.action)
    await portal().tell(account.userid, "availability")
    return HttpResponse(status=204) if is_partial(request) else see_other(_back(request))


def _back(request: ChatRequest) -> str:
    """The page of this site that the form was on."""
    page = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return page if safe else reverse("home")
