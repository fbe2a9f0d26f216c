"""What is kept of alerts, for whom, and until when."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from asgiref.sync import async_to_sync

from chat import alerts
from chat.alerts import OtherWordsError, Standing
from chat.drafting import Draft
from chat.models import Alert, AlertFor, Person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
known, waiting, standing = (async_to_sync(each) for each in (alerts.known, alerts.waiting, alerts.standing))
note_shown, note_seen, sweep = (async_to_sync(each) for each in (alerts.note_shown, alerts.note_seen, alerts.sweep))


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def people(clock):
    for name in ("ann", "ben", "cleo"):
        md5 = hashlib.md5(f"{name}@example.org".encode()).hexdigest()
        Person.objects.create(userid=name, email_md5=md5, last_signed_in=NOON)


def send(*userids, text="Hello", id=None, days=7):
    id = id or uuid.uuid4()
    async_to_sync(alerts.send)(Draft((), text, "", NOON + timedelta(days=days)), userids, id=id)
    return id


def texts(userid):
    return [alert.text for alert in waiting(userid)]


def test_people_are_known_by_exact_userid_or_e_mail_in_any_case(people):
    names = ["ann", " BEN@Example.org", "Cleo", "cleo@example.com", "", "x" * 400, "a\x00b", "%", "ann' or 1=1"]
    assert known(names) == ({"ann": "ann", "ben": " BEN@Example.org"}, names[2:])


def test_nobody_is_known_by_the_hash_of_an_e_mail(people):
    md5 = alerts.email_md5("ann@example.org")
    assert known([md5]) == ({}, [md5])


def test_what_can_be_no_name_means_nobody_whose_e_mail_is_not_known(people):
    Person.objects.create(userid="dora", last_signed_in=NOON)
    assert known(["dora", "x" * 400]) == ({"dora": "dora"}, ["x" * 400])


def test_somebody_named_twice_is_one_person(people):
    assert known(["ann", "ann@example.org"])[0].keys() == {"ann"}


def test_everyone_is_everybody_known(people):
    assert known(None) == ({"ann": "ann", "ben": "ben", "cleo": "cleo"}, [])


def test_a_thousand_names_are_looked_up_at_once(people):
    userids, unknown = known([*(f"stranger{n}@example.org" for n in range(999)), "ann"])
    assert (list(userids), len(unknown)) == (["ann"], 999)


def test_an_alert_waits_for_each_until_they_put_it_away(clock):
    id = send("ann", "ben")
    note_seen("ann", id)
    assert (texts("ann"), texts("ben"), texts("cleo")) == ([], ["Hello"], [])


def test_who_has_it_is_who_was_shown_or_has_seen_it(clock):
    id, other = send("ann", "ben", "cleo"), send("ann")
    note_shown("ann", [id])
    note_shown("cleo", [other])
    note_seen("ben", id)
    assert standing(id) == Standing(seen=["ben"], shown=["ann"], waiting=["cleo"])
    assert standing(other) == Standing(seen=[], shown=[], waiting=["ann"])


def test_when_it_was_first_shown_stays(clock):
    id = send("ann")
    note_shown("ann", [id])
    clock.shift(60)
    note_shown("ann", [id])
    assert AlertFor.objects.get().shown == NOON


def test_the_words_go_when_everybody_has_seen_them_and_no_sooner(clock):
    id = send("ann", "ben")
    note_seen("ann", id)
    assert Alert.objects.get().text == "Hello"
    note_seen("stranger", id)
    note_seen("ben", id)
    assert (Alert.objects.get().text, standing(id).seen) == ("", ["ann", "ben"])


def test_an_alert_ends_on_the_second_and_everything_of_it_is_swept(clock):
    send("ann", days=1)
    clock.shift(timedelta(days=1) - timedelta(seconds=1))
    assert texts("ann") == ["Hello"]
    clock.shift(1)
    assert texts("ann") == []
    sweep()
    assert (Alert.objects.count(), AlertFor.objects.count()) == (0, 0)


def test_sending_sweeps_too(clock):
    send("ann", days=1)
    clock.shift(timedelta(days=2))
    send("ben", text="Later")
    assert [alert.text for alert in Alert.objects.all()] == ["Later"]


def test_the_newest_are_shown_oldest_first(clock):
    for n in range(alerts.AT_A_TIME + 2):
        send("ann", text=f"{n}")
        clock.shift(1)
    assert texts("ann") == [f"{n}" for n in range(2, alerts.AT_A_TIME + 2)]


def test_the_same_id_makes_one_alert_and_may_reach_more_people(clock):
    id = send("ann")
    send("ann", "ben", id=id)
    assert (texts("ann"), texts("ben")) == (["Hello"], ["Hello"])
    assert Alert.objects.count() == 1


def test_the_same_id_with_other_words_is_refused_and_reaches_nobody(clock):
    id = send("ann")
    with pytest.raises(OtherWordsError):
        send("ben", id=id, text="Goodbye")
    assert (texts("ann"), texts("ben")) == (["Hello"], [])


@pytest.mark.django_db(transaction=True)
async def test_the_same_id_twice_at_once_makes_one_alert():
    id, draft = uuid.uuid4(), Draft((), "Hello", "", datetime.now(UTC) + timedelta(days=1))
    await asyncio.gather(*(alerts.send(draft, ["ann", "ben"], id=id) for _ in range(5)))
    assert await alerts.standing(id) == Standing(seen=[], shown=[], waiting=["ann", "ben"])
    assert [alert.id for alert in await alerts.waiting("ann")] == [id]


@pytest.mark.django_db(transaction=True)
async def test_the_wait_for_who_has_it_ends_when_all_have_it():
    id, draft = uuid.uuid4(), Draft((), "Hello", "", datetime.now(UTC) + timedelta(days=1))
    await alerts.send(draft, ["ann"], id=id)
    settled = asyncio.create_task(alerts.settle(id, asyncio.get_running_loop().time() + 20))
    await alerts.note_shown("ann", [id])
    async with asyncio.timeout(10):
        assert (await settled).shown == ["ann"]
