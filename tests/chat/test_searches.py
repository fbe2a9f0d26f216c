from __future__ import annotations

from html import unescape
from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from chat import search
from chat.http import COOKIE
from chat.models import Throttle
from chat.presenting import folded
from chat.search import Found
from chat.station import SignInEndedError
from chat.throttle import SEARCHES
from chat.views import searches
from tests.chat.inside import sign_in

FAR = "2090-01-01 00:00:00"


def path(conversation):
    return f"/conversations/{conversation}/messages/search/"


def hits(answer):
    """What was found: id, and the text with what is marked in it in brackets."""
    return [(one.id, _bracketed(answer, one.id)) for one in answer.messages]


def _bracketed(answer, id):
    html = answer.html.partition(f'id="message-{id}"')[2].partition("hx-disable>")[2].partition("</div>")[0]
    return unescape(html.replace("<mark>", "[").replace("</mark>", "]"))


def ending(answer):
    return answer.document.one(".hits__end").text


@pytest.fixture
def find(visit):
    def searched(first, conversation, q, *, htmx=True):
        return visit(first).post(path(conversation), {"q": q}, htmx=htmx)

    return searched


@pytest.fixture
def talk(world, sandbox):
    """A conversation of Daniel's and Zsófi's, empty at first; `talk(text, …)` says something in it."""
    conversation = world.between("daniel", "zsofi")
    sandbox.control("clear", {"conversation": conversation})

    def says(text="", first="zsofi", **others):
        return world.says(first, conversation, text, silent=True, **others)

    says.conversation = conversation
    return says


# What is found


def test_the_whole_conversation_is_searched_newest_first(find, world):
    conversation = world.between("alice", "arpad")
    expected = [one["ID"] for one in reversed(world.held(conversation)) if "renew" in one["text"].casefold()]
    answer = find("arpad", conversation, "renew")
    assert answer.status == 200
    assert [id for id, _ in hits(answer)] == expected[: search.MOST]
    assert len(expected) > 5


def test_matches_are_marked_and_nothing_else_is(find, talk):
    id = talk("Soup, then soup again: <b>soup</b> & more")
    answer = find("daniel", talk.conversation, "soup")
    assert hits(answer) == [(id, "[Soup], then [soup] again: <b>[soup]</b> & more")]
    assert answer.html.count("<mark>") == 3
    assert "<b>" not in answer.html


@pytest.mark.parametrize(
    ("q", "text", "marked"),
    [
        ("arpad", "Hello ÁRPÁD!", "Hello [ÁRPÁD]!"),
        ("Árpád", "hello arpad", "hello [arpad]"),
        ("a\u0301rpa\u0301d", "Árpád", "[Árpád]"),
        ("arpad", "a\u0301rpa\u0301d\u0301.", "[a\u0301rpa\u0301d\u0301]."),
        ("strasse", "Die Straße da", "Die [Straße] da"),
        ("s", "ß", "[ß]"),
        ("istanbul", "İstanbul", "[İstanbul]"),
        ("fi", "ﬁsh", "[ﬁ]sh"),
        ("ОГОНЬ", "огонь", "[огонь]"),
        ("مرحبا", "قل مرحبا لها", "قل [مرحبا] لها"),
        ("🚀", "Go 🚀🚀", "Go [🚀][🚀]"),
        ("  two words ", "It has two words.", "It has [two words]."),
        ("aa", "aaa", "[aa]a"),
        ("<script>", "a <script>alert(1)</script>", "a [<script>]alert(1)</script>"),
        ("%_.*", "any %_.* thing", "any [%_.*] thing"),
    ],
)
def test_capitals_and_accents_make_no_difference_and_the_original_is_marked(find, talk, q, text, marked):
    id = talk(text)
    assert hits(find("daniel", talk.conversation, q)) == [(id, marked)]


@pytest.mark.parametrize("q", [".*", "%", "to be or", "sop"])
def test_what_is_not_there_is_not_found(find, talk, q):
    talk("Soup or salad")
    answer = find("daniel", talk.conversation, q)
    assert (answer.status, hits(answer), ending(answer)) == (200, [], "Nothing was found.")


def test_names_and_markup_of_the_page_are_not_searched(find, talk):
    talk("Hello")
    assert hits(find("daniel", talk.conversation, "article")) == []


