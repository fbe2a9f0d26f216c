"""Alerts from scripts and by hand, to people who have the portal open and people who don't."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from chat.throttle import ALERTS_BY_ADDRESS
from tests.processes import Portal, wait_until
from tests.visitor import Document

TOKEN = "a token for these tests, long enough to be one"
ANSWER = 1.0  # seconds within which a script is told who has it


@pytest.fixture(scope="module")
def own(_sandbox_process, tmp_path_factory):
    """A portal where scripts may alert people, and Alice by hand."""
    by = f"{_sandbox_process.people['alice'].userid}, nobody"
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("alerts"), ALERTS_TOKEN=TOKEN, ALERTS_BY=by) as portal:
        yield portal


@pytest.fixture
def visit(own, browser, sandbox):
    """A browser signed in there. Alerts of other tests may wait for the person, older than this test's."""

    def signed_in(first):
        visitor = browser(own)
        assert visitor.sign_in(sandbox.people[first]).status == 303
        return visitor

    return signed_in


@pytest.fixture
def away(visit):
    """Makes somebody known who has nothing open."""

    def signed_out(first):
        visit(first).sign_out()

    return signed_out


@pytest.fixture
def script(own, browser):
    """What sends alerts: no cookies, an address of its own, the right token unless told otherwise."""
    address = browser(own).http

    def post(body, *, authorization=f"Bearer {TOKEN}"):
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Authorization": authorization} if authorization is not None else {}
        return address.post("/alerts/", content=content, headers=headers)

    return post


@pytest.fixture
def meanwhile():
    """Does something in a thread, so that tabs can answer meanwhile."""
    with ThreadPoolExecutor() as pool:

        def begin(work, *args, **kwargs) -> Future[httpx.Response]:
            return pool.submit(work, *args, **kwargs)

        yield begin


@pytest.fixture
def text():
    return f"The lift is broken {uuid.uuid4()}"


def banners(document):
    """The alerts in a page or a frame, by id."""
    return {
        article["data-alert"]: document.one(".alert-banner__text", article).raw
        for article in document.all("article[data-alert]")
    }


def see(visitor, id, **fields):
    return visitor.post(f"/alerts/{id}/seen/", fields, htmx=not fields)


def take(tab, text):
    """Show the alert with this text in a tab, as the browser does, and say so; its id."""
    frame = tab.hear("alerts", lambda frame: text in frame["html"])
    found = banners(Document(frame["html"]))
    tab.send({"type": "alerted", "ids": list(found)})
    return next(id for id, words in found.items() if words == text)


def waits(visitor, text):
    """The id of the alert with this text on a page of the visitor's; None when there is none."""
    return next((id for id, words in banners(visitor.get("/").document).items() if words == text), None)


def kept(portal):
    """The texts in a portal's database."""
    with closing(sqlite3.connect(portal.data_dir / "portal.sqlite3")) as database:
        return [text for (text,) in database.execute("select text from chat_alert")]


# By script


def test_who_has_it_open_is_told_from_who_is_away_and_from_nobody(visit, away, script, world, meanwhile, text):
    tab = visit("bob").tab()
    away("robin")
    to = ["bob@example.org", world.userid("robin"), "stranger@example.org"]
    answer = meanwhile(script, {"to": to, "text": text})
    take(tab, text)
    assert answer.result().status_code == 202
    assert answer.result().json() == {
        "shown": [world.userid("bob")],
        "waiting": [world.userid("robin")],
        "unknown": ["stranger@example.org"],
    }


def test_a_tab_that_does_not_say_that_it_shows_the_alert_leaves_it_waiting(visit, script, world, text):
    visit("bob").tab()
    answer = script({"to": ["bob@example.org"], "text": text}).json()
    assert answer == {"shown": [], "waiting": [world.userid("bob")], "unknown": []}


def test_the_answer_comes_within_a_second_when_nobody_is_there(away, script, text):
    away("robin")
    began = time.monotonic()
    assert script({"to": ["robin@example.org"], "text": text}).status_code == 202
    assert time.monotonic() - began < ANSWER


def test_the_answer_does_not_wait_when_all_have_it(visit, script, meanwhile, text):
    tab = visit("bob").tab()
    answer = meanwhile(script, {"to": ["bob@example.org"], "text": text})
    take(tab, text)
    taken = time.monotonic()
    answer.result()
    assert time.monotonic() - taken < ANSWER / 2


