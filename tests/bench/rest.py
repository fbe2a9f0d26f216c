"""Waiting until processes have nothing to do: what is measured begins from rest."""

from __future__ import annotations

import time

from tests.processes import Service, wait_until

CALM = 0.3  # seconds


def at_rest(*services: Service) -> None:
    """Return when these have used next to no CPU for a while."""

    def idle() -> bool:
        before = sum(service.cpu_seconds() for service in services)
        time.sleep(CALM)
        return sum(service.cpu_seconds() for service in services) - before < CALM / 4

    wait_until(idle, "processes at rest", 300)
