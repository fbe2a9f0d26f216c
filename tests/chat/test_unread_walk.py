"""Whatever happens in whatever order, in two tabs on two devices: the number is the one a person would count."""

from __future__ import annotations

import random
import uuid

import pytest

from tests.chat.test_unread import read, unread
from tests.processes import wait_until

STEPS = 30


class Walk:
    """Tom's conversation with Robin, in two browsers, and what Tom would count in it."""

    def __init__(self, visitors, world, conversation):
        self.visitors, self.world, self.conversation = visitors, world, conversation
        self.tabs = [visitor.tab() for visitor in visitors]
        self.messages = []  # (id, whether it is Tom's own)
        self.read = 0  # so many of them
        self.done = []

    @property
    def count(self):
        return sum(not own for _, own in self.messages[self.read :])

    def step(self, dice):
        steps = [self.theirs] * 4 + [self.mine, self.written, self.looked, self.marked, self.cleared, self.hidden]
        step = dice.choice([*steps, self.dropped, self.reopened])
        self.done.append(step.__name__)
        step(dice, dice.choice(self.visitors))

    def theirs(self, dice, visitor):
        self.messages.append((self.world.says("robin", self.conversation, "Theirs"), False))

    def mine(self, dice, visitor):
        """From another device, which does not say what was read."""
        self.messages.append((self.world.says("tom", self.conversation, "Mine"), True))

    def written(self, dice, visitor):
        """Whoever writes here has read what was there."""
        id = str(uuid.uuid4())
        assert visitor.say(self.conversation, "Mine", id=id).status == 201
        self.messages.append((id, True))
        self.read = len(self.messages)

    def looked(self, dice, visitor):
        if self.messages:
            assert read(visitor, self.conversation, message=self.messages[-1][0]).status == 204
            self.read = len(self.messages)

    def marked(self, dice, visitor):
        if self.messages:
            at = dice.randrange(len(self.messages))
            assert read(visitor, self.conversation, unread=self.messages[at][0]).status == 200
            self.read = at

    def cleared(self, dice, visitor):
        assert visitor.post(f"/conversations/{self.conversation}/clear/", {"confirm": "clear"}).status == 303
        self.messages, self.read = [], 0

    def hidden(self, dice, visitor):
        """Out of sight, and back."""
        for value in ("on", "off"):
            answer = visitor.post(f"/conversations/{self.conversation}/preferences/", {"hidden": value})
            assert answer.status == 303

    def dropped(self, dice, visitor):
        self.world.sandbox.control("drop-sockets", {})

    def reopened(self, dice, visitor):
        at = self.visitors.index(visitor)
        self.tabs[at].close()
        self.tabs[at] = visitor.tab()

    def agrees(self):
        wanted = str(self.count or "")
        return all(unread(visitor, self.conversation) == wanted for visitor in self.visitors)


@pytest.fixture
def walk(visit, world, sandbox):
    conversation = world.between("tom", "robin")
    sandbox.control("clear", {"conversation": conversation})
    walk = Walk([visit("tom"), visit("tom")], world, conversation)
    pane = walk.visitors[0].open
    wait_until(lambda: pane(conversation).document.one("#conversation")["data-read-at"], "Tom's marker")
    return walk


def test_the_number_is_right_after_any_mix_of_two_tabs_two_devices_clear_hide_and_reconnect(walk):
    seed = random.getrandbits(32)
    dice = random.Random(seed)
    for _ in range(STEPS):
        walk.step(dice)
        wait_until(walk.agrees, f"{walk.count} unread; seed {seed}: {', '.join(walk.done)}")
    for tab in walk.tabs:
        tab.close()
