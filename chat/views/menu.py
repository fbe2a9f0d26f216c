"""What a person can do to a conversation as a whole: prefer how it is shown, clear it, look at the hidden ones."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chat import concerns, forms, preferring, presenting
from chat.account import Account
from chat.http import ChatRequest, is_partial, problem, see_other, signed_in
from chat.ozeki.errors import OzekiError
from chat.ozeki.models import Blocklist, Conversation
from chat.portal import portal
from chat.rendering import plain_name
from chat.views.conversations import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def preferences(request: ChatRequest, id: str) -> HttpResponse:
    """A choice of colours by GET, any preferences by POST."""
    conversation = await request.account.conversation(id)
    return await (prefer if request.method == "POST" else colors)(request, conversation)


async def colors(request: ChatRequest, conversation: Conversation) -> HttpResponse:
    """The palette; to a script just that, to show in a dialog."""
    color = preferring.preferences(request.account, conversation)["color"]
    context = {"palette": preferring.PALETTE, "color": color, "id": conversation.id}
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
    before = preferring.preferences(account, conversation)
    conversation = await preferring.prefer(account, conversation, wishes)
    await portal().relay(account).sidebar.compare()
    after = preferring.preferences(account, conversation)
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
        "offer": preferring.offer(account, conversation, undo),
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


@require_http_methods(["GET", "POST"])
@signed_in
async def clear(request: ChatRequest, id: str) -> HttpResponse:
    """Ask whether all messages shall be deleted for everybody, then do it."""
    conversation = await request.account.conversation(id)
    if request.POST.get("confirm") == "clear":
        conversation = await preferring.clear(request.account, conversation)
        await portal().relay(request.account).news.cleared(conversation)
        return see_other(reverse("conversations:show", args=[conversation.id]))
    context = await sidebar(request) | {
        "id": conversation.id,
        "name": presenting.title(request.account, conversation),
        "others": presenting.others(request.account, conversation),
        "error": _("Nothing was deleted: type the word clear to confirm.") if request.method == "POST" else "",
    }
    return render(request, "chat/conversations/clear.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@signed_in
async def hidden(request: ChatRequest) -> HttpResponse:
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
