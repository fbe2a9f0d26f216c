"""Signing in and out."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import alerts, vault
from chat.forms import SignInForm
from chat.http import COOKIE, target, words
from chat.models import Person
from chat.ozeki.errors import OzekiError, SignInRefused
from chat.portal import KeyStaysLockedError, portal
from chat.throttle import SIGN_IN_BY_ACCOUNT, SIGN_IN_BY_ADDRESS

logger = logging.getLogger(__name__)


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
    by_address, by_account = await SIGN_IN_BY_ADDRESS.admit(address or ""), await SIGN_IN_BY_ACCOUNT.admit(email)
    if not (by_address and by_account):
        return _form(request, 429, _("Too many tries. Wait a quarter of an hour, then try again."))
    try:
        credentials = await portal().sign_in(
            email=email,
            password=form.cleaned_data["password"],
            encryption_password=form.cleaned_data["encryption_password"],
        )
    except SignInRefused:
        return _form(request, 401, _("This e-mail address and password don't fit together."))
    except KeyStaysLockedError:
        return _form(request, 422, _("Your password was accepted, but it does not open your encryption key"))
    except OzekiError as trouble:
        logger.warning("nobody could sign in: %s", type(trouble).__name__)
        return _form(request, *words(trouble))
    await SIGN_IN_BY_ACCOUNT.forgive(email)
    await _remember(credentials.userid, email)
    return await _begin(request, credentials, remember=form.cleaned_data["remember"], address=address)


async def _remember(userid: str, email: str) -> None:
    """Whoever has signed in can be named in an alert, by userid or e-mail; of that only the MD5 is kept."""
    known = {"email_md5": alerts.email_md5(email), "last_signed_in": timezone.now()}
    await Person.objects.aupdate_or_create(userid=userid, defaults=known)
    await alerts.sweep()


async def _begin(
    request: HttpRequest, credentials: vault.Credentials, *, remember: bool, address: str | None
) -> HttpResponse:
    before = vault.token_hash(request.COOKIES.get(COOKIE, ""))
    if before is not None:
        await portal().end(before)
    token = await vault.begin(
        credentials, remember=remember, agent=request.headers.get("User-Agent", ""), address=address
    )
    account = await portal().account(token)
    if account is not None:
        portal().relay(account).announce()
    rotate_token(request)
    response = HttpResponseRedirect(target(request.POST.get("next", "")))
    response.status_code = 303
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(vault.LONGEST.total_seconds()) if remember else None,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
async def end(request: HttpRequest) -> HttpResponse:
    """Sign out: here, and every tab of this sign-in at once."""
    key = vault.token_hash(request.COOKIES.get(COOKIE, ""))
    if key is not None:
        await portal().end(key)
    response = HttpResponseRedirect(reverse("signins:new"))
    response.status_code = 303
    response.delete_cookie(COOKIE, samesite="Lax")
    if settings.HTTPS:
        response.cookies[COOKIE]["secure"] = True  # a browser refuses a __Host- cookie without it, its end too
    return response


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
