"""The bare program makes its calls against the big sandbox, and a portal can be measured beside it."""

from __future__ import annotations

import pytest

from tests.bench.floor import floor
from tests.bench.opening import asked
from tests.bench.server import Town
from tests.bench.stage import stage
from tests.processes import wait_until


@pytest.fixture(scope="module")
def here():
    with stage(Town(8, near=1, rooms=[3], star=5)) as here:
        yield here


@pytest.mark.parametrize(
    ("work", "numbers", "samples"),
    [("echo", (3, 2), 2), ("older", (3, 2), 1), ("storm", (3,), 1)],
)
def test_the_floor_of_each_row_can_be_measured(here, work, numbers, samples):
    taken = floor(here.sandbox, work, *numbers)
    assert len(taken) == samples
    assert min(taken) > 0


def test_people_come_to_the_portal_and_hear_what_is_said_in_their_room(here):
    cookies = here.come(range(3))
    tabs = here.tabs(cookies, [here.room(3)] * 3)
    id = here.say(0, here.room(3), "To everybody")
    wait_until(lambda: all(id in tab.messages for tab in tabs), "everybody to hear it")
    assert len(asked(here, cookies[0], "/conversations/", 2)) == 2
    assert here.storm([4, 5]) > 0
