"""How much is unread, and how far the person has read: the numbers in the sidebar and the marker behind them."""

from __future__ import annotations

import asyncio
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import OperationalError

from chat import history, markers, reading, stragglers
from chat import relay as relays
from chat.http import COOKIE
from chat.models import ReadMarker
from chat.ozeki.models import Conversation
from chat.stream import Tab
from tests.chat.inside import PATIENCE, kept, sign_in, until
from tests.processes import wait_until
from tests.sandbox.raw import Device, now

LONG = {"validuntil": "2090-01-01 00:00:00"}
inside = pytest.mark.django_db(transaction=True)
UNREAD = re.compile(r'data-unread="([^"]*)"')


@pytest.fixture
def tom(visit, world):
    """His portal has seen his conversations before."""
    tom = visit("tom")
    tab = tom.tab()
    pane = partial(tom.open, world.between("tom", "alice"))
    wait_until(lambda: pane().document.one("#conversation")["data-read-at"], "Tom's markers")
    tab.close()
    return tom


@pytest.fixture
def conversation(tom, world, sandbox):
    """Tom's with Robin, cleared: all that is said in it from now on is unread."""
    conversation = world.between("tom", "robin")
    sandbox.control("clear", {"conversation": conversation})
    return conversation


@pytest.fixture
def other(tom, world, sandbox):
    """Tom's with Zsófi, cleared too."""
    other = world.between("tom", "zsofi")
    sandbox.control("clear", {"conversation": other})
    return other


@pytest.fixture
def tab(tom, conversation):
    """Tom's start page."""
    return tom.tab()


@pytest.fixture
def toms_phone(sandbox):
    return Device(sandbox, sandbox.people["tom"])


def number(html):
    """What a row says is unread; "" for nothing."""
    return next(iter(UNREAD.findall(html)), "")


def hear_unread(tab, conversation, wanted):
    return tab.hear_row(conversation, lambda html: number(html) == wanted)


def unread(visitor, conversation):
    """What the list says is unread in a conversation; None: it is not in the list."""
    rows = visitor.get("/").rows
    return next((row["data-unread"] for row in rows if row["data-conversation"] == conversation), None)


def read(visitor, conversation, **fields):
    return visitor.post(f"/conversations/{conversation}/read/", fields, htmx=True)


def read_by_form(visitor, conversation, message):
    """As `read`, but the answer waits for the number."""
    assert visitor.post(f"/conversations/{conversation}/read/", {"message": message}).status == 303


def has_read(visitor, conversation, message):
    """Have it read, once the portal knows of the clearing that these tests begin with."""
    wait_until(lambda: read(visitor, conversation, message=message).status == 204, "the message to be read")


def numbers(tab, conversation):
    """Every number the tab was told for a conversation."""
    rows = "".join(frame.get("rows", "") for frame in tab.all_so_far())
    return [number(part) for part in re.split(r"(?=<li )", rows) if f'data-conversation="{conversation}"' in part]


# Counting


def test_what_others_say_where_nobody_looks_is_counted_in_the_row(tom, world, conversation, tab):
    world.says("robin", conversation, "One")
    hear_unread(tab, conversation, "1")
    world.says("robin", conversation, "Two")
    hear_unread(tab, conversation, "2")
    assert unread(tom, conversation) == "2"
    assert "2 unread" in tom.get("/").document.one(f"#conversation-{conversation}").text


def test_a_list_that_was_filtered_has_the_numbers_too(tom, world, conversation, tab):
    world.says("robin", conversation, "One")
    hear_unread(tab, conversation, "1")
    for htmx in (True, False):
        row = tom.get("/conversations/?q=robin", htmx=htmx).rows[0]
        assert (row["data-conversation"], row["data-unread"]) == (conversation, "1")


def test_ones_own_messages_from_another_device_do_not_count(tom, world, conversation, tab):
    world.says("robin", conversation, "Theirs", created=now(seconds=1))
    world.says("tom", conversation, "Mine", created=now(seconds=2))
    world.says("robin", conversation, "Theirs again", created=now(seconds=3))
    hear_unread(tab, conversation, "2")
    assert set(numbers(tab, conversation)) <= {"", "1", "2"}


def test_expired_messages_do_not_count(tom, world, conversation, tab):
    world.says("robin", conversation, "Gone", created=now(minutes=-9), validuntil=now(minutes=-8))
    world.says("robin", conversation, "There", created=now())
    hear_unread(tab, conversation, "1")
    assert set(numbers(tab, conversation)) <= {"", "1"}


