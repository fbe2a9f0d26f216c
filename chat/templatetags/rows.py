"""Messages and sidebar rows on pages, rendered once for all who are shown the same."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from chat import fragments, presenting
from chat.templatetags.moments import clock

register = template.Library()


@register.simple_tag(takes_context=True)
def message_row(context: Context, message: presenting.Shown) -> SafeString:
    """A message by the clock that the reader prefers."""
    return fragments.message_row(message, clock(context))


@register.simple_tag(takes_context=True)
def conversation_row(context: Context, row: presenting.Row) -> SafeString:
    """A sidebar row, marked when the page shows that conversation."""
    shown = context.get("conversation")
    return fragments.conversation_row(row, current=shown is not None and shown.id == row.id)
