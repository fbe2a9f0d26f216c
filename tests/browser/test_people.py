"""The people, their presence as it changes, and what happens when a key does."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import at_start, conversation_of, expect_live, open_conversation, overflow, wait_until_quiet
from tests.browser.test_accessibility import tab_to

PLAIN = {"java_script_enabled": False}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WARNING = "Their encryption key has changed since you last saw it."


@pytest.fixture
def presence(sandbox):
    """Says how Bob shows to his friends; at the end he shows by himself again."""

    def shown(availability):
        sandbox.control("presence", {"email": "bob@example.org", "availability": availability})

    shown("offline")
    yield shown
    shown(None)


@pytest.fixture
def rekey(sandbox):
    """Gives Daniel another public key, until the test is over."""
    before = sandbox.control("publickey", {"email": "daniel@example.org", "publickey": "QUJD"})["publickey"]

    def changed(publickey):
        sandbox.control("publickey", {"email": "daniel@example.org", "publickey": publickey})

    changed(before)
    yield changed
    changed(before)


def people(page):
    return page.get_by_role("list", name="People").get_by_role("listitem")


def person(page, name):
    return people(page).filter(has=page.get_by_role("link", name=name, exact=True))


def names(page):
    return page.locator("#people .people__name").all_inner_texts()


def open_people(page):
    page.goto("/people/")
    expect_live(page)
    wait_until_quiet(page)
    return page


def test_a_friend_who_comes_moves_to_the_others_who_are_there_without_a_reload(page_for, alice, presence):
    page = open_people(page_for(alice))
    page.evaluate("globalThis.mine = true")
    expect(person(page, "Bob")).to_contain_text("Offline")
    presence("available")
    expect(person(page, "Bob")).to_contain_text("Available")
    assert names(page).index("Bob") < names(page).index("Kim 🌻🚀")
    presence("on a boat")
    expect(person(page, "Bob")).to_contain_text("on a boat")
    assert page.evaluate("globalThis.mine")


def test_the_focus_stays_with_the_person_who_moves(page_for, alice, presence):
    page = open_people(page_for(alice))
    link = person(page, "Bob").get_by_role("link", name="Bob", exact=True)
    link.focus()
    presence("available")
    expect(person(page, "Bob")).to_contain_text("Available")
    expect(link).to_be_focused()


def test_the_card_follows_too(page_for, alice, bob, presence):
    page = page_for(alice)
    page.goto(f"/people/{bob.userid}/")
    expect_live(page)
    wait_until_quiet(page)
    presence("available")
    expect(page.locator("#presence")).to_contain_text("Available")


def test_a_name_too_long_for_the_heading_of_its_card_loses_its_own_end(page_for, alice, bob):
    page = page_for(alice)
    page.goto(f"/people/{bob.userid}/")
    name = page.locator("#page-title > bdi")
    name.evaluate("name => (name.textContent = 'ليلى '.repeat(99))")
    assert name.evaluate("name => name.scrollWidth > name.clientWidth && getComputedStyle(name).direction") == "rtl"


def test_typing_narrows_the_list_and_a_change_does_not_widen_it(page_for, alice, bob, presence):
    page = open_people(page_for(alice))
    row = page.locator(f"#person-{bob.userid}")
    box = page.get_by_role("searchbox", name="Find a person")
    box.fill("ARPAD")
    expect(people(page).filter(visible=True)).to_have_count(1)
    presence("available")
    expect(row).to_contain_text("Available")
    expect(row).to_be_hidden()
    box.fill("nobody")
    expect(page.get_by_role("status").get_by_text("Nobody fits that.")).to_be_visible()
    box.fill("")
    expect(row).to_be_visible()


def test_a_list_that_the_server_narrowed_is_whole_again_when_one_types(page_for, alice):
    page = page_for(alice)
    page.goto("/people/?q=arpad")
    expect_live(page)
    wait_until_quiet(page)
    expect(people(page)).to_have_count(1)
    page.get_by_role("searchbox", name="Find a person").fill("")
    expect(person(page, "Robin")).to_be_visible()


def test_by_keyboard_alone_from_the_menu_to_a_card_and_on_to_the_conversation(page_for, alice, bob):
    page = at_start(page_for(alice))
    expect_live(page)
    wait_until_quiet(page)
    page.locator(".topbar__person summary").focus()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="People", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/")
    person(page, "Bob").get_by_role("link", name="Bob", exact=True).press("Enter")
    page.wait_for_url(f"**/people/{bob.userid}/")
    page.get_by_role("link", name="Write to them").press("Enter")
    page.wait_for_url(f"**/conversations/{conversation_of(alice, bob)}/")


def test_a_conversation_opened_from_the_people_page_is_live_and_back_shows_the_people(page_for, alice, bob, presence):
    page = open_people(page_for(alice))
    page.locator(f'[data-conversation="{conversation_of(alice, bob)}"] a').click()
    page.wait_for_url("**/conversations/**")
    page.go_back()
    expect(person(page, "Bob")).to_be_visible()
    presence("available")
    expect(person(page, "Bob")).to_contain_text("Available")


def test_back_from_a_conversation_loaded_anew_shows_the_people_as_they_were(page_for, alice, bob):
    page = open_people(page_for(alice))
    talk = conversation_of(alice, bob)
    page.locator(f"#conversation-list [data-conversation='{talk}'] a").click()
    page.wait_for_url(f"**/conversations/{talk}/")
    page.reload()
    expect_live(page)
    wait_until_quiet(page)
    page.go_back()
    expect(people(page).first).to_have_css("display", "flex")
    expect_live(page)
    wait_until_quiet(page)
    page.get_by_role("searchbox", name="Find a person").fill("bob")
    expect(people(page)).to_have_count(1)


def test_a_changed_key_is_warned_of_until_one_has_checked_it(page_for, sandbox, rekey):
    page = open_people(page_for(sandbox.people["tom"]))
    expect(page.get_by_text(WARNING)).to_have_count(0)
    rekey("bmV3")
    expect(person(page, "Daniel fdp.exe").get_by_text(WARNING)).to_be_visible()
    page.get_by_role("link", name="Daniel fdp.exe", exact=True).click()
    expect(page.get_by_role("heading", name="Their encryption key has changed")).to_be_visible()
    expect(page.locator("code.fingerprint")).to_have_count(3)
    page.get_by_role("button", name="I have checked it").click()
    expect(page.get_by_role("heading", name="Their encryption key has changed")).to_have_count(0)
    page.goto("/people/")
    expect(page.get_by_text(WARNING)).to_have_count(0)


def open_card(page, userid):
    page.goto(f"/people/{userid}/")
    expect_live(page)
    wait_until_quiet(page)
    return page


def test_an_open_card_warns_of_a_changed_key_until_another_tab_has_accepted_it(page_for, alice, sandbox, rekey):
    page, daniel = page_for(alice), sandbox.people["daniel"].userid
    card, other = open_card(page, daniel), open_card(page.context.new_page(), daniel)
    link = card.get_by_role("link", name="Write to them")
    link.focus()
    rekey("bmV3")
    for each in (card, other):
        expect(each.get_by_role("heading", name="Their encryption key has changed")).to_be_visible()
        expect(each.locator("code.fingerprint")).to_have_count(3)
    expect(link).to_be_focused()
    other.get_by_role("button", name="I have checked it").click()
    expect(card.get_by_role("heading", name="Their encryption key has changed")).to_have_count(0)
    expect(card.locator("code.fingerprint")).to_have_count(1)
    expect(link).to_be_focused()


@pytest.mark.console("409")
def test_a_key_that_changes_on_an_open_card_is_shown_and_not_accepted_in_place_of_the_one_looked_at(
    page_for, sandbox, rekey
):
    page = open_card(page_for(sandbox.people["arpad"]), sandbox.people["daniel"].userid)
    rekey("Zmlyc3Q=")
    shown = page.locator(".people__changed code.fingerprint").last
    expect(shown).to_be_visible()
    first = shown.inner_text()
    rekey("c2Vjb25k")
    expect(shown).not_to_have_text(first)
    page.get_by_role("button", name="I have checked it").click()
    expect(page.get_by_text("Their key is another by now")).to_be_visible()
    page.get_by_role("button", name="I have checked it").click()
    expect(page.get_by_role("heading", name="Their encryption key has changed")).to_have_count(0)


@pytest.mark.console("409")
def test_a_key_that_changes_while_one_compares_is_not_accepted_in_its_place(page_for, sandbox, rekey):
    page = page_for(sandbox.people["mariaelena"])
    page.goto("/people/")
    rekey("Zmlyc3Q=")
    daniel = sandbox.people["daniel"].userid
    expect(person(page, "Daniel fdp.exe").get_by_text(WARNING)).to_be_visible()
    page.goto(f"/people/{daniel}/")
    rekey("c2Vjb25k")
    page.get_by_role("button", name="I have checked it").click()
    expect(page.get_by_text("Their key is another by now")).to_be_visible()
    expect(page.get_by_role("heading", name="Their encryption key has changed")).to_be_visible()


def test_without_scripts_the_list_the_filter_and_the_card_work(page_for, alice, bob):
    page = page_for(alice, **PLAIN)
    page.goto("/people/")
    box = page.get_by_role("searchbox", name="Find a person")
    box.fill("bob")
    box.press("Enter")
    expect(people(page)).to_have_count(1)
    page.get_by_role("link", name="Bob", exact=True).click()
    expect(page.locator(".page-facts")).to_contain_text(bob.userid)
    page.get_by_role("link", name="Write to them").click()
    expect(page).to_have_url(re.compile(f"/conversations/{conversation_of(alice, bob)}/$"))


@pytest.mark.parametrize(
    "options", [{}, {**PHONE, "color_scheme": "dark"}, {"viewport": {"width": 320, "height": 640}}]
)
def test_list_and_card_fit_and_are_sound(page_for, alice, sandbox, options):
    page = page_for(alice, **options)
    for path in ("/people/", f"/people/{sandbox.people['maximiliana'].userid}/"):
        page.goto(path)
        expect_live(page)
        assert overflow(page) == 0
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


def test_on_the_narrowest_phone_the_button_stays_beside_the_name(page_for, alice, bob):
    page = page_for(alice, viewport={"width": 320, "height": 640})
    page.goto("/people/")
    row = page.locator(f"#person-{bob.userid}")
    name, button = (
        row.get_by_role("link", name=words).bounding_box() for words in (re.compile("^Bob"), "Write to Bob")
    )
    assert button["y"] < name["y"] + name["height"]


def test_on_a_phone_the_card_leads_back_to_the_list_and_the_list_to_the_conversations(page_for, alice, bob):
    page = page_for(alice, **PHONE)
    page.goto(f"/people/{bob.userid}/")
    page.get_by_role("link", name="Back", exact=True).tap()
    page.wait_for_url("**/people/")
    page.get_by_role("link", name="Back", exact=True).tap()
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()


def test_the_people_pages_code_is_not_loaded_with_a_conversation(page_for, alice, bob):
    page = page_for(alice)
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    open_conversation(page, conversation_of(alice, bob))
    assert not [url for url in loaded if "people-list" in url or "message-menu" in url or "pages" in url]
