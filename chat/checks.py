"""What can be wrong with a set-up, said by `manage.py check` and by bin/run before anybody is let in.

What matters only where people are served is said by `manage.py check --deploy` and by bin/run --production.
"""

from __future__ import annotations

import ssl
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from chat.ozeki import dialect, wire
from chat.ozeki.errors import DialectError

SHORTEST_TOKEN = 32
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
WIDEST_PROXIES = 8  # bits of a network's prefix; 10.0.0.0/8 is an intranet
PATIENCE = 3.0  # seconds for the Ozeki server to say what time it is
UNSURE = 30.0  # seconds


@register
def ozeki_server(**_: Any) -> list[CheckMessage]:
    """A server is named, and what people say to it does not cross the network in the clear."""
    if not settings.OZEKI_URL:
        return [
            Warning(
                "OZEKI_URL is not set, so nobody can sign in.",
                hint="Set it to the server's address, such as https://chat.example.org/ozeki/index.php.",
                id="chat.W001",
            )
        ]
    return [
        Warning(
            f"{name} is {urlsplit(url).scheme}: {what} over the network unencrypted.",
            hint="Use https and wss, with OZEKI_CA_FILE if the certificate is your own.",
            id="chat.W002",
        )
        for name, url, what in (
            ("OZEKI_URL", settings.OZEKI_URL, "sign-in keys travel"),
            ("OZEKI_LISTENER_URL", settings.OZEKI_LISTENER_URL, "what names a sign-in's listener travels"),
        )
        if urlsplit(url).scheme in ("http", "ws") and not _is_here(url)
    ]


@register
def several_processes(**_: Any) -> list[CheckMessage]:
    """More than one portal process needs something to tell the others of a sign-out."""
    several = [name for name, one in (("PROCESS_SLOT", "0"), ("PROCESSES", 1)) if getattr(settings, name) != one]
    if settings.REDIS_URL or not several:
        return []
    return [
        Warning(
            f"{several[0]} says that there are several processes, but REDIS_URL is not set.",
            hint="Without Redis a sign-out or a changed preference does not reach the other processes' tabs at once.",
            id="chat.W003",
        )
    ]


@register
def site_address(**_: Any) -> list[CheckMessage]:
    """A portal that listens to everybody knows the name people call it by."""
    if not (settings.HOST_IS_WILDCARD and settings.SITE_URL_IS_DEFAULT):
        return []
    return [
        Warning(
            f"HOST is {settings.HOST}, but SITE_URL is not set: only browsers on this machine are let in.",
            hint="Set SITE_URL to the address people type, such as http://chat.example.org:8000.",
            id="chat.W004",
        )
    ]


@register
def tokens(**_: Any) -> list[CheckMessage]:
    """What lets a script put words in front of everyone, or a machine see how many are here, can't be guessed."""
    return [
        Warning(
            f"{name} is shorter than {SHORTEST_TOKEN} characters.",
            hint="Make one that can't be guessed: openssl rand -hex 32",
            id="chat.W005",
        )
        for name in ("ALERTS_TOKEN", "METRICS_TOKEN")
        if 0 < len(getattr(settings, name)) < SHORTEST_TOKEN
    ]


@register
def userids(**_: Any) -> list[CheckMessage]:
    """Who may write alerts and who is told of concerns is named as the Ozeki server names people."""
    named = {"ALERTS_BY": settings.ALERTS_BY, "CONCERNS_TO": {settings.CONCERNS_TO} - {""}}
    return [
        Warning(
            f"{name} names somebody by what is no userid (an e-mail address, perhaps): that is nobody.",
            hint="A userid is the last part of the address of a person's card, which People leads to.",
            id="chat.W013",
        )
        for name, given in named.items()
        if not all(wire.ID.fullmatch(userid) for userid in given)
    ]


@register(deploy=True)
def several_hosts(**_: Any) -> list[CheckMessage]:
    """Processes of several hosts keep in one place what they keep."""
    if not settings.REDIS_URL or _is_here(settings.REDIS_URL):
        return []
    found: list[CheckMessage] = []
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        found.append(
            Warning(
                "REDIS_URL is another host's, but the database is a file of this one (SQLite).",
                hint="Processes of several hosts need the same PostgreSQL, by DATABASE_URL.",
                id="chat.W006",
            )
        )
    if settings.SECRET_KEY_IS_MADE:
        found.append(
            Warning(
                "REDIS_URL is another host's, but SECRET_KEY is not set: this host has made its own.",
                hint="With different ones, each host counts apart how often somebody tried to sign in.",
                id="chat.W007",
            )
        )
    return found


