"""What the person prefers, in every browser they use."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from chat import reading
from chat.forms import PreferencesForm
from chat.http import ChatRequest, see_other, signed_in
from chat.models import Person
from chat.views.conversations import sidebar


@require_http_methods(["GET", "POST"])
@signed_in
async def index(request: ChatRequest) -> HttpResponse:
    """The form, and keeping what was chosen in it."""
    userid = request.account.userid
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        form.full_clean()
        unknown = {**form.cleaned_data, "last_signed_in": timezone.now()}
        await Person.objects.aupdate_or_create(userid=userid, defaults=form.cleaned_data, create_defaults=unknown)
        return see_other(f"{reverse('preferences:index')}?saved")
    context = await sidebar(request)
    context |= {"receipts": await reading.receipts(userid), "saved": "saved" in request.GET}
    return render(request, "chat/preferences/index.html", context)