def test_expired_messages_are_not_found(find, talk):
    talk("The secret code", created="2026-01-01 10:00:00", validuntil="2026-01-02 10:00:00")
    kept = talk("The secret handshake")
    assert [id for id, _ in hits(find("daniel", talk.conversation, "secret"))] == [kept]


def test_messages_that_cannot_be_opened_are_counted_not_hidden(find, talk):
    talk(data="bm90IGNpcGhlcnRleHQ=")
    talk("Ordinary")
    answer = find("daniel", talk.conversation, "ordinary")
    assert len(hits(answer)) == 1
    assert "1 message can’t be opened" in ending(answer)


def test_of_a_long_message_the_part_with_the_match_is_shown(find, talk):
    talk("before " * 3_000 + "needle" + " after" * 3_000)
    [(_, text)] = hits(find("daniel", talk.conversation, "needle"))
    assert "[needle]" in text
    assert len(text) < search.EXCERPT + 20
    assert text.startswith("… ")
    assert text.endswith(" …")


def test_more_hits_than_one_can_read_are_cut_with_words(find, talk):
    for n in range(search.MOST + 20):
        talk(f"needle {n}")
    answer = find("daniel", talk.conversation, "needle")
    assert len(hits(answer)) == search.MOST
    assert "There are more" in ending(answer)


def test_exactly_as_many_hits_as_are_shown_are_all_there_is(find, talk):
    for n in range(search.MOST):
        talk(f"needle {n}")
    assert ending(find("daniel", talk.conversation, "needle")) == f"{search.MOST} messages found."


def test_a_hit_says_whose_and_when_it_is(find, talk, world):
    id = talk("Needle", created="2026-01-05 10:00:00", validuntil=FAR)
    hit = find("daniel", talk.conversation, "needle").messages[0]
    assert (hit.id, hit.sender, hit.created) == (id, world.userid("zsofi"), "2026-01-05T10:00:00Z")


# Going to a hit


@pytest.mark.parametrize("depth", [1, 25, 26, 27, 49, 60, 300, 490])
def test_a_hit_leads_to_a_page_with_it_and_what_was_said_around_it(visit, world, depth):
    conversation = world.between("alice", "arpad")
    held = world.held(conversation)
    # One with a number in it, so that few are like it.
    place = next(n for n in range(len(held) - depth, -1, -1) if set("0123456789") & set(held[n]["text"]))
    visitor = visit("arpad")
    found = visitor.post(path(conversation), {"q": held[place]["text"]}, htmx=True)
    [link] = [link["href"] for link in found.document.all(".row-link") if link["href"].endswith(held[place]["ID"])]
    address, _, fragment = link.partition("#")
    page = visitor.get(address)
    assert page.document.one(f"#{fragment}")["data-message"] == held[place]["ID"]
    shown = [one.id for one in page.messages]
    around = [one["ID"] for one in held[max(0, place - 20) : place + 20]]
    start = shown.index(around[0])
    assert shown[start : start + len(around)] == around
    assert shown[-50:] == [one["ID"] for one in held[-50:]]


def test_between_a_hit_far_back_and_the_newest_messages_there_is_a_gap_to_fill(visit, world):
    conversation = world.between("alice", "arpad")
    held = world.held(conversation)
    anchor = held[-200]
    page = visit("arpad").get(
        f"/conversations/{conversation}/?before={anchor['ID']}&at={anchor['Created'].replace(' ', 'T')}Z"
    )
    links = [link["href"] for link in page.document.all("a.older")]
    assert [f"before={held[-250]['ID']}" in links[0], f"before={held[-50]['ID']}" in links[1]] == [True, True]
    assert [one.id for one in page.messages] == [one["ID"] for one in (*held[-250:-200], *held[-50:])]


def test_there_is_no_gap_where_the_pages_meet(visit, world):
    conversation = world.between("alice", "arpad")
    held = world.held(conversation)
    for anchor in (held[-50], held[-30]):
        page = visit("arpad").get(
            f"/conversations/{conversation}/?before={anchor['ID']}&at={anchor['Created'].replace(' ', 'T')}Z"
        )
        assert len(page.document.all("a.older")) == 1
        shown = [one.id for one in page.messages]
        assert shown == [one["ID"] for one in held[-len(shown) :]]


