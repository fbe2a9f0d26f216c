"""What the person prefers, in every browser they use."""

from __future__ import annotations

from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.forms import PreferencesForm
from chat.http import ChatRequest, see_other, signed_in
from chat.portal import portal
from chat.views.layout import sidebar_if_answered


@require_http_methods(["GET", "POST"])
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """The form, and keeping what was chosen in it."""
    kept = model_to_dict(request.preferences)
    if request.method == "GET":
        context = {"form": PreferencesForm(initial=kept), "saved": "saved" in request.GET}
        return render(request, "chat/preferences/index.html", await sidebar_if_answered(request) | context)
    form = PreferencesForm(request.POST, initial=kept)
    if not form.is_valid():
        context = {"form": form, "error": _("Nothing was saved: choose from what is offered.")}
        return render(request, "chat/preferences/index.html", await sidebar_if_answered(request) | context, status=422)
    await request.account.prefer(form.chosen)
    portal().tell([request.account.userid], "preferences")
    return see_other(f"{reverse('preferences:index')}?saved")