def test_who_is_away_sees_it_when_they_come_and_until_they_put_it_away(away, visit, script, text):
    away("robin")
    script({"to": ["robin@example.org"], "text": text})
    robin = visit("robin")
    id = waits(robin, text)
    assert take(robin.tab(), text) == id
    assert waits(robin, text)
    assert see(robin, id).status == 204
    assert not waits(robin, text)


def test_people_are_named_by_userid_or_by_e_mail_in_any_case_and_counted_once(away, script, world, text):
    away("robin")
    to = [" Robin@Example.org\t", "robin@example.org", world.userid("robin"), "robin@example.org"]
    assert script({"to": to, "text": text}).json() == {
        "shown": [],
        "waiting": [world.userid("robin")],
        "unknown": [],
    }


def test_everyone_is_all_who_have_ever_signed_in(away, script, world, text):
    away("robin")
    away("bob")
    answer = script({"to": "everyone", "text": text}).json()
    assert {world.userid("robin"), world.userid("bob")} <= {*answer["waiting"], *answer["shown"]}
    assert world.userid("mariaelena") not in answer["waiting"]
    assert answer["unknown"] == []


def test_an_alert_is_for_those_named_and_for_nobody_else(visit, away, script, text):
    bob = visit("bob")
    away("robin")
    tab = bob.tab()
    script({"to": ["robin@example.org"], "text": text})
    assert text not in json.dumps(tab.all_so_far())
    assert not waits(bob, text)


def test_html_in_an_alert_is_text(visit, script, text):
    bob = visit("bob")
    tab, words = bob.tab(), f"<img src=x onerror=alert(1)>\n<b>{text}</b>"
    script({"to": ["bob@example.org"], "text": words})
    frame = tab.hear("alerts", lambda frame: text in frame["html"])
    assert words in banners(Document(frame["html"])).values()
    assert waits(bob, words)
    assert not bob.get("/").document.all("img[src=x]")


def test_a_link_is_an_anchor_that_leads_there_and_tells_nothing(visit, script, text):
    bob = visit("bob")
    link = "https://example.org/a?b=c&d=%22"
    script({"to": ["bob@example.org"], "text": text, "link": link})
    (anchor,) = [each for each in bob.get("/").document.all("a[rel]") if each["href"] == link]
    assert (anchor.text, anchor["rel"]) == (link, "noopener noreferrer nofollow")


def test_only_so_many_are_in_front_of_somebody_at_a_time_and_the_others_follow(visit, script):
    zsofi = visit("zsofi")
    texts = [f"{n}" for n in range(6)]
    for words in texts:
        script({"to": ["zsofi@example.org"], "text": words})
    assert list(banners(zsofi.get("/").document).values()) == texts[1:]
    see(zsofi, waits(zsofi, "3"))
    assert list(banners(zsofi.get("/").document).values()) == ["0", "1", "2", "4", "5"]


def test_the_most_that_can_be_said_still_fits_into_a_frame(visit, script):
    tab = visit("zsofi").tab()
    said = {"to": ["zsofi@example.org"], "text": "'" * 2_000, "link": "https://example.org/?" + "&" * 1_979}
    for _ in range(5):
        assert script(said).status_code == 202
    assert tab.hear("alerts", lambda frame: len(banners(Document(frame["html"]))) == 5)


def test_an_alert_with_an_end_is_not_shown_after_it(visit, script, own, text):
    bob = visit("bob")
    tab = bob.tab()
    end = datetime.now(UTC) + timedelta(seconds=3)
    assert script({"to": ["bob@example.org"], "text": text, "expires": end.isoformat()}).status_code == 202
    assert waits(bob, text)
    take(tab, text)
    assert text not in tab.hear("alerts")["html"]
    assert datetime.now(UTC) >= end
    assert not waits(bob, text)
    assert text not in bob.tab().hear("alerts")["html"]
    visit("robin")
    assert text not in kept(own)


# In tabs


