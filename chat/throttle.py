"""How often something may be tried: counted in the database, so that every process counts together."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from chat.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` tries of one subject in a `window`."""

    purpose: str
    count: int
    window: timedelta

    async def admit(self, subject: str) -> bool:
        """Count a try of `subject` and say whether it may go on."""
        now, key = timezone.now(), self._key(subject)
        fresh = Throttle.objects.filter(key=key, since__gt=now - self.window)
        if not await fresh.aupdate(count=F("count") + 1):
            await Throttle.objects.filter(since__lt=now - timedelta(days=1)).adelete()
            await Throttle.objects.aupdate_or_create(key=key, defaults={"count": 1, "since": now})
            return True
        return (await Throttle.objects.values_list("count", flat=True).aget(key=key)) <= self.count

    async def forgive(self, subject: str) -> None:
        """Forget the tries of `subject`: it has proved itself."""
        await Throttle.objects.filter(key=self._key(subject)).adelete()

    def _key(self, subject: str) -> str:
        text = f"{self.purpose}:{subject}".encode()
        return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()


SIGN_IN_BY_ACCOUNT = Limit("sign-in by account", 10, timedelta(minutes=15))
SIGN_IN_BY_ADDRESS = Limit("sign-in by address", 200, timedelta(minutes=15))
