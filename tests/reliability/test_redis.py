"""Two processes of one portal with Redis between them, which ends, comes back, and hangs."""

from __future__ import annotations

import itertools
import time

import pytest

from tests.engines import Redis, need
from tests.processes import Portal, wait_until
from tests.proxy import Proxy

THEMES = itertools.cycle(["dark", "light"])


@pytest.fixture(scope="module")
def redis():
    need("redis-server")
    with Redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def line(redis):
    with Proxy(redis.url) as line:
        yield line


@pytest.fixture(scope="module")
def portals(_fresh_sandbox, _sandbox_process, line, tmp_path_factory):
    shared = tmp_path_factory.mktemp("own")
    settings = {"REDIS_URL": line.url, "SECRET_KEY": "the same in both"}
    with (
        Portal(_sandbox_process.url, shared, PROCESS_SLOT="1", **settings) as one,
        Portal(_sandbox_process.url, shared, PROCESS_SLOT="2", **settings) as other,
    ):
        yield one, other


@pytest.fixture
def two(portals, browser, alice):
    """Alice in a browser at each process, with a tab, and each having heard the other."""
    visitors = [browser(portal) for portal in portals]
    for visitor in visitors:
        assert visitor.sign_in(alice).status == 303
        visitor.tab()
    wait_until(lambda: hears(*visitors) and hears(*reversed(visitors)), "the processes to hear each other")
    return visitors


def hears(one, other):
    """Whether a tab in `other` is told of what changes in `one`. Twice: once it may be told just as it comes."""
    for _ in range(2):
        theme = next(THEMES)
        assert one.prefer(theme=theme).status == 303
        try:
            other.tabs[-1].hear("preferences", lambda frame, theme=theme: frame["attributes"]["theme"] == theme, 1.0)
        except AssertionError:
            return False
    return True


def test_a_tab_has_its_line_and_its_messages_while_redis_is_away_and_hears_other_processes_once_it_is_back(
    two, redis, world
):
    one, other = two
    before = other.tabs[-1]
    redis.kill()
    talk = world.between("alice", "bob")
    one.tab(talk).hear_message(world.says("bob", talk, "Without Redis"))
    before.hear_row(talk)
    assert not hears(one, other)
    redis.start()
    wait_until(lambda: hears(one, other) and hears(other, one), "the processes to hear each other again")


def test_while_redis_is_away_what_is_done_is_done_and_told_in_its_own_process(two, redis, portals, browser, alice):
    one, _ = two
    redis.kill()
    tab = one.tab()
    here = browser(portals[0])
    here.sign_in(alice)
    assert hears(here, one)
    assert one.sign_out().status == 303
    assert tab.close_code() == 4401
    redis.start()


def test_while_redis_hangs_nobody_waits_for_it(two, line):
    one, _ = two
    line.freeze()
    began = time.monotonic()
    assert one.prefer(theme="").status == 303
    assert one.tab().all_so_far()
    assert one.sign_out().status == 303
    assert time.monotonic() - began < 4
    line.heal()


def test_a_sign_out_reaches_the_tabs_in_another_process_at_once(two, portals, browser):
    one, _ = two
    elsewhere = browser(portals[1])
    elsewhere.http.cookies.update(one.http.cookies)
    tab = elsewhere.tab()
    one.sign_out()
    assert tab.close_code() == 4401