def test_a_message_that_can_not_be_opened_counts(tom, world, conversation, tab):
    world.says("robin", conversation, data="bm90IGNpcGhlcnRleHQ=")
    hear_unread(tab, conversation, "1")


def test_more_than_a_page_is_counted_as_fifty_and_more(tom, world, conversation, tab):
    for n in range(59):
        world.says("robin", conversation, f"{n}", silent=True)
    world.says("robin", conversation, "59")
    hear_unread(tab, conversation, "50+")


def test_more_than_a_page_of_the_very_second_that_was_read_is_counted(tom, world, conversation, tab):
    second = now(minutes=-1)
    has_read(tom, conversation, world.says("robin", conversation, "Read", created=second))
    for n in range(54):
        world.says("robin", conversation, f"{n}", created=second, silent=True)
    world.says("robin", conversation, "54", created=second)
    hear_unread(tab, conversation, "50+")


def test_a_page_that_just_reaches_back_to_the_marker_is_counted_exactly(tom, world, conversation, tab):
    has_read(tom, conversation, world.says("robin", conversation, "Read", created=now(minutes=-1)))
    for n in range(48):
        world.says("robin", conversation, f"{n}", silent=True)
    world.says("robin", conversation, "48")
    hear_unread(tab, conversation, "49")
    world.says("robin", conversation, "49")
    hear_unread(tab, conversation, "50+")


def test_what_a_visible_tab_shows_and_nobody_reads_is_counted_after_a_moment(tom, world, conversation):
    tab = tom.tab(conversation)
    wait_until(lambda: unread(tom, conversation) == "", "nothing to be unread")
    tab.hear_message(world.says("robin", conversation, "Is anybody there?"))
    wait_until(lambda: unread(tom, conversation) == "1", "the message to be unread")


def test_what_a_hidden_tab_shows_is_counted(tom, world, conversation):
    tab = tom.tab(conversation, visible=False)
    world.says("robin", conversation, "Is anybody there?")
    hear_unread(tab, conversation, "1")


def test_a_muted_conversation_is_counted(tom, world, conversation, toms_phone, tab):
    toms_phone.call("chatconversation", "mute", conversationid=conversation)
    try:
        world.says("robin", conversation, "Psst")
        tab.hear_row(conversation, lambda html: number(html) == "1" and "data-muted" in html)
    finally:
        toms_phone.call("chatconversation", "unmute", conversationid=conversation)


def test_a_message_dated_before_what_was_read_is_counted(tom, world, conversation):
    seen = world.says("robin", conversation, "By the right clock", created=now(minutes=-1))
    tab = tom.tab(conversation)
    assert read(tom, conversation, message=seen).status == 204
    world.says("robin", conversation, "Later", created=now(minutes=-1))
    tab.show(None)
    before = world.says("robin", conversation, "Opened too", created=now(minutes=-4))
    tom.open(conversation)
    read_by_form(tom, conversation, world.ids(conversation)[-1])
    tab.all_so_far()
    assert unread(tom, conversation) == ""
    world.says("robin", conversation, "By a clock that is behind", created=now(minutes=-2))
    hear_unread(tab, conversation, "1")
    read_by_form(tom, conversation, before)
    assert unread(tom, conversation) == ""


@inside
async def test_a_message_that_came_late_where_nobody_looks_is_counted_until_one_reads_there(make, bob, world):
    conversation = world.between("bob", "zsofi")
    world.sandbox.control("clear", {"conversation": conversation})
    portal = make()
    _, account = await sign_in(portal, bob)
    relay, tab = await listening(portal, account)
    await until(tab, lambda frame: frame["type"] == "upstream" and frame["state"] == "on")
    opened = await history.newest(account, await account.conversation(conversation))
    assert opened.messages == ()
    for minutes in (-9, -1):
        world.says("zsofi", conversation, "In order", created=now(minutes=minutes))
    await until(tab, shows(conversation, "2"))
    known = await account.conversation(conversation)
    assert await reading.read(account, known, known.lastmessageid, page=())
    await relay.look_up("read", conversation)
    await until(tab, shows(conversation, ""))
    world.says("zsofi", conversation, "By a clock that is behind", created=now(minutes=-5))
    await until(tab, shows(conversation, "1"))
    await relay.look_up("read", conversation)
    await until(tab, shows(conversation, ""))


