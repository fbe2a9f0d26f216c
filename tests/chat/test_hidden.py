"""The page of hidden conversations and of what the server blocks, and when a hidden one comes back by itself."""

from __future__ import annotations

import hashlib
from contextlib import closing

import pytest

from tests.processes import Portal, Sandbox
from tests.sandbox.raw import Device
from tests.visitor import Visitor

PAGE = "/conversations/hidden/"


@pytest.fixture
def talk(world, sandbox):
    """Kim's with Zsófi, not hidden afterwards."""
    talk = world.between("kim", "zsofi")
    yield talk
    Device(sandbox, sandbox.people["kim"]).call("chatconversation", "unhide", conversationid=talk)


@pytest.fixture
def kim(visit):
    return visit("kim")


@pytest.fixture
def blocked(sandbox):
    """Says what the server blocks for Kim; nothing afterwards."""

    def block(users=(), conversations=()):
        fields = {"email": sandbox.people["kim"].email, "users": users, "conversations": conversations}
        sandbox.control("blocklist", fields)

    yield block
    block()


def hide(visitor, conversation, value="on", query=""):
    return visitor.post(f"/conversations/{conversation}/preferences/{query}", {"hidden": value})


def ways_back(answer):
    """The conversations with a button to unhide them."""
    forms = [form["action"] for form in answer.document.all("form") if form["action"].endswith("?from=hidden")]
    return [action.split("/")[2] for action in forms]


# The page


def test_with_nothing_hidden_the_page_says_so(kim):
    answer = kim.get(PAGE)
    assert answer.status == 200
    assert "None. You can hide" in answer.html
    assert "Nobody and nothing." in answer.html


def test_a_hidden_conversation_is_on_the_page_and_not_in_the_list(kim, talk):
    hide(kim, talk)
    answer = kim.get(PAGE)
    assert ways_back(answer) == [talk]
    assert talk not in [row["data-conversation"] for row in answer.rows]


def test_it_is_unhidden_from_there_and_stays_there(kim, talk):
    hide(kim, talk)
    answer = hide(kim, talk, "off", "?from=hidden")
    assert answer.status == 303
    page = kim.get(answer.location)
    assert answer.location.startswith(PAGE)
    assert ways_back(page) == []
    assert talk in [row["data-conversation"] for row in page.rows]
    assert page.document.one("input[name=hidden]", page.document.one("form.done"))["value"] == "on"


def test_a_hidden_conversation_can_still_be_opened_and_unhidden(kim, talk):
    hide(kim, talk)
    page = kim.open(talk)
    assert page.document.one("button[name=hidden]")["value"] == "off"


def test_a_hidden_conversation_that_a_tab_shows_comes_back_into_its_list_with_a_message(kim, world, talk):
    tab, other = kim.tab(talk), world.between("kim", "alice")
    tab.until_upstream("on")
    assert hide(kim, talk).status in (200, 303)
    world.says("alice", other, "For this the list is asked for again")
    tab.hear_row(other, lambda html: True)
    since, row = len(tab.heard), f'data-conversation="{talk}"'
    world.says("zsofi", talk, "Do you still see this?")
    tab.hear("event", lambda frame: frame in tab.heard[since:] and row in frame.get("rows", ""))


def test_one_that_was_written_in_and_hidden_elsewhere_while_nothing_was_heard_leaves_the_list(
    kim, sandbox, world, talk
):
    tab, phone = kim.tab(talk), Device(sandbox, sandbox.people["kim"])
    tab.until_upstream("on")
    world.break_next("chatnotification", "refuse", times=99, userid=world.userid("kim"))
    world.says("zsofi", talk, "Hide me")
    conversation = phone.conversation(sandbox.people["zsofi"])
    mark = f"{conversation['instance']};{conversation['lastmessageid']}"
    phone.call("chatconversation", "hide", conversationid=talk, hideid=mark)
    sandbox.control("faults/clear", {})
    sandbox.control("drop-sockets", {})
    tab.hear("event", lambda frame: talk in frame.get("drop", ()))


