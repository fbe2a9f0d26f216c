"""Calls of a signed-in person that the server refuses, against the real sandbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from chat import account as accounts
from chat import station as stations
from chat import vault
from chat.http import COOKIE
from chat.ozeki import protocol
from chat.ozeki.errors import Refused, StaleConversation, Unreachable
from tests.chat.inside import eventually, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def account(make, bob):
    return (await sign_in(make(), bob))[1]


@pytest.fixture
def logins(world):
    since = world.now()
    return lambda: len(world.calls(since, "chatlogin"))


@pytest.fixture
def clock(monkeypatch):
    """The seconds by which it is decided whether to sign in again."""
    seconds = [1e6]
    for module in (accounts, stations):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    return seconds


async def test_calls_refused_together_sign_in_again_once_and_all_succeed(account, world, logins):
    before = logins()
    world.sandbox.control("forget-stations", {})
    friends, known, again = await asyncio.gather(
        account.friends(fresh=True), account.conversations(fresh=True), account.friends(fresh=True)
    )
    assert friends == again
    assert world.between("bob", "zsofi") in known
    assert logins() == before + 1


async def test_a_call_refused_just_before_another_signs_in_again_succeeds_with_it(account, bob, world, logins):
    before = logins()
    world.sandbox.control("forget-stations", {})
    world.break_next("chatfriends", "slow", userid=bob.userid, seconds=0.2)  # refused at once, told late
    since = world.now()
    late = asyncio.create_task(account.friends(fresh=True))
    await eventually(lambda: world.calls(since, "chatfriends"), "the first call to be refused")
    world.break_next("chatlogin", "slow", seconds=0.6)  # the station is known again before it is told so
    known, friends = await asyncio.gather(account.conversations(fresh=True), late)
    assert known
    assert friends
    assert logins() == before + 1


async def test_a_sign_in_that_got_no_answer_is_not_counted_as_one(make, bob, world, async_client):
    portal = make()
    token, account = await sign_in(portal, bob)
    since = world.now()
    world.break_next("chatnotification", "hang", userid=bob.userid)  # the relay keeps out of this
    portal.relay(account)
    await eventually(lambda: world.calls(since, "chatnotification", userid=bob.userid), "the relay to hang")
    async_client.cookies[COOKIE] = token
    world.sandbox.control("forget-stations", {})
    world.break_next("chatlogin", "500")
    path = f"/conversations/{world.between('bob', 'zsofi')}/"
    assert [(await async_client.get(path)).status_code for _ in range(2)] == [502, 200]


async def test_a_sign_in_that_did_not_help_is_not_repeated_for_a_minute(account, bob, world, logins, clock):
    world.break_next("chatfriends", "refuse", times=99, userid=bob.userid)
    world.break_next("chatconversation", "refuse", "list", times=99, userid=bob.userid)
    before = logins()

    async def tried():
        with pytest.raises(Refused):
            await account.friends(fresh=True)
        return logins() - before

    assert [await tried() for _ in range(3)] == [1, 1, 1]
    clock[0] += stations.SIGN_IN_AGAIN_AFTER - 1
    assert await tried() == 1
    clock[0] += stations.SIGN_IN_AGAIN_AT_MOST
    assert await tried() == 2


async def test_a_server_that_forgets_again_and_again_is_told_again_each_minute(account, world, logins, clock):
    before = logins()
    for times in range(1, 5):
        world.sandbox.control("forget-stations", {})
        assert await account.friends(fresh=True)
        assert logins() == before + times
        clock[0] += stations.SIGN_IN_AGAIN_AFTER


async def test_the_longer_a_sign_in_does_not_help_the_more_rarely_it_is_repeated(account, bob, world, logins, clock):
    world.break_next("chatfriends", "refuse", times=99, userid=bob.userid)
    world.break_next("chatconversation", "refuse", "list", times=99, userid=bob.userid)
    before, minutes = logins(), []
    for minute in range(8):
        with pytest.raises(Refused):
            await account.friends(fresh=True)
        minutes += [minute] * (logins() - before - len(minutes))
        clock[0] += stations.SIGN_IN_AGAIN_AFTER
    assert minutes == [0, 1, 3, 7]


async def test_without_an_answer_to_the_sign_in_nothing_is_made_up(account, world):
    world.sandbox.control("forget-stations", {})
    world.break_next("chatlogin", "500")
    with pytest.raises(Unreachable):
        await account.friends(fresh=True)
    assert await account.friends(fresh=True)


async def test_the_server_is_told_of_a_station_once(account, logins):
    before = logins()
    await asyncio.gather(account.station.introduce(), account.station.introduce())
    await account.station.introduce()
    assert logins() == before + 1


async def test_whoever_has_just_signed_in_is_not_introduced_again(make, bob, logins):
    portal = make()
    token, account = await sign_in(portal, bob)
    credentials = await vault.find(token)
    portal.accounts.drop(account.key)
    before = logins()
    await portal.open(account.key, credentials, introduced=True).station.introduce()
    assert logins() == before


async def test_a_server_that_may_have_begun_anew_is_told_of_the_station_at_most_each_minute(account, logins, clock):
    before = logins()
    for seconds, expected in ((0, 1), (59, 1), (2, 2), (59, 2)):
        clock[0] += seconds
        account.station.lost()
        await account.station.introduce()
        assert logins() == before + expected


async def test_a_server_that_is_not_there_is_told_of_the_station_soon_after_it_is(account, world, logins, clock):
    before = logins()
    world.break_next("chatlogin", "500")
    await account.station.introduce()
    clock[0] += 2
    await account.station.introduce()
    assert logins() == before + 2
    await account.station.introduce()
    assert logins() == before + 2


async def test_a_server_that_does_not_want_to_be_told_of_the_station_is_told_ever_more_rarely_until_it_does(
    account, world, logins, clock
):
    world.break_next("chatlogin", "refuse", times=3)
    before, minutes = logins(), []
    for minute in range(10):
        account.station.lost()
        await account.station.introduce()
        minutes += [minute] * (logins() - before - len(minutes))
        clock[0] += stations.SIGN_IN_AGAIN_AFTER
    assert minutes == [0, 1, 3, 7, 8, 9]


@pytest.mark.parametrize("fault", ["500", "refuse"])
async def test_a_server_that_can_not_be_told_of_a_station_may_know_it_all_the_same(account, world, fault):
    world.break_next("chatlogin", fault)
    await account.station.introduce()
    assert await account.friends(fresh=True)


async def test_a_server_that_was_just_told_of_a_station_and_forgets_it_is_told_again(account, world, logins):
    before = logins()
    await account.station.introduce()
    world.sandbox.control("forget-stations", {})
    assert await account.friends(fresh=True)
    assert logins() == before + 2


async def test_a_call_that_is_refused_while_the_server_is_told_of_the_station_succeeds_with_it(
    account, bob, world, logins
):
    before, since = logins(), world.now()
    world.sandbox.control("forget-stations", {})
    world.break_next("chatfriends", "slow", userid=bob.userid, seconds=0.2)  # refused at once, told late
    late = asyncio.create_task(account.friends(fresh=True))
    await eventually(lambda: world.calls(since, "chatfriends"), "the call to be refused")
    await account.station.introduce()
    assert await late
    assert logins() == before + 1


async def test_a_conversation_cleared_while_the_server_is_told_of_the_station_is_known_to_be(account, bob, world):
    conversation, since = await account.conversation(world.between("bob", "zsofi")), world.now()
    world.sandbox.control("clear", {"conversation": conversation.id})
    world.break_next("chatconversation", "slow", "clear", userid=bob.userid, seconds=0.2)
    late = asyncio.create_task(account.ask(lambda caller: protocol.clear(caller, conversation), about=conversation))
    await eventually(lambda: world.calls(since, "chatconversation", "clear"), "the call to be refused")
    await account.station.introduce()
    with pytest.raises(StaleConversation):
        await late


async def test_a_station_whose_notices_alone_are_refused_is_told_anew(account, bob, world, logins):
    before = logins()
    world.break_next("chatnotification", "refuse", userid=bob.userid)
    assert not await account.station.notices()
    assert logins() == before + 1


async def test_a_server_that_forgets_only_whom_to_notify_again_and_again_is_told_again_each_minute(
    account, bob, world, logins, clock
):
    before = logins()
    for times in range(1, 5):
        world.break_next("chatnotification", "refuse", userid=bob.userid)
        assert not await account.station.notices()
        assert logins() == before + times
        clock[0] += stations.SIGN_IN_AGAIN_AFTER


async def test_notices_that_are_refused_all_the_same_are_no_reason_to_sign_in_all_the_time(
    account, bob, world, logins, clock
):
    before = logins()
    world.break_next("chatnotification", "refuse", userid=bob.userid, times=9)
    for seconds, expected in ((0, 1), (59, 1), (2, 2), (61, 2)):
        clock[0] += seconds
        with pytest.raises(Refused):
            await account.station.notices()
        assert logins() == before + expected


async def test_a_sign_in_that_is_good_for_all_but_notices_does_not_end(account, bob, world, logins, clock):
    before = logins()
    world.break_next("chatnotification", "refuse", userid=bob.userid, times=2)
    world.break_next("chatlogin", "refuse")
    for _ in range(2):
        with pytest.raises(Refused):
            await account.station.notices()
        clock[0] += 61
    assert logins() == before + 1
    assert await account.friends(fresh=True)


async def test_but_it_ends_as_soon_as_it_is_good_for_nothing(account, bob, world):
    world.break_next("chatnotification", "refuse", userid=bob.userid)
    world.break_next("chatlogin", "refuse", times=2)
    with pytest.raises(Refused):
        await account.station.notices()
    world.sandbox.control("forget-stations", {})
    with pytest.raises(stations.SignInEndedError):
        await account.friends(fresh=True)


async def test_a_sign_in_that_the_server_accepts_no_more_has_ended_whatever_was_asked(account, world):
    known = await account.conversations()
    conversation = known[world.between("bob", "zsofi")]
    for ask in (
        lambda: account.friends(fresh=True),
        lambda: account.change(lambda caller: protocol.mute(caller, conversation), about=conversation),
    ):
        world.sandbox.control("forget-stations", {})
        world.break_next("chatlogin", "refuse", "login")
        with pytest.raises(stations.SignInEndedError):
            await ask()
    assert await account.friends(fresh=True)


async def test_a_moment_in_which_everything_is_refused_without_a_word_ends_no_sign_in(account, bob, world, clock):
    for api in ("chatfriends", "chatconversation", "chatlogin"):
        world.break_next(api, "403")
    with pytest.raises(Refused):
        await account.friends(fresh=True)
    assert await account.friends(fresh=True)


async def test_what_is_refused_without_a_word_for_longer_has_ended(account, bob, world, clock):
    for api in ("chatfriends", "chatconversation", "chatlogin"):
        world.break_next(api, "403", times=99, **({} if api == "chatlogin" else {"userid": bob.userid}))
    for _ in range(2):
        with pytest.raises(Refused):
            await account.friends(fresh=True)
    clock[0] += stations.SIGN_IN_AGAIN_AFTER
    with pytest.raises(stations.SignInEndedError):
        await account.friends(fresh=True)
    world.sandbox.control("faults/clear", {})


async def test_nothing_is_asked_twice_for_one_page(account, bob, world):
    conversation, since = world.between("bob", "zsofi"), world.now()
    for _ in range(2):
        await account.conversations()
        await account.conversation(conversation)
        await account.friends()
    assert len(world.calls(since, "chatconversation", "list", bob.userid)) == 1
    assert len(world.calls(since, "chatfriends", "list", bob.userid)) == 1


async def test_the_next_page_asks_anew_while_no_relay_listens(account, bob, world, clock):
    await account.conversations()
    await account.friends()
    since = world.now()
    clock[0] += accounts.ONE_PAGE
    await account.conversations()
    await account.friends()
    assert len(world.calls(since, "chatconversation", "list", bob.userid)) == 1
    assert len(world.calls(since, "chatfriends", "list", bob.userid)) == 1


async def test_what_was_heard_while_the_list_was_on_its_way_is_newer_than_the_list(account, bob, world):
    id, since = world.between("bob", "zsofi"), world.now()
    known = (await account.conversations())[id]
    world.break_next("chatconversation", "slow", "list", accepts=True, seconds=0.5, userid=bob.userid)
    listing = asyncio.create_task(account.conversations(fresh=True))
    await eventually(
        lambda: len(world.calls(since, "chatconversation", "list", bob.userid)) == 2, "the list to be made"
    )
    heard = replace(known, lastmessageid="newer", lastaccess=known.lastaccess + 1)
    account.note(heard)
    assert (await listing)[id] == heard
    assert (await account.conversations(fresh=True))[id] == known


async def test_a_conversation_that_began_since_the_list_was_asked_for_is_found(account, world):
    conversation = world.between("bob", "zsofi")
    (await account.conversations()).pop(conversation)
    assert (await account.conversation(conversation)).id == conversation


async def test_what_is_no_conversation_of_theirs_is_asked_for_once(account, bob, world):
    since = world.now()
    with pytest.raises(accounts.NotTheirsError):
        await account.conversation(world.between("alice", "zsofi"))
    assert len(world.calls(since, "chatconversation", "list", bob.userid)) == 1
