from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from asgiref.sync import async_to_sync

from chat.models import Throttle
from chat.throttle import SIGN_IN_BY_ACCOUNT, SIGN_IN_BY_ADDRESS, Limit

pytestmark = pytest.mark.django_db
LIMIT = Limit("test", 3, timedelta(minutes=15))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
admit = async_to_sync(LIMIT.admit)


def test_as_many_tries_as_the_limit_are_admitted_and_no_more():
    assert [admit("x") for _ in range(5)] == [True, True, True, False, False]


def test_each_subject_and_purpose_is_counted_for_itself():
    for _ in range(4):
        admit("x")
    assert admit("y")
    assert async_to_sync(Limit("other", 3, LIMIT.window).admit)("x")


def test_after_the_window_tries_are_admitted_again():
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(4):
            admit("x")
        clock.shift(LIMIT.window - timedelta(seconds=1))
        assert not admit("x")
        clock.shift(timedelta(seconds=1))
        assert [admit("x") for _ in range(4)] == [True, True, True, False]


def test_what_is_forgiven_begins_anew():
    for _ in range(4):
        admit("x")
    async_to_sync(LIMIT.forgive)("x")
    assert admit("x")


def test_a_try_given_back_may_be_made_again_and_no_more_than_that():
    for _ in range(3):
        admit("x")
    async_to_sync(LIMIT.give_back)("x")
    assert [admit("x"), admit("x")] == [True, False]


def test_what_was_never_tried_can_not_be_saved_up():
    admit("x")
    for _ in range(3):
        async_to_sync(LIMIT.give_back)("x")
    assert [admit("x") for _ in range(4)] == [True, True, True, False]


def test_an_address_has_twenty_times_the_tries_of_an_account():
    assert SIGN_IN_BY_ADDRESS.count == 20 * SIGN_IN_BY_ACCOUNT.count
    assert SIGN_IN_BY_ADDRESS.window == SIGN_IN_BY_ACCOUNT.window


def test_an_address_with_too_many_tries_is_stopped_at_the_form_whatever_account_it_tries(client):
    Throttle.objects.create(
        key=SIGN_IN_BY_ADDRESS._key("127.0.0.1"), count=SIGN_IN_BY_ADDRESS.count, since=datetime.now(UTC)
    )
    fields = {"email": "somebody@example.org", "password": "x"}
    assert client.post("/sign-in/", fields).status_code == 429


def test_neither_addresses_nor_accounts_are_kept():
    admit("alice@example.org")
    (row,) = Throttle.objects.values()
    assert "alice" not in str(row)


def test_old_counts_are_swept():
    with time_machine.travel(NOON, tick=False) as clock:
        admit("x")
        clock.shift(timedelta(days=2))
        admit("y")
    assert Throttle.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [0, 4])
async def test_tries_at_once_are_admitted_as_often_as_the_limit_and_no_more(before):
    limit = Limit("at once", 10, timedelta(minutes=15))
    for _ in range(before):
        await limit.admit("x")
    assert sum(await asyncio.gather(*(limit.admit("x") for _ in range(30)))) == 10 - before


@pytest.mark.django_db(transaction=True)
async def test_being_forgiven_amid_tries_at_once_breaks_none_of_them():
    async def repeatedly(work):
        return [await work("x") for _ in range(10)]

    await LIMIT.admit("x")
    *admitted, _ = await asyncio.gather(*map(repeatedly, [LIMIT.admit] * 6), repeatedly(LIMIT.forgive))
    assert {type(each) for outcomes in admitted for each in outcomes} == {bool}
    await LIMIT.forgive("x")
    assert await LIMIT.admit("x")
