"""What people may send, checked before anything is done with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django import forms
from django.utils.translation import gettext as _

LONGEST_MESSAGE = 20_000
MESSAGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ANY_MESSAGE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
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


def moment(text: str) -> datetime | None:
    """The moment an address names, in either form that pages and the API use; None when it is neither."""
    for form in FORMS_OF_A_MOMENT:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
