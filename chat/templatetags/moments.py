"""Times as pages have them without scripts, which put them in the reader's own zone."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.template import Context
from django.utils.dateformat import format

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime, *, seconds: bool = False) -> str:
    """`at` in UTC by the clock the reader prefers, on pages; frames have all readers' clock, and scripts that know."""
    minutes = "i:s" if seconds else "i"
    hours = f"g:{minutes} A" if clock(context) == "12" else f"H:{minutes}"
    return format(at.astimezone(UTC), f"Y-m-d {hours} \\U\\T\\C")


def clock(context: Context) -> str:
    """Which clock the reader of what is rendered prefers."""
    person = getattr(context.get("request"), "preferences", None)
    return context.get("clock") or (person.time_format if person is not None else "")
