"""The first screen is light: what a cold browser loads to show a conversation."""

from __future__ import annotations

import pytest

from tests.browser.steps import conversation_of, expect_live, wait_until_quiet

HEAVIEST = 60 * 1024  # bytes over the wire, compressed, in all
MOST = 15  # requests, those that wait until the browser is idle too


@pytest.fixture
def wire(page_for, alice, sandbox):
    """A page, and what it has loaded by the network's own count: the bytes of each request."""
    page = page_for(alice)
    wait_until_quiet(page)
    network = page.context.new_cdp_session(page)
    loaded = []
    network.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    page.goto(f"/conversations/{conversation_of(alice, sandbox.people['robin'])}/", wait_until="load")
    return page, loaded


def sizes(loaded):
    """Without what came from the cache, or from within a style sheet."""
    return [size for size in loaded if size]


def test_the_first_screen_weighs_little(wire):
    page, loaded = wire
    expect_live(page)
    page.wait_for_function("performance.getEntriesByType('resource').some(({ name }) => name.includes('/idle.'))")
    wait_until_quiet(page)
    assert sum(loaded) <= HEAVIEST
    assert 4 < len(sizes(loaded)) <= MOST


def test_a_second_look_loads_little_more_than_the_page(wire):
    page, loaded = wire
    wait_until_quiet(page)
    first = sum(loaded)
    loaded.clear()
    page.reload()
    wait_until_quiet(page)
    assert 0 < sum(loaded) < first / 3
