"""The portal inside the test's own process, against the real sandbox: where its times or its dialect must be others."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from chat import account as accounts
from chat import sending
from chat.http import COOKIE
from chat.models import ReadMarker, Sending, SignIn
from chat.ozeki import crypto
from chat.ozeki.dialect import Dialect, Secret
from chat.ozeki.errors import TimedOut
from tests.chat.inside import PATIENCE, sign_in
from tests.visitor import Document, messages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(world):
    return world.between("bob", "zsofi")


def texts(world, conversation, id):
    return [message["text"] for message in world.held(conversation) if message["ID"] == id]


async def test_whoever_writes_where_it_was_just_cleared_has_read_what_is_there_now(
    make, world, async_client, monkeypatch
):
    monkeypatch.setattr(accounts, "ONE_PAGE", 60)
    conversation = world.between("kim", "zsofi")
    async_client.cookies[COOKIE], account = await sign_in(make(), world.sandbox.people["kim"])
    before = await account.conversation(conversation)
    world.sandbox.control("clear", {"conversation": conversation})
    response = await async_client.post(
        f"/conversations/{conversation}/messages/", {"text": "Anew", "id": str(uuid.uuid4())}
    )
    assert response.status_code == 303
    now = (await account.conversations(fresh=True))[conversation].instance
    assert (await ReadMarker.objects.aget(conversation=conversation)).instance == now != before.instance


async def test_the_list_takes_no_rsa_and_a_conversation_takes_it_once(make, world, async_client, monkeypatch):
    opened, unwrap, conversation = [], crypto.unwrap, world.between("kim", "zsofi")
    world.says("zsofi", conversation, "Said before")
    monkeypatch.setattr(crypto, "unwrap", lambda *about: opened.append(about[-1]) or unwrap(*about))
    async_client.cookies[COOKIE], account = await sign_in(make(), world.sandbox.people["kim"])
    rows = Document((await async_client.get("/conversations/")).content.decode()).all("li[data-conversation]")
    assert len(rows) > 1
    assert opened == []
    one = await account.conversation(conversation)
    for _ in range(2):
        assert (await async_client.get(f"/conversations/{one.id}/")).status_code == 200
    assert opened == [one.secret]


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
        assert (await sending.say(account, about, text="Slow", id=id)).opened.sealed.id == id
    else:
        with pytest.raises(TimedOut):
            await sending.say(account, about, text="Slow", id=id)
        assert texts(world, conversation, id) == []
    await sending.say(account, about, text="Slow", id=id)
    assert texts(world, conversation, id) == ["Slow"]
    world.sandbox.control("repeated", {"keep": "first"})


async def test_a_message_whose_sending_can_not_be_noted_is_there_once_also_when_it_is_said_again(
    make, world, bob, conversation, monkeypatch
):
    world.sandbox.control("repeated", {"keep": "both"})
    _, account = await sign_in(make(), bob)
    about, id = await account.conversation(conversation), str(uuid.uuid4())

    async def full(*_, **__):
        raise OperationalError

    with monkeypatch.context() as disk:
        disk.setattr(QuerySet, "aupdate", full)
        assert (await sending.say(account, about, text="Noted nowhere", id=id)).opened.sealed.id == id
    monkeypatch.setattr(sending, "ABANDONED", timedelta(0))
    assert (await sending.say(account, about, text="Noted nowhere", id=id)).opened.sealed.id == id
    assert texts(world, conversation, id) == ["Noted nowhere"]
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


# While a page is made


async def test_what_is_counted_while_a_page_is_made_is_on_it(make, bob, world, async_client, monkeypatch):
    portal = make()
    async_client.cookies[COOKIE], account = await sign_in(portal, bob)
    sidebar, availability = portal.relay(account).sidebar, account.availability
    conversation = world.between("bob", "robin")

    async def counted():
        known = account.known[conversation]
        account.unread = {(conversation, known.instance): "7"}
        await sidebar.compare()  # no tab was told of another number before, so this tells none either
        return await availability()

    monkeypatch.setattr(account, "availability", counted)
    response = await async_client.get("/conversations/")
    assert Document(response.content.decode()).one(f"li[data-conversation={conversation}]")["data-unread"] == "7"


# A process that was killed


async def left_behind(account, conversation, id, *, process):
    """What a process that was killed while it sent a message has left of it."""
    now = timezone.now()
    owner = {"userid": account.userid, "conversation": conversation}
    await Sending.objects.acreate(message_id=id, **owner, started=now, tried=now, process=process)


async def test_what_the_process_was_sending_when_it_was_killed_is_settled_once_it_is_back(
    make, world, bob, conversation
):
    _, account = await sign_in(make(), bob)
    about, id = await account.conversation(conversation), str(uuid.uuid4())
    await left_behind(account, conversation, id, process="0:another life")
    async with asyncio.timeout(PATIENCE):
        await sending.say(account, about, text="After all", id=id)
    assert texts(world, conversation, id) == ["After all"]


async def test_what_another_process_is_sending_is_waited_for(make, world, bob, conversation):
    _, account = await sign_in(make(), bob)
    about, id = await account.conversation(conversation), str(uuid.uuid4())
    await left_behind(account, conversation, id, process="1:its life")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await sending.say(account, about, text="Theirs", id=id)
    assert texts(world, conversation, id) == []
    await Sending.objects.filter(message_id=id).aupdate(state=Sending.State.REFUSED)
    await asyncio.gather(*account.sending)
    assert texts(world, conversation, id) == ["Theirs"]


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
    portal.forget(account.key)
    assert await portal.account(token) is None
    async_client.cookies[COOKIE] = token
    assert (await async_client.get("/")).status_code == 302


async def test_a_blob_put_into_another_row_signs_nobody_in(make, alice, bob):
    portal = make()
    token, account = await sign_in(portal, bob)
    await sign_in(portal, alice)
    stolen = await SignIn.objects.aget(userid=alice.userid)
    await SignIn.objects.filter(userid=bob.userid).aupdate(sealed=stolen.sealed)
    portal.forget(account.key)
    assert await portal.account(token) is None


# With nothing but the database


async def test_a_look_by_a_portal_that_has_just_started_counts_as_use(make, bob):
    token, _ = await sign_in(make(), bob)
    earlier = timezone.now() - timedelta(minutes=2)
    await SignIn.objects.aupdate(last_used=earlier)
    assert await make().account(token) is not None
    assert (await SignIn.objects.aget()).last_used > earlier + timedelta(minutes=1)


@pytest.mark.parametrize(("headers", "used"), [({}, True), ({"Page-Hidden": "1"}, False)])
async def test_what_a_page_asks_for_that_nobody_looks_at_is_no_use(make, bob, async_client, headers, used):
    async_client.cookies[COOKIE], _ = await sign_in(make(), bob)
    earlier = timezone.now() - timedelta(minutes=2)
    await SignIn.objects.aupdate(last_used=earlier)
    assert (await async_client.get("/", headers=headers)).status_code == 200
    assert ((await SignIn.objects.aget()).last_used > earlier) == used


@pytest.mark.parametrize("direction", ["before", "after"])
async def test_a_page_around_a_message_is_found_by_a_portal_that_has_just_started(
    make, alice, world, async_client, direction
):
    async_client.cookies[COOKIE], _ = await sign_in(make(), alice)
    arpads = world.between("alice", "arpad")
    held = world.held(arpads)
    make()
    at = held[-90]["Created"].replace(" ", "T") + "Z"
    path = f"/conversations/{arpads}/messages/?{direction}={held[-90]['ID']}&at={quote(at)}"
    response = await async_client.get(path, headers={"HX-Request": "true"})
    expected = held[-140:-90] if direction == "before" else held[-89:]
    assert response.status_code == 200
    assert [each.id for each in messages(response.content.decode())] == [each["ID"] for each in expected]
