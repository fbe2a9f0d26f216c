"""What is wrong, in words, also when the chat server can't be asked."""

from __future__ import annotations

import asyncio
import hashlib
import re

import pytest

from chat import account as accounts
from chat.http import COOKIE
from chat.views import layout
from ozekiweb.settings import VERSION
from tests.chat.inside import PATIENCE, eventually, sign_in
from tests.processes import ROOT, Portal, Sandbox
from tests.visitor import Document

UNREACHABLE = "The chat server can't be reached"
UTC = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


@pytest.fixture
def maria(visit):
    return visit("maria")


@pytest.fixture
def without_server(tmp_path, data_dir, browser):
    """A portal, a browser signed in at it, and the page's words once the Ozeki server has gone."""
    with Sandbox("--data", str(tmp_path / "sandbox")) as own_sandbox, Portal(own_sandbox.url, data_dir) as own:
        visitor = browser(own)
        assert visitor.sign_in(own_sandbox.people["alice"]).status == 303
        tab = visitor.tab()
        tab.until_upstream("on")
        own_sandbox.stop()
        tab.until_upstream("connecting")
        yield own, visitor


def facts(document):
    """What the page says, by its labels."""
    return dict(
        zip((term.text for term in document.all("dt")), (said.text for said in document.all("dd")), strict=True)
    )


def test_when_all_is_well_it_says_so(maria):
    maria.tab().until_upstream("on")
    said = facts(maria.get("/status/").document)
    assert said["Now"] == "It answers."
    assert re.fullmatch(UTC, said["Last in step"])
    assert re.fullmatch(UTC, said["Its time"])
    assert re.fullmatch(UTC, said["Signed in since"])


def test_the_version_is_the_newest_of_the_changelog(maria):
    newest = re.findall(r"^## v(\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert facts(maria.get("/status/").document)["Version"] == newest == VERSION


def test_the_browser_is_named_as_it_names_itself(maria):
    maria.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    assert facts(maria.get("/status/").document)["Name"].startswith("Firefox on Linux Mozilla/5.0")


@pytest.mark.parametrize("agent", ["", "<script>alert(1)</script>" * 40, "\xe2\x80\xaelive"])
def test_a_strange_browser_is_shown_as_text_and_not_at_length(maria, agent):
    maria.http.headers["User-Agent"] = agent
    answer = maria.get("/status/")
    assert answer.status == 200
    assert "<script>alert" not in answer.html
    assert len(facts(answer.document)["Name"]) < 300


def test_it_is_a_page_among_the_others_and_in_the_menu(maria):
    page = maria.get("/status/")
    assert page.titles == maria.get("/").titles
    assert [link.text for link in maria.get("/").document.all("a[href=/status/]")] == ["Status"]


def test_a_script_gets_what_the_portal_knows_and_no_more(maria):
    part = maria.get("/status/", htmx=True)
    assert not part.is_whole_page
    assert not part.rows
    assert [section.text for section in part.document.all("h3")] == ["Chat server", "Portal"]


@pytest.mark.parametrize("htmx", [True, False])
def test_whoever_is_not_signed_in_is_asked_to(browser, htmx):
    answer = browser().get("/status/", htmx=htmx)
    assert answer.status == (401 if htmx else 302)
    assert "Version" not in answer.html


def test_nobody_posts_to_it(maria):
    assert maria.post("/status/", {"anything": "x"}).status == 405


def test_without_the_chat_server_the_page_says_so_and_shows_what_was_there(without_server):
    _, visitor = without_server
    page = visitor.get("/status/")
    assert page.status == 200
    assert facts(page.document)["Now"].startswith(UNREACHABLE)
    assert "Bob" in page.titles


def test_other_pages_point_to_it_while_the_chat_server_is_away(without_server):
    _, visitor = without_server
    page = visitor.get("/people/")
    assert page.status == 502
    assert [link.text for link in page.document.all("a[href=/status/]")] == ["What is wrong?"]


def test_a_portal_that_has_never_heard_the_chat_server_has_the_page_too(without_server):
    own, visitor = without_server
    own.stop()
    own.start()
    page = visitor.get("/status/")
    assert page.status == 200
    assert facts(page.document)["Now"].startswith(UNREACHABLE)
    assert facts(page.document)["Last in step"].startswith("Not yet")
    assert page.titles == []
    assert "can't be listed" in page.document.one("#conversation-list").text
    assert "No conversations yet" not in page.html


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("html", "The chat server answered something this portal does not understand."),
        ("refuse", "The chat server refused this"),
        ("500", UNREACHABLE),
    ],
)
def test_each_kind_of_trouble_has_its_words(visit, world, fault, words):
    kim = visit("kim")
    kim.tab().until_upstream("on")
    world.break_next("chatconversation", fault, times=500, userid=world.userid("kim"))
    assert facts(kim.get("/status/").document)["Now"].startswith(words)


