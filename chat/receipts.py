"""What the reports of one conversation say: which messages arrived, and who has seen them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from chat.ozeki.models import Sealed

KEPT = 5_000
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Receipts:
    """What they said so far.

    `states`: message id → the best of `delivered` and `viewed`; `viewers`: message id → the userids that viewed it, in
    the order they did. `reports` are those seen, with their dates; `whole`: none is older than those; `since`: the one
    from which the next look at what is new begins. `untold` are the messages whose new state no tab has been told of;
    `told` those that this person has reported as viewed. Of each the latest are kept: what was forgotten comes again
    with a page and changes nothing.
    """

    states: dict[str, str] = field(default_factory=dict)
    viewers: dict[str, list[str]] = field(default_factory=dict)
    reports: dict[str, datetime] = field(default_factory=dict)
    whole: bool = False
    since: Sealed | None = None
    untold: set[str] = field(default_factory=set)
    told: dict[str, None] = field(default_factory=dict)

    def take(self, state: str, sender: str | None, messages: Iterable[str], *, reader: str) -> None:
        """Take in that `sender` has these messages `delivered` or `viewed`; `reader` is whose receipts these are."""
        if state not in ("delivered", "viewed"):
            return
        if sender == reader:
            self.told.update(dict.fromkeys(messages) if state == "viewed" else {})
            return
        for message in messages:
            viewers = self.viewers.setdefault(message, [])
            if state == "viewed" and sender is not None and sender not in viewers:
                viewers.append(sender)
                self.untold.add(message)
            if self.states.get(message) not in (state, "viewed"):
                self.states[message] = state
                self.untold.add(message)

    def follow(self, reports: Sequence[Sealed]) -> None:
        """These were all since then: the next look goes back to the last one before their newest second. One that is
        dated in the future says nothing about what is still to come."""
        if reports:
            newest = min(max(report.created for report in reports), timezone.now())
            older = [report for report in reports if report.created <= newest - SECOND]
            self.since = max(older, key=lambda report: report.created, default=self.since)

    def trim(self) -> None:
        """Forget the oldest of what is more than anybody looks at."""
        for kept in (self.states, self.viewers, self.reports, self.told):
            for id in list(islice(kept, max(0, len(kept) - KEPT))):
                del kept[id]
        self.untold &= self.states.keys()
