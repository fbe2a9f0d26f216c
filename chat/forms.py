"""What people may send, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.ozeki import wire

LONGEST_MESSAGE = 20_000
LONGEST_CONCERN = 5_000
MOST_MESSAGES = 50
MESSAGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ANY_MESSAGE_ID = wire.MESSAGE_ID
WORKSPACE_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
SWITCH = re.compile("on|off")
WISHES = {"favorite": SWITCH, "muted": SWITCH, "hidden": SWITCH, "color": wire.COLOR}
FORMS_OF_TIME = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S")


class SignInForm(forms.Form):
    email = forms.CharField(max_length=320)
    password = forms.CharField(max_length=1_000, strip=False)
    encryption_password = forms.CharField(max_length=1_000, strip=False, required=False)
    remember = forms.BooleanField(required=False)


class PreferencesForm(forms.Form):
    """The person's own preferences, by the names of their fields (chat/models.py)."""

    opens_at = forms.TypedChoiceField(
        label=gettext_lazy("A conversation opens"),
        choices=[
            ("unread", gettext_lazy("at the first unread message")),
            ("latest", gettext_lazy("at the latest message")),
        ],
        required=False,
        empty_value="unread",
    )
    receipts = forms.BooleanField(
        label=gettext_lazy("Let others know when I have seen their messages"),
        help_text=gettext_lazy(
            "Without it nobody is told what you have viewed from here. "
            "That a message was delivered is told in any case."
        ),
        required=False,
    )
    enter_sends = forms.BooleanField(
        label=gettext_lazy("Enter sends the message"),
        help_text=gettext_lazy("Without it Enter begins a new line. Ctrl Enter always sends; on a Mac, ⌘ Enter."),
        required=False,
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[
            ("", gettext_lazy("As on this device")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
        required=False,
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Density"),
        choices=[("", gettext_lazy("Comfortable")), ("compact", gettext_lazy("Compact"))],
        required=False,
    )
    text_size = forms.ChoiceField(
        label=gettext_lazy("Text size"),
        choices=[
            ("small", gettext_lazy("Small")),
            ("", gettext_lazy("Normal")),
            ("large", gettext_lazy("Large")),
            ("larger", gettext_lazy("Larger")),
        ],
        required=False,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("As in the browser")), *settings.LANGUAGES],
        required=False,
    )
    time_format = forms.ChoiceField(
        label=gettext_lazy("Times"),
        choices=[("", gettext_lazy("As on this device")), ("24", "13:45"), ("12", "1:45 PM")],
        required=False,
    )
    notifications = forms.BooleanField(
        label=gettext_lazy("Notify me of new messages"),
        help_text=gettext_lazy("Where the browser allows it."),
        required=False,
    )
    notice_words = forms.BooleanField(
        label=gettext_lazy("Show what was written"),
        help_text=gettext_lazy("Without it a notification only says who wrote."),
        required=False,
    )
    sound = forms.BooleanField(label=gettext_lazy("Play a sound"), required=False)

    @property
    def chosen(self) -> dict[str, str | bool]:
        """What the person chose. A box that is not ticked is not sent; whatever else is not sent stays as it was."""
        return {name: value for name, value in self.cleaned_data.items() if self._is_chosen(name, value)}

    def _is_chosen(self, name: str, value: str | bool) -> bool:
        # Other than the page had it: what it still shows may have been changed elsewhere since.
        shown = self.data.get(self.add_initial_prefix(name))
        return self.data.get(name, "") != shown and (isinstance(value, bool) or name in self.data)


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


def named_time(text: str) -> datetime | None:
    """The time that an address names, in either form that pages and the API use; None when it is neither."""
    for form in FORMS_OF_TIME:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