@inside
async def test_a_message_that_came_late_and_was_reported_at_once_is_counted(make, bob, world, monkeypatch):
    monkeypatch.setattr(stragglers, "REPORTED", 0.0)
    conversation, phone = world.between("bob", "zsofi"), Device(world.sandbox, bob)
    for minutes in (-9, -1):
        world.says("zsofi", conversation, "In order", created=now(minutes=minutes))
    portal = make()
    _, account = await sign_in(portal, bob)
    _, tab = await listening(portal, account)
    await until(tab, lambda frame: frame["type"] == "upstream" and frame["state"] == "on")
    await history.newest(account, await account.conversation(conversation))
    world.says("zsofi", conversation, "By a clock that is behind", created=now(minutes=-5), silent=True)
    await asyncio.to_thread(lambda: phone.page(phone.conversation(world.sandbox.people["zsofi"])))
    await until(tab, shows(conversation, "1"))


@inside
async def test_what_was_read_elsewhere_before_it_was_heard_of_here_is_not_counted(make, bob, world):
    conversation = world.between("bob", "zsofi")
    world.says("bob", conversation, "Before")
    portal = make()
    _, account = await sign_in(portal, bob)
    relay, tab = await listening(portal, account)
    await until(tab, lambda frame: frame["type"] == "upstream" and frame["state"] == "on")
    relay.show(tab, conversation)
    await until(tab, lambda frame: frame.get("reset"))
    read = world.says("zsofi", conversation, "Nobody was told of it", silent=True)
    _, phone = await sign_in(portal, bob)
    assert await reading.read(phone, await phone.conversation(conversation), read, page=())
    await relay.look_up("read", conversation)
    own = world.says("bob", conversation, "I have read it")
    await until(tab, lambda frame: own in frame.get("messages", ""))
    await relay.news.count()
    assert account.unread == {}


# Reading


def test_reading_clears_the_number_in_every_tab_and_on_every_device(tom, visit, world, conversation):
    phone = visit("tom")
    tabs = [tom.tab(), tom.tab(), phone.tab()]
    id = world.says("robin", conversation, "Read me")
    for tab in tabs:
        hear_unread(tab, conversation, "1")
    assert read(tom, conversation, message=id).status == 204
    for tab in tabs:
        hear_unread(tab, conversation, "")
    assert unread(phone, conversation) == ""


def test_reading_moves_only_forward(tom, world, conversation, tab):
    ids = [world.says("robin", conversation, f"{n}", created=now(seconds=n)) for n in range(3)]
    hear_unread(tab, conversation, "3")
    has_read(tom, conversation, ids[1])
    hear_unread(tab, conversation, "1")
    read_by_form(tom, conversation, ids[0])
    assert unread(tom, conversation) == "1"


def test_within_one_second_the_order_counts(tom, world, conversation, tab):
    second = {"created": now()}
    a, b, c = (world.says("robin", conversation, text, **second) for text in "abc")
    hear_unread(tab, conversation, "3")
    for id, left in ((b, "1"), (a, "1"), (c, ""), (b, "")):
        read_by_form(tom, conversation, id)
        assert unread(tom, conversation) == left
    world.says("robin", conversation, "d", **second)
    hear_unread(tab, conversation, "1")


def test_whoever_writes_has_read(tom, world, conversation, tab):
    world.says("robin", conversation, "And you?", created=now(seconds=-1))
    hear_unread(tab, conversation, "1")
    tom.say(conversation, "Fine")
    hear_unread(tab, conversation, "")


def test_what_comes_while_a_message_is_on_its_way_is_unread(tom, world, conversation):
    tab = tom.tab(conversation, visible=False)
    world.says("robin", conversation, "Before")
    hear_unread(tab, conversation, "1")
    world.break_next("chatconversation", "slow", "add", accepts=True, seconds=1.5, userid=world.userid("tom"))
    since = world.now()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(tom.say, conversation, "Fine")
        wait_until(lambda: world.calls(since, "chatconversation", "add"), "it to be there")
        world.says("robin", conversation, "Meanwhile", created=now(seconds=1))
        hear_unread(tab, conversation, "2")
        assert answer.result().status == 201
    hear_unread(tab, conversation, "1")


def test_a_conversation_cleared_on_another_device_has_nothing_unread_and_then_what_is_new(
    tom, world, conversation, tab
):
    world.says("robin", conversation, "Old")
    hear_unread(tab, conversation, "1")
    world.sandbox.control("clear", {"conversation": conversation})
    hear_unread(tab, conversation, "")
    world.says("robin", conversation, "New")
    hear_unread(tab, conversation, "1")