def test_nobody_sees_what_others_hid(visit, talk):
    hide(visit("kim"), talk)
    assert ways_back(visit("zsofi").get(PAGE)) == []


def test_one_must_be_signed_in(browser):
    assert browser().get(PAGE).status == 302


# The server's list


def test_blocked_people_have_their_names_as_far_as_they_are_known(kim, world, blocked):
    blocked(users=[world.userid("robin"), "f" * 32])
    html = kim.get(PAGE).html
    assert "Robin" in html[html.index("blocked-title") :]
    assert "f" * 32 in html


def test_a_blocked_conversation_that_is_known_can_be_unhidden(kim, talk, blocked):
    blocked(conversations=[talk, "e" * 32])
    answer = kim.get(PAGE)
    assert ways_back(answer) == [talk]
    assert "e" * 32 in answer.html


@pytest.mark.parametrize("element", [{"userid": "x"}, 7, None, "<script>alert(1)</script>", "x" * 100_000, ["a"]])
def test_what_is_no_id_is_counted_and_not_shown(kim, blocked, element):
    blocked(users=[element], conversations=[element])
    answer = kim.get(PAGE)
    assert answer.status == 200
    assert "2 entries of the server" in answer.html
    assert "<script>alert" not in answer.html
    assert "Nobody and nothing" not in answer.html


def test_a_long_list_is_a_long_page(kim, blocked):
    blocked(users=[hashlib.md5(str(n).encode()).hexdigest() for n in range(2_000)])
    assert kim.get(PAGE).html.count("page-list__item") == 2_000


def test_what_is_named_twice_is_shown_once(kim, talk, blocked):
    blocked(conversations=[talk, talk])
    assert ways_back(kim.get(PAGE)) == [talk]


@pytest.mark.parametrize("fault", ["refuse", "500", "html", "cut"])
def test_without_the_servers_list_the_hidden_ones_are_there(kim, world, talk, fault):
    hide(kim, talk)
    world.break_next("chatblocklist", fault, times=9, userid=world.userid("kim"))
    answer = kim.get(PAGE)
    assert answer.status == 200
    assert ways_back(answer) == [talk]
    assert "does not say right now" in answer.html


# When the dialect says so


@pytest.fixture(scope="module")
def until_cleared(tmp_path_factory):
    """A server and a portal for which only a new instance brings a hidden conversation back."""
    folder = tmp_path_factory.mktemp("until-cleared")
    dialect = folder / "dialect.toml"
    dialect.write_text('[hide]\nid = "{instance}"\n', encoding="utf-8")
    with (
        Sandbox("--dialect", str(dialect)) as sandbox,
        Portal(sandbox.url, folder / "data", OZEKI_DIALECT=str(dialect)) as portal,
    ):
        yield sandbox, portal


def test_with_the_instance_alone_as_its_mark_it_stays_hidden_until_it_is_cleared(until_cleared):
    sandbox, portal = until_cleared
    ids = sorted(sandbox.people[name].userid for name in ("kim", "robin"))
    talk = hashlib.md5(";".join(ids).encode()).hexdigest()
    with closing(Visitor(portal)) as kim:
        kim.sign_in(sandbox.people["kim"])
        tab = kim.tab(talk)
        hide(kim, talk)
        tab.hear("event", lambda frame: talk in frame.get("drop", ()))
        said = sandbox.control("say", {"from": "robin@example.org", "conversation": talk, "text": "Psst"})["id"]
        tab.hear_message(said)
        assert talk not in [row["data-conversation"] for row in kim.get("/").rows]
        assert not any(talk in frame.get("rows", "") for frame in tab.all_so_far())
        sandbox.control("clear", {"conversation": talk})
        tab.hear_row(talk)
        assert talk in [row["data-conversation"] for row in kim.get("/").rows]
