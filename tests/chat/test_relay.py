"""A relay in the test's own process, against the real sandbox."""

from __future__ import annotations

import asyncio
import uuid
from functools import partial

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from channels.testing import WebsocketCommunicator
from django.db import OperationalError

from chat import alerts, fragments, history, markers, presenting, upstream, vault
from chat import portal as portals
from chat import relay as relays
from chat.consumers import Tab as Socket
from chat.http import COOKIE
from chat.models import SignIn
from chat.ozeki.errors import Unreachable
from chat.ozeki.models import Notices
from chat.stream import RESTART, SIGNED_OUT, Close, Tab
from chat.vault import OpenedCache
from tests.chat.inside import eventually, sign_in, until
from tests.sandbox.raw import Device

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(world):
    return world.between("bob", "zsofi")


def is_on(frame):
    return frame["type"] == "upstream" and frame["state"] == "on"


def is_resync(frame):
    return frame["type"] == "resync"


# Its life


async def test_a_tab_is_closed_soon_after_its_sign_in_ended_elsewhere(make, bob, monkeypatch):
    monkeypatch.setattr(relays, "RECHECK", 0.05)
    portal = make()
    _, account = await sign_in(portal, bob)
    tab = Tab()
    portal.relay(account).attach(tab, None, None)
    await SignIn.objects.all().adelete()
    assert await until(tab, lambda frame: isinstance(frame, Close)) == SIGNED_OUT
    assert portal.relays == {}


async def test_a_relay_ends_when_it_has_been_without_a_tab_for_long_and_not_before(make, bob):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(), portal.relay(account)
    relay.attach(tab, None, None)
    relay._end_when_alone()
    assert portal.relays == {account.key: relay}
    relay.detach(tab)
    relay._end_when_alone()
    assert portal.relays == {}


@pytest.mark.parametrize("how", ["it hangs up", "it is given up"])
async def test_a_tab_is_gone_however_its_socket_ends(make, bob, how):
    portal = make()
    token, account = await sign_in(portal, bob)
    socket = WebsocketCommunicator(Socket.as_asgi(), "/live/", headers=[(b"cookie", f"{COOKIE}={token}".encode())])
    await socket.connect()
    await socket.send_json_to({"type": "hello", "epoch": "", "n": 0, "conversation": None, "visible": True})
    await socket.receive_json_from()
    relay = portal.relays[account.key]
    assert relay.stream.tabs
    if how == "it is given up":
        socket.future.cancel()
    else:
        await socket.send_input({"type": "websocket.disconnect", "code": 1006})
    await asyncio.wait([socket.future])
    assert not relay.stream.tabs


async def test_a_tab_that_can_not_be_told_is_closed_to_come_back(make, bob, monkeypatch):
    async def unable(self, text):
        raise ValueError

    token, _ = await sign_in(make(), bob)
    monkeypatch.setattr(Socket, "send", unable)
    socket = WebsocketCommunicator(Socket.as_asgi(), "/live/", headers=[(b"cookie", f"{COOKIE}={token}".encode())])
    await socket.connect()
    await socket.send_json_to({"type": "hello", "epoch": "", "n": 0, "conversation": None, "visible": True})
    assert (await socket.receive_output())["code"] == RESTART.code
    await socket.send_input({"type": "websocket.disconnect", "code": RESTART.code})
    await asyncio.wait([socket.future])


async def test_a_change_that_the_database_could_not_tell_does_not_keep_the_next_one_from_being_told(
    make, bob, monkeypatch
):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(), portal.relay(account)
    relay.attach(tab, None, None)
    assert await until(tab, lambda frame: frame["type"] == "preferences")
    failures = []

    async def failing(**_):
        failures.append(1)
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(account, "preferences", failing)
        relay.changed("preferences", "")
        await eventually(lambda: failures, "the failure")
    relay.changed("preferences", "")
    assert await until(tab, lambda frame: frame["type"] == "preferences")


async def test_what_was_under_way_when_the_person_signed_out_brings_nothing_of_theirs_back(make, bob):
    portal = make()
    _, account = await sign_in(portal, bob)
    await portal.end(account.key)
    portal.relay(account)
    await eventually(lambda: not portal.relays, "the end of what it began")
    assert portal.accounts.get(account.key) is None