def test_an_alert_comes_to_every_tab_and_browser_and_goes_from_all_at_once(visit, script, text):
    bob = visit("bob")
    tabs = [bob.tab(), bob.tab(), visit("bob").tab()]
    script({"to": ["bob@example.org"], "text": text})
    (id,) = {take(tab, text) for tab in tabs}
    see(bob, id)
    for tab in tabs:
        assert tab.hear("alerts", lambda frame: text not in frame["html"])


def test_a_tab_that_comes_back_is_told_what_is_true_by_then(visit, script, text):
    bob = visit("bob")
    page = bob.get("/")
    script({"to": ["bob@example.org"], "text": text})
    tab = bob.socket()
    tab.hello(*page.seen)
    id = take(tab, text)
    page = bob.get("/")
    see(bob, id)
    tab = bob.socket()
    tab.hello(*page.seen)
    assert text not in tab.hear("alerts")["html"]


def test_without_scripts_a_form_puts_it_away_and_leads_back_to_the_very_page(visit, script, world, text):
    bob = visit("bob")
    path = f"/people/{world.userid('alice')}/?q=a%26b"  # pages such as a concern's are nothing without their query
    script({"to": ["bob@example.org"], "text": text})
    document = bob.get(path).document
    article = next(each for each in document.all(".alert-banner") if text in each.text)
    form = document.one("form", article)
    fields = {each["name"]: each["value"] for each in document.all("input[type=hidden]") if each.is_in(form)}
    answer = bob.post(form["action"], fields, csrf=False)
    assert (answer.status, answer.location) == (303, path)
    assert not waits(bob, text)


def test_putting_away_leads_to_no_other_site(visit, script, text):
    bob = visit("bob")
    script({"to": ["bob@example.org"], "text": text})
    assert see(bob, waits(bob, text), next="//evil.example").location == "/"


def test_nobody_puts_away_what_is_for_another(visit, script, text):
    bob, robin = visit("bob"), visit("robin")
    script({"to": ["bob@example.org"], "text": text})
    id = waits(bob, text)
    assert see(robin, id).status == 204
    assert waits(bob, text)


def test_nobody_says_for_another_that_they_have_it(visit, script, world, meanwhile, text):
    bob, tab = visit("bob"), visit("robin").tab()
    answer = meanwhile(script, {"to": ["bob@example.org"], "text": text})
    wait_until(lambda: bool(waits(bob, text)), "the alert")
    tab.send({"type": "alerted", "ids": [waits(bob, text)]})
    tab.all_so_far()
    assert answer.result().json()["waiting"] == [world.userid("bob")]


def test_putting_away_needs_a_sign_in_the_token_of_a_page_and_a_post(visit, browser, own, script, text):
    bob = visit("bob")
    script({"to": ["bob@example.org"], "text": text})
    id = waits(bob, text)
    assert bob.post(f"/alerts/{id}/seen/", {}, csrf=False).status == 403
    assert bob.get(f"/alerts/{id}/seen/").status == 405
    assert browser(own).post(f"/alerts/{id}/seen/", {}).location.startswith("/sign-in/")
    assert waits(bob, text)


def test_what_is_put_away_twice_or_never_was_is_put_away(visit, script, text):
    bob = visit("bob")
    script({"to": ["bob@example.org"], "text": text})
    id = waits(bob, text)
    assert [see(bob, each).status for each in (id, id, uuid.uuid4())] == [204, 204, 204]


@pytest.mark.parametrize("ids", [None, "x", ["x"], [1], [None], [["x"]], {}])
def test_a_tab_that_says_nonsense_of_alerts_is_closed(visit, ids):
    tab = visit("bob").tab()
    tab.send({"type": "alerted", "ids": ids})
    assert tab.close_code() == 4400


def test_a_tab_that_was_not_welcomed_has_nothing_to_say_of_alerts(visit):
    tab = visit("bob").socket()
    tab.send({"type": "alerted", "ids": []})
    assert tab.close_code() == 4400


# What scripts may not do


