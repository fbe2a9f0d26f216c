"""What one person's trouble is to another: nothing."""

from __future__ import annotations

import time
from statistics import median

from tests.reliability.swarm import Swarm

HANGING = 300  # more than there are connections to the server


def seconds(visitor, talk):
    began = time.perf_counter()
    visitor.open(talk)
    return time.perf_counter() - began


def test_hundreds_of_hanging_calls_of_one_person_slow_nobody_elses_page(own, browser, world, alice, bob):
    alice_there, bob_there = browser(own), browser(own)
    for visitor, person in ((alice_there, alice), (bob_there, bob)):
        assert visitor.sign_in(person).status == 303
    talk = world.between("alice", "bob")
    alice_there.open(talk)
    bob_there.open(talk)
    before = median(seconds(bob_there, talk) for _ in range(15))
    world.break_next("chatconversation", "hang", times=10_000, userid=alice.userid)
    with Swarm(own) as swarm:
        asking = [
            swarm.get(alice_there, f"/conversations/{talk}/messages/?before={n:08d}&at=2026-01-01T00:00:00Z")
            for n in range(HANGING)
        ]
        during = median(seconds(bob_there, talk) for _ in range(15))
        assert not any(answer.done() for answer in asking)
    world.sandbox.control("faults/clear", {})
    ratio = during / before
    print(f"a page took {before:.3f} s, and {during:.3f} s beside {HANGING} hanging calls of another: ×{ratio:.2f}")
    assert during < 3 * before + 0.1
