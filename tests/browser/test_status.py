"""What the browser says when it goes wrong: the line's state, the banner, and the page that tells all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import (
    at_start,
    conversation_of,
    expect_live,
    message,
    open_conversation,
    overflow,
    wait_for,
    wait_until_quiet,
)
from tests.browser.test_reconnect import LINE_BREAKS, say
from tests.processes import Portal, Sandbox

PLAIN = {"java_script_enabled": False}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
COUNTDOWN = re.compile(r"Connecting again in \d+ s \(attempt \d+\)|Connecting now \(attempt \d+\)")
NO_SOCKET = """
    globalThis.WebSocket = class extends WebSocket {
        constructor() {
            super(`ws://${location.host}/elsewhere/`);
        }
    };
"""
PLAIN_HTTP = """
    Object.defineProperty(globalThis, "isSecureContext", { value: false });
    for (const name of ["clipboard", "locks", "serviceWorker"]) delete Navigator.prototype[name];
    delete Crypto.prototype.randomUUID;
"""


@pytest.fixture
def status(page_for, alice):
    """Opens the status page as Alice; `script` runs before the page's own."""

    def opened(script="", **options):
        page = page_for(alice, **options)
        if script:
            page.add_init_script(script)
        page.goto("/status/")
        return page

    return opened


@pytest.fixture
def line(asked):
    """What becomes of the line after some happenings, as [state, attempt, when the next try is, data-live]."""

    def followed(*happenings):
        return asked.evaluate(
            """async (happenings) => {
                const { after, beginning, word } = await import("/static/js/models/line.js");
                const line = happenings.reduce(after, beginning);
                return [line.state, line.attempt, line.next ?? null, word(line)];
            }""",
            happenings,
        )

    return followed


def lost(at=0, *, online=True, chance=1):
    return {"type": "lost", "at": at, "online": online, "chance": chance}


TRYING, OFFLINE, REFUSED = {"type": "trying"}, {"type": "offline"}, {"type": "refused"}


def welcomed(at=0):
    return {"type": "welcomed", "at": at}


def fact(page, label):
    """What the page says of this."""
    return page.locator("#conversation dt").get_by_text(label, exact=True).locator("xpath=following-sibling::dd[1]")


def banner(page):
    return page.locator("#connection")


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


# The state of the line


def test_a_page_begins_by_connecting(line):
    assert line() == ["connecting", 0, None, "connecting"]


def test_a_welcome_makes_the_line_live(line):
    assert line(TRYING, welcomed()) == ["live", 0, None, "on"]


def test_each_failed_try_is_counted_and_the_next_one_comes_later(line):
    assert line(lost(1_000)) == ["connecting", 1, 2_000, "connecting"]
    assert line(lost(), lost(1_000)) == ["connecting", 2, 3_000, "connecting"]
    assert line(lost(), lost(), lost(1_000)) == ["connecting", 3, 5_000, "off"]


def test_tries_are_spread_by_half_and_never_more_than_half_a_minute_apart(line):
    assert line(lost(chance=0))[2] == 500
    assert line(*[lost()] * 50)[2] == 30_000
    assert line(*[lost(chance=0)] * 50)[2] == 15_000


def test_a_try_under_way_is_not_due(line):
    assert line(lost(), TRYING) == ["connecting", 1, None, "connecting"]


def test_a_line_that_held_starts_counting_anew_and_one_that_did_not_goes_on(line):
    assert line(lost(), lost(), welcomed(0), lost(60_000))[:2] == ["connecting", 1]
    assert line(lost(), lost(), welcomed(0), lost(5_000))[:2] == ["connecting", 3]


def test_pages_that_come_without_a_socket_are_polling_until_there_is_a_line_or_no_page(line):
    polled, gone = {"type": "polled", "ok": True}, {"type": "polled", "ok": False}
    tried = [lost(), lost(), lost(), polled]
    assert line(*tried, lost(), TRYING) == ["polling", 4, None, "off"]
    assert line(*tried, gone)[0] == "connecting"
    assert line(*tried, lost(online=False), TRYING)[0] == "offline"
    assert line(*tried, welcomed(), polled)[0] == "live"


