"""A proxy on the way lets no websocket pass: here nginx with our own site file, but for its line about that."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    conversation_of,
    expect_live,
    held_ids,
    ids,
    message,
    open_conversation,
    row,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_reading import SENT
from tests.browser.test_unread import HIDE
from tests.engines import Nginx, need
from tests.processes import Portal, free_port, wait_until

WORDS = "something on the way may not let WebSockets pass"
LONGEST_PAUSE = 5.0  # seconds between two looks of a page that is seen
# How many pages have come.
POLLED = """() => {
    window.polled = 0;
    document.addEventListener("live:polled", () => window.polled++);
}"""

pytestmark = pytest.mark.console("WebSocket", "ERR_CONNECTION", "502")


@pytest.fixture(scope="module")
def front(_fresh_sandbox, _sandbox_process, tmp_path_factory):
    need("nginx")
    front = Nginx(free_port(), strips=True)
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("own"), SITE_URL=front.url) as portal:
        front.portals = [portal]
        with front:
            yield front


@pytest.fixture
def stripping(front):
    front.strips = True
    front.reload()
    return front


@pytest.fixture
def page(page_for, stripping, alice, bob):
    page = page_for(alice, base_url=stripping.url)
    page.goto(f"/conversations/{conversation_of(alice, bob)}/")
    return page


def said(sandbox, talk):
    return sandbox.control("say", {"from": "bob@example.org", "conversation": talk, "text": unique("Late")})["id"]


def test_the_page_says_so_and_hears_and_sends_without_and_goes_live_once_the_proxy_is_mended(
    page, stripping, sandbox, alice, bob
):
    talk = conversation_of(alice, bob)
    banner = page.get_by_role("status").filter(has_text=WORDS)
    expect(banner).to_be_visible()
    heard = [said(sandbox, talk) for _ in range(2)]
    for id in heard:
        expect(message(page, id)).to_have_count(1)
    expect(write(page, unique("All the same"))).to_have_attribute("data-state", "sent")
    later = said(sandbox, talk)
    expect(message(page, later)).to_have_count(1)
    other = conversation_of(alice, sandbox.people["daniel"])
    sandbox.control("say", {"from": "daniel@example.org", "conversation": other, "text": "Elsewhere"})
    expect(page.locator(f'[data-conversation="{other}"][data-unread]')).to_have_count(1)

    stripping.strips = False
    stripping.reload()
    expect_live(page)
    expect(banner).to_have_count(0)
    wait_until_quiet(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    began = time.monotonic()
    wait_until(lambda: page.wait_for_timeout(50) or time.monotonic() > began + LONGEST_PAUSE, "as long as a pause")
    assert [url for url in asked if re.search(r"/conversations/\w+/$", url)] == []
    at_once = said(sandbox, talk)
    expect(message(page, at_once)).to_have_count(1)
    shown = ids(page)
    assert shown == held_ids(sandbox, talk)[-len(shown) :]


@pytest.mark.parametrize("looks", [1, 2], ids=["alone", "beside another"])
def test_a_look_that_began_before_one_said_something_does_not_take_it_away(page, alice, bob, looks):
    expect(page.get_by_role("status").filter(has_text=WORDS)).to_be_visible()
    page.evaluate(POLLED)
    talk, held = conversation_of(alice, bob), []
    page.route(f"**/conversations/{talk}/", lambda route: held.append((route, route.fetch())))
    wait_until(lambda: page.evaluate("1") and held, "a look")
    text = unique("Said meanwhile")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    if looks > 1:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        wait_until(lambda: page.evaluate("1") and len(held) == looks, "another look")
    route, answer = held[0]
    page.evaluate("window.polled = 0")
    route.fulfill(response=answer)
    wait_until(lambda: page.evaluate("window.polled"), "the first to be over")
    assert row(page, text).count() == 1


@pytest.mark.console("404")
def test_a_page_whose_conversation_is_no_longer_theirs_still_hears_of_the_others(page, stripping, sandbox, alice, bob):
    expect(page.get_by_role("status").filter(has_text=WORDS)).to_be_visible()
    shown = page.locator("[data-message]").count()
    page.route(f"**/conversations/{conversation_of(alice, bob)}/", lambda route: route.fulfill(status=404))
    other = conversation_of(alice, sandbox.people["zsofi"])
    sandbox.control("say", {"from": "zsofi@example.org", "conversation": other, "text": "Elsewhere"})
    expect(page.locator(f'[data-conversation="{other}"][data-unread]')).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text=WORDS)).to_be_visible()
    expect(page.locator("[data-message]")).to_have_count(shown)


def test_what_it_asks_for_while_nobody_looks_says_so(page):
    expect(page.get_by_role("status").filter(has_text=WORDS)).to_be_visible()
    path = re.compile(r"/conversations/\w+/$")
    with page.expect_request(path) as seen:
        pass
    page.evaluate(HIDE)
    with page.expect_request(path, timeout=60_000) as unseen:
        pass
    assert ["page-hidden" in asked.value.headers for asked in (seen, unseen)] == [False, True]


def test_the_status_page_says_it_too(page, stripping):
    page.goto("/status/")
    expect(page.locator("#status-facts")).to_contain_text(WORDS)


def test_a_proxy_that_ends_and_comes_back_and_lets_none_pass_is_told_from_one_that_is_away(page, stripping):
    stripping.strips = False
    stripping.reload()
    open_conversation(page, page.url.rstrip("/").rpartition("/")[2])
    stripping.stop()
    expect(page.get_by_role("status").filter(has_text="No connection.")).to_be_visible()
    stripping.strips = True
    stripping.start()
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_role("status").filter(has_text=WORDS)).to_be_visible()
