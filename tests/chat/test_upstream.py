"""How one sign-in hears the Ozeki server, in the test's own process against the real sandbox."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest

from chat import upstream
from chat.ozeki.listener import Hint
from chat.ozeki.models import Notices
from chat.sending import say
from chat.stream import Tab
from tests.chat.inside import eventually, sign_in, until
from tests.chat.test_relay import is_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(world):
    return world.between("bob", "zsofi")


# In turn


async def test_a_first_look_that_hangs_gives_its_turn_to_the_next(make, bob, alice, world, monkeypatch):
    monkeypatch.setattr(upstream, "LONGEST_TURN", 0.05)
    portal = make()
    portal.turns = asyncio.Semaphore(1)
    world.break_next("chatnotification", "hang", userid=bob.userid)
    (_, first), (_, second) = [await sign_in(portal, person) for person in (bob, alice)]
    hanging, next_one = portal.relay(first), portal.relay(second)
    await eventually(lambda: next_one.upstream.last_heard, "the look of who comes second")
    assert hanging.upstream.last_heard is None


async def test_who_says_something_lets_the_others_hear_of_it_first(make, bob, sandbox, world, conversation):
    portal, zsofi = make(), sandbox.people["zsofi"]
    (_, writer), (_, reader) = [await sign_in(portal, person) for person in (bob, zsofi)]
    relays = [portal.relay(account) for account in (writer, reader)]
    await eventually(lambda: all(relay.upstream.last_heard for relay in relays), "both to be listening")
    since = await asyncio.to_thread(world.now)
    await say(writer, await writer.conversation(conversation), text="Something", id=str(uuid.uuid4()))

    def asked():
        return [call["userid"] for call in world.calls(since, "chatnotification")]

    await eventually(lambda: {bob.userid, zsofi.userid} <= set(asked()), "both to have asked")
    assert asked()[0] == zsofi.userid


# Who listens


async def test_a_server_that_can_not_be_told_who_listens_keeps_nobody_from_hearing(make, bob, world, monkeypatch):
    for seconds in ("LONGEST_TURN", "POLL_VISIBLE"):
        monkeypatch.setattr(upstream, seconds, 0.05)
    token, _ = await sign_in(make(), bob)
    portal, tab = make(timeout=600), Tab(visible=True)
    world.break_next("chatlogin", "hang", times=9)
    portal.relay(await portal.account(token)).attach(tab, None, None)
    await until(tab, is_on)


# Held back


async def test_where_notices_are_held_back_tabs_are_served_all_the_same_and_a_new_one_at_once(
    make, bob, alice, world, monkeypatch
):
    monkeypatch.setattr(upstream, "AGAIN", 0.02)
    portal, (first, second) = make(timeout=1.0), (Tab(), Tab())
    world.break_next("chatnotification", "slow", times=2, seconds=1.5, userid=bob.userid)
    world.break_next("chatnotification", "hang", times=9, userid=alice.userid)
    for person, tab in ((bob, first), (alice, second)):
        _, account = await sign_in(portal, person)
        portal.relay(account).attach(tab, None, None)
        await until(tab, is_on)


async def test_where_notices_are_held_back_nobody_waits_for_those_who_wait_for_theirs(
    make, bob, alice, world, monkeypatch
):
    monkeypatch.setattr(upstream, "LONGEST_TURN", 60)
    portal = make(timeout=60)
    portal.client.holds = True
    portal.turns = asyncio.Semaphore(1)
    for person in (bob, alice):
        world.break_next("chatnotification", "hang", userid=person.userid)
        _, account = await sign_in(portal, person)
        relay = portal.relay(account)
        await eventually(lambda relay=relay: relay.upstream.last_heard, "a first look")


# Ever more rarely


async def test_after_a_failure_the_server_is_asked_again_soon_though_the_socket_is_silent(
    make, bob, world, conversation, monkeypatch
):
    monkeypatch.setattr(upstream, "AGAIN", 0.02)
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(conversation=conversation), portal.relay(account)
    relay.attach(tab, None, None)
    await until(tab, is_on)
    await eventually(lambda: relay.upstream._listener.state == "socket", "the socket")
    world.break_next("chatnotification", "lose", userid=bob.userid)
    id = world.says("zsofi", conversation, "The notice of this is lost")
    event = await until(tab, lambda frame: id in frame.get("order", ()) or frame.get("reset"))
    assert event["conversation"] == conversation
    await until(tab, is_on)


async def test_a_server_that_keeps_failing_is_asked_ever_more_rarely_but_never_given_up(make, bob):
    portal = make()
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    waits = []
    for failures in range(8):
        relay.upstream._failures = failures
        waits.append(relay.upstream._soon(upstream.SAFETY))
    assert waits[0] == upstream.SAFETY
    assert waits[1] < 5
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == upstream.SAFETY


async def test_so_is_one_that_held_notices_back_and_now_refuses_them_though_everything_else_can_be_had(
    make, bob, world, monkeypatch
):
    monkeypatch.setattr(upstream, "AGAIN", 0.01)
    portal = make()
    portal.client.holds = True
    world.break_next("chatnotification", "500", times=99, userid=bob.userid)
    _, account = await sign_in(portal, bob)
    relay = portal.relay(account)
    await eventually(lambda: relay.upstream._failures > 3, "it to be asked ever more rarely")


@pytest.fixture
async def answered(make, bob, monkeypatch):
    """Has each answer about what changed come with a frame, these seconds `apart`; the times at which it was asked."""
    portal = make()
    _, account = await sign_in(portal, bob)
    relay, asked = portal.relay(account), []
    await eventually(lambda: relay.upstream.listening == "socket" and relay.upstream.last_heard, "the socket")

    def answered(notices, *, apart=0.0):
        def frame():
            relay.upstream._listener._tell(Hint.FRAME)
            relay.upstream._listener.came += apart

        async def answer():
            asked.append(time.monotonic())
            frame()
            return notices

        monkeypatch.setattr(account.station, "notices", answer)
        frame()
        return asked

    return answered


async def test_a_server_that_sends_a_frame_with_each_answer_is_asked_ever_more_rarely(answered, monkeypatch):
    monkeypatch.setattr(upstream, "PAUSE", 0.02)
    asked = answered(Notices())
    await eventually(lambda: len(asked) > 5, "it to be asked a few times")
    assert asked[5] - asked[1] > 0.02 * (1 + 2 + 4 + 8) * 0.9


async def test_a_frame_after_one_that_told_something_is_looked_at_at_once(answered, monkeypatch):
    monkeypatch.setattr(upstream, "PAUSE", 60)
    monkeypatch.setattr(upstream, "LONGEST_PAUSE", 60)
    asked = answered(Notices(people=("",)))
    await eventually(lambda: len(asked) > 3, "it to be asked a few times")


async def test_frames_about_nothing_that_come_far_apart_are_looked_at_at_once(answered, monkeypatch):
    monkeypatch.setattr(upstream, "PAUSE", 60)
    monkeypatch.setattr(upstream, "LONGEST_PAUSE", 60)
    asked = answered(Notices(), apart=100)
    await eventually(lambda: len(asked) > 3, "it to be asked a few times")
