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
    assert not watched.suspected("c", unread=False)


def test_a_notice_that_the_list_does_not_explain_is_suspicious(watched):
    watched.noticed({"c"}, listed())
    assert watched.suspected("c", unread=False)


@pytest.mark.parametrize("change", [{"message": "m2"}, {"report": "r2"}, {"instance": "j"}])
def test_a_notice_that_the_list_explains_is_not(watched, change):
    watched.noticed({"c"}, listed(**change))
    assert not watched.suspected("c", unread=False)


def test_a_notice_about_another_conversation_is_not(watched):
    watched.noticed({"d"}, listed())
    assert not watched.suspected("c", unread=False)


def test_what_was_looked_into_is_left_alone_for_a_while_and_not_forgotten(watched, monkeypatch):
    watched.found("c", [])
    watched.noticed({"c"}, listed())
    assert not watched.suspected("c", unread=False)
    monkeypatch.setattr(stragglers, "PAUSE", 0.0)
    assert watched.suspected("c", unread=False)


def test_a_notice_that_only_a_report_explains_is_suspicious_later(watched, monkeypatch):
    monkeypatch.setattr(stragglers, "REPORTED", 0.0)
    watched.noticed({"c"}, listed(report="r2"))
    assert watched.suspected("c", unread=False)


@pytest.mark.parametrize("how", ["something is unread anyway", "the person has read there since", "it was looked at"])
def test_a_notice_that_only_a_report_explains_is_not_suspicious_where(watched, monkeypatch, how):
    monkeypatch.setattr(stragglers, "REPORTED", 0.0)
    monkeypatch.setattr(stragglers, "PAUSE", 0.0)
    watched.noticed({"c"}, listed(report="r2"))
    if how == "the person has read there since":
        watched.seen("c")
    if how == "it was looked at":
        watched.found("c", [])
    assert not watched.suspected("c", unread=how == "something is unread anyway")


def test_a_notice_that_a_message_and_its_report_explain_is_not_suspicious_later_either(watched, monkeypatch):
    monkeypatch.setattr(stragglers, "REPORTED", 0.0)
    watched.noticed({"c"}, listed(message="m2", report="r2"))
    assert not watched.suspected("c", unread=False)


def test_what_came_late_is_so_until_it_is_seen(watched):
    watched.found("c", ["a"])
    watched.found("c", ["b"])
    assert watched.late("c") == {"a", "b"}
    watched.seen("c")
    assert watched.late("c") == frozenset()
