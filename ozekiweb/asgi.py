"""The portal as one ASGI application: Django for HTTP, Channels for the browser tabs on /live/."""

from __future__ import annotations

import ipaddress
import logging
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import ParseResult, urlsplit

import django

from ozekiweb import inline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ozekiweb.settings")
django.setup(set_prefix=False)  # before anything that touches models
inline.install()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator, WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from chat.consumers import Tab  # noqa: E402
from ozekiweb.access import PROBES, AccessLog  # noqa: E402

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable

logger = logging.getLogger(__name__)


class SiteOrigin(OriginValidator):
    """Lets in sockets of SITE_URL's own pages: scheme, host and port, since an intranet shares host names."""

    async def __call__(self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if not _parses(_header(scope, b"origin")):  # the validator would raise
            logger.warning("Refused a socket whose Origin is malformed")
            await WebsocketDenier()(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    def valid_origin(self, parsed_origin: ParseResult | None) -> bool:
        # No browser writes a name before the host, and `evil.example\\@host` is not read alike by everybody.
        named = parsed_origin is not None and "@" in parsed_origin.netloc
        if super().valid_origin(parsed_origin) and not named:
            return True
        logger.warning("Refused a socket from %s", parsed_origin.hostname if parsed_origin else "no origin")
        return False


class AsPeopleSeeIt:
    """Corrects what a reverse proxy hides: the scheme is SITE_URL's, the client is whom a trusted proxy names.

    No header decides the scheme, so none can be forged; TLS is always the proxy's work. Nor does one decide where the
    site begins: Daphne would believe `Daphne-Root-Path` from anybody. Only a trusted proxy may say under which id a
    request stands in the log. A machine that looks how we are asks by an address, not by our name.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        scheme = {"http": "http", "websocket": "ws"}[scope["type"]] + ("s" if settings.HTTPS else "")
        client, headers = scope.get("client"), scope["headers"]
        if client is None or not _is_trusted(_address(client[0])):
            headers = [header for header in headers if header[0] != b"x-request-id"]
        if client:
            client = [client_address(client[0], _header(scope, b"x-forwarded-for")), client[1]]
        if scope["path"] in PROBES:
            headers = [header for header in headers if header[0] != b"host"] + [(b"host", _own_name)]
        seen = {"scheme": scheme, "client": client, "headers": headers, "root_path": ""}
        await self.application({**scope, **seen}, receive, send)


def client_address(peer: str, forwarded: str) -> str:
    """The address of the person, given the connection's `peer` and X-Forwarded-For.

    The header is read from the right, because only what trusted proxies appended is known to be true.
    """
    address = _address(peer)
    for hop in reversed(forwarded.split(",")):
        nearer = _address(hop)
        if nearer is None or not _is_trusted(address):
            break
        address = nearer
    return str(address) if address else peer


def _is_trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])  # a zone says something on that host alone
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _header(scope: Any, name: bytes) -> str:
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin1")


def _parses(origin: str) -> bool:
    try:
        return urlsplit(origin).port != 0
    except ValueError:
        return False


_own_name = urlsplit(settings.SITE_URL).netloc.encode()
_tab: Any = Tab.as_asgi()  # Any: Django's path() is typed for views only
_nothing: Any = WebsocketDenier.as_asgi()
_routes: list[Any] = [path("live/", _tab), re_path(r"", _nothing)]
application = AsPeopleSeeIt(
    AccessLog(
        ProtocolTypeRouter(
            {"http": inline.Handler(), "websocket": SiteOrigin(URLRouter(_routes), settings.ALLOWED_ORIGINS)}
        )
    )
)
