"""How a person shows to their friends: kept until they choose otherwise, on whatever device."""

from __future__ import annotations

from chat.models import Person
from chat.ozeki.dialect import Action, Dialect


def chosen(person: Person, dialect: Dialect) -> Action:
    """What the person last chose of what the dialect names; its first action when they never did."""
    actions = dialect.availability.actions
    return next((action for action in actions if action.action == person.availability), actions[0])


async def keep(userid: str, action: Action) -> None:
    """Remember what the person chose."""
    await Person.objects.filter(userid=userid).aupdate(availability=action.action)
