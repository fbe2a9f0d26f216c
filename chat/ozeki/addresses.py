"""Where to send what: the addresses in the login reply, pinned to the server the administrator named.

A server may reply with a host that is unreachable from here (the sample says `localhost`), or with one that is none of
our business. So scheme, host and port are the configured ones; origins the administrator trusts are used as given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from chat.ozeki.dialect import Listener
from chat.ozeki.models import Listeners

_SAFE = re.compile(r"[!-~]*")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_PLAIN = {"ws": "http", "wss": "https"}

Origin = tuple[str, str, int]


def endpoints(urls: Mapping[str, str], base: str, trusted: Collection[str]) -> dict[str, str]:
    """Return API name → URL to use. What can't be one is left out: those calls go to `base`, as all do before Login."""
    here = urlsplit(base)
    origins = {origin(url) for url in trusted}
    pinned = {}
    for api, url in urls.items():
        try:
            target = urlsplit(urljoin(base, url))
            if target.scheme not in ("http", "https"):
                continue
            is_trusted = _origin(target) in origins
        except ValueError:
            continue
        if not (target.hostname and _SAFE.fullmatch(target.path + target.query)):
            continue
        scheme, host = (target.scheme, _host(target)) if is_trusted else (here.scheme, here.netloc)
        pinned[api] = urlunsplit((scheme, host, target.path or "/", target.query, ""))
    return pinned


def listener_url(
    listeners: Listeners, base: str, listener: Listener, trusted: Collection[str], override: str = ""
) -> str | None:
    """Return the websocket's address, or None when there is none to use: then Notification is polled.

    `override` (the administrator's own address) wins. Else wss when `base` is https and the server lists one, else ws;
    its host is that of `base`, its port and path are kept.
    """
    if override:
        return override
    if listener.url == "off":
        return None
    here = urlsplit(base)
    url = (here.scheme == "https" and listeners.wss) or listeners.ws
    try:
        target = urlsplit(url)
        is_trusted = _origin(target) in {origin(url) for url in trusted}
        port = f":{target.port}" if target.port else ""
    except ValueError:
        return None
    if target.scheme not in _PLAIN or not target.hostname or not _SAFE.fullmatch(target.path + target.query):
        return None
    host = _host(target) if is_trusted else _bracketed(here.hostname or "") + port
    return urlunsplit((target.scheme, host, target.path, target.query, ""))


def origin(url: str) -> Origin:
    """Return scheme (of a websocket the one it upgrades from), host and port. Raises ValueError for what is no URL."""
    return _origin(urlsplit(url))


def _origin(url: SplitResult) -> Origin:
    return (_PLAIN.get(url.scheme, url.scheme), url.hostname or "", url.port or _PORTS.get(url.scheme, 0))


def _host(url: SplitResult) -> str:
    """Return host and port without a user name in front."""
    return url.netloc.rpartition("@")[2]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