@register(deploy=True)
def address_of_people(**_: Any) -> list[CheckMessage]:
    """People's passwords do not cross the network in the clear, and each is known by an address of their own."""
    found: list[CheckMessage] = []
    if not settings.HTTPS and not _is_here(settings.SITE_URL):
        found.append(
            Warning(
                "SITE_URL is http: people's passwords travel over the network unencrypted.",
                hint="Put a reverse proxy with TLS in front; docs/self-hosting.md shows nginx and Caddy.",
                id="chat.W008",
            )
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "SITE_URL is https, so a proxy is in front, but TRUSTED_PROXIES does not name it.",
                hint="Without it all people have the proxy's address, and too many tries of one lock out everybody.",
                id="chat.W009",
            )
        )
    if any(network.prefixlen < WIDEST_PROXIES for network in settings.TRUSTED_PROXIES):
        found.append(
            Warning(
                "TRUSTED_PROXIES names half the world, whose X-Forwarded-For would be believed.",
                hint="Name the proxies' own addresses, such as 127.0.0.1.",
                id="chat.W010",
            )
        )
    return found


@register
def debugging(**_: Any) -> list[CheckMessage]:
    """Nobody but a developer sees how the portal looks inside."""
    if not settings.DEBUG or _is_here(settings.SITE_URL):
        return []
    return [
        Warning(
            "DEBUG is on and SITE_URL is not this machine's: error pages show settings and code to everybody.",
            hint="Take DEBUG out.",
            id="chat.W011",
        )
    ]


@register(deploy=True)
def clock(**_: Any) -> list[CheckMessage]:
    """The clock agrees with the Ozeki server's. Nothing is said when that can't be asked: `ozeki check` says why."""
    theirs = _time_at(settings.OZEKI_URL) if settings.OZEKI_URL else None
    off = (datetime.now(UTC) - theirs).total_seconds() if theirs else 0.0
    if abs(off) <= UNSURE:
        return []
    return [
        Warning(
            f"The clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the Ozeki server's.",
            hint="Let both follow a time server (timedatectl says whether this one does): when messages were sent and"
            " when they expire is told by these clocks.",
            id="chat.W012",
        )
    ]


@register
def dialect_file(**_: Any) -> list[CheckMessage]:
    """The dialect file says only what the portal understands."""
    if settings.OZEKI_DIALECT is None:
        return []
    try:
        dialect.load(settings.OZEKI_DIALECT)
    except DialectError as error:
        return [Error(f"OZEKI_DIALECT: {error}", hint="docs/protocol.md lists every field.", id="chat.E001")]
    return []


@register
def authorities(**_: Any) -> list[CheckMessage]:
    """The file with our own certificate authority can be used."""
    if settings.OZEKI_CA_FILE is None:
        return []
    try:
        ssl.create_default_context(cafile=settings.OZEKI_CA_FILE)
    except OSError as error:  # SSLError is one too
        return [Error(f"OZEKI_CA_FILE: {settings.OZEKI_CA_FILE} is not usable ({error.strerror}).", id="chat.E002")]
    return []


def _is_here(url: str) -> bool:
    """Whether a URL is this machine's own."""
    return urlsplit(url).hostname in LOOPBACK


def _time_at(url: str) -> datetime | None:
    """What time a server says it is, on nobody's behalf; None when it can't be asked or does not say."""
    parts = urlsplit(url)
    line: HTTPConnection
    try:
        if parts.scheme == "https":
            tls = ssl.create_default_context()
            if settings.OZEKI_CA_FILE:
                tls.load_verify_locations(settings.OZEKI_CA_FILE)
            line = HTTPSConnection(parts.netloc, timeout=PATIENCE, context=tls)
        else:
            line = HTTPConnection(parts.netloc, timeout=PATIENCE)
        with closing(line):
            line.request("HEAD", "/")
            moment = parsedate_to_datetime(line.getresponse().getheader("Date", ""))
    except (OSError, HTTPException, ValueError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
