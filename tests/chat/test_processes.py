"""Two processes of one portal, as far as the channel layer between them can tell; tests/reliability has real ones."""

from __future__ import annotations

import asyncio

import pytest
from channels.layers import get_channel_layer

from chat import metrics, processes
from chat.processes import Processes
from chat.station import SignInEndedError
from chat.stream import SIGNED_OUT, Close, Tab
from tests.chat.inside import eventually, sign_in, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    return get_channel_layer()


@pytest.fixture
async def other(make, layer):
    """Another process, and what it has heard; ended before this one, which waits for all there is."""
    heard = []
    other = Processes(heard.append, "other")
    other.listen()
    await eventually(lambda: bool(layer.groups), "the other process to listen")
    yield other, heard
    other.close()


@pytest.fixture
async def tab(make, bob, layer):
    """A tab of Bob's in this process, with its portal and account."""
    portal = make()
    _, account = await sign_in(portal, bob)
    tab = Tab()
    portal.relay(account).attach(tab, None, None)
    await eventually(lambda: portal._others._channel in layer.groups.get("portals", ()), "this process to listen")
    return tab, portal, account


async def test_a_tab_hears_what_another_process_tells_of_its_person(other, tab, bob):
    tab, *_ = tab
    other[0].tell([bob.userid], "people")
    assert await until(tab, lambda frame: "people" in frame)


async def test_a_tab_hears_nothing_of_what_is_told_of_others(other, tab, bob, alice):
    tab, *_ = tab
    other[0].tell([alice.userid], "people")
    other[0].tell([bob.userid], "sign-ins")
    assert "people" not in await until(tab, lambda frame: "people" in frame or "signins" in frame)


async def test_a_sign_out_in_another_process_closes_the_tabs_of_that_sign_in(other, tab):
    tab, portal, account = tab
    other[0].tell([account.key], "sign-out")
    assert await until(tab, lambda frame: isinstance(frame, Close)) == SIGNED_OUT
    assert not portal.relays


async def test_a_process_is_told_without_names_and_does_not_hear_itself(other, tab, bob):
    _, heard = other
    _, portal, account = tab
    portal.tell([bob.userid], "read", "a-conversation")
    portal.tell([bob.userid], "people")
    await eventually(lambda: len(heard) == 2, "what was told")
    assert [(event["about"], event["conversation"]) for event in heard] == [("read", "a-conversation"), ("people", "")]
    assert bob.userid not in str(heard)
    await portal.end(account.key)
    await eventually(lambda: "sign-out" in [event["about"] for event in heard], "the sign-out")
    assert account.key not in str(heard)


async def test_others_are_told_of_a_sign_in_that_the_server_no_longer_accepts(other, tab, monkeypatch):
    _, portal, account = tab

    async def refused():
        raise SignInEndedError

    monkeypatch.setattr(account, "announce", refused)
    portal.relay(account).announce()
    await eventually(lambda: "sign-out" in [event["about"] for event in other[1]], "the sign-out")


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
async def test_what_is_done_is_done_here_at_once_though_others_can_not_be_told(tab, bob, layer, monkeypatch, trouble):
    tab, portal, account = tab

    async def group_send(*_):
        if trouble == "hangs":
            await asyncio.Event().wait()
        raise ConnectionError

    monkeypatch.setattr(layer, "group_send", group_send)
    portal.tell([bob.userid], "people")
    assert await until(tab, lambda frame: "people" in frame)
    await portal.end(account.key)
    assert await until(tab, lambda frame: isinstance(frame, Close)) == SIGNED_OUT


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr(processes, "JOIN_AGAIN", 0.05)


async def test_a_layer_that_forgot_who_listens_is_joined_again(often, other, tab, bob, layer):
    tab, *_ = tab
    await layer.flush()
    await eventually(lambda: len(layer.groups.get("portals", ())) == 2, "both to join again")
    other[0].tell([bob.userid], "people")
    assert await until(tab, lambda frame: "people" in frame)


async def test_a_layer_that_fails_for_a_while_is_heard_again(monkeypatch, layer, other):
    receive = layer.receive

    async def failing(channel):
        monkeypatch.setattr(layer, "receive", receive)
        raise ConnectionError

    monkeypatch.setattr(processes, "AGAIN", 0.01)
    heard = []
    monkeypatch.setattr(layer, "receive", failing)
    third = Processes(heard.append, "other")
    third.listen()
    await eventually(lambda: layer.receive == receive, "the failure")
    other[0].tell(["somebody"], "people")
    await eventually(lambda: heard, "the event")
    third.close()


async def test_two_processes_with_one_slot_are_noticed_by_both(layer, caplog):
    first, second, third = (Processes(lambda event: None, slot) for slot in ("a", "a", "b"))

    def noticed():
        return [record.message for record in caplog.records if "PROCESS_SLOT" in record.message]

    before = metrics.SLOT_TAKEN._value.get()
    for number, process in enumerate((first, second, third), start=1):
        process.listen()
        await eventually(lambda number=number: len(layer.groups.get("portals", ())) == number, "it to listen")
    await eventually(lambda: len(noticed()) == 1, "the first one to notice the second")
    first.close()
    first._listening = None
    first.listen()  # as each does once a minute
    await eventually(lambda: len(noticed()) == 2, "the second one to notice the first")
    assert noticed() == ["another process has PROCESS_SLOT a, too: they steal each other's news"] * 2
    assert metrics.SLOT_TAKEN._value.get() - before == 2
    for process in (first, second, third):
        process.close()
