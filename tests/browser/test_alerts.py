"""Alerts in front of people: polite, beside what they read and write, by keyboard and thumb, without scripts."""

from __future__ import annotations

import json
import re
from contextlib import closing
from http.client import HTTPConnection

import pytest
from playwright.sync_api import expect

from chat.alerts import AT_A_TIME
from tests.browser.steps import alert as trouble
from tests.browser.steps import (
    at_start,
    composer,
    conversation_of,
    expect_live,
    history,
    open_conversation,
    overflow,
    unique,
    wait_until_quiet,
)
from tests.browser.test_accessibility import NARROW, WINDOWS, expect_no_violations, small_targets
from tests.processes import Portal

TOKEN = "a token for these tests, long enough to be one"


@pytest.fixture(scope="module")
def own(_sandbox_process, tmp_path_factory):
    """A portal where scripts may alert people, and Alice by hand."""
    by = _sandbox_process.people["alice"].userid
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("alerts"), ALERTS_TOKEN=TOKEN, ALERTS_BY=by) as portal:
        yield portal


@pytest.fixture
def alert(own, sandbox):
    """Alerts people by script; the answer."""

    def post(text, *people, link=None):
        said = {"to": [person.email for person in people], "text": text, "link": link}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with closing(HTTPConnection("127.0.0.1", own.port, timeout=20)) as connection:
            connection.request("POST", "/alerts/", json.dumps(said), headers)
            response = connection.getresponse()
            assert response.status == 202
            return json.loads(response.read())

    return post


@pytest.fixture
def page_of(own, page_for):
    """A page signed in as somebody at that portal, with no alert left from other tests."""

    def opened(person, **options):
        page = at_start(page_for(person, base_url=own.url, **options))
        while (got := page.get_by_role("button", name="Got it")).count():
            with page.expect_response(re.compile("/seen/")):
                got.first.click()
            page.reload()
        return page

    return opened


def banner(page, text):
    """The alerts with exactly this text."""
    return page.locator(".alert-banner").filter(has=page.locator(".alert-banner__text").get_by_text(text, exact=True))


def put_away(page, text):
    banner(page, text).get_by_role("button", name="Got it").click()
    expect(banner(page, text)).to_have_count(0)


@pytest.fixture
def talk(alice, bob):
    return conversation_of(alice, bob)


@pytest.fixture
def text():
    return unique("The file server restarts at six.\nSave your work")


