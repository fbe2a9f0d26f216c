"""People read the portal in the language that their browser asks for."""

from __future__ import annotations

import re

import pytest

from tests.processes import Portal

SCRIPT = re.compile(r'<script defer src="(/static/js/words/hu\.[0-9a-f]+\.js)">')


@pytest.fixture
def hungarian(browser, sandbox):
    """Opens browsers that ask for Hungarian, at the shared portal or at another."""

    def opened(first, *at):
        visitor = browser(*at)
        visitor.http.headers["Accept-Language"] = "hu-HU,hu;q=0.9,en;q=0.5"
        assert visitor.sign_in(sandbox.people[first]).status == 303
        return visitor

    return opened


def test_a_page_is_in_the_language_that_the_browser_asks_for(browser):
    page = browser().get("/sign-in/", **{"Accept-Language": "hu-HU,hu;q=0.9,en;q=0.5"})
    assert page.document.one("html")["lang"] == "hu"
    assert page.document.one("h1").text == "Bejelentkezés"


@pytest.mark.parametrize("asked", ["en", "de-AT,de", "", "hu\x7f;q=x,,;", "h" * 5_000])
def test_a_page_is_in_english_for_any_other_browser(browser, asked):
    page = browser().get("/sign-in/", **{"Accept-Language": asked})
    assert page.status == 200
    assert page.document.one("html")["lang"] == "en"
    assert page.document.one("h1").text == "Sign in"


def test_a_cache_on_the_way_knows_that_pages_differ_by_language(browser):
    assert "Accept-Language" in browser().get("/sign-in/").headers["vary"]


def test_a_hungarian_page_loads_its_words_by_their_hash_and_before_the_modules(hungarian):
    page = hungarian("alice").get("/")
    [script] = SCRIPT.findall(page.html)
    assert page.html.index(script) < page.html.index('type="module"')


def test_the_words_may_be_kept_for_a_year_and_come_compressed(hungarian):
    visitor = hungarian("alice")
    [script] = SCRIPT.findall(visitor.get("/").html)
    words = visitor.get(script, **{"Accept-Encoding": "gzip"})
    assert words.headers["content-encoding"] == "gzip"
    assert "immutable" in words.headers["cache-control"]
    assert '"Cancel":"Mégse"' in words.html


def test_an_english_page_loads_no_words(visit):
    assert "js/words/" not in visit("alice").get("/").html


def test_errors_are_told_in_hungarian(hungarian, world):
    page = hungarian("alice").get("/conversations/nothing-here/")
    assert page.status == 404
    assert "Itt nincs semmi" in page.html
    answer = hungarian("alice").say(world.between("alice", "bob"), "")
    assert answer.status == 422
    assert "Előbb írj valamit" in answer.html


def test_what_is_said_of_a_preference_is_in_hungarian(hungarian, world):
    conversation = world.between("alice", "robin")
    visitor = hungarian("alice")
    visitor.get("/")
    page = visitor.post(f"/conversations/{conversation}/preferences/", {"favorite": "on"}, htmx=True)
    undone = visitor.post(f"/conversations/{conversation}/preferences/", {"favorite": "off"}, htmx=True)
    assert "A kedvencek közé került." in page.html
    assert "Kikerült a kedvencek közül." in undone.html


def test_a_locked_message_says_why_in_hungarian(hungarian, world):
    shown = hungarian("alice").open(world.between("alice", "mariaelena")).messages
    causes = {message.cause for message in shown if message.state == "locked"}
    assert causes == {"Ez a beszélgetés kulcsával nem fejthető vissza."}


@pytest.mark.parametrize("format", ["html", "txt"])
def test_a_file_is_in_hungarian_to_its_end(hungarian, world, format):
    conversation = world.between("alice", "bob")
    world.says("bob", conversation, "Szia!")
    file = hungarian("alice").get(f"/conversations/{conversation}/export/?format={format}")
    assert "Exportálta: " in file.html
    assert "Ez az exportálás teljes" in file.html


def test_a_search_ends_in_hungarian(hungarian, world):
    conversation = world.between("alice", "bob")
    visitor = hungarian("alice")
    visitor.get("/")
    assert "Nincs találat." in visitor.post(f"/conversations/{conversation}/messages/search/", {"q": "qqq-xyz"}).html


def test_what_arrives_later_is_in_hungarian_too(hungarian, world):
    conversation = world.between("alice", "bob")
    tab = hungarian("alice").tab(conversation)
    tab.until_upstream("on")
    world.says("bob", conversation, "Szia!")
    assert "olvasatlan" in tab.hear_row(conversation, lambda row: "data-unread" in row)["rows"]


def test_a_tab_that_comes_back_to_a_restarted_portal_hears_hungarian(hungarian, world, sandbox, data_dir):
    conversation = world.between("alice", "bob")
    with Portal(sandbox.url, data_dir) as portal:
        visitor = hungarian("alice", portal)
        seen = visitor.open(conversation).seen
        portal.stop()
        portal.start()
        tab = visitor.socket()
        tab.hello(*seen, conversation=None)
        tab.until_upstream("on")
        world.says("bob", conversation, "Szia!")
        assert "olvasatlan" in tab.hear_row(conversation, lambda row: "data-unread" in row)["rows"]
