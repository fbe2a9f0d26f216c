"""Calls of a signed-in person that the server refuses, against the real sandbox."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from chat import account as accounts
from chat.http import COOKIE
from chat.ozeki.errors import Refused, Unreachable
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
    monkeypatch.setattr(accounts, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
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
    clock[0] += accounts.SIGN_IN_AGAIN_AFTER - 1
    assert await tried() == 1
    clock[0] += accounts.SIGN_IN_AGAIN_AT_MOST
    assert await tried() == 2


async def test_without_an_answer_to_the_sign_in_nothing_is_made_up(account, world):
    world.sandbox.control("forget-stations", {})
    world.break_next("chatlogin", "500")
    with pytest.raises(Unreachable):
        await account.friends(fresh=True)
    assert await account.friends(fresh=True)
