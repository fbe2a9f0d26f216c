"""Logs to stderr, one JSON object a line (plain text on a terminal), with secrets and query strings taken out.

Each line says for which request it was written (`chat/trail.py`), and stays one line whatever is in it.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback

from chat import trail

_PATTERNS = [
    # A PEM key, whole.
    (re.compile(r"-----BEGIN [^-]+-----.*?(-----END [^-]+-----|$)", re.DOTALL), "[key removed]"),
    # Headers whose value may hold spaces: to the end of the line or string.
    (re.compile(r"""(?i)\b((?:set-)?cookie|authorization)(["']?\s*[:=]\s*["']?)[^"'\r\n]+"""), r"\1\2[removed]"),
    (
        re.compile(
            r"""(?i)\b(apikey|\w*password|passphrase|rsakey|ozeki-signature|ozeki-station|station|secret|secret_key|data"""
            r"""|text|token|csrf\w*|x-csrftoken)(["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&}]+)"""
        ),
        r"\1\2[removed]",
    ),
    # Query strings: people's search words, and anchors. Only one character before them is looked at: a path of nothing
    # but slashes would be looked through from each of them.
    (re.compile(r"""(?<![\s'"<>])\?[^\s'"<>]+"""), "?[removed]"),
]


def redact(text: str) -> str:
    """`text` without the values of secrets, as far as they can be told by their names."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def on_one_line(text: str) -> str:
    """`text` with whatever ends a line, moves a terminal's cursor or turns letters around made visible."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


_STANDARD = frozenset(vars(logging.makeLogRecord({})))


class Redaction(logging.Filter):
    """The last line of defence: code should not log secrets, and this removes what slips through."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = on_one_line(redact(record.getMessage())), None
        for name in record.__dict__.keys() - _STANDARD:
            if isinstance(value := record.__dict__[name], str):
                record.__dict__[name] = on_one_line(redact(value))
        record.request = trail.current()  # in place of Django's own, whose repr has the query string
        if record.name == "django.security.DisallowedHost":
            record.exc_info = None  # any scanner's doing: the sentence is enough
        if record.exc_info and record.exc_info[0]:
            told = redact("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_text = "\n".join(map(on_one_line, told.split("\n")))
            record.exc_info = None  # a formatter would format it anew
        return True


class Plain(logging.Formatter):
    """For a terminal. A traceback has lines, and none of them can be taken for another entry."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\n    ")


CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redaction": {"()": Redaction}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(levelname)s %(name)s %(request)s %(message)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": True,
        },
        "plain": {
            "class": "ozekiweb.logging.Plain",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request)s]: %(message)s",
            "datefmt": "%H:%M:%S",
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["redaction"],
            "formatter": "plain" if sys.stderr.isatty() else "json",
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "chat": {"level": "INFO"},
        "ozekiweb": {"level": "INFO"},
        # Django's own handlers would print a second time, and mail.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
