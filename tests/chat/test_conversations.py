from __future__ import annotations

import pytest

from tests.sandbox.raw import Device, now

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.fixture
def marias_phone(sandbox):
    """Another device of Maria's, on which she changes what she likes; undone afterwards."""
    phone = Device(sandbox, sandbox.people["maria"])
    undo = []

    def prefer(first, action, undoing, **fields):
        conversation = phone.conversation(sandbox.people[first])
        assert phone.call("chatconversation", action, conversationid=conversation["id"], **fields)["status"] == "OK"
        undo.append((conversation["id"], undoing))

    yield prefer
    for id, action in undo:
        assert phone.call("chatconversation", action, conversationid=id)["status"] == "OK"


def test_each_conversation_is_a_row_with_the_others_name(visit, world, sandbox):
    answer = visit("maria").get("/")
    expected = {world.between("maria", first): sandbox.people[first].nick for first in ("alice", "robin", "zsofi")}
    assert {row["data-conversation"]: title for row, title in zip(answer.rows, answer.titles, strict=True)} == expected


def test_nobody_sees_conversations_that_are_not_theirs_in_the_list(visit):
    answer = visit("charlie").get("/")
    assert (answer.status, answer.rows) == (200, [])
    assert "No conversations yet" in answer.html


def test_a_conversation_of_others_is_not_there(visit, world):
    visitor, theirs = visit("charlie"), world.between("alice", "bob")
    for path in (f"/conversations/{theirs}/", f"/conversations/{theirs}/messages/?before={'0' * 8}"):
        assert visitor.get(path).status == 404


def test_nobody_can_write_where_they_are_not(visit, world):
    theirs = world.between("alice", "bob")
    before = world.ids(theirs)
    charlie = visit("charlie")
    for htmx in (True, False):
        answer = charlie.say(theirs, "Let me in", htmx=htmx)
        assert (answer.status, "not there any more" in answer.alert) == (404, True)
    assert answer.document.one("textarea[name=text]").raw == "Let me in"
    assert world.ids(theirs) == before


@pytest.mark.parametrize("id", ["0" * 32, "x", "a b", "%2e%2e", "é", "a" * 65, "<script>", "%00"])
def test_an_id_that_names_no_conversation_is_not_found(visit, id):
    assert visit("charlie").get(f"/conversations/{id}/").status == 404


def test_the_last_message_decides_the_order(visit, world):
    kim, layla = (world.between("robin", first) for first in ("kim", "layla"))
    for seconds, latest in enumerate((kim, layla, kim)):
        world.says("robin", latest, "Later", created=now(seconds=seconds))
        order = [row["data-conversation"] for row in visit("robin").get("/").rows]
        assert order.index(latest) == min(order.index(kim), order.index(layla))


def test_favourites_come_first(visit, world, marias_phone):
    usual = [row["data-conversation"] for row in visit("maria").get("/").rows]
    marias_phone("zsofi", "favorite", "unfavorite")
    favorite = world.between("maria", "zsofi")
    answer = visit("maria").get("/")
    assert [row["data-conversation"] for row in answer.rows] == [favorite, *(id for id in usual if id != favorite)]
    assert [row["data-conversation"] for row in answer.rows if "data-favorite" in row.attributes] == [favorite]


def test_a_muted_conversation_is_marked(visit, world, marias_phone):
    marias_phone("zsofi", "mute", "unmute")
    rows = visit("maria").get("/").rows
    assert [row["data-conversation"] for row in rows if "data-muted" in row.attributes] == [
        world.between("maria", "zsofi")
    ]


def test_a_hidden_conversation_is_left_out_until_something_is_said_in_it(visit, world, sandbox, marias_phone):
    id = world.between("maria", "robin")
    conversation = Device(sandbox, sandbox.people["maria"]).conversation(sandbox.people["robin"])
    marias_phone("robin", "hide", "unhide", hideid=f"{conversation['instance']};{conversation['lastmessageid']}")
    assert id not in [row["data-conversation"] for row in visit("maria").get("/").rows]
    world.says("robin", id, "Here I am again")
    assert id in [row["data-conversation"] for row in visit("maria").get("/").rows]


@pytest.mark.parametrize(
    ("search", "found"), [("zsofi", "Zsófi"), ("ZSÓFI", "Zsófi"), ("arpad", "Árpád"), ("  bob ", "Bob"), ("<b>", "<b>")]
)
def test_the_filter_does_not_mind_case_and_accents(visit, search, found):
    titles = [title for title in visit("alice").get(f"/conversations/?q={search}").titles if "," not in title]
    assert len(titles) == 1
    assert titles[0].startswith(found)