async def test_a_conversation_that_can_not_be_fetched_keeps_nothing_else_from_being_told(
    make, bob, world, conversation
):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(conversation=conversation, visible=True), portal.relay(account)
    relay.attach(tab, None, None)
    await until(tab, is_on)
    for action in ("download", "downloadpartial"):
        world.break_next("chatconversation", "500", action, times=9, userid=bob.userid)
    other = world.between("bob", "alice")
    await asyncio.to_thread(world.says, "zsofi", conversation, "Behind a fault")
    await asyncio.to_thread(world.says, "alice", other, "Elsewhere")
    await until(tab, lambda frame: f'data-conversation="{other}"' in frame.get("rows", ""))
    assert relay.upstream.state == "on"
    world.sandbox.control("faults/clear", {})
    await until(tab, lambda frame: frame.get("reset") or "Behind a fault" in frame.get("messages", ""))


async def test_the_same_sign_in_has_the_same_station_after_a_restart_and_another_one_in_another_process(make, bob):
    portal = make()
    token, account = await sign_in(portal, bob)
    again = await make().account(token)
    other = make()
    other.slot = "other"
    assert again.station.id == account.station.id
    assert (await other.account(token)).station.id != account.station.id


async def told_before_anybody_listens(world, since):
    await eventually(partial(world.calls, since, "chatnotification"), "the relay to ask")
    made = world.sandbox.control(f"calls?since={since}")
    assert made[0]["api"] == "chatlogin"
    assert not [call for call in made if call["refused"]]


async def test_a_station_that_is_new_in_this_process_is_told_of_before_anybody_listens_by_it(make, bob, world):
    token, _ = await sign_in(make(), bob)
    other = make()
    other.slot = "other"
    since = world.now()
    other.relay(await other.account(token))
    await told_before_anybody_listens(world, since)


