"""Two people who answer within a second or two and begin by themselves, so that someone alone sees a live product."""

from __future__ import annotations

import asyncio
import random

from chat.sandbox import talk
from chat.sandbox.records import OFFLINE, Conversation, Person
from chat.sandbox.timeline import Item
from chat.sandbox.world import World

FIRST_PAUSE = (6.0, 15.0)  # seconds before they begin for the first time
PAUSE = (40.0, 120.0)  # seconds between two beginnings
READING = (0.3, 0.8)  # seconds until they have seen a message
WRITING = (0.6, 1.4)  # seconds more until they answer


class Lively:
    """Watches every message; answers where a lively person is meant. Still when `on` is false."""

    def __init__(self, world: World, *, on: bool) -> None:
        self.world = world
        self.on = on
        self.turned_on = asyncio.Event()
        self.chance = random.Random()  # noqa: S311 - what they say next is no secret
        self.tasks: set[asyncio.Task[None]] = set()
        self.switch(on)
        world.said = self.hear

    def switch(self, on: bool) -> None:
        self.on = on
        if on:
            self.turned_on.set()
        else:
            self.turned_on.clear()

    def begin_again(self, *, on: bool) -> None:
        """Whatever one of us was about to say is not said."""
        for task in self.tasks:
            task.cancel()
        self.switch(on)

    def hear(self, conversation: Conversation, item: Item, sender: str) -> None:
        """A message was added: those of us who take part read it, and one answers, unless one of us said it."""
        listeners = [
            person for id in conversation.participantids if id != sender and (person := self.world.people[id]).lively
        ]
        if not self.on or not listeners or self.world.people[sender].lively:
            return
        answering = self._addressed(conversation, item, listeners)
        for person in listeners:
            task = asyncio.get_running_loop().create_task(self._react(conversation, item, person, person is answering))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _addressed(self, conversation: Conversation, item: Item, listeners: list[Person]) -> Person:
        text = self.world.read(conversation, item)[1] or ""
        named = [person for person in listeners if person.nick.casefold() in text.casefold()]
        return self.chance.choice(named or listeners)

    async def _react(self, conversation: Conversation, item: Item, person: Person, answers: bool) -> None:
        instance = conversation.instance
        await asyncio.sleep(self.chance.uniform(*READING))
        if conversation.instance != instance:
            return
        self.world.deliver(conversation, person, [item])
        self.world.view(conversation, person, [item.id])
        if answers:
            await asyncio.sleep(self.chance.uniform(*WRITING))
            heard = self.world.read(conversation, item)[1] or ""
            self.world.speak(conversation, person.userid, talk.answer(heard, self.chance))

    async def begin_now_and_then(self) -> None:
        """For ever: after a pause, one of us says something to somebody who is there."""
        pause = FIRST_PAUSE
        while True:
            await self.turned_on.wait()
            await asyncio.sleep(self.chance.uniform(*pause))
            if self.on and (places := self._places()):
                conversation, person = self.chance.choice(places)
                self.world.speak(conversation, person.userid, talk.opening(self.chance))
                pause = PAUSE

    def _places(self) -> list[tuple[Conversation, Person]]:
        """Where one of us could begin: conversations with somebody there who is not one of us."""
        people = self.world.people
        return [
            (conversation, people[id])
            for conversation in self.world.conversations.values()
            for id in conversation.participantids
            if people[id].lively and any(map(self._is_there, conversation.participantids))
        ]

    def _is_there(self, userid: str) -> bool:
        person = self.world.people[userid]
        return not person.lively and bool(person.stations) and person.availability() != OFFLINE
