"""What reports say of messages, and how much of it is kept."""

from __future__ import annotations

from chat.receipts import KEPT, Receipts


def taken(count):
    receipts = Receipts()
    for number in range(count):
        receipts.take("viewed", "bob", [f"m{number}"], reader="alice")
        receipts.trim()
    return receipts


def test_all_are_kept_as_long_as_they_are_few():
    receipts = taken(KEPT)
    assert receipts.untold == set(receipts.states) == {f"m{number}" for number in range(KEPT)}


def test_of_a_message_that_was_forgotten_there_is_nothing_to_tell():
    receipts = taken(KEPT + 3)
    assert receipts.untold == set(receipts.states) == {f"m{number}" for number in range(3, KEPT + 3)}
