"""The person's own preferences."""

from __future__ import annotations

import pytest


@pytest.fixture
def maria(visit):
    maria = visit("maria")
    maria.post("/preferences/", {"receipts": "on"})
    return maria


def receipts(visitor):
    return "checked" in visitor.get("/preferences/").document.one("input[name=receipts]").attributes


def test_receipts_are_sent_until_one_says_otherwise(visit):
    assert receipts(visit("daniel"))


def test_what_is_chosen_is_kept_for_every_browser(maria, visit):
    answer = maria.post("/preferences/", {})
    assert (answer.status, answer.location) == (303, "/preferences/?saved")
    assert "Saved." in maria.get(answer.location).document.one(".page-pane__note").text
    assert not receipts(maria)
    assert not receipts(visit("maria"))
    maria.post("/preferences/", {"receipts": "on"})
    assert receipts(maria)


def test_nothing_is_said_to_be_saved_that_was_not(maria):
    assert maria.get("/preferences/").document.one(".page-pane__note").text == ""


def test_what_one_person_chooses_is_theirs_alone(maria, visit):
    maria.post("/preferences/", {})
    assert receipts(visit("zsofi"))


def test_signing_in_again_leaves_what_was_chosen(maria, visit):
    maria.post("/preferences/", {})
    maria.sign_out()
    assert not receipts(visit("maria"))


def test_the_persons_menu_leads_there(maria):
    assert "/preferences/" in [link["href"] for link in maria.get("/").document.all("a.menu__item")]


def test_only_a_signed_in_person_has_preferences(browser):
    answer = browser().get("/preferences/")
    assert (answer.status, answer.location) == (302, "/sign-in/?next=%2Fpreferences%2F")


def test_a_form_of_another_site_changes_nothing(maria):
    assert maria.post("/preferences/", {}, csrf=False).status == 403
    assert receipts(maria)


@pytest.mark.parametrize("fields", [{"receipts": "on", "userid": "x", "last_signed_in": "1970-01-01"}])
def test_what_is_no_preference_is_ignored(maria, fields):
    assert maria.post("/preferences/", fields).status == 303
    assert receipts(maria)
