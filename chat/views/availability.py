"""How one shows to one's friends."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.http import ChatRequest, is_partial, problem, see_other, signed_in, target
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
    portal().relay(account).sidebar.showing(action.action)
    portal().tell([account.userid], "availability")
    if is_partial(request):
        return HttpResponse(status=204)
    return see_other(target(request.POST.get("next", "")))
