"""The files that an export can be: each is written as a head, some entries after others, and a foot that says how it
ended. Nothing in them can be mistaken for what people said, whatever they said."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.export import Entry
from chat.ozeki.models import Participant
from chat.presenting import iso
from chat.rendering import plain_name, plain_text

LONGEST_NAME = 80
NOT_IN_A_FILE_NAME = re.compile(r'[/\\:*?"<>|%\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class About:
    """What the head of a file says: which conversation, exported by whom and when."""

    id: str
    title: str
    participants: Sequence[Participant]
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """What the foot of a file says: how many messages are in it, of how many, and why not all; "" when all are."""

    count: int
    total: int
    trouble: str


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. `entries` is also told how many entries have been written before."""

    content_type: str
    head: Callable[[About], str]
    entries: Callable[[Sequence[Entry], int], str]
    foot: Callable[[Ending], str]


def disposition(title: str, at: datetime, ending: str) -> str:
    """The Content-Disposition of a file named after a conversation, which may be called anything."""
    name = NOT_IN_A_FILE_NAME.sub("-", plain_name(title)).strip(" .-")[:LONGEST_NAME].strip()
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()  # a wide quote is a quote by now
    plain = NOT_IN_A_FILE_NAME.sub("-", plain).strip(" .-")
    rest = f" {at:%Y-%m-%d}.{ending}"
    fallback, full = (plain or "conversation") + rest, (name or "conversation") + rest
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(full, safe='')}"


def missing_words(entry: Entry) -> str:
    """What stands in a file in the place of messages that are missing."""
    words = ngettext(
        "%(count)d message is missing here: the chat server gave nothing that can be read.",
        "%(count)d messages are missing here: the chat server gave nothing that can be read.",
        entry.count,
    )
    return words % {"count": entry.count}


def ending_words(ending: Ending) -> str:
    """How a file ends, as a sentence or two."""
    if not ending.trouble:
        words = ngettext(
            "This export is complete: it has %(count)d message.",
            "This export is complete: it has %(count)d messages.",
            ending.count,
        )
        return words % {"count": ending.count}
    return _("This export is not complete: %(trouble)s It has %(count)d of at least %(total)d messages.") % {
        "trouble": ending.trouble,
        "count": ending.count,
        "total": ending.total,
    }


# HTML


def _html_head(about: About) -> str:
    return render_to_string("chat/exports/file.html#head", {"about": about}).lstrip()


def _html_entries(entries: Sequence[Entry], before: int) -> str:
    shown = [(entry, missing_words(entry) if entry.kind == "missing" else "") for entry in entries]
    return render_to_string("chat/exports/file.html#entries", {"entries": shown})


def _html_foot(ending: Ending) -> str:
    return render_to_string("chat/exports/file.html#foot", {"ending": ending, "words": ending_words(ending)})


# Text


def _text_head(about: About) -> str:
    lines = [
        _("Conversation: %(title)s") % {"title": about.title},
        _("Exported by %(name)s on %(at)s. All times are in UTC.")
        % {"name": plain_name(about.person), "at": _minute(about.at)},
    ]
    return "\n".join(lines) + "\n\n"


def _text_entries(entries: Sequence[Entry], before: int) -> str:
    return "".join(f"{_text_line(entry)}\n" for entry in entries)


def _text_line(entry: Entry) -> str:
    if entry.created is None:
        return f"[{missing_words(entry)}]"
    at, name = _minute(entry.created), entry.shown.name if entry.shown else ""
    if entry.kind == "expired":
        return f"{at}  [{_('This message has expired.')}]"
    if entry.kind == "locked" and entry.shown:
        return f"{at}  [{_('This message can’t be opened.')} {entry.shown.cause}]"
    # splitlines, because editors take more than newlines for the end of a line: nobody can write another's line.
    return f"{at}  {name}: " + "\n    ".join(plain_text(entry.text).splitlines())


def _text_foot(ending: Ending) -> str:
    return f"\n{'!!!' if ending.trouble else '---'} {ending_words(ending)}\n"


def _minute(moment: datetime) -> str:
    return iso(moment)[:16].replace("T", " ") + " UTC"


# JSON, one entry a line


def _json_head(about: About) -> str:
    head = {
        "conversation": {
            "id": about.id,
            "title": about.title,
            "participants": [{"userid": one.userid, "name": plain_name(one.username)} for one in about.participants],
        },
        "exported_by": plain_name(about.person),
        "exported_at": iso(about.at),
    }
    return _json(head)[:-1] + ', "messages": ['


def _json_entries(entries: Sequence[Entry], before: int) -> str:
    return "".join(f"{',' if before + n else ''}\n{_json(_json_fields(entry))}" for n, entry in enumerate(entries))


def _json_fields(entry: Entry) -> dict[str, object]:
    if entry.created is None:
        return {"missing": entry.count}
    expires = iso(entry.expires) if entry.expires else None
    fields: dict[str, object] = {"id": entry.id, "created": iso(entry.created), "expires": expires}
    if entry.shown is None:
        return {**fields, "expired": True}
    if entry.kind == "locked":
        return {**fields, "locked": entry.shown.cause}
    return {**fields, "sender": entry.shown.sender, "name": entry.shown.name, "text": entry.text}


def _json_foot(ending: Ending) -> str:
    foot = {"count": ending.count, "complete": not ending.trouble, "trouble": ending.trouble}
    return "\n], " + _json(foot)[1:] + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


FORMATS = {
    "html": Format("text/html; charset=utf-8", _html_head, _html_entries, _html_foot),
    "txt": Format("text/plain; charset=utf-8", _text_head, _text_entries, _text_foot),
    "json": Format("application/json; charset=utf-8", _json_head, _json_entries, _json_foot),
}
