"""One sign-in's key: seals what is sent, opens what came, and remembers in memory only what was opened lately."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chat.ozeki import crypto, plaintext
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Locked
from chat.ozeki.models import Conversation, Message, Sealed

logger = logging.getLogger(__name__)

MESSAGES_KEPT = 2_000
BYTES_KEPT = 8 * 1024 * 1024  # as they came; at most 78 of the longest that can be written here
REPORTS_KEPT, LONGEST_REPORT_KEPT = 20_000, 1_000  # characters, as it came

Report = tuple[str | None, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A message as this person sees it: its plain text, or why it stays locked."""

    sealed: Sealed
    message: Message | None
    cause: str = ""

    def is_by(self, userid: str) -> bool:
        """Whether it is this person's, as far as can be told."""
        return self.message is not None and self.message.sender == userid


class Keyring:
    """The person's private key and what it unwraps: the secret of each conversation, and with that its messages."""

    def __init__(self, dialect: Dialect, private_key: RSAPrivateKey) -> None:
        self._dialect = dialect
        self._private_key = private_key
        self._secrets: dict[str, tuple[str, bytes]] = {}  # by conversation, with the wrapped one that each was in
        self._opened: OrderedDict[tuple[str, str, str], Opened] = OrderedDict()
        self._bytes = 0
        self._reports = _reports_of(dialect)

    def fingerprint(self) -> str:
        """That of the person's own key, for their friends to compare."""
        return crypto.fingerprint(crypto.public_text(self._private_key))

    def seal(self, conversation: Conversation, plain: bytes) -> str:
        """`plain` as the `Data` of a message. Raises Locked when the conversation's key does not open."""
        return crypto.encrypt(self._dialect, self._secret(conversation), plain)

    def open(self, conversation: Conversation, sealed: Sealed) -> Opened:
        """A message opened, once: the next look at the same bytes is a look-up."""
        key = (conversation.id, conversation.instance, sealed.id)
        held = self._opened.get(key)
        if held is not None and held.sealed == sealed:
            self._opened.move_to_end(key)
            return held
        self._forget(key)
        opened = self._opened[key] = self.read(conversation, sealed)
        self._bytes += len(sealed.data)
        while len(self._opened) > 1 and (len(self._opened) > MESSAGES_KEPT or self._bytes > BYTES_KEPT):
            self._forget(next(iter(self._opened)))
        return opened

    def _forget(self, key: tuple[str, str, str]) -> None:
        forgotten = self._opened.pop(key, None)
        if forgotten is not None:
            self._bytes -= len(forgotten.sealed.data)

    def read(self, conversation: Conversation, sealed: Sealed) -> Opened:
        """A message opened without being remembered: for who passes through a whole conversation once."""
        try:
            return Opened(sealed, plaintext.read(self._dialect, self._unseal(conversation, sealed)))
        except Locked as locked:
            logger.info("a message stays locked: %s", locked.cause)
            return Opened(sealed, None, locked.cause)

    def report(self, conversation: Conversation, sealed: Sealed) -> Report | None:
        """Who a report is by, and the ids of the messages it is about. None: it stays locked."""
        try:
            return self._read_report(conversation, sealed.data)
        except Locked:
            logger.info("a report stays locked")
            return None

    def _read_report(self, conversation: Conversation, data: str) -> Report:
        secret = self._secret(conversation)
        place = blake2b(data.encode(), key=secret, digest_size=32).digest()
        if place in self._reports:
            return self._reports[place]
        report = plaintext.read_report(self._dialect, crypto.decrypt(self._dialect, secret, data))
        if len(self._reports) >= REPORTS_KEPT:
            self._reports.clear()
        if len(data) <= LONGEST_REPORT_KEPT:
            self._reports[place] = report
        return report

    def find(self, conversation: Conversation, id: str) -> Opened | None:
        """A message, if it was opened here lately."""
        return self._opened.get((conversation.id, conversation.instance, id))

    def created(self, conversation: Conversation, id: str) -> datetime | None:
        """When a message was created, if it was opened here lately."""
        opened = self.find(conversation, id)
        return opened.sealed.created if opened else None

    def opened_in(self, conversation: Conversation) -> dict[str, datetime]:
        """The messages of a conversation that were opened here lately: id → when each was created."""
        place = (conversation.id, conversation.instance)
        return {key[2]: opened.sealed.created for key, opened in self._opened.items() if key[:2] == place}

    def oldest(self, conversation: Conversation) -> datetime | None:
        """The date of the oldest message of a conversation among those opened here lately."""
        return min(self.opened_in(conversation).values(), default=None)

    def _unseal(self, conversation: Conversation, sealed: Sealed) -> bytes:
        return crypto.decrypt(self._dialect, self._secret(conversation), sealed.data)

    def _secret(self, conversation: Conversation) -> bytes:
        wrapped, secret = self._secrets.get(conversation.id, (None, b""))
        if wrapped != conversation.secret:
            secret = crypto.unwrap(self._dialect, self._private_key, conversation.secret)
            self._secrets[conversation.id] = conversation.secret, secret
        return secret


@cache
def _reports_of(dialect: Dialect) -> dict[bytes, Report]:
    """The reports that were opened lately, by the digest of what was opened and with what. Everybody in a group gets
    every report of every message, so they are opened once for all of them."""
    return {}


def forget_reports() -> None:
    """Nobody is here any more."""
    _reports_of.cache_clear()