@pytest.fixture
async def silent(make, world, bob, async_client, monkeypatch):
    """Bob's browser, while the chat server takes every call and answers none."""
    monkeypatch.setattr(layout, "PATIENCE", 0.2)
    token, _ = await sign_in(make(timeout=600), bob)
    async_client.cookies[COOKIE] = token
    world.break_next(None, "hang", times=500, userid=bob.userid)
    return async_client


@pytest.mark.django_db(transaction=True)
async def test_a_chat_server_that_does_not_answer_is_said(silent):
    page = await silent.get("/status/")
    assert facts(Document(page.content.decode()))["Now"] == f"{UNREACHABLE}: it did not answer in time."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["status", "preferences", "sign-ins", "outbox", "shortcuts"])
async def test_a_chat_server_that_does_not_answer_keeps_nobody_waiting(silent, page):
    async with asyncio.timeout(PATIENCE):
        answer = await silent.get(f"/{page}/")
    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_a_page_that_needs_nothing_of_the_chat_server_asks_it_once_however_late_it_answers(
    make, world, bob, async_client, monkeypatch
):
    monkeypatch.setattr(accounts, "ONE_PAGE", 0)
    token, _ = await sign_in(make(), bob)
    async_client.cookies[COOKIE] = token
    since = world.now()
    world.break_next("chatnotification", "hang", userid=bob.userid)  # the relay keeps out of this
    await async_client.get("/preferences/")
    assert len(world.calls(since, "chatconversation", "list")) == 1


@pytest.mark.django_db(transaction=True)
async def test_it_tells_how_news_comes(make, bob, async_client):
    portal = make()
    token, account = await sign_in(portal, bob)
    async_client.cookies[COOKIE] = token
    relay = portal.relay(account)
    await eventually(lambda: relay.upstream.listening == "socket", "the listener")
    assert b"at once, over the" in (await async_client.get("/status/")).content
    relay.upstream._listener.state = "polling"
    assert b"asks again and again" in (await async_client.get("/status/")).content


@pytest.mark.parametrize("htmx", [True, False])
def test_the_page_tells_no_secret(maria, sandbox, world, htmx):
    since, person = world.now(), sandbox.people["maria"]
    maria.tab()
    page = maria.get("/status/", htmx=htmx).html
    document = Document(page)
    part = document.one("#status-portal").raw
    stations = {call["station"] for call in sandbox.control(f"calls?since={since}") if call["userid"] == person.userid}
    secrets = {
        "password": person.password,
        "e-mail": person.email,
        "apikey": hashlib.sha256(f"{person.email}:{person.password}".encode()).hexdigest(),
        "token": maria.token,
        "server": sandbox.url,
        "listener": sandbox.listener,
        **{f"station {n}": station for n, station in enumerate(stations)},
    }
    assert stations
    assert [name for name, value in secrets.items() if value in page] == []
    assert person.userid not in part
    assert maria.address not in page
