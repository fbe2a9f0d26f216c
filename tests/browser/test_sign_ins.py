"""One's sessions, and registering a workspace: pages of forms."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    at_start,
    conversation_of,
    expect_live,
    open_conversation,
    overflow,
    unique,
    wait_until_quiet,
)

PLAIN = {"java_script_enabled": False}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}


def listed(page):
    return page.get_by_role("list", name="Where I am signed in").get_by_role("listitem")


def open_list(page, *, others=0):
    """The list, where others that a test before has left are not, with a mark on the page that a reload would wipe."""
    page.goto("/sign-ins/")
    elsewhere = page.get_by_role("button", name="Sign out everywhere else")
    if not others and elsewhere.count():
        elsewhere.click()
    expect(listed(page)).to_have_count(1 + others)
    expect_live(page)
    wait_until_quiet(page)
    page.evaluate("globalThis.mine = true")
    return page


@pytest.mark.console("401")  # what was seen just before is told of just after
def test_a_browser_that_is_signed_out_elsewhere_shows_the_sign_in_page_at_once(page_for, alice, bob):
    here, there = page_for(alice), page_for(alice)
    open_conversation(there, conversation_of(alice, bob))
    here.goto("/sign-ins/")
    expect(listed(here).filter(has_text="this browser")).to_have_count(1)
    here.get_by_role("button", name="Sign out everywhere else").click()
    there.wait_for_url("**/sign-in/**")
    expect(listed(here)).to_have_count(1)
    expect_live(here)


def test_one_of_several_is_signed_out_and_the_others_stay(page_for, alice):
    here = open_list(page_for(alice))
    gone, stays = (
        at_start(page_for(alice)),
        at_start(page_for(alice, user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")),
    )
    expect_live(gone)
    expect(listed(here)).to_have_count(3)
    listed(here).filter(has_text="Chrome").get_by_role("button", name="Sign out there").click()
    gone.wait_for_url("**/sign-in/**")
    expect_live(stays)
    expect(listed(here)).to_have_count(2)


def test_the_list_follows_who_signs_in_and_out_elsewhere(page_for, alice):
    here = open_list(page_for(alice, timezone_id="Asia/Tokyo", locale="en-GB"))
    second = page_for(alice)
    expect(listed(here)).to_have_count(2)
    expect(here.get_by_role("button", name="Sign out everywhere else")).to_be_visible()
    expect(listed(here).first.locator("time").first).not_to_contain_text("UTC")
    open_list(second, others=1).get_by_role("button", name="Sign out there").click()
    here.wait_for_url("**/sign-in/**")
    third = at_start(page_for(alice))
    expect_live(third)
    open_list(second, others=1)
    third.get_by_role("button", name="Sign out").click()
    third.wait_for_url("**/sign-in/**")
    expect(listed(second)).to_have_count(1)
    expect(second.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    assert second.evaluate("globalThis.mine")


def test_the_focus_stays_with_its_row_and_else_goes_to_the_page(page_for, alice):
    here = open_list(page_for(alice))
    firefox = at_start(page_for(alice, user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"))
    button = here.get_by_role("button", name="Sign out there: Firefox on Linux")
    button.focus()
    at_start(page_for(alice))
    expect(listed(here)).to_have_count(3)
    expect(button).to_be_focused()
    firefox.get_by_role("button", name="Sign out").click()
    expect(listed(here)).to_have_count(2)
    expect(here.get_by_role("group", name="Where I am signed in")).to_be_focused()


def test_times_are_the_readers_own(page_for, alice):
    page = page_for(alice, timezone_id="Asia/Tokyo", locale="en-GB")
    page.goto("/sign-ins/")
    expect(listed(page).first.locator("time").first).not_to_contain_text("UTC")


def test_without_scripts_one_is_signed_out_by_a_form(page_for, alice):
    here, there = page_for(alice, **PLAIN), at_start(page_for(alice))
    here.goto("/sign-ins/")
    expect(listed(here).first.locator("time").first).to_contain_text("UTC")
    here.get_by_role("button", name="Sign out everywhere else").click()
    there.wait_for_url("**/sign-in/**")
    expect(listed(here)).to_have_count(1)


@pytest.mark.parametrize("options", [{}, PHONE, {"viewport": {"width": 320, "height": 640}}])
@pytest.mark.parametrize("path", ["/sign-ins/", "/workspaces/new/"])
def test_these_pages_fit_and_are_sound(page_for, alice, path, options):
    other = at_start(page_for(alice))
    expect_live(other)
    page = page_for(alice, **options)
    page.goto(path)
    expect_live(page)
    assert overflow(page) == 0
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.console("409", "422")
@pytest.mark.parametrize("options", [{}, PLAIN], ids=["scripts", "no scripts"])
def test_a_workspace_is_registered_or_refused_in_words(page_for, sandbox, options):
    page = page_for(sandbox.people["layla" if options else "kim"], **options)
    wanted = unique("team").replace(" ", "-") + ".ozeki.chat"
    page.goto("/workspaces/new/")
    name = page.get_by_label("Name", exact=True)
    name.fill("-no-")
    name.press("Enter")
    expect(alert(page)).to_contain_text("This can't be a workspace's name")
    expect(name).to_have_value("-no-")
    name.fill(wanted)
    name.press("Enter")
    expect(page.get_by_text(f"{wanted} is registered.")).to_be_visible()
    taker = page_for(sandbox.people["arpad"], **options)
    taker.goto("/workspaces/new/")
    taker.get_by_label("Name", exact=True).fill(wanted)
    taker.get_by_role("button", name="Register").click()
    expect(alert(taker)).to_contain_text("This workspace name is taken")
