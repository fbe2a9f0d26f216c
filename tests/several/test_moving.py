"""Processes end and start while people write: tabs move to the others, nobody signs in again, nothing is lost or
doubled. The tabs reach the site by nginx, and have no process of their own."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import psycopg
import pytest

from tests.processes import wait_until
from tests.proxy import Proxy
from tests.tab import Background, Browser
from tests.walk import Site, steps, take

COME_BACK = 4503
PEOPLE = ("alice", "bob", "alice")
STEPS = 25
DESKS = (("alice", 2), ("alice", 1), ("bob", 2), ("kim", 1))


@pytest.fixture(scope="module")
def background():
    with Background() as background:
        yield background
    assert not background.faults


@pytest.fixture
def writing(cluster, background, sandbox, talk):
    """Three browsers with two tabs each on one conversation, and all that was written there since."""
    written = {}
    with Proxy(cluster.front.url) as line:
        browsers = [Browser(background, cluster.front, sandbox.people[name], line) for name in PEOPLE]
        open_tabs = [browser.open(talk) for browser in browsers for _ in range(2)]

        def write(words):
            for tab in open_tabs:
                written[tab.say(words)] = words

        yield write, written, open_tabs
        for browser in browsers:
            browser.close()


def wrong(tabs, held, written):
    """What is not as it should be: every tab is live and shows what the server holds, once, and all that was written is
    among it."""
    newest = [message["ID"] for message in held]
    trouble = [f"{newest.count(id)} times: {words}" for id, words in written.items() if newest.count(id) != 1]
    for number, tab in enumerate(tabs):
        view = tab.view()
        shown = [row.id for row in view.rows]
        if not view.live or view.copies or view.busy:
            trouble.append(f"tab {number} is live: {view.live}, busy: {view.busy}, waiting: {view.copies}")
        if shown != newest[-len(shown) :]:
            lacks, more = set(newest[-len(shown) :]) - set(shown), set(shown) - set(newest)
            trouble.append(f"tab {number} shows {len(shown)}, lacks {lacks}, has {more} too many, or in another order")
    return trouble


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_while_each_process_ends_and_starts_in_its_turn_all_that_is_written_arrives_once(
    cluster, writing, world, talk, end
):
    write, written, tabs = writing
    wait_until(lambda: all(tab.view().live for tab in tabs), "all tabs to be live")
    for portal in list(cluster.portals):
        write(f"before the {end}")
        getattr(portal, end)()
        write(f"after the {end}")
        written[world.says("bob", talk, "From elsewhere")] = ""
        portal.start()
        write("with both again")
    try:
        wait_until(lambda: not wrong(tabs, world.held(talk), written), "every tab to be right")
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *wrong(tabs, world.held(talk), written)])) from error
    assert len(written) == 2 * (3 * len(tabs) + 1)


@contextmanager
def at_the_door(cluster, visitor):
    """Somebody who is neither let in nor refused yet: whether they are signed in can't be read now."""
    with psycopg.connect(cluster.postgres.url) as other:
        other.execute("lock table chat_signin")
        with closing(visitor.knock()) as line:
            waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            wait_until(lambda: bool(cluster.ask(waiting)), "somebody to be at the door")
            yield line


def test_one_who_is_not_let_in_yet_keeps_nobody_from_being_answered_or_told_when_a_process_ends(
    cluster, visit, at, world, talk
):
    portal, alice = cluster.portals[0], at(visit("alice"), 0)
    tab = alice.tab(talk)
    tab.until_upstream("on")
    world.break_next("chatconversation", "slow", "add", seconds=2.0)
    since = world.now()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(alice.say, talk, "Just before")
        wait_until(lambda: bool(world.calls(since, "chatconversation", "add")), "the message to be under way")
        with at_the_door(cluster, alice) as line:
            portal.process.terminate()
            assert tab.close_code() == COME_BACK
            assert line.recv(100).startswith(b"HTTP/1.1 403 ")
        assert answer.result().status == 201
    assert portal.process.wait(10) == 0
    portal.start()


def test_a_walk_at_random_through_both_processes_ends_with_every_tab_right(cluster, background, sandbox, request):
    seed = int(os.environ.get("WALK_SEED") or request.config.getoption("randomly_seed"))
    with ExitStack() as opened:
        lines = [opened.enter_context(Proxy(cluster.front.url)) for _ in DESKS]
        site = Site(sandbox, cluster, DESKS, lambda person, at: Browser(background, cluster.front, person, lines[at]))
        try:
            take(site, steps(random.Random(seed), STEPS))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
