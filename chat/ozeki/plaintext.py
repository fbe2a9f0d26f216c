"""What stands inside a message's or a report's `Data`, once decrypted. Nothing in it is known for sure: it is read
tolerantly, and what can't be read as JSON is shown as it is rather than dropped."""

from __future__ import annotations

from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Locked
from chat.ozeki.models import Message
from chat.ozeki.wire import ID, clean, compact, parse


def compose(dialect: Dialect, *, sender: str, text: str) -> bytes:
    """Return the plaintext of a message from this userid."""
    if dialect.message.format == "text":
        return clean(text).encode()
    return compact({dialect.message.sender: sender, dialect.message.text: text}).encode()


def read(dialect: Dialect, plaintext: bytes) -> Message:
    """Return the message. Without a usable sender that is None. Raises Locked when the plaintext is no UTF-8 text.

    JSON that lacks the text is shown as JSON: people rather read an unknown format than miss a message.
    """
    try:
        whole = plaintext.decode("utf-8")
    except UnicodeDecodeError:
        raise Locked from None
    fields = _fields(whole) if dialect.message.format == "json" else {}
    text = fields.get(dialect.message.text.lower())
    return Message(
        sender=_userid(fields.get(dialect.message.sender.lower())),
        text=clean(text) if isinstance(text, str) else whole,
    )


def read_report(dialect: Dialect, plaintext: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Return who reported, and on which messages. What can't be read is None and (): the report still counts."""
    fields = _fields(plaintext.decode("utf-8", "replace"))
    named = fields.get(dialect.report.messageid.lower())
    ids = named if isinstance(named, list) else [named]
    return _userid(fields.get(dialect.report.sender.lower())), tuple(clean(id) for id in ids if isinstance(id, str))


def _fields(text: str) -> dict[str, object]:
    """Return the fields of a JSON object, their names in lower case; none when it is not one."""
    try:
        value = parse(text)
    except ValueError:
        return {}
    return {name.lower(): item for name, item in value.items()} if isinstance(value, dict) else {}


def _userid(value: object) -> str | None:
    return value if isinstance(value, str) and ID.fullmatch(value) else None
