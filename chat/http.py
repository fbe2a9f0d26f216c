"""What every page shares: who is asking, how the browser is told of trouble, and the cookie of a sign-in."""

from __future__ import annotations

import functools
import hmac
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.middleware import HtmxDetails

from chat import preferences
from chat.account import Account, NotTheirsError
from chat.models import Person
from chat.ozeki.errors import (
    Locked,
    Misunderstood,
    OzekiError,
    Refused,
    StaleConversation,
    TimedOut,
    Unreachable,
)
from chat.portal import portal
from chat.station import SignInEndedError

logger = logging.getLogger(__name__)

COOKIE = "__Host-ozeki_sign_in" if settings.HTTPS else "ozeki_sign_in"
P = ParamSpec("P")

# The first that fits counts. A sentence of None: the server's own words.
TROUBLE: tuple[tuple[type[Exception], int, str | Promise], ...] = (
    (TimedOut, 504, gettext_lazy("The chat server can't be reached: it did not answer in time.")),
    (Unreachable, 502, gettext_lazy("The chat server can't be reached.")),
    (Misunderstood, 502, gettext_lazy("The chat server answered something this portal does not understand.")),
    (StaleConversation, 409, gettext_lazy("This conversation was cleared on another device. Open it again.")),
    (Locked, 409, gettext_lazy("This conversation's key can't be opened here, so nothing can be sent in it.")),
    (Refused, 409, gettext_lazy("The chat server refused this.")),
    (Error, 503, gettext_lazy("The portal's database can't be used right now. Try again in a moment.")),
)


class ChatRequest(HttpRequest):
    """A request of a signed-in person."""

    htmx: HtmxDetails
    account: Account
    preferences: Person


Answer = Coroutine[Any, Any, HttpResponseBase]
View = Callable[Concatenate[ChatRequest, P], Answer]


def signed_in(view: View[P]) -> Callable[Concatenate[HttpRequest, P], Answer]:
    """Let only a signed-in person in, as `request.account`; tell of the server's trouble by the table above.

    What a page asks for that nobody looks at (`Page-Hidden`) is no use of the sign-in.
    """

    @functools.wraps(view)
    async def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        seen = "Page-Hidden" not in request.headers
        account = await portal().account(request.COOKIES.get(COOKIE, ""), used=seen)
        if account is None:
            return ask_to_sign_in(request)
        request.account = account  # type: ignore[attr-defined]
        request.preferences = person = await account.preferences()  # type: ignore[attr-defined]
        if language := preferences.language(person):
            translation.activate(language)
        try:
            response = await view(request, *args, **kwargs)  # type: ignore[arg-type]
        except SignInEndedError:
            logger.warning("the server no longer accepts a sign-in")
            await portal().end(account.key)
            return ask_to_sign_in(request)
        except NotTheirsError as error:
            if request.method == "GET" and not is_partial(request):
                raise Http404 from error
            return failed(request, 404, _("This conversation is not there any more, or it is not yours to see."))
        except OzekiError as trouble:
            status, sentence = words(trouble)
            return problem(request, status, sentence)
        patch_vary_headers(response, ["Cookie"])
        return response

    return wrapped


def words(trouble: OzekiError | Error) -> tuple[int, str]:
    """The status and the sentence for an error of the tree, or of the database; a refusal has the server's own words,
    as plain text."""
    status, sentence = next((status, sentence) for error, status, sentence in TROUBLE if isinstance(trouble, error))
    if isinstance(trouble, Refused) and trouble.message:
        return status, _("The chat server refused this: %(words)s") % {"words": trouble.message}
    return status, str(sentence)


def problem(request: HttpRequest, status: int, sentence: str, *, retry: str | None = None) -> HttpResponse:
    """A sentence about what is wrong: a page, or for htmx and scripts just the alert."""
    if is_partial(request):
        return render(request, "chat/_alert.html", {"error": sentence}, status=status)
    if retry is None:
        retry = request.get_full_path() if request.method == "GET" else ""
    context = {"title": _("Something went wrong"), "sentence": sentence, "retry": retry, "status": status}
    return render(request, "errors/error.html", context, status=status)


def failed(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """A sentence about what is wrong; what was written in a plain form comes back with it."""
    show = unsent if written(request) and not is_partial(request) else problem
    return show(request, status, sentence)


def see_other(url: str) -> HttpResponseRedirect:
    """To another page, by GET: what a form was sent for is done."""
    return HttpResponseRedirect(url, status=303)


def is_partial(request: HttpRequest) -> bool:
    """Whether a part of the page will do; going back in history wants the whole one."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.history_restore_request


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and, if this was a look at a page, back again."""
    page = reverse("signins:new")
    if is_partial(request):
        response = HttpResponse(_("You are signed out."), status=401, content_type="text/plain; charset=utf-8")
        response["HX-Redirect"] = page
        return response
    if request.method == "GET" and request.get_full_path() != "/":
        page += "?" + urlencode({"next": request.get_full_path()})
    if written(request):
        return unsent(request, 401, _("You are signed out."))
    return HttpResponseRedirect(page)


def bears(request: HttpRequest, token: str) -> bool:
    """Whether a script or a machine has proved itself with `token`, as in `Authorization: Bearer …`."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def target(next: str) -> str:
    """Where a form's `next` leads: a path of this site, or the start page."""
    safe = next.startswith("/") and url_has_allowed_host_and_scheme(next, allowed_hosts=None)
    return next if safe else reverse("home")


def written(request: HttpRequest) -> str:
    """What the person wrote in a form that was sent; "" when there is nothing to lose."""
    return request.POST.get("text") or request.POST.get("concern", "")


def unsent(request: HttpRequest, status: int, error: str) -> HttpResponse:
    """A plain form's message or concern that could not be sent, when its page can't be shown: what was written comes
    back, with all else that the form had.

    The same id again settles what became of it.
    """
    field = "text" if request.POST.get("text") else "concern"
    others = [(name, value) for name in request.POST if name != field for value in request.POST.getlist(name)]
    context = {
        "error": error,
        "text": written(request),
        "field": field,
        "others": [(name, value) for name, value in others if name != "csrfmiddlewaretoken"],
        "retry": request.path if status != 401 else "",
    }
    return render(request, "chat/messages/unsent.html", context, status=status)