@pytest.mark.parametrize("query", ["before=", "before=a/b&at=x", "at=2026-01-01T00:00:00Z", "before=abc&at=yesterday"])
def test_an_address_that_names_no_place_opens_the_conversation(visit, world, query):
    conversation = world.between("alice", "arpad")
    page = visit("arpad").get(f"/conversations/{conversation}/?{query}")
    assert [one.id for one in page.messages] == world.ids(conversation)[-50:]


# As a page


def test_the_form_is_a_page_of_its_own_with_the_conversation_chosen_in_the_list(visit, world):
    conversation = world.between("alice", "arpad")
    page = visit("arpad").get(path(conversation))
    form = page.document.one(f"form[action={path(conversation)}]")
    assert form["method"] == "post"
    assert page.document.one("#search-words", form)["maxlength"] == "200"
    assert [link["href"] for link in page.document.all("a[aria-current=page]")] == [f"/conversations/{conversation}/"]


def test_without_htmx_hits_stand_in_a_whole_page_under_what_was_looked_for(find, talk):
    id = talk("Needle")
    answer = find("daniel", talk.conversation, '"Needle" <', htmx=False)
    assert answer.document.one("#search-words")["value"] == '"Needle" <'
    answer = find("daniel", talk.conversation, "needle", htmx=False)
    assert answer.is_whole_page
    assert hits(answer) == [(id, "[Needle]")]
    assert answer.html.rstrip().endswith("</html>")
    assert answer.headers["cache-control"] == "no-store"


def test_with_htmx_hits_come_alone(find, talk):
    talk("Needle")
    assert not find("daniel", talk.conversation, "needle").is_whole_page


# Bad input


@pytest.mark.parametrize("htmx", [True, False], ids=["part", "page"])
@pytest.mark.parametrize(
    ("q", "words"),
    [
        ("", "Write what to look for."),
        (" \n ", "Write what to look for."),
        ("\u0301", "Write what to look for."),
        ("x" * 201, "it has 201 characters, and 200 is the most"),
        ("x" * 10_000, "it has 10000 characters, and 200 is the most"),
    ],
    ids=["empty", "blank", "accent", "201", "10000"],
)
def test_what_cannot_be_looked_for_is_refused_in_words_and_without_a_call(visit, world, talk, q, words, htmx):
    visitor = visit("daniel")
    visitor.get("/")
    since = world.now()
    answer = visitor.post(path(talk.conversation), {"q": q}, htmx=htmx)
    assert answer.status == 422
    assert words in answer.alert
    assert world.calls(since, "chatconversation", "downloadpartial", world.userid("daniel")) == []


def test_a_search_for_nothing_at_all_is_refused_too(visit, talk):
    assert visit("daniel").post(path(talk.conversation), {}, htmx=True).status == 422


def test_the_longest_words_are_looked_for(find, talk):
    id = talk("y" * 250)
    assert [found for found, _ in hits(find("daniel", talk.conversation, "y" * 200))] == [id]


def test_nobody_searches_in_what_is_not_theirs(visit, talk):
    visitor = visit("charlie")
    assert visitor.post(path(talk.conversation), {"q": "needle"}).status == 404
    assert visitor.get(path(talk.conversation)).status == 404


def test_whoever_is_signed_out_is_asked_to_sign_in(browser, talk):
    answer = browser().post(path(talk.conversation), {"q": "needle"})
    assert (answer.status, answer.location.partition("?")[0]) == (302, "/sign-in/")


def test_a_form_of_another_site_searches_nothing(visit, talk):
    assert visit("daniel").post(path(talk.conversation), {"q": "needle"}, csrf=False).status == 403


@pytest.mark.django_db(transaction=True)
async def test_a_person_with_too_many_searches_is_told_to_wait(make, bob, world, async_client):
    async_client.cookies[COOKIE], account = await sign_in(make(), bob)
    conversation = world.between("alice", "bob")
    assert (await async_client.post(path(conversation), {"q": "hello"})).status_code == 200
    await Throttle.objects.filter(key=SEARCHES._key(account.userid)).aupdate(count=SEARCHES.count)
    response = await async_client.post(path(conversation), {"q": "hello"})
    assert response.status_code == 429
    assert "many searches" in response.content.decode()