async def test_a_lost_socket_has_the_server_told_of_the_station_once_more_and_before_another_is_had(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    await account.station.introduce()
    account.station._introduce_after = float("-inf")  # a minute has passed
    tab = Tab(visible=True)
    portal.relay(account).attach(tab, None, None)
    await until(tab, is_on)
    since = world.now()
    world.sandbox.control("forget-stations", {})
    world.sandbox.control("drop-sockets", {})
    await told_before_anybody_listens(world, since)


async def test_a_socket_lost_while_a_look_is_under_way_has_the_server_told_of_the_station_all_the_same(
    make, bob, world, monkeypatch
):
    monkeypatch.setattr(upstream, "POLL_VISIBLE", 0)
    portal = make(timeout=600)
    _, account = await sign_in(portal, bob)
    await account.station.introduce()
    account.station._introduce_after = float("-inf")  # a minute has passed
    world.break_next("chatnotification", "hang", userid=bob.userid)
    relay = portal.relay(account)
    relay.attach(Tab(visible=True), None, None)
    await eventually(lambda: relay.upstream.listening == "socket", "the socket")
    since = world.now()
    world.sandbox.control("drop-sockets", {})
    await eventually(partial(world.calls, since, "chatlogin"), "the server to be told")


async def test_a_station_by_which_nobody_listened_for_a_while_is_told_of_before_somebody_does(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    await account.station.introduce()
    account.station._introduce_after = float("-inf")  # a minute has passed
    portal.relay(account)._end_when_alone()
    world.sandbox.control("forget-stations", {})
    since = world.now()
    portal.relay(account)
    await told_before_anybody_listens(world, since)


async def test_a_relay_that_signs_in_again_compares_everything(make, bob, world, conversation):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(visible=True), portal.relay(account)
    relay.attach(tab, None, None)
    await until(tab, is_on)
    world.sandbox.control("forget-stations", {})
    world.says("zsofi", conversation, "To a forgotten station")
    await relay.upstream._look(None)
    event = await until(tab, lambda frame: frame["type"] == "event")
    assert f'data-conversation="{conversation}"' in event["rows"]


async def test_a_tab_that_comes_back_hears_of_the_header_that_changed_meanwhile(make, bob, sandbox, conversation):
    portal = make()
    _, account = await sign_in(portal, bob)
    gone, other, relay = Tab(conversation=conversation, visible=True), Tab(visible=True), portal.relay(account)
    for tab in (gone, other):
        relay.attach(tab, None, None)
    await until(other, is_on)
    epoch, n = relay.stream.epoch, relay.stream.n
    relay.detach(gone)
    phone = Device(sandbox, bob)
    await asyncio.to_thread(phone.call, "chatconversation", "mute", conversationid=conversation)
    await until(other, lambda frame: "data-muted" in frame.get("rows", ""))
    back = Tab(conversation=conversation, visible=True)
    relay.attach(back, epoch, n)
    event = await until(back, lambda frame: "header" in frame)
    assert "Unmute" in event["header"]
    await asyncio.to_thread(phone.call, "chatconversation", "unmute", conversationid=conversation)


async def test_the_first_tab_that_comes_into_view_tells_friends_that_the_person_is_here(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay, since = Tab(), portal.relay(account), world.now()
    relay.attach(tab, None, None)
    await until(tab, lambda frame: frame["type"] == "upstream")
    assert world.calls(since, "chatavailability", userid=bob.userid) == []
    relay.see(tab, visible=True)
    told = partial(world.calls, since, "chatavailability", "useravailable", bob.userid)
    await eventually(told, "the friends to be told")


async def test_friends_who_could_not_be_told_are_told_when_the_next_tab_opens(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    world.break_next("chatavailability", "500", userid=bob.userid)
    with pytest.raises(Unreachable):
        await account.announce()
    since = world.now()
    portal.relay(account).attach(Tab(visible=True), None, None)
    await eventually(partial(world.calls, since, "chatavailability", "useravailable", bob.userid), "friends to be told")


async def test_friends_who_were_just_told_are_not_told_again(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    await account.announce()
    tab, since = Tab(visible=True), world.now()
    portal.relay(account).attach(tab, None, None)
    await until(tab, is_on)
    assert world.calls(since, "chatavailability", userid=bob.userid) == []


async def test_a_relay_does_not_live_in_the_thread_of_the_request_that_started_it(make, bob, monkeypatch):
    portal = make()
    _, account = await sign_in(portal, bob)
    contexts = []

    def recording(reply):
        async def asked():
            contexts.append(SyncToAsync.thread_sensitive_context.get(None))
            return reply

        return asked

    monkeypatch.setattr(account.station, "notices", recording(Notices()))
    monkeypatch.setattr(account, "announce", recording(None))
    async with ThreadSensitiveContext():
        assert SyncToAsync.thread_sensitive_context.get(None) is not None
        portal.relay(account).attach(Tab(visible=True), None, None)
        await eventually(lambda: len(contexts) >= 2, "the relay to ask and to tell")
    assert set(contexts) == {None}


@pytest.mark.parametrize(
    ("module", "name", "work"),
    [
        (vault, "alive", lambda relay: None),
        (alerts, "waiting", lambda relay: relay.alerts.look()),
        (alerts, "note_shown", lambda relay: relay.alerts.shown({uuid.uuid4()})),
        (markers, "everywhere", lambda relay: relay.count()),
    ],
)
async def test_a_database_that_fails_for_a_while_closes_no_tab(make, bob, monkeypatch, module, name, work):
    monkeypatch.setattr(relays, "RECHECK", 0.05)
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(), portal.relay(account)
    relay.attach(tab, None, None)
    await until(tab, is_on)
    tries = []

    async def failing(*args, **kwargs):
        tries.append(args)
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing)
        work(relay)
        await eventually(lambda: tries, "the database to be asked")
    assert await relay.look_up("people", "") is None
    assert (await until(tab, lambda frame: isinstance(frame, Close) or "people" in frame))["people"]
    assert portal.relays == {account.key: relay}


async def test_a_database_that_does_not_answer_keeps_nobody_from_hearing(make, bob, world, conversation, monkeypatch):
    async def unanswered(userid):
        await asyncio.Event().wait()

    portal = make()
    _, account = await sign_in(portal, bob)
    relay, tab = portal.relay(account), Tab(conversation=conversation)
    relay.attach(tab, None, None)
    await eventually(lambda: relay.upstream.last_heard, "the first look")
    monkeypatch.setattr(relays.preferences, "of", unanswered)
    relay.changed("preferences", "")
    id = await asyncio.to_thread(world.says, "zsofi", conversation, "Heard nonetheless")
    await until(tab, lambda frame: id in frame.get("messages", ""))


async def test_what_every_tab_of_a_person_is_told_is_looked_up_once(make, bob):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(), portal.relay(account)
    relay.attach(tab, None, None)
    for _ in range(3):
        relay.changed("people", "")
    await until(tab, lambda frame: "people" in frame)
    assert relay.stream.n == 1


async def test_what_is_told_after_a_look_began_is_looked_up_again(make, bob):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(), portal.relay(account)
    relay.attach(tab, None, None)
    for _ in range(2):
        relay.changed("people", "")
        await until(tab, lambda frame: "people" in frame)


async def test_what_is_asked_for_while_a_count_waits_is_counted_once_and_later_once_more(make, bob, monkeypatch):
    portal = make()
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    await eventually(lambda: relay.upstream.last_heard, "the first look")
    gate, counts = asyncio.Event(), []

    async def count():
        counts.append(len(counts))
        await gate.wait()
        return True

    monkeypatch.setattr(relay.news, "count", count)
    for _ in range(3):
        relay.count()
    await eventually(lambda: counts, "the first count")
    for _ in range(3):
        relay.count()
    gate.set()
    await eventually(lambda: not relay._to_count, "the second count")
    async with relay._counting:
        assert counts == [0, 1]


# Everybody at once


async def test_only_so_many_tabs_fetch_everything_at_once_and_the_next_one_when_one_has(make, bob, monkeypatch):
    monkeypatch.setattr(relays, "LONGEST_TURN", 60)
    portal = make()
    portal.turns = asyncio.Semaphore(1)
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    await eventually(lambda: relay.upstream.last_heard, "the first look")
    tabs = [Tab(), Tab()]
    for tab in tabs:
        relay.attach(tab, "another epoch", 7)
    await until(tabs[0], is_resync)
    assert (await until(tabs[1], lambda frame: frame["type"] == "welcome"))["epoch"] == relay.stream.epoch
    assert not any("resync" in str(waiting) for waiting in tabs[1].queue._queue)
    tabs[0].healed.set()
    await until(tabs[1], is_resync)


async def test_a_tab_that_asks_again_and_again_gets_one_turn(make, bob):
    portal = make()
    portal.turns = asyncio.Semaphore(1)
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    await eventually(lambda: relay.upstream.last_heard, "the first look")
    greedy, other = Tab(), Tab()
    async with portal.turns:
        relay.attach(greedy, "another epoch", 7)
        for _ in range(5):
            relay.resume(greedy, "another epoch", 7)
        relay.attach(other, "another epoch", 7)
    await until(greedy, is_resync)
    relay.healed(greedy)
    await until(other, is_resync)
    relay.healed(other)
    await eventually(lambda: not portal.turns.locked(), "all turns to be over")
    assert not any("resync" in str(waiting) for waiting in greedy.queue._queue)


async def test_a_tab_that_says_again_and_again_that_it_has_gets_the_list_once(make, bob):
    portal = make()
    _, account = await sign_in(portal, bob)
    relay, tab = portal.relay(account), Tab()
    await eventually(lambda: relay.upstream.last_heard, "the first look")
    relay.attach(tab, "another epoch", 7)
    await until(tab, is_resync)
    for _ in range(5):
        relay.healed(tab)
    assert sum('"type":"rows"' in str(waiting) for waiting in tab.queue._queue) == 1


async def test_a_tab_that_never_says_that_it_has_does_not_keep_the_next_one_waiting(make, bob, monkeypatch):
    monkeypatch.setattr(relays, "LONGEST_TURN", 0.05)
    portal = make()
    portal.turns = asyncio.Semaphore(1)
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    for tab in (Tab(), Tab()):
        relay.attach(tab, "another epoch", 7)
    await until(tab, is_resync)


# What is held of a person


@pytest.fixture
def clock(make, monkeypatch):
    """A portal that looks all the time whom to forget, and the seconds by which it decides."""
    monkeypatch.setattr(portals, "SWEEP", 0.01)
    seconds, portal = [0.0], make()
    portal.accounts = OpenedCache(limit=10, idle=600, clock=lambda: seconds[0])
    return portal, seconds


@pytest.mark.parametrize("how", ["here", "elsewhere"])
async def test_after_a_sign_out_nothing_is_held_of_the_person(make, bob, monkeypatch, how):
    monkeypatch.setattr(relays, "RECHECK", 0.05)
    portal = make()
    _, account = await sign_in(portal, bob)
    tab = Tab()
    portal.relay(account).attach(tab, None, None)
    assert len(portal.accounts) == 1
    if how == "here":
        await portal.end(account.key)
    else:
        await SignIn.objects.all().adelete()
    assert await until(tab, lambda frame: isinstance(frame, Close)) == SIGNED_OUT
    assert (portal.relays, len(portal.accounts)) == ({}, 0)


async def test_a_person_whose_relay_ended_is_held_for_a_while_and_then_forgotten(clock, bob):
    portal, seconds = clock
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    seconds[0] = 601.0
    await eventually(lambda: len(portal.accounts) == 0, "the account to be the relay's alone")
    relay._end_when_alone()
    assert (portal.relays, portal.accounts.get(account.key)) == ({}, account)
    seconds[0] = 1202.0
    await eventually(lambda: len(portal.accounts) == 0, "the account to be forgotten")


async def test_rows_that_were_rendered_are_forgotten_soon(clock, bob, world):
    portal, _ = clock
    _, account = await sign_in(portal, bob)
    world.says("zsofi", world.between("bob", "zsofi"), "Rendered")
    conversation = await account.conversation(world.between("bob", "zsofi"))
    (opened, *_) = (await history.newest(account, conversation)).messages
    message = presenting.shown(account, conversation, opened)
    row = fragments.message_row(message)
    await eventually(lambda: fragments.message_row(message) is not row, "the row to be rendered anew")
