"""What a keyring remembers is bounded, however many or long the messages are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chat import keyring
from chat.keyring import Keyring, Opened
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
