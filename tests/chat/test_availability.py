"""How one shows to one's friends, with a dialect that names more than one state."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from chat import account as accounts
from chat import availability
from chat.models import Person
from chat.ozeki.dialect import Action, Availability, Dialect
from chat.ozeki.errors import Refused
from chat.stream import Tab
from tests.chat.conftest import World
from tests.chat.inside import eventually, sign_in, until
from tests.processes import Portal, Sandbox, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

DIALECT = """
[availability]
actions = [
  { action = "useravailable", label = "Here", value = "available" },
  { action = "useraway", label = "Out for lunch", value = "away" },
  { action = "userbusy", label = "<b>Busy</b>", value = "busy" },
]
"""
AWAY = Action("useraway", "Away", "away")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("availability")
    (folder / "dialect.toml").write_text(DIALECT)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with Sandbox("--dialect", str(folder / "dialect.toml")) as server:
        yield World(server)


@pytest.fixture(scope="module")
def own(server, folder):
    with Portal(server.sandbox.url, folder / "portal", OZEKI_DIALECT=str(folder / "dialect.toml")) as portal:
        yield portal


@pytest.fixture
def enter(browser, own, server):
    """A browser signed in as the person called so."""

    def entered(first):
        visitor = browser(own)
        assert visitor.sign_in(server.sandbox.people[first]).status == 303
        return visitor

    server.sandbox.control("faults/clear", {})
    return entered


@pytest.fixture
def bob(enter):
    visitor = enter("bob")
    yield visitor
    choose(visitor, "useravailable")


def choose(visitor, action, **options):
    return visitor.post("/availability/", {"action": action}, **options)


def shown(visitor):
    """What the header says, and which of the choices is marked."""
    page = visitor.get("/").document
    marked = [each.text for each in page.all("button[name=action]") if "aria-current" in each.attributes]
    return page.one(".topbar__availability").text, marked


def seen_by(visitor, userid):
    """What a friend sees on somebody's card."""
    return visitor.get(f"/people/{userid}/").document.one("#presence").text


def test_every_action_of_the_dialect_is_offered_by_its_label_and_the_first_is_marked(bob):
    page = bob.get("/").document
    offered = [(each["value"], each.text) for each in page.all("button[name=action]")]
    assert offered == [("useravailable", "Here"), ("useraway", "Out for lunch"), ("userbusy", "<b>Busy</b>")]
    assert shown(bob) == ("Here", ["Here"])


def test_with_one_state_only_it_is_shown_and_nothing_is_offered(visit):
    page = visit("maria").get("/").document
    assert page.one(".topbar__availability").text == "Available"
    assert page.all("button[name=action]") == []


def test_a_chosen_state_is_shown_in_the_header_and_to_friends(bob, enter, server):
    alice = enter("alice")
    assert choose(bob, "useraway", htmx=True).status == 204
    assert shown(bob) == ("Out for lunch", ["Out for lunch"])
    wait_until(lambda: seen_by(alice, server.userid("bob")) == "away", "Alice to see it")


def test_a_friends_tab_has_the_new_state_as_it_comes(bob, enter, server):
    tab = enter("alice").tab()
    choose(bob, "userbusy")
    tab.hear_row(server.between("alice", "bob"), lambda row: "busy" in row)


def test_a_plain_form_leads_back_to_the_page_it_was_on(bob):
    document = bob.get("/people/?q=al").document
    form = next(form for form in document.all("form[method=post]") if form["action"] == "/availability/")
    answer = bob.post(form["action"], {"action": "useraway", "next": document.one("input[name=next]", form)["value"]})
    assert (answer.status, answer.location) == (303, "/people/?q=al")


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_plain_form_leads_to_no_other_site(bob, next):
    answer = bob.post("/availability/", {"action": "useraway", "next": next})
    assert (answer.status, answer.location) == (303, "/")


@pytest.mark.parametrize("action", ["", "useroffline", "Away", "useraway ", "x" * 5_000, "list"])
@pytest.mark.parametrize("htmx", [True, False])
def test_what_the_dialect_does_not_name_can_not_be_chosen(bob, server, action, htmx):
    since = server.now()
    assert choose(bob, action, htmx=htmx).status == 422
    called = {call["action"] for call in server.calls(since, "chatavailability", userid=server.userid("bob"))}
    assert called <= {"useravailable"}  # signing in says that he is here, whenever it gets to it
    assert shown(bob)[0] == "Here"


