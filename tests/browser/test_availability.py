"""Choosing how one shows to one's friends, with a dialect that names three states."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import at_start, composer, conversation_of, expect_live, open_conversation, wait_until_quiet
from tests.processes import Portal, Sandbox

DIALECT = """
[availability]
actions = [
  { action = "useravailable", label = "Here", value = "available" },
  { action = "useraway", label = "Out for lunch", value = "away" },
  { action = "userbusy", label = "Busy", value = "busy" },
]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("availability")
    (folder / "dialect.toml").write_text(DIALECT)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with Sandbox("--dialect", str(folder / "dialect.toml")) as server:
        yield server


@pytest.fixture(scope="module")
def own(server, folder):
    with Portal(server.url, folder / "portal", OZEKI_DIALECT=str(folder / "dialect.toml")) as portal:
        yield portal


@pytest.fixture
def enter(page_for, own, server):
    """A page signed in as the person called so."""
    return lambda first, **options: at_start(page_for(server.people[first], base_url=own.url, **options))


def menu(page):
    return page.locator(".topbar__person")


def shown(page):
    return page.locator(".topbar__availability")


def choose(page, label):
    menu(page).locator("summary").click()
    menu(page).get_by_role("button", name=label).click()


def ready(page):
    expect_live(page)
    wait_until_quiet(page)
    return page


def test_what_is_chosen_is_in_the_header_of_every_tab_and_browser_and_in_the_friends_list(enter, server):
    bob, other, alice = ready(enter("bob")), ready(enter("bob")), ready(enter("alice"))
    tab = bob.context.new_page()
    tab.goto("/people/")
    ready(tab)
    choose(bob, "Out for lunch")
    for page in (bob, tab, other):
        expect(shown(page)).to_have_text("Out for lunch")
        assert page.locator(".menu__item[aria-current=true]").all_text_contents() == ["Out for lunch"]
    row = alice.locator(f'[data-conversation="{conversation_of(server.people["alice"], server.people["bob"])}"]')
    expect(row).to_contain_text("away")
    choose(other, "Here")
    expect(shown(bob)).to_have_text("Here")


def test_choosing_leaves_the_page_and_what_is_being_written_as_they_are(enter, server):
    talk = conversation_of(server.people["alice"], server.people["bob"])
    page = open_conversation(enter("alice"), talk)
    composer(page).fill("Half a sentence")
    choose(page, "Busy")
    expect(shown(page)).to_have_text("Busy")
    expect(composer(page)).to_have_value("Half a sentence")
    assert page.url.endswith(f"/conversations/{talk}/")
    choose(page, "Here")
    expect(shown(page)).to_have_text("Here")


def test_it_is_chosen_by_keyboard_and_the_menu_closes(enter):
    page = ready(enter("kim"))
    menu(page).locator("summary").focus()
    for key in ("Enter", "Tab", "Tab"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Out for lunch")).to_be_focused()
    page.keyboard.press("Enter")
    expect(shown(page)).to_have_text("Out for lunch")
    expect(menu(page)).not_to_have_attribute("open", "")


def test_the_open_menu_has_nothing_axe_objects_to(enter):
    page = ready(enter("layla", color_scheme="dark"))
    menu(page).locator("summary").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.console("409")
def test_a_refusal_is_said_and_the_header_stays(enter, server):
    page = ready(enter("tom"))
    refusal = {
        "api": "chatavailability",
        "action": "userbusy",
        "fault": "refuse",
        "userid": server.people["tom"].userid,
    }
    server.control("faults", refusal)
    choose(page, "Busy")
    expect(page.get_by_role("alert")).to_contain_text("The chat server refused this")
    expect(shown(page)).to_have_text("Here")


def test_without_scripts_it_is_a_form_that_leads_back_to_its_page(enter):
    page = enter("maria", java_script_enabled=False)
    page.goto("/people/")
    choose(page, "Busy")
    page.wait_for_url("**/people/")
    expect(shown(page)).to_have_text("Busy")


def test_a_tab_that_was_offline_when_it_was_chosen_elsewhere_follows_when_it_is_back(enter):
    page, other = ready(enter("arpad")), ready(enter("arpad"))
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    choose(other, "Busy")
    expect(shown(other)).to_have_text("Busy")
    page.context.set_offline(False)
    expect(shown(page)).to_have_text("Busy")
