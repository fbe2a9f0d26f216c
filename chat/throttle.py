"""How often something may be tried: counted in the database, so that every process counts together."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from chat import metrics
from chat.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` tries of one subject in a `window`."""

    purpose: str
    count: int
    window: timedelta

    def __post_init__(self) -> None:
        metrics.THROTTLED.labels(self.purpose)  # from the start, at 0

    async def admit(self, subject: str) -> bool:
        """Count a try of `subject` and say whether it may go on."""
        admitted = await sync_to_async(self._admit)(subject)
        if not admitted:
            metrics.THROTTLED.labels(self.purpose).inc()
        return admitted

    @transaction.atomic  # one turn at writing instead of three
    def _admit(self, subject: str) -> bool:
        now, key = timezone.now(), self._key(subject)
        old = Q(key=key, since__lte=now - self.window) | Q(since__lte=now - timedelta(days=1))
        Throttle.objects.filter(old).delete()
        # Whoever comes first makes the row, and the database counts and compares in one: tries at once count too.
        Throttle.objects.bulk_create([Throttle(key=key, since=now)], ignore_conflicts=True)
        tries = Throttle.objects.filter(key=key)
        if tries.filter(count__lt=self.count).update(count=F("count") + 1):
            return True
        return not tries.exists()  # no row any more: forgiven in the meantime

    async def give_back(self, subject: str) -> None:
        """Uncount one try of `subject`, which turned out to be none of those that are limited."""
        await Throttle.objects.filter(key=self._key(subject), count__gt=0).aupdate(count=F("count") - 1)

    async def forgive(self, subject: str) -> bool:
        """Forget the tries of `subject`: it has proved itself. Whether there were any."""
        forgotten, _ = await Throttle.objects.filter(key=self._key(subject)).adelete()
        return bool(forgotten)

    def _key(self, subject: str) -> str:
        text = f"{self.purpose}:{subject}".encode()
        return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()


SIGN_IN_BY_ACCOUNT = Limit("sign-in by account", 10, timedelta(minutes=15))
SIGN_IN_BY_ADDRESS = Limit("sign-in by address", 200, timedelta(minutes=15))
ALERTS_BY_ADDRESS = Limit("alerts by address", 100, timedelta(minutes=15))
EXPORTS = Limit("exports", 60, timedelta(hours=1))
SEARCHES = Limit("searches", 120, timedelta(minutes=10))
CONCERNS = Limit("concerns of a person", 5, timedelta(hours=1))
WORKSPACES = Limit("workspaces of a person", 5, timedelta(hours=1))


def neighbourhood(address: str) -> str:
    """What is counted for a client's address: of IPv6 its /64, since whoever has one address of it has all of them."""
    try:
        network = ipaddress.ip_network(address)
    except ValueError:
        return address
    return str(network.supernet(new_prefix=64)) if network.version == 6 else address


async def forgive(subject: str) -> bool:
    """Let somebody try again at once: an e-mail address or a client's. Whether anything was counted for it."""
    subject = subject.strip().lower()
    by_account = await SIGN_IN_BY_ACCOUNT.forgive(subject)
    by_address = [await limit.forgive(neighbourhood(subject)) for limit in (SIGN_IN_BY_ADDRESS, ALERTS_BY_ADDRESS)]
    return by_account or any(by_address)