def test_a_state_that_the_server_refuses_is_not_kept(bob, server):
    server.break_next("chatavailability", "refuse", "useraway", userid=server.userid("bob"))
    answer = choose(bob, "useraway", htmx=True)
    assert answer.status == 409
    assert "The chat server refused this" in answer.alert
    assert shown(bob)[0] == "Here"


def test_choosing_needs_a_form_of_this_site(bob):
    assert choose(bob, "useraway", csrf=False).status == 403
    assert bob.get("/availability/").status == 405


def test_whoever_is_signed_out_chooses_nothing(browser, own):
    assert browser(own).post("/availability/", {"action": "useraway"}).location == "/sign-in/"


def test_every_tab_of_the_person_follows_at_once_in_other_browsers_too(bob, enter):
    here, there = bob.tab(), enter("bob").tab()
    choose(bob, "useraway")
    for tab in (here, there):
        frame = tab.hear("event", lambda frame: "availability" in frame)
        assert frame["availability"] == "useraway"


def test_one_choice_is_one_event_however_many_tabs_there_are(bob):
    tabs = [bob.tab() for _ in range(3)]
    choose(bob, "useraway")
    tabs[0].hear("event", lambda frame: "availability" in frame)
    tabs[1].hear("event", lambda frame: "availability" in frame)
    events = [frame for frame in tabs[0].all_so_far() if "availability" in frame]
    assert len(events) == 1


def test_other_peoples_tabs_are_not_told_to_follow(bob, enter):
    tab = enter("alice").tab()
    choose(bob, "useraway")
    tab.hear("event", lambda frame: frame.get("people"))
    assert not [frame for frame in tab.all_so_far() if "availability" in frame]


def test_a_new_sign_in_shows_what_was_chosen(bob, enter, server):
    choose(bob, "userbusy")
    since = server.now()
    assert shown(enter("bob"))[0] == "<b>Busy</b>"
    said = partial(server.calls, since, "chatavailability", userid=server.userid("bob"))
    wait_until(said, "the friends to be told")
    assert {call["action"] for call in said()} == {"userbusy"}


def test_what_was_chosen_survives_a_restart_of_the_portal(bob, own):
    choose(bob, "useraway")
    own.stop()
    own.start()
    assert shown(bob)[0] == "Out for lunch"


@pytest.mark.parametrize("event", ["drop-sockets", "forget-stations"])
def test_it_is_sent_again_after_the_line_to_the_server_broke(bob, server, event):
    tab = bob.tab(server.between("bob", "zsofi"))
    choose(bob, "useraway")
    tab.hear("event", lambda frame: "availability" in frame)
    since = server.now()
    server.sandbox.control(event, {})
    server.says("zsofi", server.between("bob", "zsofi"), "Are you there?")
    again = partial(server.calls, since, "chatavailability", "useraway", server.userid("bob"))
    if event == "forget-stations":
        bob.say(server.between("bob", "zsofi"), "Yes")  # the server refuses it, and so the portal learns of it
        bob.tab()
    wait_until(again, "the state to be sent again", 20)


# In this process


@pytest.fixture
def inside(make):
    return make(dialect=Dialect(availability=Availability((Action("useravailable", "Here", "available"), AWAY))))


async def test_a_tab_that_comes_back_is_told_what_was_chosen_while_it_was_away(inside, sandbox):
    person = sandbox.people["maria"]
    await Person.objects.acreate(userid=person.userid, email_md5="", last_signed_in=timezone.now())
    _, account = await sign_in(inside, person)
    relay = inside.relay(account)
    relay.sidebar.listed([], {}, "useravailable")
    await availability.keep(person.userid, AWAY)
    tab = Tab()
    relay.attach(tab, relay.stream.epoch, relay.stream.n)
    event = await until(tab, lambda frame: "availability" in frame)
    assert event["availability"] == "useraway"


async def test_a_state_that_the_dialect_no_longer_names_is_the_first_one(inside, sandbox):
    person = sandbox.people["maria"]
    await Person.objects.acreate(userid=person.userid, email_md5="", last_signed_in=timezone.now(), availability="gone")
    _, account = await sign_in(inside, person)
    assert (await account.availability()).action == "useravailable"


async def test_after_a_refusal_the_friends_are_told_by_the_next_tab(inside, world, sandbox, monkeypatch):
    person = sandbox.people["maria"]
    _, account = await sign_in(inside, person)
    monkeypatch.setattr(accounts, "ANNOUNCE_EVERY", 1_000.0)
    world.break_next("chatavailability", "refuse", userid=person.userid)
    with pytest.raises(Refused):
        await account.announce()
    since = world.now()
    await account.announce()
    await eventually(partial(world.calls, since, "chatavailability", userid=person.userid), "the friends to be told")
