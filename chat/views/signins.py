"""Signing in and out, and where one is signed in."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_http_methods, require_POST

from chat import agents, alerts, metrics, sending, vault
from chat.forms import SignInForm
from chat.http import COOKIE, ChatRequest, problem, see_other, signed_in, target, words
from chat.models import Person, SignIn
from chat.ozeki.errors import OzekiError, SignInRefused
from chat.portal import KeyStaysLockedError, portal
from chat.rendering import plain_name
from chat.throttle import SIGN_IN_BY_ACCOUNT, SIGN_IN_BY_ADDRESS, neighbourhood
from chat.views.layout import sidebar_if_answered

logger = logging.getLogger(__name__)

# How Django's words end for a form whose token is one, but not this browser's now.
TOO_OLD = "from POST incorrect."


@require_http_methods(["GET", "POST"])
async def new(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page, and signing in."""
    if request.method == "GET":
        if await portal().account(request.COOKIES.get(COOKIE, "")) is not None:
            return HttpResponseRedirect(target(request.GET.get("next", "")))
        return _form(request, 200, "")
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _form(request, 401, _("This e-mail address and password don't fit together."))
    email, address = form.cleaned_data["email"].lower(), _address(request)
    near = neighbourhood(address or "")
    # In this order: an address that has had its tries can't go on locking accounts.
    if not (await SIGN_IN_BY_ADDRESS.admit(near) and await SIGN_IN_BY_ACCOUNT.admit(email)):
        metrics.SIGN_INS.labels("Throttled").inc()
        return _form(request, 429, _("Too many tries. Wait a quarter of an hour, then try again."))
    try:
        credentials = await portal().sign_in(
            email=email,
            password=form.cleaned_data["password"],
            encryption_password=form.cleaned_data["encryption_password"],
        )
    except SignInRefused:
        metrics.SIGN_INS.labels("SignInRefused").inc()
        return _form(request, 401, _("This e-mail address and password don't fit together."))
    except KeyStaysLockedError:
        metrics.SIGN_INS.labels("KeyStaysLocked").inc()
        return _form(request, 422, _("Your password was accepted, but it does not open your encryption key"))
    except OzekiError as trouble:
        logger.warning("nobody could sign in: %s", type(trouble).__name__)
        metrics.SIGN_INS.labels(type(trouble).__name__).inc()
        for limit, subject in ((SIGN_IN_BY_ACCOUNT, email), (SIGN_IN_BY_ADDRESS, near)):
            await limit.give_back(subject)  # no password was tried
        return _form(request, *words(trouble))
    metrics.SIGN_INS.labels("OK").inc()
    await SIGN_IN_BY_ACCOUNT.forgive(email)
    await SIGN_IN_BY_ADDRESS.give_back(near)  # a whole company may come in by one address
    await _remember(credentials.userid, email)
    return await _begin(request, credentials, remember=form.cleaned_data["remember"], address=address)


async def _remember(userid: str, email: str) -> None:
    """Whoever has signed in can be named in an alert, by userid or e-mail; of that only the MD5 is kept."""
    known = {"email_md5": alerts.email_md5(email), "last_signed_in": timezone.now()}
    await Person.objects.aupdate_or_create(userid=userid, defaults=known)
    await alerts.sweep()
    await sending.sweep()


async def _begin(
    request: HttpRequest, credentials: vault.Credentials, *, remember: bool, address: str | None
) -> HttpResponse:
    before = vault.token_hash(request.COOKIES.get(COOKIE, ""))
    if before is not None:
        await portal().end(before)
    token, key = await vault.begin(
        credentials, remember=remember, agent=request.headers.get("User-Agent", ""), address=address
    )
    portal().tell([credentials.userid], "sign-ins")
    portal().relay(portal().open(key, credentials, introduced=True)).announce()
    rotate_token(request)
    response = see_other(target(request.POST.get("next", "")))
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(vault.LONGEST.total_seconds()) if remember else None,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_http_methods(["GET", "POST"])
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """Where the person is signed in. POST `end`: the id of one of these, or `others`, to be signed out at once."""
    if request.method == "POST":
        return await _end_some(request)
    context = await sidebar_if_answered(request)
    shown = [_shown(row, request.account.key) for row in await vault.sign_ins(request.account.userid)]
    context |= {"sign_ins": shown, "others": any(not one["here"] for one in shown)}
    return render(request, "chat/signins/index.html", context)


async def _end_some(request: ChatRequest) -> HttpResponse:
    rows = await vault.sign_ins(request.account.userid)
    others = [row for row in rows if row.token_hash != request.account.key]
    wanted = request.POST.get("end", "")
    ending = others if wanted == "others" else [row for row in rows if str(row.id) == wanted]
    if not ending and wanted != "others":
        return problem(request, 404, _("There is no such sign-in any more."), retry=reverse("signins:index"))
    for row in ending:
        await portal().end(row.token_hash)
    return see_other(reverse("signins:index"))


def _shown(row: SignIn, key: str) -> dict[str, Any]:
    browser, system = agents.browser(row.agent)
    known = _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if browser and system else ""
    name = known or browser or system or plain_name(row.agent[:60])
    return {"row": row, "name": name, "here": row.token_hash == key}


@require_POST
async def end(request: HttpRequest) -> HttpResponse:
    """Sign out: here, and every tab of this sign-in at once."""
    key = vault.token_hash(request.COOKIES.get(COOKIE, ""))
    if key is not None:
        await portal().end(key)
    response = see_other(reverse("signins:new"))
    response.delete_cookie(COOKIE, samesite="Lax")
    if settings.HTTPS:
        response.cookies[COOKIE]["secure"] = True  # a browser refuses a __Host- cookie without it, its end too
    return response


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a form gets that may be another site's (CSRF_FAILURE_VIEW).

    Signing in renews the token, so a sign-in form in another tab is too old then. It signs nobody in, but leads on.
    """
    if request.path == reverse("signins:new") and reason.endswith(TOO_OLD):
        if COOKIE not in request.COOKIES:  # signed out again
            return _form(request, 403, _("This page was open for too long. Enter your passwords again."))
        return see_other(f"{request.path}?{urlencode({'next': request.POST.get('next', '')})}")
    return csrf_failure(request, reason)


def _form(request: HttpRequest, status: int, error: str) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    context = {
        "email": given.get("email", "")[:320],
        "next": given.get("next", ""),
        "remember": bool(given.get("remember")),
        "asks_encryption_password": "{encryption_password}" in portal().dialect.key.passphrase,
        "error": error,
    }
    return render(request, "chat/signins/new.html", context, status=status)


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None