def test_a_filter_that_fits_nothing_says_so_as_plain_text(visit):
    answer = visit("alice").get("/conversations/?q=<script>nobody")
    assert answer.rows == []
    assert "Nothing matches “<script>nobody”." in answer.document.one("#conversation-list").text


def test_htmx_gets_the_list_alone_and_everybody_else_the_page(visit):
    visitor = visit("maria")
    part, page = visitor.get("/conversations/", htmx=True), visitor.get("/conversations/")
    assert (part.is_whole_page, page.is_whole_page) == (False, True)
    assert part.titles == page.titles


def test_going_back_in_history_gets_the_whole_page(visit):
    answer = visit("maria").get("/conversations/", htmx=True, **{"HX-History-Restore-Request": "true"})
    assert answer.is_whole_page


def test_names_are_plain_text(visit, sandbox):
    answer = visit("alice").get("/")
    assert sandbox.people["tom"].nick in answer.titles
    assert "<script>alert" not in answer.html


def test_names_cannot_reorder_what_stands_beside_them(visit):
    answer = visit("alice").get("/")
    assert "Daniel fdp.exe" in answer.titles
    assert not set(BIDI) & set(answer.html)


def test_a_long_name_is_there_in_full(visit, sandbox):
    assert sandbox.people["maximiliana"].nick in visit("alice").get("/").titles


def test_a_group_is_called_by_its_members(visit, world):
    team = world.between("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
    answer = visit("alice").open(team)
    names = answer.document.one("#conversation-title").text.split(", ")
    assert sorted(names) == sorted(["Bob", "Robin", "Zsófi", "Árpád", "ليلى", "Kim 🌻🚀"])


def test_a_friends_presence_is_shown(visit, world, sandbox):
    sandbox.control("presence", {"email": "kim@example.org", "availability": "away"})
    answer = visit("alice").get("/")
    row = next(row for row in answer.rows if row["data-conversation"] == world.between("alice", "kim"))
    avatar = next(each for each in answer.document.all(".avatar[data-presence]") if each.is_in(row))
    assert avatar["data-presence"] == "away"


def test_the_list_is_shown_when_the_server_breaks_down_a_moment(visit, world):
    world.break_next("chatconversation", "500", "list", userid=world.userid("maria"))
    assert visit("maria").get("/").rows


def test_a_server_that_stays_broken_is_said_with_a_way_to_retry(visit, world):
    world.break_next("chatconversation", "html", "list", userid=world.userid("maria"), times=99)
    visitor = visit("maria")
    answer = visitor.get("/conversations/")
    assert (answer.status, answer.alert) == (502, "The chat server answered something this portal does not understand.")
    assert [link["href"] for link in answer.document.all("a") if link.text == "Try again"] == ["/conversations/"]


def test_a_refusal_is_told_in_the_servers_own_words(visit, world):
    visitor, conversation = visit("maria"), world.between("maria", "zsofi")
    world.break_next("chatconversation", "refuse", "downloadpartial", userid=world.userid("maria"))
    answer = visitor.get(f"/conversations/{conversation}/")
    assert (answer.status, answer.alert) == (409, "The chat server refused this: fault: refuse")


# One of its messages


def test_an_address_that_names_a_message_shows_it_among_its_neighbours(visit, world):
    conversation = world.between("alice", "arpad")
    ids = world.ids(conversation)
    for place in (0, 40, len(ids) - 80, len(ids) - 51):
        shown = [one.id for one in visit("arpad").get(f"/conversations/{conversation}/?message={ids[place]}").messages]
        at = shown.index(ids[place])
        assert shown[at : at + 20] == ids[place : place + 20]
        assert shown[-50:] == ids[-50:]


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "a/b", "x" * 70, "<b>"])
def test_a_message_that_is_not_there_is_said_beside_the_newest(visit, world, id):
    conversation = world.between("alice", "arpad")
    page = visit("arpad").get(f"/conversations/{conversation}/?message={id}")
    assert page.status == 200
    assert "is not in this conversation" in page.document.one("#alerts").text
    assert [one.id for one in page.messages] == world.ids(conversation)[-50:]


def test_a_message_on_the_newest_page_is_just_shown(visit, world):
    conversation = world.between("alice", "arpad")
    page = visit("arpad").get(f"/conversations/{conversation}/?message={world.ids(conversation)[-3]}")
    assert page.document.one("#alerts").text == ""
    assert [one.id for one in page.messages] == world.ids(conversation)[-50:]
