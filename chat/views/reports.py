"""What the person has seen, told to those who wrote it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat import reading
from chat.forms import ANY_MESSAGE_ID
from chat.http import ChatRequest, problem, signed_in

MOST = 200


@require_POST
@signed_in
async def create(request: ChatRequest, id: str) -> HttpResponse:
    """Report each `message` as viewed: those of others in this conversation, each once, and none without receipts."""
    conversation = await request.account.conversation(id)
    ids = request.POST.getlist("message")
    if not 0 < len(ids) <= MOST or not all(map(ANY_MESSAGE_ID.fullmatch, ids)):
        return problem(request, 422, _("This names no messages, or too many."))
    if not await reading.report(request.account, conversation, ids):
        return problem(request, 404, _("There is no such message in this conversation."))
    return HttpResponse(status=204)