@pytest.mark.parametrize(
    "authorization", [None, "", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_without_the_right_token_nothing_is_sent(script, visit, authorization, text):
    bob = visit("bob")
    answer = script({"to": ["bob@example.org"], "text": text}, authorization=authorization)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {"error": "The token is missing or wrong."}
    assert not waits(bob, text)


def test_too_many_wrong_tokens_close_the_door_to_that_address_alone(script, browser, own, away, text):
    away("bob")
    wrong = {script({}, authorization="Bearer wrong").status_code for _ in range(ALERTS_BY_ADDRESS.count)}
    assert wrong == {401}
    said = {"to": ["bob@example.org"], "text": text}
    assert script(said).status_code == 429
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert browser(own).http.post("/alerts/", json=said, headers=headers).status_code == 202


def test_the_right_token_may_be_used_often(script):
    for _ in range(ALERTS_BY_ADDRESS.count + 1):
        assert script("{}").status_code == 422


def test_a_signed_in_person_is_no_script(visit, text):
    alice = visit("alice")
    answer = alice.http.post("/alerts/", json={"to": ["alice@example.org"], "text": text})
    assert answer.status_code == 401


def test_without_a_token_in_the_settings_there_is_no_such_page(portal, browser):
    http = browser(portal).http
    for authorization in ("Bearer", f"Bearer {TOKEN}"):
        answer = http.post("/alerts/", json={}, headers={"Authorization": authorization})
        assert answer.status_code == 404


def test_alerts_are_posted_and_not_listed(script, browser, own):
    assert browser(own).get("/alerts/", Authorization=f"Bearer {TOKEN}").status == 405


@pytest.mark.parametrize("body", ["", "x", "[]", "null", "5", '"everyone"', "{", b"\xff", b"\x00", "[" * 60_000])
def test_what_is_no_json_object_is_refused(script, body):
    answer = script(body)
    assert (answer.status_code, answer.json()["field"]) == (422, "")
    assert answer.json()["error"]


def test_a_huge_body_is_refused(script, text):
    said = {"to": ["bob@example.org"], "text": text}
    for size in (70_000, 3_000_000):
        assert script(said | {"more": "x" * size}).status_code == 413


@pytest.mark.parametrize(
    ("field", "value"), [("text", " "), ("link", "javascript:alert(1)"), ("expires", "2001-01-01T00:00:00Z"), ("to", 5)]
)
def test_a_refusal_names_the_field_and_sends_nothing(visit, script, text, field, value):
    bob = visit("bob")
    answer = script({"to": ["bob@example.org"], "text": text} | {field: value})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not waits(bob, text)


def test_an_alert_that_only_strangers_would_have_is_refused(script, text):
    answer = script({"to": ["stranger@example.org", "x" * 400, "\x00"], "text": text})
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Nobody of these has signed in here.",
        "field": "to",
        "unknown": ["stranger@example.org", "x" * 400, "\x00"],
    }


# By hand


@pytest.fixture
def alice(visit, away):
    """She may alert people by hand, and Bob is known."""
    away("bob")
    return visit("alice")


def fill_in(visitor, **fields):
    """The form as it is sent, filled in."""
    document = visitor.get("/alerts/new/").document
    form = next(each for each in document.all("form[method=post]") if each["action"] == "/alerts/new/")
    hidden = {each["name"]: each["value"] for each in document.all("input[type=hidden]") if each.is_in(form)}
    return hidden | {"to": "", "text": "", "link": "", "days": "7"} | fields


def listed(answer):
    """What the page about an alert says of its people, one section after the other."""
    document = answer.document
    return {
        heading.text: [each.text for each in document.all(".page-list__words") if each.is_in(heading.parent)]
        for heading in document.all("h3")
    }


def test_by_hand_the_page_says_who_has_it(alice, visit, away, meanwhile, text):
    tab = visit("bob").tab()
    away("charlie")
    fields = fill_in(alice, to="bob@example.org\ncharlie@example.org, nobody@example.org", text=text)
    answer = meanwhile(alice.post, "/alerts/new/", fields)
    take(tab, text)
    assert answer.result().status == 200
    assert listed(answer.result()) == {
        "Have it on their screen (1)": ["Bob"],
        "Get it when they come (1)": ["charlie@example.org"],
        "Unknown here, so not alerted (1)": ["nobody@example.org"],
    }


def test_the_page_about_an_alert_can_be_looked_at_again(alice, visit, own, text):
    bob = visit("bob")
    fields = fill_in(alice, to="bob@example.org", text=text)
    page = alice.post("/alerts/new/", fields)
    (again,) = [link["href"] for link in page.document.all("a") if link.text == "Look again"]
    assert listed(alice.get(again)) == {"Get it when they come (1)": ["Bob"]}
    see(bob, waits(bob, text))
    page = alice.get(again)
    assert listed(page) == {"Have seen it (1)": ["Bob"]}
    assert text not in page.html
    assert text not in kept(own)


def test_the_form_leads_to_the_alerts_that_were_sent_before(alice, away, script, text):
    away("bob")
    script({"to": ["bob@example.org"], "text": text})
    before = alice.get("/alerts/new/").document
    (link,) = [each for each in before.all("a") if text in each.text]
    assert text in alice.get(link["href"]).html


def test_an_alert_by_hand_says_who_wrote_it(alice, visit, text):
    alice.post("/alerts/new/", fill_in(alice, to="bob@example.org", text=text))
    document = visit("bob").get("/").document
    article = next(each for each in document.all(".alert-banner") if text in each.text)
    assert "Alert from Alice" in document.one(".alert-banner__meta", article).text


def test_a_form_that_is_sent_twice_alerts_once(alice, visit, text):
    fields = fill_in(alice, to="bob@example.org", text=text)
    first, second = (alice.post("/alerts/new/", fields) for _ in range(2))
    assert (first.status, second.status, listed(first)) == (200, 200, listed(second))
    assert list(banners(visit("bob").get("/").document).values()).count(text) == 1


def test_a_form_that_is_sent_again_with_other_words_is_not_taken_for_the_first(alice, visit, text):
    fields = fill_in(alice, to="bob@example.org", text=text)
    alice.post("/alerts/new/", fields)
    answer = alice.post("/alerts/new/", fields | {"text": f"Not so: {text}"})
    assert answer.status == 422
    assert "with other words" in answer.alert
    assert answer.document.one("textarea[name=text]").raw == f"Not so: {text}"
    assert answer.document.one("input[name=id]")["value"] != fields["id"]


def test_everyone_is_a_choice_and_not_beside_names(alice, text):
    fields = fill_in(alice, text=text, everyone="on")
    assert alice.post("/alerts/new/", fields | {"to": "bob@example.org"}).status == 422
    assert alice.post("/alerts/new/", fields).status == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": ""}, "Name the people"),
        ({"to": "stranger@example.org"}, "Nobody of these"),
        ({"text": " "}, "needs a text"),
        ({"text": "x" * 2_001}, "at most 2000"),
        ({"link": "javascript:alert(1)"}, "http://"),
        ({"days": "0"}, "how long"),
        ({"days": "x"}, "how long"),
        ({"id": "x"}, "no proper id"),
        ({"id": ""}, "no proper id"),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(alice, text, fields, words):
    fields = fill_in(alice, to="bob@example.org", text=text) | fields
    answer = alice.post("/alerts/new/", fields)
    assert answer.status == 422
    assert words in answer.alert
    document = answer.document
    assert document.one("textarea[name=to]").raw == fields["to"]
    assert document.one("textarea[name=text]").raw == fields["text"]
    assert document.one("input[name=link]")["value"] == fields["link"]


def test_who_may_not_alert_finds_neither_page_nor_link(alice, visit, text):
    bob = visit("bob")
    page = alice.post("/alerts/new/", fill_in(alice, to="bob@example.org", text=text))
    (show,) = [link["href"] for link in page.document.all("a") if link.text == "Look again"]
    for path in ("/alerts/new/", show):
        assert bob.get(path).status == 404
    assert bob.post("/alerts/new/", {"to": "alice@example.org", "text": text}).status == 404
    assert [bool(each.get("/").document.all("a[href=/alerts/new/]")) for each in (alice, bob)] == [True, False]


def test_an_alert_that_is_not_there_has_no_page(alice):
    assert alice.get(f"/alerts/{uuid.uuid4()}/").status == 404


def test_what_alerts_say_is_in_no_log(script, visit, own, text):
    bob = visit("bob")
    script({"to": ["bob@example.org"], "text": text, "link": "https://example.org/secret-place"})
    script({"to": ["bob@example.org"], "text": text, "link": "nonsense"})
    see(bob, waits(bob, text))
    assert text not in own.output()
    assert "secret-place" not in own.output()
    assert TOKEN not in own.output()
