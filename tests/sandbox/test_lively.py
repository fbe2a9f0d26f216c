"""The lively people begin by themselves, with those who are there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from chat.ozeki.dialect import Dialect
from chat.sandbox import history, lively, talk
from chat.sandbox.lively import Lively
from chat.sandbox.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return history.new_world(Dialect(), fast=True)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[Lively]:
    monkeypatch.setattr(lively, "FIRST_PAUSE", (0.0, 0.01))
    yield Lively(world, on=True)
    world.forget_stations()


async def test_they_begin_with_somebody_who_is_there(hurried: Lively, world: World) -> None:
    maria = world.person_called("maria@example.org")
    station = world.tie("0" * 32, maria)
    maria.sockets, maria.chosen = 1, "available"
    begun = asyncio.Event()
    world.signal = lambda stations: begun.set()
    task = asyncio.create_task(hurried.begin_now_and_then())
    await asyncio.wait_for(begun.wait(), 10)
    task.cancel()
    conversation = world.conversations[next(iter(station.conversations))]
    assert maria.userid in conversation.participantids
    sender, text = world.read(conversation, conversation.messages.newest())
    assert sender is not None
    assert world.people[sender].lively
    assert text in talk.OPENINGS


def test_with_nobody_there_they_have_nowhere_to_begin(hurried: Lively) -> None:
    assert hurried._places() == []


def test_they_do_not_answer_each_other(world: World) -> None:
    speaker = Lively(world, on=True)
    robin, zsofi = (world.person_called(f"{name}@example.org") for name in ("robin", "zsofi"))
    both = next(
        each for each in world.conversations.values() if {robin.userid, zsofi.userid} == set(each.participantids)
    )
    world.speak(both, robin.userid, "Hello Zsófi!")
    assert not speaker.tasks


@pytest.mark.parametrize("text", ["Hello!", "Thanks", "Is it done?", "", "🌻", "https://example.org/", "Lunch?"])
def test_there_is_an_answer_to_anything(text: str) -> None:
    assert talk.answer(text, random.Random(1))
