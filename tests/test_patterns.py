"""No text is slow to read: every regular expression, and every function that takes people's or the server's text apart,
is given texts made to let it try again and again. Growth is measured, not seconds: four times the text may take about
four times as long, and not sixteen times."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from datetime import UTC, datetime

import pytest

import chat
import ozekiweb
from chat.drafting import DraftError, from_json
from chat.formats import disposition
from chat.http import target
from chat.ozeki import addresses, crypto, plaintext
from chat.ozeki.errors import Locked
from chat.rendering import initials, message_html, plain_name
from ozekiweb.asgi import client_address
from ozekiweb.logging import redact

# They read our own files, once, when the portal is prepared.
OF_OURS = ("ozekiweb.static", "ozekiweb.joining")
LENGTH = 2_000  # characters
QUICK = 0.005  # seconds of CPU; what takes less at that length is not worth a second look
GROWTH = 9  # four times as long a text: 4 when it is linear, 16 when it is quadratic
SIGNS = "a0 \t\n-_.,:;/@#?!=+*<>()[]{}\"'`~\\|&%é\u200d\U0001f33b\U0001f1ed"
WORDS = ("http://", "mailto:", "a@a.", "```", "> ", "``a", 'data="', "cookie=", "-----BEGIN ", "[::", "&lt;", "\\u")


def patterns():
    """Every compiled expression that a module of ours keeps, with where it is."""
    for package in (chat, ozekiweb):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name not in OF_OURS and ".migrations" not in module.name and not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    for number, pattern in enumerate(found(value)):
                        if not (name.isupper() and pattern.pattern in seen):
                            seen.add(pattern.pattern)
                            yield pytest.param(pattern, id=f"{module.name}.{name}.{number}")


seen: set[str] = set()


def found(value):
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from found(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from found(each)


def drawn_out(words, signs):
    """Functions from a length to a text: one thing again and again, perhaps after a word, with an end that fits
    nothing."""
    units = [*signs, *words, *(word + sign for word in words for sign in signs)]
    for unit in units:
        yield lambda length, unit=unit: unit * (length // len(unit)) + "\x00"
    for word in words:
        for sign in signs:
            yield lambda length, word=word, sign=sign: word + sign * length + "\x00"


def seconds(work, text):
    started = time.process_time()
    work(text)
    return time.process_time() - started


def assert_growth(work, texts):
    for text in texts:
        if seconds(work, text(LENGTH)) < QUICK:
            continue
        short, long = (min(seconds(work, text(length)) for _ in range(3)) for length in (LENGTH // 2, LENGTH * 2))
        assert long < QUICK or long / short < GROWTH, f"{text(8)!r}… takes {long / short:.0f} times as long"


@pytest.mark.parametrize("pattern", list(patterns()))
def test_no_expression_is_slow_to_match(pattern):
    words = list(dict.fromkeys(re.findall(r"[A-Za-z:/@-]{2,}", pattern.pattern)))[:6]
    signs = [sign for sign in SIGNS if sign in pattern.pattern or sign in "a0 \n/"]

    def work(text):
        pattern.search(text)
        pattern.fullmatch(text)

    assert_growth(work, drawn_out(words, signs))


def alert(text):
    with pytest.raises(DraftError):
        from_json(b'{"to": "everyone", "text": "x", "link": "' + text.encode() + b'"}')


def key(text):
    with pytest.raises(Locked):
        crypto.open_private_key(text[: crypto.LONGEST_PEM], "x")


FUNCTIONS = {
    "a message's HTML": message_html,
    "a name": plain_name,
    "a name's initials": initials,
    "a line of the log": redact,
    "a file's name": lambda text: disposition(text, datetime(2026, 1, 1, tzinfo=UTC), "txt"),
    "where to go on": target,
    "an alert": alert,
    "forwarded addresses": lambda text: client_address("127.0.0.1", text),
    "the login reply's addresses": lambda text: addresses.endpoints({"a": text}, "http://h/", ["https://t"]),
    "a key": key,
    "a plaintext": lambda text: plaintext._fields(text),
}


@pytest.mark.parametrize("work", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_no_text_is_slow_to_read(work):
    assert_growth(work, drawn_out(WORDS, SIGNS))
