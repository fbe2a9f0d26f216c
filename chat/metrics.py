"""What is counted and timed for whoever watches the portal; docs/monitoring.md says what each is good for.

A label has few values, all of them from the code: never a person, a conversation or an address.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

disable_created_metrics()  # type: ignore[no-untyped-call]  # when each was first counted: nobody asks
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# Seconds: from a call within one machine to the client's time-out.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


def _counter(name: str, what: str, label: str = "", values: Iterable[str] = ()) -> Counter:
    """`values`: those of the label that are there from the start, at 0, so that the first one is an increase."""
    counter = Counter(f"ozeki_web_{name}", what, [label] if label else [], registry=REGISTRY)
    for value in values:
        counter.labels(value)
    return counter


def _gauge(name: str, what: str, *labels: str) -> Gauge:
    return Gauge(f"ozeki_web_{name}", what, labels, registry=REGISTRY)


def _histogram(name: str, what: str, *labels: str) -> Histogram:
    return Histogram(f"ozeki_web_{name}", what, labels, registry=REGISTRY, buckets=BUCKETS)


BUILD = _gauge("build_info", "1, with the version that runs", "version")
REQUESTS = _histogram("request_seconds", "A request, from its arrival to the end of the answer", "method", "status")
CALLS = _histogram("upstream_call_seconds", "A call to the Ozeki server", "call", "outcome")
SENDS = _histogram("send_seconds", "A message, from its arrival from the browser to the answer", "outcome")
NOTICES = _histogram("notice_seconds", "From a notice's arrival to a frame handed to a tab's socket because of it")
RELAYS = _gauge("relays", "Sign-ins listened for, by how they hear of news", "hearing")
RELAYS_UP = _gauge("relays_up", "Relays whose last question the Ozeki server answered")
SOCKETS = _gauge("sockets", "Websockets of tabs")
TASKS = _gauge("tasks", "Tasks of the event loop")
QUEUED = _gauge("queued_frames", "Frames that wait for tabs' sockets")
LONGEST_QUEUE = _gauge("longest_queue_frames", "Frames that wait for the tab that has most of them")
CLOSED = _counter(
    "tabs_closed", "Tabs closed by the portal, by close code", "code", ("4400", "4401", "4408", "4429", "4503")
)
RESYNCS = _counter("resyncs", "Tabs told to fetch afresh, because what they missed is gone")
SIGN_INS = _counter(
    "sign_ins",
    "Tries to sign in",
    "outcome",
    ("OK", "SignInRefused", "KeyStaysLocked", "Throttled", "Unreachable", "TimedOut", "Misunderstood"),
)
RENEWALS = _counter("sign_ins_renewed", "Sign-ins that the Ozeki server had forgotten, renewed without the person")
SLOT_TAKEN = _counter("slot_taken", "Times another process said that it has this one's PROCESS_SLOT")
THROTTLED = _counter("throttled", "Tries that were one too many", "purpose")


def called(call: str, outcome: str, seconds: float) -> None:
    """Note a call to the Ozeki server."""
    CALLS.labels(call, outcome).observe(seconds)


def text() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)
