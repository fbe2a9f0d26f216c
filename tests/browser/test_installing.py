"""The portal as an installed app: its manifest and icons, and what it says when it can't be reached."""

from __future__ import annotations

import json
import re
import socket
import threading
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import (
    at_start,
    composer,
    conversation_of,
    expect_live,
    fill_passwords,
    open_conversation,
    overflow,
    unique,
    wait_for,
    wait_until_quiet,
    write,
)
from tests.processes import Portal, wait_until

SERVICE_WORKER = True
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
KEPT = """async () => {
    const kept = {};
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const { url } of await cache.keys()) kept[new URL(url).pathname] = await (await cache.match(url)).text();
    }
    return kept;
}"""
# Of the page and of each message: how it was asked for, and what the service worker had decided about it beforehand.
PASSED = """performance.getEntries()
    .filter(({ name, initiatorType }) => initiatorType === "navigation" || name.endsWith("/messages/"))
    .map(({ initiatorType, workerMatchedSourceType }) => [initiatorType, workerMatchedSourceType])"""
gone = pytest.mark.console("ERR_", "WebSocket", "503")  # what a browser says of a portal that is not there


@pytest.fixture
def own(sandbox, data_dir):
    with Portal(sandbox.url, data_dir) as own:
        yield own


def with_worker(page):
    """A page once its service worker answers for it."""
    expect_live(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    page.reload()  # a page that began to load before the worker was ready goes without
    expect_live(page)
    wait_until(lambda: page.evaluate("navigator.serviceWorker.controller?.state") == "activated", "the worker")
    return page


def kept(page):
    """Everything in the browser's caches: path → text."""
    return page.evaluate(KEPT)


# Installing


def test_the_browser_finds_nothing_wrong_with_the_manifest(page_for, alice):
    page = at_start(page_for(alice))
    devtools = page.context.new_cdp_session(page)
    found = devtools.send("Page.getAppManifest")
    assert (found["errors"], found["url"].endswith("/manifest.webmanifest")) == ([], True)
    manifest = json.loads(found["data"])
    assert (manifest["id"], manifest["start_url"], manifest["display"]) == ("/", "/", "standalone")
    problems = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [problem["errorId"] for problem in problems if problem["errorId"] != "in-incognito"] == []


def test_every_icon_is_a_picture_of_the_size_it_says(page_for, alice):
    page = at_start(page_for(alice))
    icons = page.evaluate(
        """async () => {
            const { icons } = await (await fetch("/manifest.webmanifest")).json();
            return Promise.all(icons.map(async ({ src, sizes, purpose }) => {
                const picture = new Image();
                picture.src = src;
                await picture.decode();
                return [purpose, sizes, `${picture.naturalWidth}x${picture.naturalHeight}`];
            }));
        }"""
    )
    assert {(purpose, sizes) for purpose, sizes, _ in icons} >= {
        ("any", "192x192"),
        ("any", "512x512"),
        ("maskable", "512x512"),
    }
    assert [icon for icon in icons if icon[1] not in ("any", icon[2])] == []


@gone
def test_back_without_a_connection_says_so_and_goes_on_where_it_led(page_for, alice, bob, sandbox):
    first, second = conversation_of(alice, bob), conversation_of(alice, sandbox.people["layla"])
    page = with_worker(open_conversation(page_for(alice), first))
    page.locator(f"#conversation-{second} a").click()
    expect(page.locator(f'#conversation[data-conversation="{second}"]')).to_be_visible()
    with_worker(page)  # loaded again: the first one is not in memory any more
    page.context.set_offline(True)
    page.evaluate("history.back()")
    expect(wrong(page)).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(f'#conversation[data-conversation="{first}"]')).to_be_visible()
    assert page.url.endswith(f"/conversations/{first}/")


# What goes around the service worker


def test_what_scripts_ask_for_does_not_wait_for_the_service_worker_and_a_page_does(page_for, alice, bob):
    page = with_worker(open_conversation(page_for(alice), conversation_of(alice, bob)))
    write(page, unique("Straight on"))
    wait_for(page, f"{PASSED}.length === 2")
    assert page.evaluate(PASSED) == [["navigation", ""], ["fetch", "network"]]


# When the portal can't be reached


def wrong(page):
    return page.get_by_role("heading", name="No connection")


