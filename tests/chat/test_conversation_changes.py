"""Preferences and clearing where the server's answers are not what one would expect, against the real sandbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from chat import clearing, conversation_preferences
from chat.account import Account, NotTheirsError
from chat.ozeki.errors import Refused, StaleConversation
from tests.chat.inside import eventually, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def account(make, sandbox):
    return (await sign_in(make(), sandbox.people["layla"]))[1]


@pytest.fixture
async def conversation(account, world):
    conversation = await account.conversation(world.between("layla", "robin"))
    yield conversation
    wanted = {"favorite": "off", "muted": "off", "hidden": "off", "color": "#ffffff"}
    await conversation_preferences.prefer(account, conversation, wanted)


@pytest.fixture
def clearable(account, world):
    """Layla's with Zsófi, found again after each try."""
    return lambda: account.conversation(world.between("layla", "zsofi"))


async def test_the_list_has_the_last_word_when_a_reply_still_tells_how_it_was(account, conversation, monkeypatch):
    change = Account.change

    async def late(self, build, *, about):
        before = self.known[about.id]
        await change(self, build, about=about)
        self.note(before)
        return before

    monkeypatch.setattr(Account, "change", late)
    changed = await conversation_preferences.prefer(account, conversation, {"color": "#bae1ff"})
    assert conversation_preferences.of(account, changed)["color"] == "#bae1ff"
    assert conversation_preferences.of(account, account.known[conversation.id])["color"] == "#bae1ff"


async def test_a_list_that_is_under_way_does_not_bring_the_old_state_back(account, conversation, world):
    world.break_next("chatconversation", "slow", "list", userid=account.userid, seconds=0.4)
    since = world.now()
    listing = asyncio.create_task(account.conversations(fresh=True))
    await eventually(lambda: world.calls(since, "chatconversation", "list"), "the list to be asked for")
    await conversation_preferences.prefer(account, conversation, {"muted": "on"})
    await listing
    assert account.known[conversation.id].preferences_of(account.userid).ismuted


async def test_of_changes_at_once_all_are_remembered(account, conversation):
    wishes = ({"favorite": "on"}, {"muted": "on"}, {"color": "#ffb3ba"}, {"favorite": "on"})
    await asyncio.gather(*(conversation_preferences.prefer(account, conversation, wish) for wish in wishes))
    held = conversation_preferences.of(account, account.known[conversation.id])
    assert held == {"favorite": "on", "muted": "on", "hidden": "off", "color": "#ffb3ba"}


async def test_a_conversation_that_is_gone_is_none_of_theirs(account, conversation):
    with pytest.raises(NotTheirsError):
        await conversation_preferences.prefer(account, replace(conversation, id="0" * 32), {"muted": "on"})


async def test_a_conversation_that_is_there_and_refused_is_refused(account, conversation, world):
    world.break_next("chatconversation", "refuse", "mute", userid=account.userid)
    with pytest.raises(Refused) as refusal:
        await conversation_preferences.prefer(account, conversation, {"muted": "on"})
    assert not isinstance(refusal.value, StaleConversation)


async def test_a_conversation_cleared_elsewhere_a_moment_ago_is_cleared_all_the_same(
    account, clearable, sandbox, world
):
    known = await clearable()
    sandbox.control("clear", {"conversation": known.id})
    world.says("zsofi", known.id, "Since then")
    cleared = await clearing.clear(account, known)
    assert world.held(known.id) == []
    assert cleared.instance not in ("", known.instance)


async def test_a_conversation_that_is_always_another_is_told_to_be_so(account, clearable, sandbox, monkeypatch):
    known = await clearable()
    tries = []

    async def stale(self, build, *, about):
        tries.append(about.instance)
        raise StaleConversation

    monkeypatch.setattr(Account, "change", stale)
    with pytest.raises(StaleConversation):
        await clearing.clear(account, known)
    assert len(tries) == 2


@pytest.mark.parametrize("undo", [{"muted": "on"}, {"muted": "on", "color": "#bae1ff"}])
async def test_an_offer_is_what_differs(account, conversation, undo):
    offer = conversation_preferences.offer(account, conversation, undo | {"favorite": "off"})
    assert offer is not None
    assert offer.undo == undo
    assert offer.words.startswith("No longer muted.")


async def test_nothing_is_offered_when_nothing_differs(account, conversation):
    assert conversation_preferences.offer(account, conversation, {"favorite": "off", "color": "#ffffff"}) is None