def test_a_hidden_conversation_that_something_is_said_in_comes_back_unread(tom, world, conversation, toms_phone, tab):
    has_read(tom, conversation, world.says("robin", conversation, "Old", created=now(seconds=-1)))
    known = toms_phone.conversation(world.sandbox.people["robin"])
    hideid = f"{known['instance']};{known['lastmessageid']}"
    toms_phone.call("chatconversation", "hide", conversationid=conversation, hideid=hideid)
    try:
        tab.hear("event", lambda frame: conversation in frame.get("drop", ()))
        world.says("robin", conversation, "Here I am again")
        hear_unread(tab, conversation, "1")
    finally:
        toms_phone.call("chatconversation", "unhide", conversationid=conversation)


# Marking as unread


def test_marking_a_message_unread_puts_it_and_what_came_after_back(tom, world, conversation, tab):
    ids = [world.says("robin", conversation, f"{n}", created=now(seconds=n)) for n in range(3)]
    has_read(tom, conversation, ids[2])
    assert read(tom, conversation, unread=ids[1]).status == 200
    hear_unread(tab, conversation, "2")
    assert read(tom, conversation, unread=ids[0]).status == 200
    hear_unread(tab, conversation, "3")
    has_read(tom, conversation, ids[2])
    hear_unread(tab, conversation, "")


def test_marking_as_unread_begins_with_the_last_message_of_the_others(tom, world, conversation, tab):
    theirs = [world.says("robin", conversation, f"{n}", created=now(seconds=-9 + n)) for n in range(2)]
    own = tom.say(conversation, "Mine").messages[0].id
    assert read(tom, conversation, unread="").status == 200
    hear_unread(tab, conversation, "1")
    page = tom.open(conversation).document.one("#conversation")
    assert page["data-read"] == theirs[0] != own


def test_that_a_conversation_is_marked_as_unread_is_said_where_it_was_asked_for(tom, world, conversation):
    world.says("robin", conversation, "Later")
    tom.open(conversation)
    said = read(tom, conversation, unread="").document.one("div")
    assert (said["hx-swap-oob"], said.text) == ("innerHTML:#done", "Marked as unread.")


def test_where_nobody_else_has_said_anything_nothing_can_be_marked_unread(tom, conversation):
    tom.open(conversation)
    assert read(tom, conversation, unread="").status == 404
    tom.say(conversation, "Mine")
    assert read(tom, conversation, unread="").status == 404


# The page


def test_a_page_says_how_far_one_has_read(tom, world, conversation):
    first = world.says("robin", conversation, "First", created="2026-01-05 10:00:00", **LONG)
    has_read(tom, conversation, first)
    world.says("robin", conversation, "Second")
    pane = tom.open(conversation).document.one("#conversation")
    assert (pane["data-read"], pane["data-read-at"]) == (first, "2026-01-05T10:00:00Z")


def test_looking_at_a_page_reads_nothing(tom, world, conversation, tab):
    world.says("robin", conversation, "Still unread")
    hear_unread(tab, conversation, "1")
    tom.open(conversation)
    tom.get(f"/conversations/{conversation}/", htmx=True)
    assert unread(tom, conversation) == "1"


def test_without_scripts_a_button_marks_as_read(tom, world, conversation):
    id = world.says("robin", conversation, "Read me", created=now(seconds=-1))
    has_read(tom, conversation, id)
    assert not tom.open(conversation).document.all(".mark-read")
    id = world.says("robin", conversation, "And me")
    document = tom.open(conversation).document
    form = document.one(".mark-read")
    button = document.one("button", form)
    answer = tom.post(form["action"], {button["name"]: button["value"]})
    assert (answer.status, answer.location) == (303, f"/conversations/{conversation}/")
    assert not tom.open(conversation).document.all(".mark-read")


def test_without_scripts_marking_as_unread_leads_to_the_list(tom, world, conversation):
    world.says("robin", conversation, "Read me")
    answer = tom.post(f"/conversations/{conversation}/read/", {"unread": ""})
    assert (answer.status, answer.location) == (303, "/")
    wait_until(lambda: unread(tom, conversation) == "1", "the number")


def test_a_page_without_a_tab_has_the_number_when_it_is_asked_for_again_a_moment_later(visit, world):
    tom, talk = visit("tom"), world.between("tom", "robin")
    world.sandbox.control("clear", {"conversation": talk})  # other tests say something in the future
    first = world.says("robin", talk, "At first sight")
    assert read(tom, talk, message=first).status == 204
    world.says("robin", talk, "Read me")
    wait_until(lambda: unread(tom, talk) == "1", "the number", 10)


