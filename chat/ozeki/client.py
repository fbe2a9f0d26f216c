"""The way out: one pool of connections for everybody who is signed in, and the only module that calls by aiohttp.

Its session keeps no cookie, follows no redirect, and reads no `netrc` and no proxy from the environment: a cookie from
one person's reply can't travel with the next one's call.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from chat.ozeki.addresses import origin
from chat.ozeki.envelope import Call, decipher
from chat.ozeki.errors import Misunderstood, OzekiError, Refused, TimedOut, Unreachable

T = TypeVar("T")

logger = logging.getLogger(__name__)

REPLY_CAP = 32 * 1024 * 1024  # bytes, unpacked
RETRIES = 2
CONNECTIONS = 256
# Shorter than any server's own patience (Apache: 5 s): on a connection the server is just closing, a call that can't be
# repeated would be lost.
IDLE = 4.0  # seconds
PATIENCE = 65.0  # seconds
# Asked again and again for everybody who looks, and of each message by all who hear it, so that they are worth
# a line in the log only when they fail.
ROUTINE = frozenset({"Notification", "Download"})

# One layer each: aiohttp then unfolds them piece by piece, and no piece without bound.
_ENCODINGS = ("", "identity", "gzip", "deflate")
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "ozeki-portal"}


def jittered(attempt: int) -> float:
    """Return the seconds to wait before the next attempt: about 0.1, 0.3, 0.9…"""
    return random.uniform(0.05, 0.15) * 3.0**attempt  # noqa: S311  # jitter, no secret


class Client:
    """Performs calls. Made once per process, closed with `aclose`; `tls` is for the listener's websockets too.

    `base`: the server's URL; calls go to its origin and to the `trusted` ones, and nowhere else. `ca_file`:
    certificates accepted besides the system's. Times in seconds; `timeout` is for a whole call, `patience` for one that
    the server holds back: whether it does shows when there was none in time. `observe` is told of each try: the call's
    name, "OK" or the error's name, the seconds.

    `holds`: the server is known to hold such calls back.
    """

    def __init__(
        self,
        base: str,
        *,
        trusted: Collection[str] = (),
        ca_file: str | None = None,
        timeout: float = 20.0,
        connect_timeout: float = 5.0,
        patience: float = PATIENCE,
        delays: Callable[[int], float] = jittered,
        observe: Callable[[str, str, float], None] = lambda name, outcome, seconds: None,
    ) -> None:
        self._base = base
        self._allowed = {origin(url) for url in (base, *trusted)}
        self.tls = ssl.create_default_context()
        if ca_file:
            self.tls.load_verify_locations(ca_file)
        self._timeout, self._connect_timeout, self._patience = timeout, connect_timeout, patience
        self._made: dict[bool, aiohttp.ClientSession] = {}
        self.holds = self._may_hold = False
        self._delays = delays
        self._observe = observe

    def _session(self, *, patient: bool) -> aiohttp.ClientSession:
        """Made at the first call: it belongs to the running loop. What is held back keeps no other call waiting."""
        if patient not in self._made:
            total, limit = (self._patience, 0) if patient else (self._timeout, CONNECTIONS)
            self._made[patient] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self.tls, limit=limit, keepalive_timeout=IDLE),
                timeout=aiohttp.ClientTimeout(total=total, sock_connect=self._connect_timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                headers=_HEADERS,
            )
        return self._made[patient]

    async def perform(self, call: Call[T], endpoints: Mapping[str, str] = MappingProxyType({})) -> T:
        """Send the call, return what its reply says. Raises the tree of `errors`, and nothing else.

        `endpoints` is what `protocol.endpoints` made of the login reply. Only a repeatable call is sent again, at most
        twice, and not after a time-out. After Unreachable or Misunderstood it is unknown whether the server acted.
        """
        url = endpoints.get(call.api, "")
        if not url or origin(url) not in self._allowed:  # they may be of a time when `base` was another server
            url = self._default_url(call)
        attempt = 0
        while True:
            try:
                return await self._once(call, url)
            except TimedOut:
                raise
            except Unreachable:
                if not call.repeatable or attempt == RETRIES:
                    raise
            await asyncio.sleep(self._delays(attempt))
            attempt += 1

    async def reach(self) -> None:
        """Ask whether the server is there, on nobody's behalf: any answer below 500 will do. Raises as `perform`."""
        status, _ = await self._exchange("GET", self._base, {}, b"")
        if status >= 500:
            raise Unreachable(f"HTTP {status}")

    async def aclose(self) -> None:
        """Close all connections."""
        for session in self._made.values():
            await session.close()

    def _default_url(self, call: Call[T]) -> str:
        scheme, netloc, path, *_ = urlsplit(self._base)
        return urlunsplit((scheme, netloc, path, urlencode({"srv": call.srv, "api": call.api}), ""))

    async def _once(self, call: Call[T], url: str) -> T:
        started = time.monotonic()
        outcome, why, level = "OK", "", logging.DEBUG if call.name in ROUTINE else logging.INFO
        patient, told = call.held and self._may_hold, False
        try:
            reply = decipher(call, *await self._exchange("POST", url, call.headers, call.body, patient=patient))
        except OzekiError as error:
            level = logging.INFO if isinstance(error, Refused) else logging.WARNING
            outcome, why = type(error).__name__, f": {error}"
            raise
        except asyncio.CancelledError:
            outcome, level = "Cancelled", logging.INFO
            raise
        else:
            told = bool(reply)
            return reply
        finally:
            seconds = time.monotonic() - started
            logger.log(level, "%s: %s%s, %d ms", call.name, outcome, why, seconds * 1000)
            self._observe(call.name, outcome, seconds)
            if call.held:
                self._learn(outcome, seconds, patient=patient, told=told)

    def _learn(self, outcome: str, seconds: float, *, patient: bool, told: bool) -> None:
        """What a call that may be held back tells of the server, after the usual time or a `patient` one; `told`: there
        was something to tell, and one that holds back nothing else answers that at once, too."""
        if outcome == "TimedOut" and seconds >= self._timeout:  # sooner: it was not even connected
            # The next one is given more time, unless this one was.
            self._may_hold, self.holds = not patient, self.holds and not patient
        elif outcome == "OK" and (seconds > self._timeout or not told):
            self._may_hold = self.holds = self.holds or seconds > self._timeout

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, patient: bool = False
    ) -> tuple[int, bytes]:
        """Send a request, return the reply's status and content. Raises Unreachable, TimedOut, Misunderstood."""
        try:
            async with self._session(patient=patient).request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                return response.status, await _content(response)
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            if any(isinstance(cause, ContentEncodingError) for cause in _causes(error)):
                raise Misunderstood("a reply that does not unpack") from error
            raise Unreachable(type(error).__name__) from error
        except ValueError as error:
            raise Unreachable("not an address") from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


async def _content(response: aiohttp.ClientResponse) -> bytes:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise Misunderstood("a reply packed in a way nobody asked for")
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > REPLY_CAP:
            raise Misunderstood(f"a reply of more than {REPLY_CAP} bytes")
    return bytes(content)
