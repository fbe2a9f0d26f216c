"""Registering a workspace."""

from __future__ import annotations

import pytest

from chat.forms import WORKSPACE_NAME
from tests.browser.steps import unique


@pytest.fixture
def layla(visit):
    return visit("layla")


def name():
    return unique("team").replace(" ", "-") + ".ozeki.chat"


def register(visitor, workspacename, **options):
    return visitor.post("/workspaces/new/", {"workspacename": workspacename}, **options)


def typed(answer):
    return answer.document.one("#workspacename")["value"]


def test_the_page_shows_the_rules_and_the_menu_leads_to_it(layla):
    page = layla.get("/workspaces/new/")
    assert "letters a to z, digits and hyphens" in page.document.one("#workspace-rules").text
    assert "/workspaces/new/" in [each["href"] for each in page.document.all("a.menu__item")]


def test_a_name_that_is_free_is_registered(layla, world):
    wanted, since = name(), world.now()
    answer = register(layla, f"  {wanted.upper()} ")
    assert answer.status == 201
    assert f"{wanted} is registered" in answer.html
    assert len(world.calls(since, "workspace", "workspaceregister")) == 1


def test_a_name_that_is_taken_is_refused_in_the_servers_words_and_stays_in_the_form(layla, visit, world):
    wanted = name()
    register(visit("robin"), wanted)
    since = world.now()
    answer = register(layla, wanted)
    assert (answer.status, answer.alert) == (409, "The chat server refused this: This workspace name is taken")
    assert typed(answer) == wanted
    assert len(world.calls(since, "workspace")) == 1


def test_a_refusal_is_about_the_name_and_has_nothing_else_found_out(visit, world):
    zsofi = visit("zsofi")
    zsofi.tab().all_so_far()
    world.break_next("workspace", "refuse")
    since = world.now()
    assert register(zsofi, name()).status == 409
    assert world.calls(since, "chatlogin") == []


WRONG = (
    *("", " ", "-alice", "alice-", "alice..chat", ".alice", "alice.", "al ice", "alice_1", "álice.chat", "a/b"),
    *("<b>x</b>", "al\nice", "alice.chat:80", "\u202ealice", "\x00", "１２３", "a" * 64, ".".join(["a" * 62] * 5)),
    "x" * 100_000,
)


@pytest.mark.parametrize("wrong", WRONG, ids=[wrong[:12] for wrong in WRONG])
def test_what_is_no_name_is_said_and_asks_nobody(layla, world, wrong):
    since = world.now()
    answer = register(layla, wrong)
    assert (answer.status, answer.alert) == (422, "This can't be a workspace's name. The rules are below.")
    assert world.calls(since, "workspace") == []
    assert len(typed(answer)) <= 300


@pytest.mark.parametrize(
    "right", ["alice.ozeki.chat", "a", "a-1.b", "a" * 63, ".".join(["a" * 49] * 5), "xn--lice-1na.chat"]
)
def test_a_name_of_the_right_form_is_one(right):
    assert WORKSPACE_NAME.fullmatch(right)


def test_a_server_that_does_not_answer_keeps_the_form(visit, world):
    visitor, wanted = visit("arpad"), name()
    world.break_next("workspace", "500")
    answer = register(visitor, wanted)
    assert (answer.status, typed(answer)) == (502, wanted)
    assert "can't be reached" in answer.alert


def test_after_five_tries_within_the_hour_one_has_to_wait(visit, world):
    visitor, wanted = visit("maximiliana"), name()
    assert [register(visitor, wanted).status for _ in range(5)] == [201] * 5
    since = world.now()
    answer = register(visitor, wanted)
    assert (answer.status, typed(answer)) == (429, wanted)
    assert "several names within the hour" in answer.alert
    assert world.calls(since, "workspace") == []


def test_what_had_no_answer_is_none_of_the_five(visit, world):
    visitor = visit("kim")
    world.break_next("workspace", "500", times=5)
    assert [register(visitor, name()).status for _ in range(6)] == [502] * 5 + [201]


def test_what_is_refused_is_one_of_the_five(visit, world):
    visitor = visit("daniel")
    world.break_next("workspace", "refuse", times=5)
    assert [register(visitor, name()).status for _ in range(6)] == [409] * 5 + [429]


def test_it_needs_a_form_of_this_site_and_somebody_signed_in(layla, browser):
    assert register(layla, name(), csrf=False).status == 403
    assert register(browser(), name()).location == "/sign-in/"