@gone
def test_a_portal_that_is_gone_is_said_to_be_and_the_page_comes_when_it_is_back(page_for, alice, bob, own):
    talk = conversation_of(alice, bob)
    page = with_worker(open_conversation(page_for(alice, base_url=own.url), talk))
    text = unique("Half a sentence")
    composer(page).fill(text)
    own.kill()
    page.reload()
    expect(wrong(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("the portal does not answer")
    expect(page.get_by_text("What you wrote is kept in this browser.")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    expect(wrong(page)).to_be_visible()
    own.start()
    expect_live(page)
    assert page.url == f"{own.url}/conversations/{talk}/"
    expect(composer(page)).to_have_value(text)


@gone
def test_try_again_goes_to_the_page_that_was_wanted(page_for, alice, own):
    page = with_worker(at_start(page_for(alice, base_url=own.url)))
    own.kill()
    page.goto("/people/")
    page.clock.install()  # so that it does not go on by itself
    page.reload()
    expect(wrong(page)).to_be_visible()
    own.start()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert page.url == f"{own.url}/people/"


@gone
def test_a_device_without_a_network_is_told_so_and_goes_on_when_it_has_one(page_for, alice):
    page = with_worker(at_start(page_for(alice)))
    page.context.set_offline(True)
    page.goto("/people/")
    expect(page.get_by_role("alert")).to_contain_text("This device is offline")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="People")).to_be_visible()


@gone
def test_what_was_sent_before_the_page_was_gone_arrives_after_it(page_for, alice, bob, own):
    page = with_worker(open_conversation(page_for(alice, base_url=own.url), conversation_of(alice, bob)))
    wait_until_quiet(page)
    own.kill()
    row = write(page, unique("On its way"))
    expect(row).to_have_attribute("data-state", "failed")
    page.reload()
    expect(wrong(page)).to_be_visible()
    own.start()
    expect_live(page)
    expect(row).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))


@contextmanager
def proxy_without_a_portal(port):
    """What people meet behind a reverse proxy while the portal is down."""
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def serve():
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.recv(65536)
                    body = b"<h1>503 Service Unavailable</h1>"
                    head = f"HTTP/1.1 503 Down\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode() + body)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@gone
def test_a_proxys_error_page_gives_way_to_ours(page_for, alice, own):
    page = with_worker(at_start(page_for(alice, base_url=own.url)))
    own.kill()
    with proxy_without_a_portal(own.port):
        page.goto("/people/")
        expect(wrong(page)).to_be_visible()
    own.start()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


@pytest.mark.console("502")
def test_the_portals_own_error_page_stays(page_for, alice, bob, sandbox):
    page = with_worker(at_start(page_for(alice)))
    sandbox.control("faults", {"api": "chatconversation", "action": "downloadpartial", "fault": "500", "times": 99})
    page.goto(f"/conversations/{conversation_of(alice, bob)}/")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    expect(wrong(page)).to_have_count(0)


@gone
@pytest.mark.parametrize("options", [{}, PHONE, {"viewport": {"width": 320, "height": 640}}])
def test_the_page_fits_and_is_sound(page_for, alice, options):
    page = with_worker(at_start(page_for(alice, **options)))
    page.context.set_offline(True)
    page.goto("/people/")
    expect(wrong(page)).to_be_visible()
    assert overflow(page) == 0
    background = page.locator(".button--primary").evaluate("button => getComputedStyle(button).backgroundColor")
    assert background != "rgba(0, 0, 0, 0)", "its style sheets are there"
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="People")).to_be_visible()


# What is kept


def test_nothing_of_anybody_is_kept(page_for, alice, bob, sandbox):
    talk, text = conversation_of(alice, bob), unique("A secret")
    sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})
    page = with_worker(open_conversation(page_for(alice), talk))
    for path in ("/people/", f"/conversations/{talk}/", "/preferences/", "/"):
        page.goto(path)
        wait_until_quiet(page)
    everything = kept(page)
    assert "/offline/" in everything
    assert [path for path in everything if path != "/offline/" and not path.startswith("/static/")] == []
    words = (text, talk, alice.userid, alice.fullname, alice.email, "csrf")
    assert [(path, word) for path, kept in everything.items() for word in words if word in kept] == []


def test_another_version_replaces_what_was_kept(page_for, alice):
    page = with_worker(at_start(page_for(alice)))
    page.evaluate("caches.open('offline-of-another-version')")
    page.evaluate(
        """async () => {
            const registration = await navigator.serviceWorker.ready;
            await registration.unregister();
        }"""
    )
    page.goto("/people/")
    with_worker(page)
    wait_until(lambda: len(page.evaluate("caches.keys()")) == 1, "the cache of this version alone")
    assert "/offline/" in kept(page)


def test_pages_come_from_the_portal_although_there_is_a_worker(page_for, alice, bob, sandbox):
    talk = conversation_of(alice, bob)
    page = with_worker(open_conversation(page_for(alice), talk))
    page.goto("/preferences/")
    text = unique("New")
    sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})
    answer = page.goto(f"/conversations/{talk}/")
    assert answer.headers["cache-control"] == "no-store"
    assert text in answer.text()


def test_where_there_are_no_workers_pages_are_as_ever(new_page, alice, bob):
    page = new_page()
    page.add_init_script("delete Navigator.prototype.serviceWorker;")
    page.goto("/sign-in/")
    page.locator("input[name=email]").fill(alice.email)
    fill_passwords(page, alice)
    page.locator("[type=submit]").click()
    open_conversation(page, conversation_of(alice, bob))
    wait_until_quiet(page)
    assert kept(page) == {}