# When it takes long, or fails


def pages_come_slowly(world, first, *, seconds=0.1):
    fault = {"times": 99, "seconds": seconds, "userid": world.userid(first)}
    world.break_next("chatconversation", "slow", "downloadpartial", **fault)


def test_hits_are_shown_while_the_search_goes_on_and_who_hangs_up_ends_it(visit, world):
    conversation = world.between("alice", "arpad")
    visitor, since = visit("arpad"), world.now()

    def calls():
        return len(world.calls(since, "chatconversation", "downloadpartial", world.userid("arpad")))

    headers = {"X-CSRFToken": visitor.csrf, "Origin": visitor.portal.url}
    pages_come_slowly(world, "arpad", seconds=0.3)
    with visitor.http.stream("POST", path(conversation), data={"q": "certificate"}, headers=headers) as response:
        read = ""
        for text in response.iter_text():
            read += text
            if "<mark>" in read:
                break
        hung_up = calls()
    assert hung_up < 6
    fields = {"q": "nothing like this"}
    assert visitor.post(path(conversation), fields, htmx=True).status == 200  # takes longer than the first had left
    whole = 11
    assert calls() <= hung_up + 1 + whole


def test_a_search_that_the_server_breaks_off_says_so_and_keeps_its_hits(visit, world):
    conversation = world.between("alice", "arpad")
    userid = world.userid("arpad")
    world.break_next("chatconversation", "slow", "downloadpartial", times=3, seconds=0, userid=userid)
    world.break_next("chatconversation", "500", "downloadpartial", times=99, userid=userid)
    answer = visit("arpad").post(path(conversation), {"q": "renew"}, htmx=True)
    assert answer.status == 200
    newest = {one["ID"] for one in world.held(conversation)[-150:] if "renew" in one["text"].casefold()}
    assert {id for id, _ in hits(answer)} == newest
    alert = answer.document.one("p[role=alert]").text
    assert alert == ("The search did not get through the whole conversation. The chat server can't be reached.")


@pytest.mark.parametrize("begun", [True, False])
async def test_a_search_that_was_begun_says_so_when_the_server_accepts_the_sign_in_no_more(monkeypatch, begun):
    async def search(*_):
        if begun:
            yield Found((), 0)
        raise SignInEndedError

    async def alive(*_, used):
        return True

    monkeypatch.setattr(searches, "search", search)
    monkeypatch.setattr(searches.vault, "alive", alive)
    request = RequestFactory().post("/")
    request.account = SimpleNamespace(key="")
    results = searches._results(request, None, "needle")
    if begun:
        assert "You are signed out." in "".join([html async for html in results])
    else:  # it can be the answer itself
        with pytest.raises(SignInEndedError):
            await anext(results)


def test_a_search_that_cannot_begin_is_an_error(visit, world):
    world.break_next("chatconversation", "500", "downloadpartial", times=99, userid=world.userid("arpad"))
    answer = visit("arpad").post(path(world.between("alice", "arpad")), {"q": "renew"}, htmx=True)
    assert answer.status == 502
    assert "can't be reached" in answer.alert


def test_nothing_of_a_search_is_written_anywhere(find, portal, talk):
    words = "inimitable-needle"
    talk(f"An {words}.")
    assert len(hits(find("daniel", talk.conversation, words))) == 1
    find("daniel", talk.conversation, words * 30)
    kept = b"".join(each.read_bytes() for each in portal.data_dir.iterdir() if each.is_file())
    assert b"SQLite format" in kept
    assert words.encode() not in kept
    assert words not in portal.output()


# Cutting a text


@pytest.mark.parametrize("text", ["ß" * 300, "a\u0301" * 500, "ﬃ" * 200, "x" * 399 + "needle" * 3, "İİ needle ß"])
@pytest.mark.parametrize("q", ["s", "a", "ffi", "needle", "i"])
def test_the_pieces_of_a_text_are_the_text(text, q):
    pieces = search.pieces(text, q)
    assert bool(pieces) == (q in folded(text))
    joined = "".join(piece.text for piece in pieces)
    assert joined.removesuffix(" …").removeprefix("… ") in text
    assert all(q in folded(piece.text) for piece in pieces if piece.found)
    assert any(piece.found for piece in pieces) == bool(pieces)