def test_an_alert_is_announced_politely_in_the_open_page_and_the_script_knows(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    answer = alert(text, alice)
    assert (answer["shown"], answer["waiting"]) == ([alice.userid], [])
    expect(page.get_by_role("status").filter(has=banner(page, text))).to_have_attribute("aria-atomic", "false")
    expect(page.get_by_role("alert").filter(has_text=text)).to_have_count(0)
    assert banner(page, text).locator(".alert-banner__text").inner_text() == text


def test_an_alert_moves_neither_what_is_read_nor_what_is_written(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    composer(page).fill("Half a sentence")
    history(page).evaluate("list => (list.scrollTop = list.scrollHeight / 3)")
    place = "list => [list.scrollTop, ...list.querySelectorAll('article')].map((one) => one.offsetTop ?? one)"
    before = history(page).evaluate(place)
    box = history(page).bounding_box()
    alert(text, alice)
    expect(banner(page, text)).to_be_visible()
    assert (history(page).evaluate(place), history(page).bounding_box()) == (before, box)
    expect(composer(page)).to_be_focused()
    page.keyboard.type(", and the rest")
    expect(composer(page)).to_have_value("Half a sentence, and the rest")


def test_an_alert_moves_nothing_on_a_page_beside_the_conversations(page_of, alice, alert, text):
    page = page_of(alice)
    page.goto("/conversations/hidden/")
    expect_live(page)
    wait_until_quiet(page)
    place = (
        "() => [...document.querySelectorAll('.page-pane__content *')].map((one) => one.getBoundingClientRect().top)"
    )
    before = page.evaluate(place)
    alert(text, alice)
    expect(banner(page, text)).to_be_visible()
    assert page.evaluate(place) == before


@pytest.mark.parametrize(("locale", "clock"), [("en-GB", r"\d\d:\d\d$"), ("en-US", r"\d:\d\d.[AP]M$")])
def test_its_time_is_by_the_readers_own_clock(page_of, alice, talk, alert, text, locale, clock):
    page = open_conversation(page_of(alice, locale=locale), talk)
    alert(text, alice)
    expect(banner(page, text).locator("time")).to_have_text(re.compile(clock))


@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS.keys())
def test_however_much_is_said_the_composer_stays_free(page_of, alice, talk, alert, options):
    page = open_conversation(page_of(alice, **options), talk)
    texts = [unique("Word " * 60 + "word") for _ in range(5)]
    for text in texts:
        alert(text, alice, link="https://example.org/" + "x" * 200)
    expect(banner(page, texts[-1])).to_have_count(1)
    region, box = page.locator(".alert-banners").bounding_box(), composer(page).bounding_box()
    assert region["y"] + region["height"] <= box["y"]
    assert overflow(page) <= 0
    assert small_targets(page) == [] or "has_touch" not in options
    expect_no_violations(page)
    for text in texts:
        put_away(page, text)


def test_by_keyboard_it_is_put_away_and_the_focus_is_where_it_was(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    composer(page).fill("Half a sentence")
    alert(text, alice)
    got = banner(page, text).get_by_role("button", name="Got it")
    expect(got).to_be_visible()
    for _ in range(20):
        before = page.evaluate("document.activeElement.id")
        page.keyboard.press("Shift+Tab")
        if got.evaluate("one => one === document.activeElement"):
            break
    expect(got).to_be_focused()
    page.keyboard.press("Enter")
    expect(banner(page, text)).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == before


def test_a_click_on_it_gives_the_focus_back_to_who_was_writing(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    composer(page).fill("Half a sentence")
    alert(text, alice)
    put_away(page, text)
    expect(composer(page)).to_be_focused()


def test_where_nothing_had_the_focus_the_page_has_it_once_an_alert_is_put_away_by_keyboard(page_of, alice, alert, text):
    page = page_of(alice)
    page.goto("/conversations/hidden/")
    expect_live(page)
    alert(text, alice)
    banner(page, text).get_by_role("button", name="Got it").press("Enter")
    expect(banner(page, text)).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.console("ERR_INTERNET_DISCONNECTED")
def test_without_a_network_it_stays_and_the_page_says_why_until_there_is_one(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    alert(text, alice)
    expect(banner(page, text)).to_be_visible()
    page.context.set_offline(True)
    banner(page, text).get_by_role("button", name="Got it").click()
    expect(trouble(page)).to_have_text("The portal can't be reached. Check the connection and try again.")
    expect(banner(page, text)).to_be_visible()
    page.context.set_offline(False)
    expect(trouble(page)).to_have_text("")
    put_away(page, text)


@pytest.mark.parametrize("beside", ["", "conversations/{}/", "conversations/{}/messages/search/"])
@pytest.mark.console("ERR_INTERNET_DISCONNECTED")
def test_on_a_narrow_screen_it_stands_below_all_that_is_wrong(page_of, alice, talk, alert, text, beside):
    page = page_of(alice, **NARROW)
    page.goto("/" + beside.format(talk))
    expect_live(page)
    alert(text, alice)
    expect(banner(page, text)).to_be_visible()
    wait_until_quiet(page)
    page.context.set_offline(True)
    expect(page.locator("#connection")).not_to_have_text("")
    banner(page, text).get_by_role("button", name="Got it").click()
    expect(trouble(page)).not_to_have_text("")
    line, wrong, shown = (
        one.bounding_box() for one in (page.locator("#connection"), trouble(page), banner(page, text))
    )
    assert line["y"] + line["height"] <= wrong["y"]
    assert wrong["y"] + wrong["height"] <= shown["y"]
    page.context.set_offline(False)
    expect_live(page)
    put_away(page, text)


@pytest.mark.console("503")
def test_what_kept_it_there_is_said_in_the_portals_words_until_it_can_be_put_away(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    alert(text, alice)
    words = "The portal's database can't be used right now. Try again in a moment."
    answer = {"status": 503, "content_type": "text/html", "body": f'<div role="alert"><p>{words}</p></div>'}
    page.route("**/seen/", lambda route: route.fulfill(**answer), times=1)
    banner(page, text).get_by_role("button", name="Got it").click()
    expect(trouble(page)).to_have_text(words)
    put_away(page, text)
    expect(trouble(page)).to_have_text("")


def test_what_is_put_away_goes_from_every_tab_and_browser_at_once(page_of, alice, talk, alert, text):
    page, elsewhere = (open_conversation(page_of(alice), talk) for _ in range(2))
    beside = page.context.new_page()
    beside.goto("/")
    alert(text, alice)
    for each in (page, elsewhere, beside):
        expect(banner(each, text)).to_be_visible()
    put_away(beside, text)
    for each in (page, elsewhere):
        expect(banner(each, text)).to_have_count(0)
    page.reload()
    wait_until_quiet(page)
    expect(banner(page, text)).to_have_count(0)


def test_another_alert_is_added_without_touching_the_first(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    alert(text, alice)
    banner(page, text).evaluate("one => (one.untouched = true)")
    other = unique("The lift is broken")
    alert(other, alice)
    expect(banner(page, other)).to_be_visible()
    assert banner(page, text).evaluate("one => one.untouched")
    put_away(page, text)
    expect(banner(page, other)).to_be_visible()


def test_one_that_waited_for_room_comes_where_it_belongs(page_of, alice, talk, alert):
    page = open_conversation(page_of(alice), talk)
    texts = [unique(f"Alert {number}") for number in range(AT_A_TIME + 1)]
    for text in texts:
        alert(text, alice)
        expect(banner(page, text)).to_be_visible()
    expect(banner(page, texts[0])).to_have_count(0)
    put_away(page, texts[-1])
    expect(page.locator(".alert-banner__text")).to_have_text(texts[:-1])
    for text in texts[:-1]:
        put_away(page, text)


def test_html_in_it_is_text_and_its_link_opens_elsewhere_telling_nothing(page_of, alice, talk, alert):
    page = open_conversation(page_of(alice), talk)
    text = unique("<img src=x onerror=alert(1)><b hx-get=/ hx-trigger=load>Bold</b>")
    alert(text, alice, link="https://example.org/?a=b&c=%22'")
    expect(banner(page, text).locator("img, b")).to_have_count(0)
    link = banner(page, text).get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/?a=b&c=%22'")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")


def test_who_was_away_sees_it_when_they_come(page_of, bob, alert, text):
    page = page_of(bob)
    page.goto("about:blank")
    assert alert(text, bob)["waiting"] == [bob.userid]
    page.goto("/")
    expect(banner(page, text)).to_be_visible()
    put_away(page, text)


@pytest.mark.console("Failed to load resource")
def test_what_could_not_be_put_away_stays_and_says_so(page_of, alice, talk, alert, text):
    page = open_conversation(page_of(alice), talk)
    alert(text, alice)
    page.route("**/seen/", lambda route: route.abort())
    banner(page, text).get_by_role("button", name="Got it").click()
    expect(page.locator("#alerts")).to_contain_text("be reached")
    expect(banner(page, text)).to_be_visible()
    page.unroute("**/seen/")
    put_away(page, text)


def test_without_scripts_the_page_shows_it_and_a_button_puts_it_away(page_of, alice, talk, alert, text):
    page = page_of(alice, java_script_enabled=False)
    alert(text, alice)
    page.goto(f"/conversations/{talk}/")
    expect(banner(page, text)).to_be_visible()
    expect(composer(page)).to_be_in_viewport()
    banner(page, text).get_by_role("button", name="Got it").click()
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))
    expect(banner(page, text)).to_have_count(0)


@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS.keys())
def test_by_hand_it_reaches_people_and_the_page_says_whom(page_of, alice, bob, text, options):
    page, bobs = page_of(alice, **options), page_of(bob)
    expect_live(bobs)
    page.goto("/alerts/new/")
    wait_until_quiet(page)
    expect_no_violations(page)
    page.get_by_label("To", exact=True).fill(f"{bob.email}\nnobody@example.org")
    page.get_by_label("Text", exact=True).fill(text)
    assert overflow(page) <= 0
    page.get_by_role("button", name="Alert them").click()
    expect(page.get_by_role("heading", name="Have it on their screen (1)")).to_be_visible()
    expect(page.get_by_role("heading", name="Unknown here, so not alerted (1)")).to_be_visible()
    expect_no_violations(page)
    expect(banner(bobs, text)).to_contain_text("Alert from Alice")
    put_away(bobs, text)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Have seen it (1)")).to_be_visible()
    assert overflow(page) <= 0


def test_an_alert_half_written_outlives_a_look_elsewhere_and_is_gone_once_sent(page_of, alice, text):
    page = page_of(alice)
    page.goto("/alerts/new/")
    wait_until_quiet(page)
    page.get_by_label("To", exact=True).fill(alice.email)
    page.get_by_label("Text", exact=True).fill(text)
    page.locator("#sidebar [data-conversation] a").first.click()
    expect(page.get_by_role("log")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("To", exact=True)).to_have_value(alice.email)
    expect(page.get_by_label("Text", exact=True)).to_have_value(text)
    wait_until_quiet(page)
    page.get_by_role("button", name="Alert them").click()
    expect(page.get_by_role("heading", name="Who has the alert")).to_be_visible()
    wait_until_quiet(page)
    page.goto("/alerts/new/")
    wait_until_quiet(page)
    expect(page.get_by_label("Text", exact=True)).to_have_value("")
