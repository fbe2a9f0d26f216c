"""What people may send, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

LONGEST_MESSAGE = 20_000
LONGEST_CONCERN = 5_000
MOST_MESSAGES = 50
MESSAGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ANY_MESSAGE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
WORKSPACE_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
SWITCH, COLOR = re.compile("on|off"), re.compile("#[0-9a-f]{6}")
WISHES = {"favorite": SWITCH, "muted": SWITCH, "hidden": SWITCH, "color": COLOR}
FORMS_OF_A_MOMENT = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S")


class SignInForm(forms.Form):
    email = forms.CharField(max_length=320)
    password = forms.CharField(max_length=1_000, strip=False)
    encryption_password = forms.CharField(max_length=1_000, strip=False, required=False)
    remember = forms.BooleanField(required=False)


class PreferencesForm(forms.Form):
    """The person's own preferences, all of them: a box that is not ticked is not sent."""

    receipts = forms.BooleanField(required=False)


def message_trouble(text: str, id: str) -> str:
    """What is wrong with a message to be sent, as a sentence for its writer; "" when nothing is."""
    if not text.strip():
        return _("Write something first: an empty message can't be sent.")
    if len(text) > LONGEST_MESSAGE:
        return _("This message is too long: it has %(length)d characters, and %(limit)d is the most.") % {
            "length": len(text),
            "limit": LONGEST_MESSAGE,
        }
    if not MESSAGE_ID.fullmatch(id):
        return _("This message has no proper id. Reload the page and send it again.")
    return ""


def concern_trouble(words: str, id: str, messages: Sequence[str]) -> str:
    """What is wrong with a concern to be reported, as a sentence for its writer; "" when nothing is."""
    if not words.strip():
        return _("Write what it is about first.")
    if len(words) > LONGEST_CONCERN:
        return _("This is too long: it has %(length)d characters, and %(limit)d is the most.") % {
            "length": len(words),
            "limit": LONGEST_CONCERN,
        }
    if len(messages) > MOST_MESSAGES or not all(ANY_MESSAGE_ID.fullmatch(message) for message in messages):
        return _("Choose at most %d messages, from those that are shown.") % MOST_MESSAGES
    if not MESSAGE_ID.fullmatch(id):
        return _("This form has no proper id. Reload the page and send it again.")
    return ""


def wishes(fields: QueryDict) -> dict[str, str]:
    """The preferences for a conversation that a form asks for, by name; {} when it asks for anything else, too."""
    asked = {name: values for name, values in fields.lists() if name != "csrfmiddlewaretoken"}
    proper = all(
        name in WISHES and len(values) == 1 and WISHES[name].fullmatch(values[0]) for name, values in asked.items()
    )
    return {name: values[0] for name, values in asked.items()} if proper else {}


def moment(text: str) -> datetime | None:
    """The moment an address names, in either form that pages and the API use; None when it is neither."""
    for form in FORMS_OF_A_MOMENT:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
