from __future__ import annotations

import pytest

from chat.ozeki.models import Friend
from chat.presence import AVAILABLE, OFFLINE, presence


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("available", AVAILABLE),
        (" Available\u202e", AVAILABLE),
        ("offline", OFFLINE),
        ("OFFLINE", OFFLINE),
        ("", OFFLINE),
        (" \u200b", OFFLINE),
        ("not available", "not available"),
        ("On a\nboat\u202e", "On a boat"),
    ],
)
def test_only_what_says_so_is_available_or_offline_and_all_else_stands_as_it_was_said(said, shown):
    assert presence(Friend("bob", "Bob", availability=said)) == shown
