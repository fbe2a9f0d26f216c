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
    person = getattr(context.get("request"), "preferences", None)
    minutes = "i:s" if seconds else "i"
    clock = f"g:{minutes} A" if person is not None and person.time_format == "12" else f"H:{minutes}"
    return format(at.astimezone(UTC), f"Y-m-d {clock} \\U\\T\\C")
