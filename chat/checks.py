"""What can be wrong with a set-up, said by `manage.py check` and by bin/run before anybody is let in."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from chat.ozeki import dialect
from chat.ozeki.errors import DialectError

SHORTEST_TOKEN = 32
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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
    url = urlsplit(settings.OZEKI_URL)
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        return [
            Warning(
                "OZEKI_URL is http: sign-in keys travel over the network unencrypted.",
                hint="Use https, with OZEKI_CA_FILE if the certificate is your own.",
                id="chat.W002",
            )
        ]
    return []


@register
def several_processes(**_: Any) -> list[CheckMessage]:
    """More than one portal process needs something to tell the others of a sign-out."""
    if settings.PROCESS_SLOT == "0" or settings.REDIS_URL:
        return []
    return [
        Warning(
            "PROCESS_SLOT says that this is one process of several, but REDIS_URL is not set.",
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
