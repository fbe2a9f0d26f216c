"""An alert before it is sent: what it may say and to whom, checked alike for scripts and for the form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.rendering import plain_text

EVERYONE = "everyone"
MOST_NAMES = 1_000
LONGEST_TEXT = 2_000
LONGEST_LINK = 2_000
USUAL_DAYS, MOST_DAYS = 7, 366
DAYS = (1, USUAL_DAYS, 30)


class DraftError(Exception):
    """What is wrong with one `field` of an alert, in `words` for whoever wrote it."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(field)
        self.field = field
        self.words = words


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert that may be sent. `to` is names as given, e-mails or userids, or None for everyone."""

    to: tuple[str, ...] | None
    text: str
    link: str
    expires: datetime


def from_json(body: bytes) -> Draft:
    """The alert that a script sends. Raises DraftError."""
    try:
        said = json.loads(body)
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair can be written in JSON, and nowhere else
    except (ValueError, RecursionError) as error:
        raise DraftError("", _("The body is not JSON.")) from error
    if not isinstance(said, dict):
        raise DraftError("", _("The body is not a JSON object."))
    to = said.get("to")
    return Draft(
        to=None if to == EVERYONE else _names(to),
        text=_text(said.get("text")),
        link=_link(said.get("link")),
        expires=_expires(said.get("expires")),
    )


def from_form(form: QueryDict) -> Draft:
    """The alert that a person writes by hand. Raises DraftError."""
    names = [name for name in re.split(r"[\s,;]+", form.get("to", "")) if name]
    everyone = form.get("everyone") == "on"
    if everyone and names:
        raise DraftError("to", _("Choose everyone or name people, not both."))
    return Draft(
        to=None if everyone else _names(names),
        text=_text(form.get("text", "")),
        link=_link(form.get("link", "").strip()),
        expires=timezone.now() + timedelta(days=_days(form.get("days", ""))),
    )


def _names(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DraftError("to", _('Name people in a list of e-mail addresses or userids, or say "everyone".'))
    if not names:
        raise DraftError("to", _("Name the people whom it is for."))
    if len(names) > MOST_NAMES:
        raise DraftError("to", _("Name at most %(limit)d people.") % {"limit": MOST_NAMES})
    return tuple(dict.fromkeys(names))


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise DraftError("text", _("An alert needs a text."))
    text = plain_text(text).strip()
    if not text:
        raise DraftError("text", _("An alert needs a text."))
    if len(text) > LONGEST_TEXT:
        raise DraftError("text", _("The text may have at most %(limit)d characters.") % {"limit": LONGEST_TEXT})
    return text


def _link(link: object) -> str:
    """A link that leads where it seems to: no other scheme, no name before an @, nothing that is not seen."""
    wrong = DraftError("link", _("The link should begin with http:// or https:// and name a host."))
    if link is None or link == "":
        return ""
    if not isinstance(link, str) or len(link) > LONGEST_LINK or not link.isprintable() or set(link) & set(' \\<>"'):
        raise wrong
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or port == 0:
        raise wrong
    return link


def _expires(expires: object) -> datetime:
    now = timezone.now()
    if expires is None:
        return now + timedelta(days=USUAL_DAYS)
    wrong = DraftError("expires", _("The end should be a moment in UTC such as 2030-12-24T12:00:00Z."))
    if not isinstance(expires, str):
        raise wrong
    try:
        moment = datetime.fromisoformat(expires)
    except ValueError as error:
        raise wrong from error
    if moment.utcoffset() != timedelta(0):
        raise wrong
    if not now < moment <= now + timedelta(days=MOST_DAYS):
        raise DraftError("expires", _("The end should be in the future, and within a year."))
    return moment


def _days(days: str) -> int:
    if days not in [str(choice) for choice in DAYS]:
        raise DraftError("days", _("Choose how long it is kept."))
    return int(days)
