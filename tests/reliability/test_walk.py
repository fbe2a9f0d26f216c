"""Nothing is lost and nothing doubled, whatever happens in whatever order.

500 steps; `WALK_STEPS=5000 bin/test tests/reliability/test_walk.py` takes more. A failure says its seed, which
`WALK_SEED=…` takes again, and the fewest steps found that lead to it.
"""

from __future__ import annotations

import os
import random
from contextlib import ExitStack

import pytest

from tests.processes import Portal, Sandbox
from tests.proxy import Proxy
from tests.tab import Background, Browser
from tests.walk import Site, fewest, steps, take

STEPS = int(os.environ.get("WALK_STEPS", "500"))
A_WALK = 125  # steps
DESKS = (("alice", 2), ("alice", 1), ("bob", 2), ("kim", 1))
SHRINKING = float(os.environ.get("WALK_SHRINKING", "60"))  # seconds


def pytest_generate_tests(metafunc):
    """The seeds follow that of the whole run, so that `--randomly-seed=last` takes the same walks again."""
    first = int(os.environ.get("WALK_SEED") or metafunc.config.getoption("randomly_seed"))
    metafunc.parametrize("seed", range(first, first + max(1, STEPS // A_WALK)))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    with ExitStack() as opened:
        sandbox = opened.enter_context(Sandbox("--data", str(folder / "world.json")))
        portal = opened.enter_context(Portal(sandbox.url, folder / "portal"))
        background = opened.enter_context(Background())
        lines = [opened.enter_context(Proxy(portal.url)) for _ in DESKS]
        yield Site(sandbox, portal, DESKS, lambda person, at: Browser(background, portal, person, lines[at]))
        assert not background.faults


@pytest.mark.timeout(SHRINKING + 150 + STEPS)
def test_at_rest_every_tab_shows_what_the_server_holds_once_and_in_order(site, seed):
    walk = steps(random.Random(seed), A_WALK)
    try:
        take(site, walk)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {fewest(site, walk, error, SHRINKING)}") from error
