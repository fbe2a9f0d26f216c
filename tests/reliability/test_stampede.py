"""The portal is killed with two hundred tabs open, and starts again: everybody comes back at once."""

from __future__ import annotations

import time
from statistics import median

import pytest

from tests.processes import Portal, wait_until
from tests.reliability.swarm import Swarm

PEOPLE = ("alice", "bob", "daniel", "layla", "maria", "zsofi", "robin", "kim")
BROWSERS, TABS = 2, 200  # of each person; in all


@pytest.fixture(scope="module")
def own(line, tmp_path_factory):
    with Portal(line.url, tmp_path_factory.mktemp("own")) as portal:
        yield portal


def test_two_hundred_tabs_come_back_current_and_neither_the_server_nor_other_pages_are_overrun(
    own, line, browser, sandbox, world
):
    visitors = [browser(own) for _ in range(BROWSERS) for _ in PEOPLE]
    pages = []
    for visitor, name in zip(visitors, PEOPLE * BROWSERS, strict=True):
        assert visitor.sign_in(sandbox.people[name]).status == 303
        pages.append(visitor.get("/"))
    other, talk = visitors[0], world.between("alice", "bob")
    with Swarm(own) as swarm:
        for n in range(TABS):
            page = pages[n % len(pages)]
            swarm.open(visitors[n % len(pages)], page.rows[0]["data-conversation"], page.seen)
        wait_until(lambda: all(tab.live for tab in swarm.tabs), "all tabs to be live")
        own.kill()
        wait_until(lambda: not any(tab.live for tab in swarm.tabs), "all tabs to know")
        writers = {page.rows[0]["data-conversation"]: name for page, name in zip(pages, PEOPLE * BROWSERS, strict=True)}
        said = {shown: world.says(name, shown, "While all were away") for shown, name in writers.items()}
        line.peak, calls = 0, world.now()
        own.start()
        began, answers = time.monotonic(), []
        while not all(tab.live for tab in swarm.tabs) and time.monotonic() - began < 100:
            answers.append(swarm.get(other, f"/conversations/{talk}/").result(30))
        back = time.monotonic() - began
        assert [tab for tab in swarm.tabs if said[tab.conversation] not in tab.messages] == []
    slowest, usual = max(seconds for _, seconds in answers), median(seconds for _, seconds in answers)
    print(
        f"{TABS} tabs of {len(visitors)} sign-ins are live and current {back:.1f} s after the restart, for"
        f" {own.cpu_seconds():.1f} s of CPU, {world.now() - calls} calls to the server and at most {line.peak} lines;"
        f" beside that {len(answers)} pages one after the other, {usual:.2f} s each and at most {slowest:.2f} s"
    )
    assert {status for status, _ in answers} == {200}
    assert len(answers) > 3  # a page is not behind everybody who comes back
    assert line.peak <= 64
