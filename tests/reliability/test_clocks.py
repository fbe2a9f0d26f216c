"""Whose clock is wrong: the portal's. What is said arrives once, counts once, and stands where the server has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.processes import Portal

# Daphne's process, whose every look at the time of day is wrong by so many seconds.
WRONG = """
import runpy, sys, time_machine
from datetime import UTC, datetime, timedelta
shift = timedelta(seconds=float(sys.argv.pop(1)))
time_machine.travel(datetime.now(UTC) + shift, tick=True).start()
runpy.run_module("ozekiweb.serve", run_name="__main__", alter_sys=True)
"""


class Astray(Portal):
    """A portal whose clock is wrong."""

    shift = timedelta()

    def spawn(self, command: list[str], **variables: str) -> None:
        """As any other, but for the time."""
        python, _m, _module, *words = command
        super().spawn([python, "-c", WRONG, str(self.shift.total_seconds()), *words], **variables)


# The sandbox refuses what is dated more than ten minutes from its own time, as a server may.
@pytest.fixture(params=[timedelta(minutes=8), timedelta(minutes=-8)], ids=["ahead", "behind"])
def portal(request, sandbox, data_dir):
    astray = Astray(sandbox.url, data_dir)
    astray.shift = request.param
    with astray:
        yield astray


def test_what_is_said_through_a_portal_with_a_wrong_clock_arrives_once_and_counts(visit, sandbox, world):
    talk = world.between("alice", "bob")
    sandbox.control("clear", {"conversation": talk})
    alice, bob = visit("alice"), visit("bob")
    tab, other = bob.tab(talk), bob.tab()
    tab.until_upstream("on")
    assert alice.say(talk, "By the portal's clock").status == 201
    there = world.says("alice", talk, "By the right clock")
    assert tab.hear_message(there).text == "By the right clock"
    held = world.ids(talk)
    assert len(held) == 2
    assert [message.id for message in bob.open(talk).messages] == held
    assert [message.id for message in alice.open(talk).messages] == held
    other.hear_row(talk, lambda html: 'data-unread="2"' in html)
