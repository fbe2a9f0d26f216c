from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import quote, urlencode

import pytest

from chat import http
from tests.processes import wait_until
from tests.visitor import Answer, Document

WRONG = "This e-mail address and password don't fit together."


def test_signing_in_leads_to_the_start_page_with_a_cookie_that_scripts_and_other_sites_do_not_get(browser, alice):
    answer = browser().sign_in(alice)
    assert (answer.status, answer.location) == (303, "/")
    cookie = answer.sign_in_cookie
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


def test_the_cookie_lasts_as_long_as_the_browser_unless_it_is_to_be_remembered(browser, alice):
    passing, lasting = browser().sign_in(alice), browser().sign_in(alice, remember="on")
    assert (passing.sign_in_cookie["max-age"], passing.sign_in_cookie["expires"]) == ("", "")
    assert lasting.sign_in_cookie["max-age"] == str(30 * 24 * 3600)


def test_the_email_address_may_be_written_in_capitals(browser, alice):
    assert browser().sign_in(alice, email=f" {alice.email.upper()} ").status == 303


def test_a_wrong_password_is_said_in_a_constant_sentence_and_tried_once(browser, world, sandbox):
    visitor, since = browser(), world.now()
    answer = visitor.sign_in(sandbox.people["kim"], password="wrong")
    assert (answer.status, answer.alert) == (401, WRONG)
    assert len(world.calls(since, "chatlogin")) == 1
    assert not visitor.is_signed_in


def test_an_unknown_person_gets_the_same_answer_as_a_wrong_password(browser, alice):
    answer = browser().sign_in(alice, email="nobody@example.org")
    assert (answer.status, answer.alert) == (401, WRONG)


def test_an_incomplete_form_gets_the_same_answer_and_asks_nobody(browser, world, alice):
    visitor, since = browser(), world.now()
    for fields in ({"password": ""}, {"email": ""}, {"email": "x" * 400}, {"password": "x" * 2000}):
        answer = visitor.sign_in(alice, **fields)
        assert (answer.status, answer.alert) == (401, WRONG)
    assert world.calls(since, "chatlogin") == []


def test_after_a_failure_the_form_keeps_the_address_but_not_the_password(browser, sandbox):
    answer = browser().sign_in(sandbox.people["kim"], password="wrong", remember="on")
    assert answer.document.one("input[name=email]")["value"] == "kim@example.org"
    assert answer.document.one("input[name=password]")["value"] == ""
    assert "checked" in answer.document.one("input[name=remember]").attributes


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("500", "The chat server can't be reached."),
        ("html", "The chat server answered something this portal does not understand."),
        ("cut", "The chat server answered something this portal does not understand."),
        ("empty", "The chat server answered something this portal does not understand."),
        ("lose", "The chat server can't be reached."),
    ],
)
def test_a_broken_answer_is_said_to_be_the_servers_and_the_form_stays(browser, world, alice, fault, words):
    visitor = browser()
    world.break_next("chatlogin", fault, times=5)
    answer = visitor.sign_in(alice)
    assert (answer.status, answer.alert) == (502, words)
    assert answer.document.one("input[name=email]")["value"] == alice.email
    assert not visitor.is_signed_in


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("charset", ["utf8", "iso-8859-1", "unicode_escape", "hex", "undefined", "none-such"])
def test_a_form_is_read_as_utf_8_whatever_it_says_of_itself(browser, form, charset):
    visitor, email = browser(), f"é.{charset}@example.org"
    fields = {"email": email, "password": "\\ud800", "csrfmiddlewaretoken": visitor.csrf}
    content, boundary = urlencode(fields), ""
    if form.startswith("multipart"):
        part, boundary = '--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n', "; boundary=B"
        content = "".join([part % field for field in fields.items()]) + "--B--\r\n"
    headers = {"Content-Type": f"{form}{boundary}; charset={charset}", "Origin": visitor.portal.url}
    answer = Answer(visitor.http.post("/sign-in/", content=content.encode(), headers=headers))
    assert (answer.status, answer.alert) == (401, WRONG)
    assert answer.document.one("input[name=email]")["value"] == email


def test_too_many_tries_for_one_account_are_stopped_wherever_they_come_from(browser, world, alice):
    email = "guessed@example.org"
    statuses = [browser().sign_in(alice, email=email).status for _ in range(10)]
    since = world.now()
    answer = browser().sign_in(alice, email=email)
    assert (statuses, answer.status) == ([401] * 10, 429)
    assert "Too many tries" in answer.alert
    assert world.calls(since, "chatlogin") == []


