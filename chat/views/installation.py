"""What makes the portal an app: its manifest, its service worker, and the page for when it can't be reached.

They are the same for everybody, so they are for people who are not signed in, too.
"""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from rjsmin import jsmin

LOOKED_AT_AGAIN = "no-cache"  # a browser keeps them and asks each time whether they are still right
# What the page without a portal is made of.
SHEETS = ("css/app.css", "css/pages.css")  # the first is here already: every conversation needs it
SCRIPT = "js/offline.js"
PICTURES = ("img/favicon.svg",)
# (file, sizes, purpose)
ICONS = (
    ("img/favicon.svg", "any", "any"),
    ("img/icon-192.png", "192x192", "any"),
    ("img/icon-512.png", "512x512", "any"),
    ("img/icon-maskable-512.png", "512x512", "maskable"),
)
TYPES = {"svg": "image/svg+xml", "png": "image/png"}
PAPER, PAPER_ASIDE = "#ffffff", "#f3f5f7"  # as the light page and its topbar


@require_GET
async def manifest(request: HttpRequest) -> JsonResponse:
    """How the portal is called and looks where it is installed."""
    about = {
        "id": "/",
        "name": _("Ozeki Web"),
        "short_name": _("Ozeki Web"),
        "description": _("Your Ozeki Chat conversations in the browser."),
        "lang": get_language(),
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER_ASIDE,
        "icons": [
            {"src": static(file), "sizes": sizes, "type": TYPES[file.rpartition(".")[2]], "purpose": purpose}
            for file, sizes, purpose in ICONS
        ],
    }
    response = JsonResponse(about, content_type="application/manifest+json")
    response["Cache-Control"] = LOOKED_AT_AGAIN
    return response


@require_GET
async def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Another page to keep, or another file of it, makes it another worker."""
    page = render_to_string("chat/installation/offline.html", _page())
    context = {
        "version": hashlib.sha256(page.encode()).hexdigest()[:12],
        "files": (*SHEETS, SCRIPT, *PICTURES),
    }
    script = jsmin(render_to_string("chat/installation/service-worker.js", context))
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = LOOKED_AT_AGAIN
    return response


@require_GET
async def offline(request: HttpRequest) -> HttpResponse:
    """What a browser shows when the portal can't be reached. It names nobody, so it may be kept."""
    response = render(request, "chat/installation/offline.html", _page())
    response["Cache-Control"] = LOOKED_AT_AGAIN
    return response


def _page() -> dict[str, object]:
    return {"sheets": SHEETS, "script": SCRIPT}
