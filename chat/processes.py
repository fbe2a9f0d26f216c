"""What the processes of one portal tell each other through the channel layer, so with Redis: that something changed.

What changed is in the database already. So nobody waits until the others know, and what never reaches them they look up
by themselves within a minute.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Callable, Iterable
from typing import Any

from channels.layers import BaseChannelLayer, get_channel_layer

from chat import metrics, trail

logger = logging.getLogger(__name__)

GROUP = "portals"
SLOT = "slot"  # which one a process has; all else is about people
JOIN_AGAIN = 60.0  # seconds: a Redis that was emptied has forgotten who listens
AGAIN = 2.0  # seconds
PATIENCE = 5.0  # seconds for Redis to take an event

Event = dict[str, Any]


class Processes:
    """The other processes, as this one reaches them; without a channel layer there are none. `heard` has their events:
    `whom` it is about (`address`), `about` and `conversation`. `slot`: this process's PROCESS_SLOT, which no other may
    have."""

    def __init__(self, heard: Callable[[Event], None], slot: str) -> None:
        self._layer = get_channel_layer()
        self._heard = heard
        self._slot = slot
        self._channel = ""
        self._listening: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    def tell(self, whom: Iterable[str], about: str, conversation: str = "") -> None:
        """Tell them that something of these sign-ins (keys) or people (userids) changed."""
        if self._layer is None:
            return
        addresses = [address(each) for each in whom]
        event = {"whom": addresses, "about": about, "conversation": conversation, "by": self._channel}
        task = asyncio.create_task(self._send(self._layer, event), context=trail.apart(trail.current()))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _send(self, layer: BaseChannelLayer, event: Event) -> None:
        told = {"type": "told", **event}
        try:
            async with asyncio.timeout(PATIENCE), self._one_at_a_time:
                try:
                    await layer.group_send(GROUP, told)
                except Exception:  # a connection that was kept is broken once Redis was away
                    await layer.group_send(GROUP, told)
        except Exception as trouble:  # each kind of layer has its own
            logger.warning("other processes could not be told of a change: %s", type(trouble).__name__)

    def listen(self) -> None:
        """Hear them from now on."""
        if self._layer is not None and self._listening is None:
            self._listening = asyncio.create_task(self._listen(self._layer), context=trail.apart(trail.new()))

    async def _listen(self, layer: BaseChannelLayer) -> None:
        self._channel = await layer.new_channel()
        while True:
            try:
                async with asyncio.timeout(JOIN_AGAIN) as turn:
                    await layer.group_add(GROUP, self._channel)
                    self.tell([], SLOT, self._slot)
                    while True:
                        self._hear(await layer.receive(self._channel))
            except Exception as trouble:
                if not turn.expired():
                    logger.warning("other processes can't be heard: %s", type(trouble).__name__)
                    await asyncio.sleep(AGAIN * random.uniform(0.5, 1.0))  # noqa: S311 - to spread them, not to hide

    def _hear(self, event: Event) -> None:
        if event["by"] == self._channel:
            return
        if event["about"] != SLOT:
            self._heard(event)
        elif event["conversation"] == self._slot:
            metrics.SLOT_TAKEN.inc()
            logger.error("another process has PROCESS_SLOT %s, too: they steal each other's news", self._slot)

    def close(self) -> None:
        """Hear nothing any more, and tell nothing."""
        for task in (self._listening, *self._telling):
            if task is not None:
                task.cancel()


def address(name: str) -> str:
    """What stands for a sign-in's key or a userid where others could read it."""
    return hashlib.sha256(name.encode()).hexdigest()[:40]
