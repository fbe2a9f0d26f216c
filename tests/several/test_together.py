"""One person in two processes of one site, behind nginx: whatever is done in one is so in the other."""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from chat.throttle import SIGN_IN_BY_ACCOUNT
from tests.several.conftest import ALERTS_TOKEN
from tests.visitor import Document


def rows_of(frame):
    """The number of unread messages by conversation in a frame or a page, "" for none."""
    return {row["data-conversation"]: row["data-unread"] for row in Document(frame).all("li[data-conversation]")}


def test_nginx_sends_the_tabs_of_one_browser_to_both_processes(visit):
    alice = visit("alice")
    assert len({alice.tab().heard[0]["epoch"] for _ in range(4)}) == 2


def test_what_is_said_through_either_reaches_the_tabs_at_both(visit, tabs, world, talk):
    alice = visit("alice")
    both = tabs(alice, talk)
    said = [alice.say(talk, "Through whichever").messages[0].id for _ in range(3)]
    said += [tab.visitor.say(talk, "Through this one").messages[0].id for tab in both]
    said.append(world.says("bob", talk, "From elsewhere"))
    for tab in both:
        for id in said:
            tab.hear_message(id)
    assert [id for id in world.ids(talk) if id in said] == said


def test_the_same_message_through_both_at_once_is_sent_once(visit, at, world, talk):
    alice = visit("alice")
    both = [at(alice, number) for number in range(2)]
    for each in both:
        assert each.csrf
    world.break_next("chatconversation", "slow", "add", seconds=0.2, userid=world.userid("alice"), times=9)
    with ThreadPoolExecutor() as threads:
        for _ in range(5):
            id = str(uuid.uuid4())
            answers = list(threads.map(lambda each, id=id: each.say(talk, "Once", id=id), both * 2))
            assert [(answer.status, answer.messages[0].id) for answer in answers] == [(201, id)] * 4
            assert world.ids(talk).count(id) == 1


def test_signing_out_through_either_closes_the_tabs_at_both(visit, tabs, talk):
    alice = visit("alice")
    both = tabs(alice, talk)
    assert alice.sign_out().status == 303
    assert [tab.close_code() for tab in both] == [4401, 4401]
    assert [tab.visitor.is_signed_in for tab in both] == [False, False]


def test_signing_all_others_out_closes_their_tabs_at_both(visit, tabs, talk):
    alice, elsewhere = visit("alice"), visit("alice")
    mine, theirs = tabs(alice, talk), tabs(elsewhere, talk)
    assert alice.post("/sign-ins/", {"end": "others"}).status == 303
    assert [tab.close_code() for tab in theirs] == [4401, 4401]
    assert all(tab.all_so_far() for tab in mine)


def test_an_alert_reaches_the_tabs_at_both_once_and_is_put_away_in_both(visit, tabs, portal, world, talk):
    alice = visit("alice")
    both = tabs(alice, talk)
    for tab in both:
        tab.hear("alerts")
    said = {"to": [world.userid("alice")], "text": "The lift is out of order"}
    asked = {"Authorization": f"Bearer {ALERTS_TOKEN}"}
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(httpx.post, f"{portal.url}/alerts/", json=said, headers=asked, trust_env=False)
        for tab in both:
            tab.hear("alerts", lambda frame: "The lift" in frame["html"])
            (banner,) = Document(tab.heard[-1]["html"]).all(".alert-banner")
            tab.send({"type": "alerted", "ids": [banner["data-alert"]]})
        assert answer.result().json() == {"shown": [world.userid("alice")], "waiting": [], "unknown": []}
    assert alice.post(f"/alerts/{banner['data-alert']}/seen/", {}, htmx=True).status < 300
    for tab in both:
        tab.hear("alerts", lambda frame: "The lift" not in frame["html"])
        assert sum("The lift" in str(frame) for frame in tab.heard) == 1


def test_reading_in_one_takes_the_number_away_in_the_other(visit, at, world, talk):
    alice = visit("alice")
    one, other = at(alice, 0).tab(talk), at(alice, 1).tab()
    said = world.says("bob", talk, "To be read")
    other.hear_row(talk, lambda html: rows_of(html)[talk] != "")
    one.hear_message(said)
    assert one.visitor.post(f"/conversations/{talk}/read/", {"message": said}, htmx=True).status == 204
    other.hear_row(talk, lambda html: rows_of(html)[talk] == "")


def test_a_marker_that_both_move_at_once_ends_furthest_on(cluster, visit, at, world, talk):
    alice = visit("alice")
    both = [at(alice, number) for number in range(2)]
    said = [world.says("bob", talk, "Read in whatever order") for _ in range(8)]
    for each in both:
        assert {message.id for message in each.open(talk).messages}.issuperset(said)
    with ThreadPoolExecutor() as threads:
        moves = [(both[number % 2], id) for number, id in enumerate(said * 2)]
        random.shuffle(moves)
        read = f"/conversations/{talk}/read/"
        answers = threads.map(lambda move: move[0].post(read, {"message": move[1]}, htmx=True).status, moves)
        assert set(answers) == {204}
    asked = (
        f"select message_id from chat_readmarker where userid = '{world.userid('alice')}' and conversation = '{talk}'"
    )
    assert cluster.ask(asked) == [(said[-1],)]


def test_a_preference_is_the_tabs_at_once_wherever_they_are(visit, tabs, talk):
    alice = visit("alice")
    both = tabs(alice, talk)
    theme = "dark" if 'data-theme="dark"' not in alice.get("/").html else "light"
    assert alice.prefer(theme=theme).status == 303
    for tab in both:
        tab.hear("preferences", lambda frame: frame["attributes"]["theme"] == theme)


def test_a_tab_has_its_own_process_numbers_though_its_page_was_made_by_another(visit, at, world, talk):
    """Numbers are counted after a page is made, and told where they change."""
    alice = visit("alice")
    one, other = at(alice, 0), at(alice, 1)
    before = one.tab()
    world.says("bob", talk, "Unread for a while")
    before.hear_row(talk, lambda html: rows_of(html)[talk] != "")
    page = other.get("/")
    tab = one.socket()
    tab.hello(*page.seen)
    resync = tab.hear("resync")
    tab.send({"type": "healed"})
    told = tab.hear("rows")
    assert rows_of(told["rows"])[talk] != ""
    assert told["n"] >= resync["n"]


def test_a_server_that_forgets_who_is_signed_in_just_after_a_process_was_first_used_is_told_again(
    visit, at, sandbox, talk
):
    both = [at(visit("alice"), number) for number in range(2)]
    for each in both:
        assert each.open(talk).messages
    sandbox.control("forget-stations", {})
    for each in both:
        assert each.open(talk).messages


@pytest.mark.parametrize("through", [0, 1])
def test_tries_to_guess_a_password_are_counted_together(cluster, browser, sandbox, through, charlie):
    limit, person = SIGN_IN_BY_ACCOUNT.count, [sandbox.people["robin"], charlie][through]
    visitors = [browser(portal) for portal in cluster.portals]
    for visitor in visitors:
        visitor.get("/sign-in/")
    with ThreadPoolExecutor() as threads:
        tries = [visitors[number % 2] for number in range(2 * limit)]
        answers = list(threads.map(lambda visitor: visitor.sign_in(person, password="wrong").status, tries))
    assert sorted(answers) == [401] * limit + [429] * limit
    assert visitors[through].sign_in(person).status == 429
