"""Replies held against the reference, field by field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.meeting.reference import REPLIES, compare
from tests.ozeki import samples

OK = {"status": "OK", "errormessage": ""}
LIST = {**OK, "conversations": [samples.ITEM, copy.deepcopy(samples.ITEM)]}


def changed(reply: Any, path: str, value: object) -> Any:
    """A copy of the reply with another value at the dotted path; `...` takes the field away."""
    whole = place = copy.deepcopy(reply)
    *parents, name = path.split(".")
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return whole


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        ("Login", samples.LOGIN),
        ("Friends / List", samples.FRIENDS),
        ("Conversation / List", LIST),
        ("Notification", samples.NOTICES),
        ("Download", {"messages": [samples.MESSAGE], "reports": [samples.REPORT]}),
        ("Partial download", {**OK, "messages": [], "reports": []}),
        ("Blocklist", {**OK, "blockedusers": [], "blockedconversations": ["x", 1]}),
    ],
)
def test_what_the_pages_print_does_not_differ(call: str, reply: Any) -> None:
    matched, different = compare(call, reply)
    assert different == []
    assert len(matched) >= len(reply)


@pytest.mark.parametrize(
    ("call", "reply", "line"),
    [
        ("Login", changed(samples.LOGIN, "registration", True), "registration is true or false, not a string"),
        ("Login", changed(samples.LOGIN, "listeners.udp", ...), "listeners.udp is missing"),
        ("Login", changed(samples.LOGIN, "urls", []), "urls is a list, not an object"),
        ("Login", changed(samples.LOGIN, "token", "hush"), "token is not in the reference; it is a string"),
        ("Conversation / List", changed(LIST, "conversations", {}), "conversations is an object, not a list"),
        (
            "Conversation / List",
            changed(LIST, "conversations.1.lastaccess", "1709907168"),
            "conversations[].lastaccess is a string, not a whole number",
        ),
        (
            "Download",
            {"messages": [changed(samples.MESSAGE, "Created", "2024-03-08T13:56:12Z")] * 3, "reports": []},
            "messages[].Created is a string, not a time like 2024-03-08 13:55:47, 3 times",
        ),
        ("Blocklist", None, " is null, not an object"),
    ],
)
def test_a_field_that_differs_is_named(call: str, reply: Any, line: str) -> None:
    assert line in compare(call, reply)[1]


def test_a_field_named_like_an_id_is_not_printed() -> None:
    assert compare("Login", {**samples.LOGIN, "ab" * 16: 1})[1] == [
        "a field named like an id is not in the reference; it is a whole number"
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from(sorted(REPLIES)), JSON)
def test_any_reply_can_be_compared_and_every_line_is_one_line(call: str, reply: Any) -> None:
    _, different = compare(call, reply)
    assert all(line.isprintable() for line in different)
    assert different or not isinstance(reply, dict)