def test_a_second_welcome_does_not_make_a_line_younger(line):
    assert line(lost(), welcomed(0), welcomed(59_000), lost(60_000))[1] == 1


def test_a_device_without_a_network_is_offline_and_still_tried(line):
    assert line(welcomed(), OFFLINE) == ["offline", 0, None, "off"]
    assert line(welcomed(), lost(online=False)) == ["offline", 1, 1_000, "off"]
    assert line(OFFLINE, TRYING)[0] == "offline"
    assert line(OFFLINE, lost(online=True))[0] == "connecting"


def test_a_welcome_proves_that_the_device_is_not_offline(line):
    assert line(OFFLINE, TRYING, welcomed()) == ["live", 0, None, "on"]


def test_whoever_is_signed_out_stays_so(line):
    assert line(welcomed(), REFUSED) == ["signed-out", 0, None, "off"]
    assert line(REFUSED, TRYING, welcomed(), lost(), OFFLINE)[0] == "signed-out"


# The banner


@LINE_BREAKS
def test_the_banner_counts_down_and_a_reader_hears_its_sentence_once(page_for, alice, bob, sandbox, data_dir):
    with Portal(sandbox.url, data_dir) as own:
        page = open_conversation(page_for(alice, base_url=own.url), conversation_of(alice, bob))
        page.evaluate(
            """() => {
                globalThis.said = [];
                const region = document.querySelector("#connection");
                new MutationObserver(() => said.push(region.firstElementChild?.textContent ?? ""))
                    .observe(region, { childList: true });
            }"""
        )
        own.kill()
        expect(banner(page)).to_contain_text(COUNTDOWN)
        expect(banner(page)).to_contain_text(re.compile(r"\(attempt [4-9]\)"))
        expect(banner(page).locator("[aria-hidden=true]")).to_have_text(COUNTDOWN)
        expect(banner(page).get_by_role("link", name="What is wrong?")).to_have_attribute("href", "/status/")
        said = page.evaluate("globalThis.said")
        assert len(said) == len(set(said)) <= 2
        own.start()
        banner(page).get_by_role("button", name="Try now").click()
        expect_live(page)
        expect(banner(page)).to_be_empty()


@LINE_BREAKS
def test_a_device_without_a_network_is_told_so(page_for, alice):
    page = at_start(page_for(alice))
    expect_live(page)
    wait_until_quiet(page)
    page.context.set_offline(True)
    expect(banner(page)).to_contain_text("This device is offline.")
    expect(banner(page)).not_to_contain_text("attempt")
    page.context.set_offline(False)
    expect_live(page)
    expect(banner(page)).to_be_empty()


def test_no_banner_stands_over_a_line_that_is_live(status):
    page = status()
    expect_live(page)
    wait_until_quiet(page)
    expect(banner(page)).to_be_empty()


def test_waking_up_is_noticed_and_the_line_looked_after(page_for, alice, bob, sandbox):
    talk = conversation_of(alice, bob)
    page = page_for(alice)
    page.clock.install()
    open_conversation(page, talk)
    page.evaluate("document.addEventListener('live:wake', () => (globalThis.woken = true))")
    page.clock.fast_forward(60_000)
    wait_for(page, "globalThis.woken")
    expect(message(page, say(sandbox, bob, talk)[0])).to_have_count(1)
    expect_live(page)


@LINE_BREAKS
@pytest.mark.console("502")
def test_a_portal_restarted_without_its_chat_server_is_live_and_heals_when_that_is_back(page_for, data_dir, tmp_path):
    with Sandbox("--data", str(tmp_path / "sandbox")) as own_sandbox, Portal(own_sandbox.url, data_dir) as own:
        alice, bob = own_sandbox.people["alice"], own_sandbox.people["bob"]
        talk = conversation_of(alice, bob)
        page = open_conversation(page_for(alice, base_url=own.url), talk)
        own_sandbox.stop()
        own.kill()
        own.start()
        expect_live(page)
        expect(banner(page)).to_contain_text("The chat server is not answering.")
        own_sandbox.start()
        expect(message(page, say(own_sandbox, bob, talk)[0])).to_have_count(1, timeout=40_000)
        expect(banner(page)).to_be_empty()
        expect_live(page)