def test_signing_in_forgives_the_tries_before_it(browser, sandbox):
    layla, visitor = sandbox.people["layla"], browser()
    for _ in range(2):
        for _ in range(6):
            assert visitor.sign_in(layla, password="wrong").status == 401
        assert visitor.sign_in(layla).status == 303
        visitor.sign_out()


def test_whoever_signs_in_uses_up_none_of_the_tries_of_their_address(browser, portal, alice):
    """A whole company may come in by one address, on one Monday morning."""
    browser().sign_in(alice)  # forgives what others have tried
    before = tries(portal)
    assert browser().sign_in(alice).status == 303
    assert tries(portal) == before


def test_a_wrong_password_uses_up_one_of_the_account_and_one_of_the_address(browser, portal, alice):
    before = tries(portal)
    browser().sign_in(alice, email="mistyped@example.org")
    assert tries(portal) == before + 2


def test_a_chat_server_that_is_away_uses_up_no_tries(browser, portal, world, alice):
    before = tries(portal)
    world.break_next("chatlogin", "500", times=1)
    assert browser().sign_in(alice, email="while-away@example.org").status == 502
    assert tries(portal) == before


@pytest.mark.parametrize("target", ["/conversations/", "/conversations/?q=bob", "/?a=%2Fb"])
def test_signing_in_leads_back_to_a_page_of_this_site(browser, alice, target):
    visitor = browser()
    answer = visitor.submit(f"/sign-in/?next={quote(target)}", {"email": alice.email, "password": alice.password})
    assert (answer.status, answer.location) == (303, target)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "http:evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "evil",
    ],
)
def test_signing_in_leads_to_no_other_site(target):
    assert http.target(target) == "/"


def test_a_target_elsewhere_is_replaced_by_the_start_page(browser, alice):
    assert browser().sign_in(alice, next="//evil.example").location == "/"


def test_a_target_adds_no_header(browser, alice):
    answer = browser().sign_in(alice, next="/people/\r\nX-Forged: a\r\n\r\n<b>")
    assert (answer.status, answer.location) == (303, "/people/%0D%0AX-Forged:%20a%0D%0A%0D%0A%3Cb%3E")
    assert "x-forged" not in answer.headers


def test_whoever_is_signed_in_is_not_asked_again(visit):
    answer = visit("alice").get("/sign-in/?next=/conversations/")
    assert (answer.status, answer.location) == (302, "/conversations/")


def test_whoever_is_not_signed_in_is_sent_to_the_form_and_back_afterwards(browser):
    answer = browser().get("/conversations/?q=bob")
    assert (answer.status, answer.location) == (302, "/sign-in/?next=%2Fconversations%2F%3Fq%3Dbob")


def test_a_part_of_a_page_is_refused_in_a_way_htmx_follows(browser):
    answer = browser().get("/conversations/", htmx=True)
    assert (answer.status, answer.headers["hx-redirect"]) == (401, "/sign-in/")


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-out/"])
def test_a_form_without_the_token_of_our_pages_does_nothing(visit, world, path):
    visitor, since = visit("alice"), world.now()
    answer = visitor.post(path, {"email": "alice@example.org", "password": "alice-password"}, csrf=False)
    assert answer.status == 403
    assert world.calls(since, "chatlogin") == []
    assert visitor.is_signed_in


def test_a_message_without_the_token_of_our_pages_is_not_sent(visit, world):
    conversation, visitor = world.between("alice", "bob"), visit("alice")
    before = world.ids(conversation)
    fields = {"text": "forged", "id": "8f14e45f-ceea-4167-a5a8-1bd2c8b1f4aa"}
    assert visitor.post(f"/conversations/{conversation}/messages/", fields, csrf=False).status == 403
    assert world.ids(conversation) == before


def test_a_sign_in_form_from_before_somebody_signed_in_beside_it_leads_on(browser, alice):
    visitor = browser()
    form = old_form(visitor, "/sign-in/?next=/people/")
    visitor.sign_in(alice)
    answer = visitor.http.post("/sign-in/", data=form, headers={"Origin": visitor.portal.url})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/?next=%2Fpeople%2F")
    assert visitor.get(answer.headers["location"]).location == "/people/"


def test_a_sign_in_form_from_before_signs_nobody_in(browser, world, alice):
    visitor = browser()
    form = old_form(visitor, "/sign-in/") | {"email": alice.email, "password": alice.password}
    visitor.sign_in(alice)
    visitor.sign_out()
    since = world.now()
    answer = visitor.http.post("/sign-in/", data=form, headers={"Origin": visitor.portal.url})
    page = Document(answer.text)
    assert answer.status_code == 403
    assert page.one("[role=alert]").text == "This page was open for too long. Enter your passwords again."
    assert page.one("input[name=email]")["value"] == alice.email
    assert world.calls(since, "chatlogin") == []


