"""The portal inside the test's own process, against the real sandbox: where its times or its dialect must be others."""

from __future__ import annotations

import asyncio
import json
import uuid
from functools import partial

import pytest
from django.apps import apps

from chat import relay as relays
from chat import sending, vault
from chat.http import COOKIE
from chat.models import SignIn
from chat.ozeki.client import Client
from chat.ozeki.dialect import Dialect, Secret
from chat.ozeki.errors import TimedOut
from chat.portal import Portal
from chat.stream import SIGNED_OUT, Close, Tab
from tests.processes import wait_until
from tests.visitor import messages

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10.0


@pytest.fixture
async def make(sandbox, monkeypatch):
    """Make this process's portal, with another time-out (seconds) or dialect."""
    made = []

    def new(*, timeout=10.0, dialect=None):
        client = Client(sandbox.url, timeout=timeout, delays=lambda attempt: 0.0)
        portal = Portal(url=sandbox.url, dialect=dialect or Dialect(), client=client, slot="inside")
        monkeypatch.setitem(apps.get_app_config("chat").__dict__, "portal", portal)
        made.append(portal)
        return portal

    yield new
    for portal in made:
        await portal.aclose()
    if ending := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(ending, timeout=PATIENCE)  # the listeners hang up


async def sign_in(portal, person):
    credentials = await portal.sign_in(email=person.email, password=person.password, encryption_password="")
    token = await vault.begin(credentials, remember=False, agent="", address=None)
    return token, await portal.account(token)


@pytest.fixture
def conversation(world):
    return world.between("bob", "zsofi")


def texts(world, conversation, id):
    return [message["text"] for message in world.held(conversation) if message["ID"] == id]


async def until(tab, fits):
    """What waits for the tab, up to the first that fits."""
    async with asyncio.timeout(PATIENCE):
        while True:
            waiting = await tab.queue.get()
            waiting = waiting if isinstance(waiting, Close) else json.loads(waiting)
            if fits(waiting):
                return waiting


# Time-outs


@pytest.mark.parametrize("accepts", [True, False], ids=["accepted", "not-accepted"])
async def test_a_server_that_does_not_answer_in_time_leaves_the_message_there_once(
    make, world, bob, conversation, accepts
):
    _, account = await sign_in(make(timeout=0.5), bob)
    world.sandbox.control("repeated", {"keep": "both"})
    world.break_next("chatconversation", "hang", "add", accepts=accepts, userid=bob.userid)
    about, id = await account.conversation(conversation), str(uuid.uuid4())
    if accepts:
        assert (await sending.say(account, about, text="Slow", id=id)).sealed.id == id
    else:
        with pytest.raises(TimedOut):
            await sending.say(account, about, text="Slow", id=id)
        assert texts(world, conversation, id) == []
    await sending.say(account, about, text="Slow", id=id)
    assert texts(world, conversation, id) == ["Slow"]
    world.sandbox.control("repeated", {"keep": "first"})


async def test_a_person_whose_message_was_not_answered_in_time_is_told_so(make, world, bob, conversation, async_client):
    token, _ = await sign_in(make(timeout=0.5), bob)
    async_client.cookies[COOKIE] = token
    world.break_next("chatconversation", "hang", "add", userid=bob.userid)
    fields = {"text": "Slow", "id": str(uuid.uuid4())}
    response = await async_client.post(
        f"/conversations/{conversation}/messages/", fields, headers={"HX-Request": "true"}
    )
    assert response.status_code == 504
    assert b"it did not answer in time" in response.content


async def test_a_sign_in_that_is_not_answered_in_time_keeps_the_form(make, world, async_client):
    make(timeout=0.5)
    world.break_next("chatlogin", "hang")
    response = await async_client.post("/sign-in/", {"email": "bob@example.org", "password": "bob-password"})
    assert response.status_code == 504
    assert b'value="bob@example.org"' in response.content


# A dialect that does not fit


@pytest.fixture
async def wrong(make, bob, async_client):
    """Bob at a portal that takes the conversations' keys for something else."""
    token, _ = await sign_in(make(dialect=Dialect(secret=Secret(padding="pkcs1v15", encoding="hex"))), bob)
    async_client.cookies[COOKIE] = token
    return async_client


async def page(client, path):
    response = await client.get(path)
    assert response.status_code == 200
    return response.content.decode()


async def test_the_list_is_shown_when_no_conversations_key_opens(wrong, conversation):
    assert f'data-conversation="{conversation}"' in await page(wrong, "/")


async def test_a_conversation_whose_key_does_not_open_has_locked_rows(wrong, world, alice):
    html = await page(wrong, f"/conversations/{world.between('alice', 'bob')}/")
    assert {message.state for message in messages(html)} == {"locked"}


async def test_nothing_is_sent_where_the_key_does_not_open(wrong, world, conversation):
    id = str(uuid.uuid4())
    fields = {"text": "Sealed how?", "id": id}
    response = await wrong.post(f"/conversations/{conversation}/messages/", fields)
    assert response.status_code == 409
    assert "Sealed how?" in response.content.decode()
    assert texts(world, conversation, id) == []


# Blobs that were changed


async def test_a_changed_blob_signs_nobody_in(make, bob, async_client):
    portal = make()
    token, account = await sign_in(portal, bob)
    sealed = bytearray((await SignIn.objects.aget()).sealed)
    sealed[-1] ^= 1
    await SignIn.objects.aupdate(sealed=bytes(sealed))
    await portal.forget(account.key)
    assert await portal.account(token) is None
    async_client.cookies[COOKIE] = token
    assert (await async_client.get("/")).status_code == 302


async def test_a_blob_put_into_another_row_signs_nobody_in(make, alice, bob):
    portal = make()
    token, account = await sign_in(portal, bob)
    await sign_in(portal, alice)
    stolen = await SignIn.objects.aget(userid=alice.userid)
    await SignIn.objects.filter(userid=bob.userid).aupdate(sealed=stolen.sealed)
    await portal.forget(account.key)
    assert await portal.account(token) is None


# The life of a relay


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


async def test_the_same_sign_in_has_the_same_station_after_a_restart_and_another_one_in_another_process(make, bob):
    portal = make()
    token, account = await sign_in(portal, bob)
    again = await make().account(token)
    other = make()
    other.slot = "other"
    assert again.caller.station == account.caller.station
    assert (await other.account(token)).caller.station != account.caller.station


async def test_a_relay_that_signs_in_again_compares_everything(make, bob, world, conversation):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay = Tab(visible=True), portal.relay(account)
    relay.attach(tab, None, None)
    await until(tab, lambda frame: frame["type"] == "upstream" and frame["state"] == "on")
    world.sandbox.control("forget-stations", {})
    world.says("zsofi", conversation, "To a forgotten station", created="2027-01-01 10:00:00")
    await relay._ask()
    event = await until(tab, lambda frame: frame["type"] == "event")
    assert f'data-conversation="{conversation}"' in event["rows"]


async def test_the_first_tab_that_comes_into_view_tells_friends_that_the_person_is_here(make, bob, world):
    portal = make()
    _, account = await sign_in(portal, bob)
    tab, relay, since = Tab(), portal.relay(account), world.now()
    relay.attach(tab, None, None)
    await until(tab, lambda frame: frame["type"] == "upstream")
    assert world.calls(since, "chatavailability", userid=bob.userid) == []
    relay.see(tab, visible=True)
    told = partial(world.calls, since, "chatavailability", "useravailable", bob.userid)
    await asyncio.to_thread(wait_until, lambda: bool(told()), "the friends to be told", PATIENCE)