# The page


def test_it_is_reached_from_the_menu(page_for, alice):
    page = at_start(page_for(alice))
    expect_live(page)
    wait_until_quiet(page)
    page.locator(".topbar__person summary").click()
    page.get_by_role("link", name="Status", exact=True).click()
    page.wait_for_url("**/status/")
    expect(fact(page, "Connection")).to_have_text("Live: what happens is here at once.")


def test_it_says_which_news_came_last(status, sandbox, bob, alice):
    page = status()
    expect_live(page)
    last = fact(page, "Last news")
    expect(last).to_have_text(re.compile(r"None since this page was opened|Number \d+, at "))  # a friend may have come
    before = last.inner_text()
    say(sandbox, bob, conversation_of(alice, bob))
    expect(last).not_to_have_text(before)
    expect(last).to_have_text(re.compile(r"Number \d+, at "))


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (timedelta(minutes=5), "This device's clock is 5 minutes ahead of the portal's."),
        (timedelta(hours=-3), "This device's clock is 3 hours behind the portal's."),
        (timedelta(seconds=40), re.compile(r"This device's clock is (3|4)\d seconds ahead of the portal's\.")),
        (timedelta(days=400), "This device's clock is 400 days ahead of the portal's."),
        (timedelta(0), "It agrees with the portal's."),
    ],
)
def test_a_clock_that_is_wrong_is_told(page_for, alice, shift, words):
    page = page_for(alice)
    page.clock.install(time=datetime.now(UTC) + shift)
    page.goto("/status/")
    expect(fact(page, "Clock")).to_have_text(words)


def test_browser_language_and_time_zone_are_named(status):
    page = status(locale="hu-HU", timezone_id="Asia/Tokyo")
    expect(page.locator("#status-facts")).to_contain_text("hu-HU")
    expect(page.locator("#status-facts")).to_contain_text("Asia/Tokyo")
    expect(page.locator("#status-facts")).to_contain_text("Chrome")


def test_times_are_the_readers_own_also_after_another_look(status):
    page = status(timezone_id="Asia/Tokyo")
    expect_live(page)
    page.evaluate("document.dispatchEvent(new CustomEvent('live:wake'))")
    wait_until_quiet(page)
    expect(page.locator("#status-now")).not_to_contain_text("UTC")


def test_at_a_secure_address_nothing_is_missing(status):
    page = status()
    expect(fact(page, "Address")).to_have_text("Secure")
    expect(fact(page, "Not offered here")).to_have_text("Nothing")


def test_on_plain_http_it_says_what_is_missing_and_why(status):
    page = status(PLAIN_HTTP)
    expect(fact(page, "Address")).to_contain_text("Plain http")
    for words in ("notifications", "service worker", "clipboard", "locks", "random ids", "at an https address only"):
        expect(fact(page, "Not offered here")).to_contain_text(words)
    expect_live(page)


def test_all_of_it_is_copied(status):
    page = status(permissions=["clipboard-read", "clipboard-write"])
    expect_live(page)
    wait_until_quiet(page)
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    text = copied(page)
    assert text.startswith("Chat server\nNow: It answers.\n")
    assert "\n\nPortal\nVersion: " in text
    assert "\nConnection: Live: what happens is here at once.\n" in text
    expect(page.get_by_role("textbox", name="Status as text")).to_be_hidden()


def test_where_there_is_no_clipboard_the_text_is_shown_and_copied_the_old_way(status):
    page = status("delete Navigator.prototype.clipboard;")
    expect_live(page)
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    shown = page.get_by_role("textbox", name="Status as text")
    expect(shown).to_have_value(re.compile("^Chat server\n"))
    assert page.evaluate("getSelection().toString().startsWith('Chat server')")


def test_where_nothing_can_be_copied_it_says_so(status):
    page = status("delete Navigator.prototype.clipboard; document.execCommand = () => false;")
    expect_live(page)
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_text("Copy the text below.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Status as text")).to_be_visible()


