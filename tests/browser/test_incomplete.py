"""A page of which a script was lost on the way says so, or gets it after all."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.steps import alert, composer, conversation_of, expect_live, held, row, unique, write
from tests.browser.test_reading import SENT

SOONER = 40  # times as quick as people's time


@pytest.fixture
def page(page_for, alice, sandbox):
    """Alice's, with nothing loaded."""
    page = page_for(alice)
    page.path = f"/conversations/{conversation_of(alice, sandbox.people['bob'])}/"
    network = page.context.new_cdp_session(page)
    network.send("Animation.enable")
    network.send("Animation.setPlaybackRate", {"playbackRate": SOONER})
    return page


def notice(page):
    return page.locator("#incomplete")


@pytest.mark.console("net::ERR_FAILED")
def test_a_page_whose_scripts_are_lost_offers_to_be_loaded_again_and_is_whole_then(page):
    page.route("**/js/common*.js", lambda route: route.abort(), times=1)
    page.goto(page.path)
    expect(notice(page)).to_be_visible()
    notice(page).get_by_role("link").click()
    expect_live(page)
    expect(notice(page)).to_be_hidden()
    assert page.url.endswith(page.path)


def test_a_page_that_is_whole_never_says_that_it_is_not(page):
    page.goto(page.path)
    expect_live(page)
    expect(page.locator("html")).to_have_attribute("data-scripts", "on")
    assert notice(page).evaluate("element => getComputedStyle(element).display") == "none"


@pytest.mark.console("net::ERR_FAILED")
def test_what_a_page_loads_later_is_asked_for_again_by_itself(page):
    page.route("**/js/idle*.js", lambda route: route.abort(), times=1)
    page.goto(page.path)
    expect(notice(page)).to_be_visible()
    expect(notice(page)).to_be_hidden()
    text = unique("after all")
    write(page, text)
    expect(row(page, text)).to_have_count(1)
    expect(page.locator("conversation-filter:defined")).to_be_attached()
    expect(alert(page)).to_be_empty()


@pytest.mark.console("net::ERR_FAILED")
def test_what_is_sent_before_all_scripts_are_there_goes_out_once_and_in_order(page, sandbox):
    lost = []
    page.route("**/js/idle*.js", lambda route: (lost.append(route), route.abort()), times=2)
    page.goto(page.path)
    texts = [unique("first"), unique("second")]
    for text in texts:
        composer(page).fill(text)
        composer(page).press("Enter")
        expect(composer(page)).to_have_value("")
    for text in texts:
        expect(row(page, text)).to_have_attribute("data-state", SENT)
    assert lost
    conversation = page.path.split("/")[2]
    assert [one["text"] for one in held(sandbox, conversation) if one["text"] in texts] == texts
    page.reload()
    expect_live(page)
    expect(composer(page)).to_have_value("")


@pytest.mark.console("net::ERR_FAILED")
def test_what_was_sent_before_all_scripts_were_there_is_a_draft_when_the_page_is_left(page):
    page.route("**/js/idle*.js", lambda route: route.abort())
    page.goto(page.path)
    text = unique("not yet")
    composer(page).fill(text)
    composer(page).press("Enter")
    expect(composer(page)).to_have_value("")
    composer(page).press_sequentially("and more")
    page.reload()
    expect(composer(page)).to_have_value(f"{text}\nand more")
    composer(page).fill("")


def test_what_is_written_before_the_scripts_are_here_comes_after_the_draft(page):
    page.goto(page.path)
    expect_live(page)
    composer(page).fill("Half a sentence")
    waiting = []
    page.route("**/js/app*.js", lambda route: waiting.append(route), times=1)
    with page.expect_request("**/js/app*.js"):
        page.reload(wait_until="commit")
    expect(composer(page)).to_have_value("")
    composer(page).press_sequentially("and more")
    for route in waiting:
        route.continue_()
    expect(composer(page)).to_have_value("Half a sentence\nand more")
    page.reload()
    expect(composer(page)).to_have_value("Half a sentence\nand more")
    composer(page).fill("")


def test_without_scripts_nothing_is_said_to_be_missing(page_for, alice, sandbox):
    page = page_for(alice, java_script_enabled=False)
    page.goto(f"/conversations/{conversation_of(alice, sandbox.people['bob'])}/")
    expect(page.locator("#conversation")).to_be_visible()
    expect(notice(page)).to_be_hidden()
