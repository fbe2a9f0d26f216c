"""The portal is told to stop while people are in the middle of something."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed

from tests.processes import wait_until

COME_BACK = 4503


def test_a_message_under_way_has_its_answer_and_tabs_are_told_to_come_back(own, alice_there, world, talk):
    tab, silent = alice_there.tab(talk), alice_there.socket()
    tab.until_upstream("on")
    epoch, n = tab.heard[0]["epoch"], tab.heard[0]["n"]
    world.break_next("chatconversation", "slow", "add", seconds=2.0)
    since = world.now()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(alice_there.say, talk, "Just before")
        wait_until(lambda: bool(world.calls(since, "chatconversation", "add")), "the message to be under way")
        own.process.terminate()
        assert (tab.close_code(), silent.close_code()) == (COME_BACK, COME_BACK)
        assert answer.result().status == 201
    assert own.process.wait(10) == 0
    own.start()
    back = alice_there.socket()
    back.hello(epoch, n, conversation=talk)
    assert back.hear("resync")
    assert answer.result().messages[0].id in {message.id for message in alice_there.open(talk).messages}


def test_it_takes_no_new_line_while_it_ends_and_ends_in_time_though_an_answer_never_comes(
    own, alice_there, world, talk, alice
):
    world.break_next("chatconversation", "hang", "add", userid=alice.userid)
    since = world.now()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(alice_there.say, talk, "Into the void")
        wait_until(lambda: bool(world.calls(since, "chatconversation", "add")), "the message to be under way")
        began = time.monotonic()
        own.process.terminate()
        wait_until(lambda: not own.is_alive(), "the portal to take nobody in")
        assert own.process.poll() is None
        assert own.process.wait(15) == 0
        assert time.monotonic() - began < 14
        assert answer.exception() is not None
    own.start()


def test_with_nothing_under_way_it_ends_at_once(own, alice_there):
    tab = alice_there.tab()
    began = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - began < 3
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            tab.read()
    assert closed.value.rcvd.code == COME_BACK
    own.start()
