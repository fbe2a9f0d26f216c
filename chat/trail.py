"""The id that all lines of one action share in the log: a request's, a tab's, or a relay's."""

from __future__ import annotations

import re
import secrets
from contextvars import Context, ContextVar

HARMLESS = re.compile(r"[0-9A-Za-z._-]{1,64}")

_id: ContextVar[str] = ContextVar("trail", default="-")


def current() -> str:
    """The id of what this is done for; "-" when it is for nobody."""
    return _id.get()


def begin(given: str = "") -> str:
    """Begin a trail here and return its id: the one that was `given` if it has a harmless shape, else a new one."""
    id = given if HARMLESS.fullmatch(given) else new()
    _id.set(id)
    return id


def new() -> str:
    """An id that nothing else has."""
    return secrets.token_hex(8)


def apart(id: str) -> Context:
    """A context for work that outlives what began it: it has the trail `id`, and nothing else of where it was begun
    (a request's database thread would live as long as the work does)."""
    context = Context()
    context.run(_id.set, id)
    return context