def test_what_is_copied_names_nobody(status, alice):
    page = status("delete Navigator.prototype.clipboard;")
    expect_live(page)
    page.get_by_role("button", name="Copy all").click()
    text = page.get_by_role("textbox", name="Status as text").input_value()
    epoch = page.evaluate("document.documentElement.dataset.epoch")
    csrf = page.evaluate("document.body.dataset.csrf")
    assert [word for word in (alice.userid, alice.email, alice.fullname, epoch, csrf) if word in text] == []


@LINE_BREAKS
def test_a_portal_that_has_gone_is_said_to_and_what_it_said_is_marked_as_old(page_for, alice, sandbox, data_dir):
    with Portal(sandbox.url, data_dir) as own:
        page = page_for(alice, base_url=own.url)
        page.goto("/status/")
        expect_live(page)
        wait_until_quiet(page)
        own.kill()
        expect(fact(page, "Connection")).to_contain_text("No connection to the portal.")
        expect(fact(page, "Connection")).to_contain_text(COUNTDOWN)
        expect(fact(page, "Clock")).to_contain_text("Not known")
        expect(page.get_by_text("What it said stands here from before.")).to_be_visible()
        expect(banner(page).get_by_role("link", name="What is wrong?")).to_be_hidden()
        own.start()
        expect_live(page)
        expect(fact(page, "Clock")).to_have_text("It agrees with the portal's.")
        expect(page.get_by_text("What it said stands here from before.")).to_be_hidden()


@LINE_BREAKS
def test_where_pages_come_and_sockets_do_not_it_says_what_may_be_in_the_way(status):
    page = status(NO_SOCKET)
    expect(fact(page, "Connection")).to_contain_text("may not let WebSockets pass")


@LINE_BREAKS
@pytest.mark.console("502")
def test_it_stands_and_heals_while_the_chat_server_is_away(page_for, data_dir, tmp_path):
    with Sandbox("--data", str(tmp_path / "sandbox")) as own_sandbox, Portal(own_sandbox.url, data_dir) as own:
        page = at_start(page_for(own_sandbox.people["alice"], base_url=own.url))
        expect_live(page)
        wait_until_quiet(page)
        own_sandbox.stop()
        own.kill()
        own.start()
        page.goto("/status/")
        expect(fact(page, "Now")).to_contain_text("The chat server can't be reached")
        expect(page.get_by_text("your conversations can't be listed")).to_be_visible()
        expect_live(page)
        own_sandbox.start()
        expect(fact(page, "Now")).to_have_text("It answers.", timeout=40_000)
        expect(page.locator("#sidebar [data-conversation]").first).to_be_visible()
        expect(page.get_by_text("your conversations can't be listed")).to_have_count(0)


def test_without_scripts_the_servers_part_is_there(status):
    page = status(**PLAIN)
    expect(fact(page, "Now")).to_have_text("It answers.")
    expect(page.get_by_text("It runs no scripts for this portal.")).to_be_visible()
    expect(page.get_by_role("button", name="Copy all")).to_have_count(0)
    page.get_by_role("link", name="Look again").click()
    expect(fact(page, "Name")).to_contain_text("Chrome")


@pytest.mark.parametrize("options", [{}, PHONE, {"viewport": {"width": 320, "height": 640}}])
def test_the_page_fits_and_is_sound(status, options):
    page = status("delete Navigator.prototype.clipboard;", **options)
    expect_live(page)
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert overflow(page) == 0
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@LINE_BREAKS
@pytest.mark.parametrize("options", [{}, PHONE, {"viewport": {"width": 320, "height": 640}}])
def test_the_banner_fits_and_is_sound(page_for, alice, bob, options):
    page = page_for(alice, **options)
    page.add_init_script(NO_SOCKET)
    page.goto(f"/conversations/{conversation_of(alice, bob)}/")
    expect(banner(page)).to_contain_text(re.compile(r"attempt \d"))
    assert overflow(page) == 0
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_status_pages_code_is_not_loaded_with_a_conversation(page_for, alice, bob):
    page = page_for(alice)
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    open_conversation(page, conversation_of(alice, bob))
    assert not [url for url in loaded if "status" in url or "clipboard" in url]
