"""Parts of pages as HTML, for pages and frames alike: rows, an open conversation's header, alerts.

What many are shown alike is rendered once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from chat import presenting
from chat.models import Alert
from chat.presenting import Row, Shown
from chat.rendering import LONGEST_NAME_KEPT, forget_names

CONVERSATION_ROWS_KEPT = 5_000
MESSAGE_ROWS_KEPT, LONGEST_MESSAGE_KEPT = 2_000, 4_000  # characters of HTML: at most some 10 MB in all


def message_rows(messages: Iterable[Shown]) -> str:
    """Messages as the HTML that frames carry."""
    return "".join(message_row(message) for message in messages)


def message_row(message: Shown, clock: str = "") -> SafeString:
    """A message as the HTML that pages and frames carry; `clock` is the one that the reader prefers.

    Rendered once for all who are shown the same: only a reader's own messages look different to them. What a burst may
    need again is kept for a minute (`forget_messages`), as the portal keeps nothing longer than someone looks.
    """
    render = _message_row if len(message.html) <= LONGEST_MESSAGE_KEPT else _message_row.__wrapped__
    return render(message, clock, get_language())


def forget_messages() -> None:
    """Keep no message that was rendered before."""
    presenting.forget_texts()
    _message_row.cache_clear()


def forget_people() -> None:
    """Keep no conversation's row and no name that was rendered before."""
    _conversation_row.cache_clear()
    forget_names()


@lru_cache(maxsize=MESSAGE_ROWS_KEPT)
def _message_row(message: Shown, clock: str, language: str) -> SafeString:
    return render_to_string("chat/messages/_message.html", {"message": message, "clock": clock})


def alert_banners(alerts: Iterable[Alert]) -> str:
    """Alerts as the HTML that pages and frames carry; "" when there are none."""
    return render_to_string("chat/alerts/_banners.html", {"alerts": alerts}).strip()


def conversation_rows(rows: Iterable[Row]) -> str:
    """Sidebar rows as the HTML that frames carry."""
    return "".join(conversation_row(row) for row in rows)


def conversation_row(row: Row, *, current: bool = False) -> SafeString:
    """A sidebar row as the HTML that pages and frames carry, rendered once as long as nothing in it is another;
    `current`: it is the one that the page shows."""
    render = _conversation_row if len(row.title) <= LONGEST_NAME_KEPT else _conversation_row.__wrapped__
    return render(row, current, get_language())


@lru_cache(maxsize=CONVERSATION_ROWS_KEPT)
def _conversation_row(row: Row, current: bool, language: str) -> SafeString:
    return render_to_string("chat/conversations/_conversation.html", {"row": row, "current": current})


def conversation_header(row: Row, *, reportable: bool) -> str:
    """An open conversation's header as the HTML that frames carry; `reportable`: concerns can be about who is in it."""
    context = {"conversation": row, "reportable": reportable}
    return render_to_string("chat/conversations/show.html#conversation-header", context)
