"""The smallest shared pieces of the wire format: times, ids, text, compact JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache

ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
INSTANCE = re.compile(r"[ -~]{0,64}")
MESSAGE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
COLOR = re.compile(r"#[0-9a-f]{6}")

# A list of thousands of conversations fits.
MOST_VALUES = 500_000

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Servers write "never" as the calendar's last second, and "no date" as its first. A day's distance from both ends lets
# any time zone be applied without an overflow.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def format_time(moment: datetime) -> str:
    """Return an aware datetime as the API writes it: UTC, seconds, 24 hours (p_7105 writes `hh`, its samples don't)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")


@lru_cache(maxsize=10_000)
def parse_time(value: str) -> datetime:
    """Return the aware UTC datetime of a time string; before 1970 and after 9999 are cut off. Raises ValueError.

    The same page comes again with each message that is new in it, so the latest are remembered.
    """
    if not _TIME.fullmatch(value):
        raise ValueError("not a time as the API writes it")
    return min(max(datetime.fromisoformat(value).replace(tzinfo=UTC), _EARLIEST), LATEST)


def clean(text: str) -> str:
    """Return the text with lone surrogates as U+FFFD: they can be neither encoded nor rendered."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def parse(text: str) -> object:
    """Return the JSON value. Raises ValueError, also for what is nested too deep or has more values than `MOST_VALUES`.

    Ten million empty lists are 32 MiB, and packed some kilobytes; read they are a gigabyte, and ten seconds.
    """
    if len(text) > MOST_VALUES and sum(map(text.count, ",[{")) > MOST_VALUES:
        raise ValueError("too many values")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def compact(value: object) -> str:
    """Return the value as JSON without spaces, non-ASCII characters as they are, and encodable as UTF-8."""
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
