"""Sign-ins: what the server keeps of one opens only with the token that its browser holds.

A sign-in's token T is 32 random bytes in an HttpOnly cookie. The row is found by sha256(T) and its credentials are
sealed with AES-256-GCM under HKDF(T), bound to the row's id and person, so that neither a copy of the database nor a
blob moved to another row opens anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
import os
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import Error
from django.db.models import Q
from django.utils import timezone

from chat.models import SignIn

logger = logging.getLogger(__name__)

TOKEN_BYTES = 32
NONCE_BYTES = 12
LONGEST = timedelta(days=30)
IDLE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)

T = TypeVar("T")


class TamperedError(Exception):
    """A sealed blob does not open: it was changed, or moved here from another sign-in."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What lets the portal speak for a person. `private_key` is PKCS#1 DER; `station_secret` names their stations;
    `endpoints` and `listener_url` are what the server replied, at the address that it had then."""

    userid: str
    fullname: str
    nick: str
    apikey: str = field(repr=False)
    private_key: bytes = field(repr=False)
    station_secret: bytes = field(repr=False)
    endpoints: Mapping[str, str]
    listener_url: str | None

    def dump(self) -> bytes:
        """The credentials as bytes to seal."""
        return json.dumps(
            {
                "userid": self.userid,
                "fullname": self.fullname,
                "nick": self.nick,
                "apikey": self.apikey,
                "private_key": base64.b64encode(self.private_key).decode(),
                "station_secret": base64.b64encode(self.station_secret).decode(),
                "endpoints": dict(self.endpoints),
                "listener_url": self.listener_url,
            }
        ).encode()

    @classmethod
    def load(cls, data: bytes) -> Credentials:
        """The credentials that `dump` wrote."""
        values = json.loads(data)
        for name in ("private_key", "station_secret"):
            values[name] = base64.b64decode(values[name])
        return cls(**values)


def new_token() -> str:
    """A fresh token as the cookie carries it."""
    return _encode(os.urandom(TOKEN_BYTES))


def token_hash(token: str) -> str | None:
    """The hex sha256 of a cookie's token, by which its row is found; None when the cookie holds no token."""
    secret = _decode(token)
    return None if secret is None else hashlib.sha256(secret).hexdigest()


def _encode(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def _decode(token: str) -> bytes | None:
    try:
        secret = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    # Only as it was written: base64 has other ways to write the same, and passes over what is none.
    return secret if len(secret) == TOKEN_BYTES and _encode(secret) == token else None


def _cipher(token: str) -> AESGCM:
    secret = _decode(token)
    if secret is None:
        raise TamperedError
    return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"ozeki-web sign-in").derive(secret))


def seal(token: str, row: uuid.UUID, userid: str, data: bytes) -> bytes:
    """`data` sealed under `token` for the sign-in `row` of `userid`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(token).encrypt(nonce, data, row.bytes + userid.encode())


def unseal(token: str, row: uuid.UUID, userid: str, sealed: bytes) -> bytes:
    """What `seal` sealed. Raises TamperedError for any other token, row, person or bytes."""
    try:
        return _cipher(token).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.bytes + userid.encode())
    except (InvalidTag, ValueError) as error:
        raise TamperedError from error


async def begin(credentials: Credentials, *, remember: bool, agent: str, address: str | None) -> tuple[str, str]:
    """Keep a new sign-in; return its token, for the cookie, and its key, the token's hash. Old rows are swept on the
    way."""
    now, token, row = timezone.now(), new_token(), uuid.uuid4()
    key = token_hash(token) or ""
    await SignIn.objects.filter(~_alive(now)).adelete()
    await SignIn.objects.acreate(
        id=row,
        token_hash=key,
        userid=credentials.userid,
        sealed=seal(token, row, credentials.userid, credentials.dump()),
        remember=remember,
        agent=agent[:200],
        address=address,
        created=now,
        last_used=now,
        expires=now + LONGEST,
    )
    return token, key


async def find(token: str) -> Credentials | None:
    """The credentials behind a cookie's token; None when the sign-in has ended. Raises TamperedError."""
    row = await SignIn.objects.filter(_alive(timezone.now()), token_hash=token_hash(token)).afirst()
    if row is None:
        return None
    return Credentials.load(unseal(token, row.id, row.userid, bytes(row.sealed)))


async def alive(key: str, *, used: bool) -> bool:
    """Whether the sign-in with the token hash `key` still stands; `used` counts this look as use, once a minute."""
    now = timezone.now()
    rows = SignIn.objects.filter(_alive(now), token_hash=key)
    last_used = await rows.values_list("last_used", flat=True).afirst()
    if used and last_used is not None and last_used < now - TOUCH_EVERY:  # only then: SQLite has one writer at a time
        try:
            await rows.aupdate(last_used=now)
        except Error as trouble:  # full or locked: that is no reason to show nothing
            logger.warning("the use of a sign-in could not be noted: %s", type(trouble).__name__)
    return last_used is not None


async def sign_ins(userid: str) -> list[SignIn]:
    """A person's sign-ins that still stand, the one used last first."""
    return [row async for row in SignIn.objects.filter(_alive(timezone.now()), userid=userid).order_by("-last_used")]


async def end(key: str) -> str:
    """Forget the sign-in with the token hash `key`; whose it was, "" when there was none."""
    rows = SignIn.objects.filter(token_hash=key)
    userid = await rows.values_list("userid", flat=True).afirst()
    await rows.adelete()
    return userid or ""


def _alive(now: datetime) -> Q:
    """Rows neither past their end nor idle too long (12 hours, or 30 days for *keep me signed in*)."""
    return Q(expires__gt=now) & (Q(remember=True, last_used__gt=now - LONGEST) | Q(last_used__gt=now - IDLE))


class OpenedCache(Generic[T]):
    """What was opened lately, by token hash: bounded, and forgotten after `idle` seconds without a look."""

    def __init__(self, *, limit: int, idle: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._idle, self._clock = limit, idle, clock
        self._held: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, key: str) -> T | None:
        """The opened thing, made the newest; None when it was never opened or forgotten."""
        self.sweep()
        if key not in self._held:
            return None
        opened = self._held[key][1]
        self.put(key, opened)
        return opened

    def put(self, key: str, opened: T) -> None:
        """Hold a thing; the longest unused one gives way when there are too many."""
        self._held[key] = (self._clock(), opened)
        self._held.move_to_end(key)
        if len(self._held) > self._limit:
            self._held.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget a thing, if it is held."""
        self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)

    def sweep(self) -> None:
        """Forget all that nobody looked at for `idle` seconds."""
        horizon = self._clock() - self._idle
        while self._held and next(iter(self._held.values()))[0] < horizon:
            self._held.popitem(last=False)
