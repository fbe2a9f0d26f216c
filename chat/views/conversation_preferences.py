"""How a person wants a conversation shown."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import concerns, conversation_preferences, forms, presenting
from chat.http import ChatRequest, is_partial, problem, see_other, signed_in
from chat.ozeki.models import Conversation
from chat.portal import portal
from chat.views.layout import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def index(request: ChatRequest, id: str) -> HttpResponse:
    """A choice of colours by GET, any preferences by POST."""
    conversation = await request.account.conversation(id)
    return await (prefer if request.method == "POST" else colors)(request, conversation)


async def colors(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """The palette; to a script just that, to show in a dialog."""
    color = conversation_preferences.of(request.account, conversation)["color"]
    context = {"palette": conversation_preferences.PALETTE, "color": color, "id": conversation.id}
    if is_partial(request):
        return render(request, "chat/conversations/color.html#palette", context)
    context |= await sidebar(request) | {"name": presenting.title(request.account, conversation)}
    return render(request, "chat/conversations/color.html", context)


async def prefer(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """Do what the form asks, tell every tab, and offer to take it back."""
    account = request.account
    wishes = forms.wishes(request.POST)
    if not wishes:
        words = _("This is no preference for a conversation. Reload the page and try again.")
        response = problem(request, 422, words)
        response["HX-Reswap"] = "none"  # the menu stays where it is
        return response
    before = conversation_preferences.of(account, conversation)
    conversation = await conversation_preferences.prefer(account, conversation, wishes)
    await portal().relay(account).sidebar.compare()
    after = conversation_preferences.of(account, conversation)
    if any(after[name] != value for name, value in wishes.items()):
        return problem(request, 409, _("The chat server left this conversation as it was."))
    undo = {name: before[name] for name in wishes}
    target = _back(request, conversation, undo)
    if not is_partial(request):
        return see_other(target)
    friends = await account.friends()
    context = {
        "conversation": presenting.row(account, conversation, friends),
        "reportable": concerns.possible(account, conversation, friends),
        "offer": conversation_preferences.offer(account, conversation, undo),
    }
    response = render(request, "chat/conversations/_preferred.html", context)
    if wishes.get("hidden") == "on":
        response["HX-Redirect"] = target
    return response


def _back(request: ChatRequest, conversation: Conversation, undo: dict[str, str]) -> str:
    """Where a plain form leads, with what it takes to offer undoing it: the conversation unless that is hidden now."""
    if request.GET.get("from") == "hidden":
        page = reverse("conversations:hidden")
    elif presenting.hidden(request.account, conversation):
        page = reverse("home")
    else:
        page = reverse("conversations:show", args=[conversation.id])
    return f"{page}?{urlencode({'undo': urlencode(undo), 'of': conversation.id})}"
