"""What a person prefers, in every browser they use."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from chat.models import Person


async def of(userid: str) -> Person:
    """The person with what they prefer; who never chose has what everybody begins with."""
    return await Person.objects.filter(userid=userid).afirst() or Person(userid=userid)


async def keep(userid: str, chosen: Mapping[str, str | bool]) -> None:
    """Remember what the person chose, by the names of their fields."""
    unknown = {**chosen, "last_signed_in": timezone.now()}
    await Person.objects.aupdate_or_create(userid=userid, defaults=chosen, create_defaults=unknown)


def language(person: Person) -> str:
    """The language the person wants, if there is such a one here; "" leaves it to the browser."""
    return person.language if person.language in dict(settings.LANGUAGES) else ""
