from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chat import alerts, relay
from chat.drafting import Draft
from chat.stream import Tab
from tests.chat.inside import eventually, sign_in, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def looking(make, bob):
    """Bob's relay, and a tab of his that was told that nothing waits."""
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, bobs = Tab(), portal.relay(account)
    bobs.attach(tab, None, None)
    assert await told(tab) == ""
    return bobs, tab


async def told(tab):
    """What the tab is told next of alerts."""
    return (await until(tab, lambda frame: frame["type"] == "alerts"))["html"]


async def send(person, text="Hello", **lasts):
    id = uuid.uuid4()
    ends = datetime.now(UTC) + timedelta(**(lasts or {"days": 1}))
    await alerts.send(Draft((), text, "", ends), [person.userid], id=id)
    return id


async def test_what_waits_is_told_when_it_is_heard_of_and_when_it_is_seen(looking, bob):
    bobs, tab = looking
    id = await send(bob)
    bobs.changed("alerts", "")
    assert "Hello" in await told(tab)
    await alerts.note_seen(bob.userid, id)
    bobs.changed("alerts", "")
    assert await told(tab) == ""


async def test_what_a_tab_knows_is_not_told_again_but_to_one_that_just_came(looking, bob):
    bobs, tab = looking
    await send(bob)
    for _ in range(3):
        bobs.changed("alerts", "")
    assert "Hello" in await told(tab)
    another = Tab()
    bobs.attach(another, None, None)
    assert "Hello" in await told(another)
    await send(bob, "Again")
    bobs.changed("alerts", "")
    assert "Again" in await told(tab)


async def test_an_alert_goes_from_open_tabs_when_it_ends(looking, bob):
    bobs, tab = looking
    await send(bob, seconds=1)
    bobs.changed("alerts", "")
    assert "Hello" in await told(tab)
    assert await told(tab) == ""


async def test_an_alert_whose_event_was_lost_comes_with_the_next_recheck(make, bob, monkeypatch):
    monkeypatch.setattr(relay, "RECHECK", 0.05)
    portal = make()
    _, account = await sign_in(portal, bob)
    tab = Tab()
    portal.relay(account).attach(tab, None, None)
    assert await told(tab) == ""
    await send(bob)
    assert "Hello" in await told(tab)


async def test_after_its_end_a_relay_looks_no_more(looking, bob):
    bobs, tab = looking
    await send(bob)
    bobs.changed("alerts", "")
    assert "Hello" in await told(tab)
    assert not bobs.alerts._end.cancelled()
    bobs.detach(tab)
    bobs._end_when_alone()
    bobs.changed("alerts", "")  # of a tab that is about to be closed
    await eventually(lambda: not bobs._tasks, "everything to end")
    assert bobs.alerts._end.cancelled()