@inside
@pytest.mark.parametrize(("how", "status"), [({"HX-Request": "true"}, 204), ({}, 303)], ids=["a script", "a form"])
async def test_who_reads_does_not_wait_for_what_is_counted_elsewhere(
    make, bob, world, async_client, monkeypatch, how, status
):
    monkeypatch.setattr(relays, "A_MOMENT", 0.05)
    portal, talk = make(), world.between("bob", "alice")
    async_client.cookies[COOKIE], account = await sign_in(portal, bob)
    id = world.says("alice", talk, "Read me")
    async with portal.relay(account).news._unread._counting, asyncio.timeout(PATIENCE):
        answer = await async_client.post(f"/conversations/{talk}/read/", {"message": id}, headers=how)
    assert answer.status_code == status


# What is refused


def test_nobody_marks_in_conversations_of_others(visit, world):
    theirs = world.between("alice", "bob")
    id = world.ids(theirs)[-1]
    assert read(visit("charlie"), theirs, message=id).status == 404
    assert read(visit("tom"), theirs, unread="").status == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"message": ""}, 422),
        ({"message": "no message"}, 422),
        ({"message": "<script>"}, 422),
        ({"message": "x" * 65}, 422),
        ({"message": "x" * 100_000}, 422),
        ({"unread": "é"}, 422),
        ({"message": "0" * 8, "unread": ""}, 422),
        ({"message": str(uuid.uuid4())}, 404),
        ({"unread": str(uuid.uuid4())}, 404),
    ],
    ids=["nothing", "empty", "words", "markup", "long", "huge", "accent", "both", "unknown", "unknown to be unread"],
)
def test_what_names_no_message_moves_nothing(tom, world, conversation, tab, fields, status):
    world.says("robin", conversation, "Unread")
    hear_unread(tab, conversation, "1")
    answer = read(tom, conversation, **fields)
    assert (answer.status, bool(answer.alert)) == (status, True)
    assert unread(tom, conversation) == "1"


def test_a_message_of_another_conversation_moves_nothing(tom, world, conversation, other, tab):
    elsewhere = world.says("zsofi", other, "Elsewhere")
    tom.open(other)
    world.says("robin", conversation, "Unread")
    hear_unread(tab, conversation, "1")
    for name in ("message", "unread"):
        assert read(tom, conversation, **{name: elsewhere}).status == 404
    assert unread(tom, conversation) == "1"


def test_the_marker_is_not_moved_by_looking_it_up(tom, conversation):
    assert tom.get(f"/conversations/{conversation}/read/").status == 405


def test_a_form_of_another_site_moves_nothing(tom, world, conversation):
    id = world.says("robin", conversation, "Unread")
    answer = tom.post(f"/conversations/{conversation}/read/", {"message": id}, csrf=False)
    assert answer.status == 403


# What it costs


@pytest.fixture
def settled(tom, world, conversation, other, tab):
    """A tab of Tom's, and two conversations in which nothing is unread and of which every notice has been followed."""
    for each in (conversation, other):
        tom.say(each, "Nothing is unread here")
    calls = []
    wait_until(lambda: calls.append(world.now()) or calls[-1:] * 20 == calls[-20:], "the portal to be content")
    tab.all_so_far()
    return tab, conversation, other


def test_each_conversation_is_looked_at_once_for_what_was_said_in_it(world, settled):
    tab, *conversations = settled
    since = world.now()
    for first, where in zip(("robin", "zsofi"), conversations, strict=True):
        world.says(first, where, "One")
        hear_unread(tab, where, "1")
    assert len(world.calls(since, "chatconversation", "downloadpartial", userid=world.userid("tom"))) == 2


def test_reports_make_nobody_look(world, sandbox, settled):
    tab, _, other = settled
    robins_phone = Device(sandbox, sandbox.people["robin"])
    since = world.now()
    assert robins_phone.page(robins_phone.conversation(sandbox.people["tom"]))["messages"]
    wait_until(lambda: world.calls(since, "chatconversation", "list", world.userid("tom")), "the notice to be heard")
    world.says("zsofi", other, "One")
    hear_unread(tab, other, "1")
    calls = world.calls(since, "chatconversation", "downloadpartial", userid=world.userid("tom"))
    assert len(calls) == 1  # for what was said


