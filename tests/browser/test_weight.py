"""The first screen is light: what a cold browser loads to show a conversation."""

from __future__ import annotations

import gzip
import re
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.browser.steps import at_start, conversation_of, expect_live, wait_for, wait_until_quiet

HEAVIEST = 60 * 1024  # bytes over the wire, compressed, in all
MOST = 15  # requests, those that wait until the browser is idle too


@pytest.fixture(params=["en-GB", "hu-HU"])
def wire(request, page_for, alice, sandbox):
    """A page, and what it has loaded by the network's own count: the bytes of each request."""
    # What passes through a service worker is not counted.
    page = at_start(page_for(alice, locale=request.param))
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


def fetched(portal, path):
    """What the portal answers, compressed as for a browser."""
    with closing(HTTPConnection("127.0.0.1", portal.port, timeout=20)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        response = connection.getresponse()
        assert response.status == 200, path
        return response.read()


def of_the_worker(page, portal):
    """The sizes of the service worker, which the first visit installs, and of what that fetches besides the page's."""
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
    script = fetched(portal, "/service-worker.js")
    text = (gzip.decompress(script) if script.startswith(b"\x1f\x8b") else script).decode()
    files = re.search(r"FILES=\[(.*?)\]", text)[1].replace('"', "").split(",")
    others = [file for file in ("/offline/", *files) if file not in loaded]
    assert 1 < len(others) <= len(files)
    return [len(script), *(len(fetched(portal, file)) for file in others)]


def test_the_first_screen_weighs_little(wire, portal):
    page, loaded = wire
    expect_live(page)
    wait_for(page, "performance.getEntriesByType('resource').some(({ name }) => name.includes('/idle.'))")
    wait_until_quiet(page)
    loaded.extend(of_the_worker(page, portal))
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
