"""Signing in, and signing out of everything at once."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.steps import (
    alert,
    composer,
    conversation_of,
    expect_live,
    fill_passwords,
    open_conversation,
    unique,
    wait_until_quiet,
    write,
)
from tests.processes import wait_until

COOKIE = "ozeki_sign_in"
# A tab that hears nothing, not of its end either.
ASLEEP = """() => {
    window.Awake = WebSocket;
    WebSocket = Object.assign(function () { this.close = () => {}; }, { OPEN: 1 });
    document.dispatchEvent(new CustomEvent("live:try"));
}"""
AWAKE = """() => {
    WebSocket = window.Awake;
    document.dispatchEvent(new CustomEvent("live:try"));
}"""
gone = pytest.mark.console("ERR_INTERNET_DISCONNECTED", "502")
A_MONTH = 30 * 24 * 3600


def fill_in(page, person, *, password=""):
    page.get_by_label("E-mail").fill(person.email)
    fill_passwords(page, person, password)


def sign_in_cookie(page):
    return next(cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE)


def kept(page):
    return page.evaluate("Object.keys(localStorage)")


@pytest.mark.console("401")
def test_a_wrong_password_is_said_and_the_email_stays(new_page, bob):
    page = new_page()
    page.goto("/sign-in/")
    fill_in(page, bob, password="a guess")
    page.get_by_role("button", name="Sign in").click()
    expect(alert(page)).to_contain_text("don't fit together")
    expect(page.get_by_label("E-mail")).to_have_value(bob.email)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    fill_passwords(page, bob)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()


def test_whoever_followed_a_link_to_a_conversation_arrives_there(new_page, alice, bob):
    page, talk = new_page(), conversation_of(alice, bob)
    page.goto(f"/conversations/{talk}/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    fill_in(page, alice)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/conversations/{talk}/")
    expect(composer(page)).to_be_visible()


def test_a_link_to_elsewhere_leads_nowhere_else(new_page, portal, alice):
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"):
        page = new_page()
        page.goto("/sign-in/")
        page.locator("input[name=next]").evaluate("(input, value) => { input.value = value; }", elsewhere)
        fill_in(page, alice)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
        assert page.url.startswith(portal.url)


def test_keeping_signed_in_is_a_choice(new_page, alice):
    page = new_page()
    page.goto("/sign-in/")
    fill_in(page, alice)
    page.get_by_role("button", name="Sign in").click()
    expect_live(page)
    assert sign_in_cookie(page)["expires"] == -1
    assert sign_in_cookie(page)["httpOnly"]
    page.context.clear_cookies()
    page.goto("/sign-in/")
    fill_in(page, alice)
    page.get_by_label("Keep me signed in").check()
    page.get_by_role("button", name="Sign in").click()
    expect_live(page)
    assert sign_in_cookie(page)["expires"] == pytest.approx(time.time() + A_MONTH, abs=300)


@pytest.mark.console("401")  # what was seen just before may be told of just after
def test_signing_out_closes_the_persons_other_tab_at_once(page_for, alice, bob):
    talk = conversation_of(alice, bob)
    page = open_conversation(page_for(alice), talk)
    other = open_conversation(page.context.new_page(), talk)
    elsewhere = open_conversation(page_for(alice), talk)  # another sign-in of the same person
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    expect(other).to_have_url(re.compile("/sign-in/"))
    page.goto(f"/conversations/{talk}/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    text = unique("Still here")
    expect(write(elsewhere, text)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))


@pytest.mark.console("401")  # what was seen just before may be told of just after
def test_after_the_end_each_tab_leads_back_once_one_has_signed_in(page_for, alice, bob):
    talk = conversation_of(alice, bob)
    page = open_conversation(page_for(alice), talk)
    other = open_conversation(page.context.new_page(), talk)
    page.get_by_role("button", name="Sign out").click()
    for tab in (page, other):
        expect(tab).to_have_url(re.compile("/sign-in/"))
    for tab in (page, other):
        fill_in(tab, alice)
        tab.get_by_role("button", name="Sign in").click()
        expect_live(tab)
    assert other.url.endswith(f"/conversations/{talk}/")


@pytest.mark.console("403")  # what was seen just before may be told of just after
@pytest.mark.parametrize(("first", "second"), [("alice", "alice"), ("alice", "bob")], ids=["the same", "another"])
def test_a_page_that_slept_while_somebody_signed_in_is_made_anew_for_them(page_for, sandbox, portal, first, second):
    person = sandbox.people[first]
    page = open_conversation(page_for(person), conversation_of(sandbox.people["alice"], sandbox.people["bob"]))
    page.evaluate(ASLEEP)
    sign_in(page, portal.url, sandbox.people[second])
    with page.expect_navigation():
        page.evaluate(AWAKE)
    expect_live(page)
    expect(write(page, unique("Signed for"))).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))


@pytest.mark.console("401")  # what was seen just before may be told of just after
def test_going_back_after_signing_out_shows_no_conversation(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.go_back()
    expect(page).to_have_url(re.compile("/sign-in/"))
    expect(page.locator("[data-message]")).to_have_count(0)


def test_signing_out_wipes_the_persons_drafts_and_no_one_elses(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    page.evaluate("localStorage.setItem('ozeki:somebody:draft:1', '\"theirs\"')")
    composer(page).fill("Never sent")
    assert any(alice.userid in key for key in kept(page))
    wait_until_quiet(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    assert kept(page) == ["ozeki:somebody:draft:1"]


@pytest.mark.console("409")
def test_signing_out_asks_first_when_something_is_unsent(page_for, alice, bob, sandbox):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    refusal = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 20, "userid": alice.userid}
    sandbox.control("faults", refusal)
    unsent = write(page, unique("Unsent"))
    expect(unsent).to_have_attribute("data-state", "failed")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Sign out").click()
    expect(unsent).to_be_visible()
    assert any("outbox" in key for key in kept(page))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    assert kept(page) == []


@gone
@pytest.mark.parametrize("how", ["offline", "a proxy's answer"])
def test_who_can_not_be_signed_out_is_told_so_and_loses_nothing(page_for, alice, bob, how):
    talk = conversation_of(alice, bob)
    page = open_conversation(page_for(alice), talk)
    composer(page).fill("Never sent")
    if how == "offline":
        page.context.set_offline(True)
        said = alert(page).get_by_text("The portal can't be reached.")
    else:
        page.route("**/sign-out/", lambda route: route.fulfill(status=502, body="<p>Bad Gateway</p>"))
        said = page.get_by_text("Bad Gateway")
    page.get_by_role("button", name="Sign out").click()
    expect(said).to_be_visible()
    page.context.set_offline(False)
    open_conversation(page, talk)
    expect(composer(page)).to_have_value("Never sent")
    composer(page).fill("")
    page.unroute("**/sign-out/")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/$"))


@pytest.mark.console("401")  # what was seen just before may be told of just after
def test_who_presses_sign_out_twice_is_signed_out_once_and_everything_is_wiped(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    composer(page).fill("Never sent")
    waiting = []
    page.route("**/sign-out/", lambda route: waiting.append(route))
    page.get_by_role("button", name="Sign out").dblclick()
    composer(page).fill("Never sent either")
    wait_until(lambda: waiting, "the request")
    page.get_by_role("button", name="Sign out").click()
    [only] = waiting
    only.continue_()
    expect(page).to_have_url(re.compile("/sign-in/$"))
    assert kept(page) == []


@pytest.mark.console("401")
def test_who_closes_the_page_while_being_signed_out_leaves_nothing_in_the_browser(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    beside = page.context.new_page()
    beside.goto("/livez")
    composer(page).fill("Never sent")
    with page.expect_request("**/sign-out/"):
        page.route("**/sign-out/", lambda route: None)
        page.get_by_role("button", name="Sign out").click()
    page.goto("about:blank")
    assert kept(beside) == []