def test_a_server_that_breaks_down_while_it_is_counted_is_asked_again(tom, world, conversation, tab):
    world.break_next("chatconversation", "refuse", "downloadpartial", userid=world.userid("tom"))
    world.says("robin", conversation, "One")
    world.says("robin", conversation, "Two")
    hear_unread(tab, conversation, "2")


# Inside: the first sight, and a restart


def shows(conversation, wanted):
    part = f'data-conversation="{conversation}"'

    def fits(frame):
        rows = re.split(r"(?=<li )", frame.get("rows", "")) if isinstance(frame, dict) else []
        return any(part in row and number(row) == wanted for row in rows)

    return fits


async def listening(portal, account):
    relay, tab = portal.relay(account), Tab()
    relay.sidebar.listed([], {}, "useravailable")
    relay.attach(tab, relay.stream.epoch, relay.stream.n)
    return relay, tab


@inside
async def test_what_is_there_at_first_sight_counts_as_read(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    await listening(portal, account)
    markers_of_bob = ReadMarker.objects.filter(userid=account.userid)

    async def marked():
        return await markers_of_bob.acount() == len(account.known) > 1

    await kept(marked)
    marker = await ReadMarker.objects.aget(conversation=world.between("alice", "bob"))
    assert marker.message_id == world.ids(world.between("alice", "bob"))[-1]
    assert account.unread == {}


@inside
@pytest.mark.parametrize("id", ["x" * 65, "\0"], ids=["long", "zero"])
async def test_a_newest_message_whose_id_no_database_can_keep_is_passed_by_its_date(id):
    conversation = Conversation("c", False, (), (), id, "", 1709907168, "", "i")
    await markers.begin("somebody", [conversation], unread=())
    marker = await markers.find("somebody", conversation)
    assert marker == markers.Marker("i", "", datetime.fromtimestamp(1709907168, UTC))


@inside
async def test_what_was_said_while_the_portal_was_away_is_unread_when_it_is_back(make, bob, world):
    conversation = world.between("bob", "zsofi")
    portal = make()
    token, account = await sign_in(portal, bob)
    await listening(portal, account)
    await kept(ReadMarker.objects.filter(userid=account.userid, conversation=conversation).aexists)
    await portal.aclose()
    for _ in range(2):
        world.says("zsofi", conversation, "While you were away")
    again = make()
    account = await again.account(token)
    _, tab = await listening(again, account)
    await until(tab, shows(conversation, "2"))


@inside
async def test_a_conversation_that_appears_while_somebody_listens_is_unread_from_its_beginning(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    new = world.between("bob", "zsofi")
    hidden = await account.conversations()
    unread = portal.relay(account).news._unread
    account._listing.known = {id: one for id, one in hidden.items() if id != new}
    await unread.count()
    account._listing.known = hidden
    await unread.count()
    marker = await ReadMarker.objects.aget(userid=account.userid, conversation=new)
    assert marker.message_id == ""


@inside
async def test_a_database_that_fails_once_makes_nothing_read(make, bob, world, monkeypatch):
    portal = make()
    _, account = await sign_in(portal, bob)
    new = world.between("bob", "zsofi")
    listed = await account.conversations()
    unread = portal.relay(account).news._unread
    account._listing.known = {id: one for id, one in listed.items() if id != new}
    await unread.count()
    account._listing.known = listed

    async def failing(*args, **options):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(markers, "begin", failing)
        with pytest.raises(OperationalError):
            await unread.count()
    await unread.count()
    marker = await ReadMarker.objects.aget(userid=account.userid, conversation=new)
    assert marker.message_id == ""


@inside
async def test_a_marker_that_moved_while_the_database_was_away_counts_once_it_is_back(make, bob, world, monkeypatch):
    portal = make()
    _, account = await sign_in(portal, bob)
    await account.conversations()
    unread = portal.relay(account).news._unread
    await unread.count()
    talk = world.between("bob", "alice")
    id = world.says("alice", talk, "Read elsewhere", **LONG)
    conversation = (await account.conversations(fresh=True))[talk]
    await unread.count()
    assert account.unread[talk, conversation.instance] == "1"
    page = (await history.newest(account, conversation)).messages
    assert await reading.read(account, conversation, id, page=page)

    async def failing(*args):
        raise OperationalError

    unread.moved()
    with monkeypatch.context() as broken:
        broken.setattr(markers, "everywhere", failing)
        with pytest.raises(OperationalError):
            await unread.count()
    await unread.count()
    assert (talk, conversation.instance) not in account.unread