def test_a_sign_in_form_from_before_leads_to_no_other_site(browser, alice):
    visitor = browser()
    form = old_form(visitor, "/sign-in/?next=//evil.example")
    visitor.sign_in(alice)
    answer = visitor.http.post("/sign-in/", data=form, headers={"Origin": visitor.portal.url})
    assert visitor.get(answer.headers["location"]).location == "/"


@pytest.mark.parametrize("path", ["/sign-out/", "/people/"])
def test_no_other_form_from_before_leads_on(browser, alice, path):
    visitor = browser()
    form = old_form(visitor, "/sign-in/")
    visitor.sign_in(alice)
    assert visitor.http.post(path, data=form, headers={"Origin": visitor.portal.url}).status_code == 403


def test_a_sign_in_form_from_before_is_refused_where_another_site_sends_it(browser, alice):
    visitor = browser()
    form = old_form(visitor, "/sign-in/")
    visitor.sign_in(alice)
    assert visitor.http.post("/sign-in/", data=form, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_browser_that_keeps_no_cookies_is_told_instead_of_shown_the_form_again(browser, alice):
    visitor = browser()
    form = old_form(visitor, "/sign-in/")
    visitor.http.cookies.clear()
    assert visitor.http.post("/sign-in/", data=form, headers={"Origin": visitor.portal.url}).status_code == 403


def test_each_sign_in_has_a_new_token_and_ends_the_one_before_in_that_browser(visit, alice, browser):
    visitor = visit("alice")
    first = visitor.token
    page = visitor.get("/").document
    token = page.one("body")["data-csrf"]
    visitor.post("/sign-in/", {"email": alice.email, "password": alice.password, "csrfmiddlewaretoken": token})
    assert visitor.token not in ("", first)
    thief = browser()
    thief.http.cookies.set("ozeki_sign_in", first)
    assert not thief.is_signed_in


def test_signing_out_ends_the_cookie_and_the_row(visit, browser, portal):
    visitor = visit("alice")
    token = visitor.token
    before = sign_ins(portal)
    answer = visitor.sign_out()
    assert (answer.status, answer.location, answer.sign_in_cookie["max-age"]) == (303, "/sign-in/", "0")
    assert sign_ins(portal) == before - 1
    thief = browser()
    thief.http.cookies.set("ozeki_sign_in", token)
    assert not thief.is_signed_in


def test_signing_out_closes_every_tab_of_that_sign_in_and_no_other(visit):
    here, elsewhere = visit("alice"), visit("alice")
    tabs, other = [here.tab(), here.tab()], elsewhere.tab()
    here.sign_out()
    assert [tab.close_code() for tab in tabs] == [4401, 4401]
    assert other.all_so_far()


def test_signing_out_ends_listening(visit, world):
    conversation, maria = world.between("maria", "robin"), world.userid("maria")
    since = world.now()
    leaver = visit("maria")
    wait_until(lambda: world.calls(since, "chatnotification", userid=maria), "the leaver's relay to listen")
    station = world.calls(since, "chatnotification", userid=maria)[0]["station"]
    tab = visit("maria").tab(conversation)
    leaver.sign_out()
    since = world.now()
    tab.hear_message(world.says("robin", conversation, "Who hears this?"))
    stations = {call["station"] for call in world.calls(since, "chatnotification", userid=maria)}
    assert stations
    assert station not in stations


@pytest.mark.parametrize("cookie", ["", "x", "é", "A" * 43, "A" * 5000, '"', "../../etc"])
def test_a_cookie_that_is_no_token_signs_nobody_in(browser, cookie):
    visitor = browser()
    answer = visitor.get("/", Cookie=f"ozeki_sign_in={cookie}".encode("latin1"))
    assert answer.status == 302


def old_form(visitor, page) -> dict[str, str]:
    """The hidden fields of a sign-in form, which a sign-in beside it will make too old."""
    return {field["name"]: field["value"] for field in visitor.get(page).document.all("input[type=hidden]")}


def sign_ins(portal) -> int:
    return asked(portal, "select count(*) from chat_signin")


def tries(portal) -> int:
    return asked(portal, "select coalesce(sum(count), 0) from chat_throttle")


def asked(portal, query) -> int:
    """What the portal's database answers."""
    with closing(sqlite3.connect(portal.data_dir / "portal.sqlite3")) as connection:
        return connection.execute(query).fetchone()[0]
