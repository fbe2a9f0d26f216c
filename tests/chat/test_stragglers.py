from __future__ import annotations

import pytest

from chat import stragglers
from chat.ozeki.models import Conversation
from chat.stragglers import Stragglers


def listed(*, message="m1", report="r1", instance="i"):
    return {"c": Conversation("c", False, (), (), message, report, 0, "", instance)}


@pytest.fixture
def watched():
    watched = Stragglers()
    watched.noticed({"c"}, listed())
    return watched


def test_the_first_notice_means_nothing_special(watched):
    assert not watched.suspected("c")


def test_a_notice_that_the_list_does_not_explain_is_suspicious(watched):
    watched.noticed({"c"}, listed())
    assert watched.suspected("c")


@pytest.mark.parametrize("change", [{"message": "m2"}, {"report": "r2"}, {"instance": "j"}])
def test_a_notice_that_the_list_explains_is_not(watched, change):
    watched.noticed({"c"}, listed(**change))
    assert not watched.suspected("c")


def test_a_notice_about_another_conversation_is_not(watched):
    watched.noticed({"d"}, listed())
    assert not watched.suspected("c")


def test_what_was_looked_into_is_left_alone_for_a_while_and_not_forgotten(watched, monkeypatch):
    watched.found("c", [])
    watched.noticed({"c"}, listed())
    assert not watched.suspected("c")
    monkeypatch.setattr(stragglers, "PAUSE", 0.0)
    assert watched.suspected("c")


def test_what_came_late_is_so_until_it_is_seen(watched):
    watched.found("c", ["a"])
    watched.found("c", ["b"])
    assert watched.late("c") == {"a", "b"}
    watched.seen("c")
    assert watched.late("c") == frozenset()
