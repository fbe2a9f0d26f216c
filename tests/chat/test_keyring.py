"""What a keyring remembers is bounded, however many or long the messages are."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from chat import keyring
from chat.keyring import Keyring, Opened
from chat.ozeki import crypto
from chat.ozeki.dialect import Dialect
from chat.ozeki.models import Conversation, Sealed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONVERSATION = Conversation("c", False, (), (), "", "", 0, "", "i")


@pytest.fixture
def ring(monkeypatch):
    """One that opens nothing: what it remembers is the same."""
    monkeypatch.setattr(Keyring, "read", lambda self, conversation, sealed: Opened(sealed, None, "locked"))
    return Keyring(Dialect(), None)


def remembered(ring, *ids, length):
    for id in ids:
        ring.open(CONVERSATION, Sealed(id, "Message", NOON, NOON + timedelta(days=7), "x" * length))
    return [id for id in ids if ring.find(CONVERSATION, id)]


def test_long_messages_give_way_before_there_are_many(ring, monkeypatch):
    monkeypatch.setattr(keyring, "BYTES_KEPT", 100)
    assert remembered(ring, "a", "b", "c", length=40) == ["b", "c"]


def test_short_ones_give_way_when_there_are_many(ring, monkeypatch):
    monkeypatch.setattr(keyring, "MESSAGES_KEPT", 2)
    assert remembered(ring, "a", "b", "c", length=1) == ["b", "c"]


def test_the_last_one_is_remembered_however_long(ring, monkeypatch):
    monkeypatch.setattr(keyring, "BYTES_KEPT", 100)
    assert remembered(ring, "a", "b", length=500) == ["b"]


def test_a_message_that_came_with_other_bytes_counts_once(ring, monkeypatch):
    monkeypatch.setattr(keyring, "BYTES_KEPT", 100)
    for length in (50, 60, 50, 60):
        remembered(ring, "a", length=length)
    assert remembered(ring, "b", length=40) == ["b"]
    assert ring.find(CONVERSATION, "a")


@pytest.fixture(scope="module")
def private_keys():
    """Two people's."""
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]


def wrapped(secret, private_key):
    """A conversation as somebody has it listed."""
    sealed = private_key.public_key().encrypt(secret, OAEP(MGF1(SHA1()), SHA1(), None))
    return replace(CONVERSATION, secret=b64encode(sealed).decode())


def reported(secret, *messages):
    plain = json.dumps({"sender": "a" * 32, "messageid": list(messages)}).encode()
    return Sealed("r", "Viewed", NOON, NOON, crypto.encrypt(Dialect(), secret, plain))


def test_a_secret_that_is_wrapped_anew_takes_the_place_of_the_one_before(monkeypatch):
    monkeypatch.setattr(crypto, "unwrap", lambda dialect, key, wrapped: wrapped.encode())
    monkeypatch.setattr(crypto, "encrypt", lambda dialect, secret, plain: secret.decode())
    ring = Keyring(Dialect(), None)
    assert [ring.seal(replace(CONVERSATION, secret=wrapped), b"") for wrapped in ("a", "b", "b")] == ["a", "b", "b"]
    assert len(ring._secrets) == 1


def test_a_report_is_opened_once_for_everybody_in_the_conversation(private_keys, monkeypatch):
    secret = bytes(range(32))
    report = reported(secret, "m1", "m2")
    rings = [Keyring(Dialect(), key) for key in private_keys]
    first, second = (wrapped(secret, key) for key in private_keys)
    assert rings[0].report(first, report) == ("a" * 32, ("m1", "m2"))
    monkeypatch.setattr(crypto, "decrypt", None)
    assert rings[1].report(second, report) == ("a" * 32, ("m1", "m2"))


def test_a_report_that_others_opened_stays_locked_for_who_has_another_secret(private_keys):
    report = reported(bytes(32), "m1")
    rings = [Keyring(Dialect(), key) for key in private_keys]
    assert rings[0].report(wrapped(bytes(32), private_keys[0]), report)
    with_another = rings[1].report(wrapped(bytes(31) + b"1", private_keys[1]), report)
    assert with_another is None or with_another == (None, ())


def test_reports_give_way_when_there_are_many(private_keys, monkeypatch):
    monkeypatch.setattr(keyring, "REPORTS_KEPT", 3)
    ring, conversation = Keyring(Dialect(), private_keys[0]), wrapped(bytes(32), private_keys[0])
    for number in range(10):
        ring.report(conversation, reported(bytes(32), f"m{number}"))
    assert len(keyring._reports_of(Dialect())) <= 3


def test_a_long_report_is_read_and_not_kept(private_keys):
    keyring.forget_reports()
    ring, conversation = Keyring(Dialect(), private_keys[0]), wrapped(bytes(32), private_keys[0])
    ids = [f"m{number}" for number in range(1_000)]
    assert ring.report(conversation, reported(bytes(32), *ids)) == ("a" * 32, tuple(ids))
    assert not keyring._reports_of(Dialect())
