"""How the portal is, for what watches it: load balancers, Prometheus."""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from chat import metrics
from chat.health import Part
from chat.http import bears
from chat.portal import portal

HEARING = ("socket", "polling")


@require_safe
async def live(request: HttpRequest) -> HttpResponse:
    """The process runs and answers; nothing is said of what it needs."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
async def ready(request: HttpRequest) -> HttpResponse:
    """Whether people are served here, and how everything is that this needs."""
    report = await portal().health.report()
    said = {
        "ready": report.ready,
        "database": _part(report.database),
        "layer": _part(report.layer),
        "ozeki": _part(report.ozeki),
        "relays": _relays(),
    }
    return JsonResponse(said, status=200 if report.ready else 503)


def _part(part: Part) -> dict[str, Any]:
    return {"ok": not part.trouble, "trouble": part.trouble, "ms": round(part.seconds * 1000, 1)}


def _relays() -> dict[str, int]:
    """How many there are, how many Ozeki answered last, and how many hear of news in which way."""
    relays = portal().relays.values()
    return {
        "all": len(relays),
        "up": sum(relay.upstream.state == "on" for relay in relays),
        **{way: sum(relay.upstream.listening == way for relay in relays) for way in HEARING},
    }


@require_safe
async def measured(request: HttpRequest) -> HttpResponse:
    """What was counted and timed, for whoever has METRICS_TOKEN."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not bears(request, settings.METRICS_TOKEN):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    metrics.BUILD.labels(settings.VERSION).set(1)
    relays = _relays()
    for way in HEARING:
        metrics.RELAYS.labels(way).set(relays[way])
    metrics.RELAYS_UP.set(relays["up"])
    metrics.TASKS.set(len(asyncio.all_tasks()))
    waiting = [tab.queue.qsize() for relay in portal().relays.values() for tab in relay.stream.tabs]
    metrics.QUEUED.set(sum(waiting))
    metrics.LONGEST_QUEUE.set(max(waiting, default=0))
    text = await asyncio.to_thread(metrics.text)  # it has some thousand lines, and tabs are not to wait for them
    return HttpResponse(text, content_type=metrics.CONTENT_TYPE)
