"""A person's conversations as they were last heard of: by the list, and by what else told of one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from chat.ozeki.models import Conversation


class Listing:
    """`known`: the conversations by id in the server's order, None before they were first heard of; `at`: when the list
    was, by `time.monotonic()`."""

    def __init__(self) -> None:
        self.known: Mapping[str, Conversation] | None = None
        self.at = float("-inf")
        self._noted: dict[str, float] = {}  # when something newer was last heard of a conversation than the list told

    def take(self, listed: Iterable[Conversation], *, asked: float) -> None:
        """A list that was asked for then: it says how they are, but for what was heard of one since."""
        self._noted = {id: at for id, at in self._noted.items() if at > asked}
        self.known = {conversation.id: self._newest(conversation) for conversation in listed}
        self.at = time.monotonic()

    def note(self, conversation: Conversation) -> None:
        """A conversation's newer state."""
        if self.known is not None:
            self.known = {**self.known, conversation.id: conversation}
            self._noted[conversation.id] = time.monotonic()

    def _newest(self, listed: Conversation) -> Conversation:
        known = (self.known or {}).get(listed.id) if listed.id in self._noted else None
        if known is None or known.instance != listed.instance or known.lastaccess < listed.lastaccess:
            return listed
        return replace(listed, lastmessageid=known.lastmessageid, lastaccess=known.lastaccess)
