"""Reporting a concern, from a person's card and from a message. Concerns go to Zsófi here."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import (
    at_start,
    conversation_of,
    held,
    history,
    open_conversation,
    overflow,
    row,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import tab_to
from tests.browser.test_languages import MIRROR
from tests.pages import team
from tests.processes import Portal, wait_until

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MENU = "Menu of the message"


@pytest.fixture(scope="module")
def own(_sandbox_process, tmp_path_factory):
    to = _sandbox_process.people["zsofi"].userid
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("concerns"), CONCERNS_TO=to) as portal:
        yield portal


@pytest.fixture
def enter(page_for, own, sandbox):
    """A page signed in as the person called so."""
    return lambda first, **options: at_start(page_for(sandbox.people[first], base_url=own.url, **options))


@pytest.fixture
def say(sandbox):
    """Has one person say something to another."""

    def said(first, other, text):
        sandbox.control("say", {"from": f"{first}@example.org", "to": f"{other}@example.org", "text": text})
        return text

    return said


def between(sandbox, first, other):
    return conversation_of(sandbox.people[first], sandbox.people[other])


def menu(page):
    return page.locator("details.message-menu")


def report(page, words):
    page.get_by_label("What is your concern?").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Your concern has arrived")).to_be_visible()


def arrived(sandbox, first):
    return [message["text"] for message in held(sandbox, between(sandbox, first, "zsofi"))]


def test_a_message_under_the_pointer_has_a_menu_to_report_it_with(enter, sandbox, say):
    text, words = say("robin", "maria", unique("You fool")), unique("He calls me names")
    page = open_conversation(enter("maria"), between(sandbox, "maria", "robin"))
    row(page, text).hover()
    row(page, text).get_by_label(MENU).click()
    page.get_by_role("link", name="Report a concern").click()
    expect(page.get_by_role("checkbox", name=text)).to_be_checked()
    report(page, words)
    (message,) = [each for each in arrived(sandbox, "maria") if words in each]
    assert f"> {text}" in message
    page.get_by_role("link", name="To that conversation").click()
    expect(history(page).get_by_text(words)).to_be_visible()


def test_from_right_to_left_the_menu_opens_over_the_messages(enter, sandbox, say):
    text = say("robin", "maria", unique("You fool"))
    page = enter("maria")
    page.add_init_script(MIRROR)
    open_conversation(page, between(sandbox, "maria", "robin"))
    row(page, text).hover()
    row(page, text).get_by_label(MENU).click()
    panel, messages = menu(page).locator(".menu__panel").bounding_box(), history(page).bounding_box()
    assert messages["x"] <= panel["x"]
    assert panel["x"] + panel["width"] <= messages["x"] + messages["width"]


def test_by_keyboard_the_menu_is_the_stop_after_the_history_and_arrows_take_it_to_other_messages(enter, sandbox, say):
    first, second = say("robin", "layla", unique("First")), say("robin", "layla", unique("Second"))
    page = open_conversation(enter("layla"), between(sandbox, "layla", "robin"))
    expect(row(page, second)).to_be_visible()
    page.keyboard.press("Shift+Tab")
    history(page).focus()
    expect(row(page, second).get_by_label(MENU)).to_be_visible()
    page.keyboard.press("Tab")
    expect(row(page, second).get_by_label(MENU)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(row(page, first).get_by_label(MENU)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Report a concern")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, first).get_by_label(MENU)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name=first)).to_be_checked()
    expect(page.get_by_role("checkbox", name=second)).not_to_be_checked()


def test_ones_own_messages_and_those_of_whom_it_would_go_to_have_no_menu(enter, sandbox, say):
    page = open_conversation(enter("arpad"), between(sandbox, "arpad", "robin"))
    mine = write(page, unique("Mine"))
    mine.hover()
    theirs = row(page, say("robin", "arpad", unique("Theirs")))
    theirs.hover()
    expect(menu(page)).to_have_count(1)
    expect(theirs.locator("details")).to_have_count(1)
    open_conversation(page, between(sandbox, "arpad", "zsofi"))
    hers = row(page, say("zsofi", "arpad", unique("Hers")))
    hers.hover()
    wait_until_quiet(page)
    expect(menu(page)).to_have_count(0)


def test_a_new_message_does_not_take_the_menu_away_from_who_has_it_open(enter, sandbox, say):
    text = say("robin", "kim", unique("Old"))
    page = open_conversation(enter("kim"), between(sandbox, "kim", "robin"))
    row(page, text).hover()
    row(page, text).get_by_label(MENU).click()
    newer = row(page, say("robin", "kim", unique("New")))
    newer.hover()
    expect(page.get_by_role("link", name="Report a concern")).to_be_visible()
    expect(row(page, text).locator("details[open]")).to_have_count(1)


def test_the_menu_keeps_the_focus_when_the_rows_are_fetched_again(enter, sandbox, say):
    text = say("robin", "maria", unique("Once more"))
    page = open_conversation(enter("maria"), between(sandbox, "maria", "robin"))
    row(page, text).hover()
    button = row(page, text).get_by_label(MENU)
    button.focus()
    page.evaluate("""async () => {
        const response = await fetch(location.pathname, { headers: { "HX-Request": "true" } });
        const { content } = Object.assign(document.createElement("template"), { innerHTML: await response.text() });
        document.dispatchEvent(new CustomEvent("live:conversation", { detail: content }));
    }""")
    expect(button).to_be_focused()


@pytest.mark.console("ERR_INTERNET_DISCONNECTED")
def test_the_menu_is_there_after_all_when_the_line_was_cut_at_first(enter, sandbox, say):
    text = say("robin", "maria", unique("Cut"))
    page = open_conversation(enter("maria"), between(sandbox, "maria", "robin"))
    page.context.set_offline(True)
    with page.expect_event("requestfailed", lambda request: "message-menu" in request.url):
        row(page, text).hover()
    page.context.set_offline(False)

    def offered():
        page.mouse.move(0, 0)
        row(page, text).hover()
        return row(page, text).get_by_label(MENU).is_visible()

    wait_until(offered, "the menu")


def test_where_nothing_can_be_reported_a_message_has_no_menu(page_for, sandbox, say):
    text = say("robin", "maria", unique("You fool"))
    page = open_conversation(page_for(sandbox.people["maria"]), between(sandbox, "maria", "robin"))
    row(page, text).hover()
    page.keyboard.press("Shift+Tab")
    history(page).focus()
    wait_until_quiet(page)
    expect(menu(page)).to_have_count(0)


def test_without_scripts_it_is_reported_from_the_card(enter, sandbox, say):
    text, words = say("robin", "maximiliana", unique("You fool")), unique("He does it again")
    page = enter("maximiliana", java_script_enabled=False)
    page.goto(f"/people/{sandbox.people['robin'].userid}/")
    page.get_by_role("link", name="Report a concern").click()
    page.get_by_role("checkbox", name=text).check()
    report(page, words)
    (message,) = [each for each in arrived(sandbox, "maximiliana") if words in each]
    assert f"> {text}" in message


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["scripts", "no scripts"])
def test_what_was_said_in_a_group_is_reported_from_the_conversations_menu(enter, sandbox, options):
    text, words = unique("You are all fools"), unique("He insults us")
    first = "layla" if options else "arpad"
    sandbox.control("say", {"from": "kim@example.org", "conversation": team(sandbox), "text": text})
    page = enter(first, **options)
    page.goto(f"/conversations/{team(sandbox)}/")
    page.locator(".conversation-header").get_by_label("Conversation menu").click()
    page.get_by_role("link", name="Report a concern").click()
    page.get_by_role("list", name="Whom is it about?").get_by_role("link", name="Kim 🌻🚀").click()
    page.get_by_role("checkbox", name=text).check()
    report(page, words)
    (message,) = [each for each in arrived(sandbox, first) if words in each]
    assert f"> {text}" in message


def test_whom_it_is_about_can_be_said_by_keyboard_alone(enter, sandbox):
    page = open_conversation(enter("arpad"), team(sandbox))
    page.locator(".conversation-header").get_by_label("Conversation menu").press("Enter")
    tab_to(page, page.get_by_role("link", name="Report a concern"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/concerns/new/**")
    tab_to(page, page.get_by_role("link", name="Robin", exact=True).last)
    page.keyboard.press("Enter")
    expect(page.get_by_label("What is your concern?")).to_be_visible()
    expect(page.locator(".page-form strong")).to_have_text("Robin")


def test_the_menu_of_the_conversation_with_whom_concerns_go_to_has_no_such_link(enter, sandbox):
    page = open_conversation(enter("arpad"), between(sandbox, "arpad", "zsofi"))
    page.locator(".conversation-header").get_by_label("Conversation menu").click()
    expect(page.get_by_role("link", name="Export")).to_be_visible()
    expect(page.get_by_role("link", name="Report a concern")).to_have_count(0)


def test_a_tap_shows_the_menu_on_a_phone(enter, sandbox, say):
    text = say("robin", "tom", unique("You fool"))
    page = open_conversation(enter("tom", **PHONE), between(sandbox, "tom", "robin"))
    row(page, text).locator(".message__text").tap()
    button = row(page, text).get_by_label(MENU)
    box = button.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    button.tap()
    expect(page.get_by_role("link", name="Report a concern")).to_be_in_viewport()
    assert overflow(page) == 0


@pytest.mark.parametrize("options", [{}, {**PHONE, "color_scheme": "dark"}], ids=["wide", "dark phone"])
def test_menu_and_form_have_nothing_axe_objects_to(enter, sandbox, say, options):
    text = say("robin", "daniel", unique("You fool"))
    page = open_conversation(enter("daniel", **options), between(sandbox, "daniel", "robin"))
    row(page, text).hover()
    row(page, text).get_by_label(MENU).click()
    for _ in range(2):
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert overflow(page) == 0
        page.goto(f"/concerns/new/?userid={sandbox.people['robin'].userid}")


def form_of(page, sandbox):
    """The form about Robin; what one writes in it."""
    page.goto(f"/concerns/new/?userid={sandbox.people['robin'].userid}")
    wait_until_quiet(page)
    return page.get_by_label("What is your concern?")


def test_what_one_writes_outlives_a_look_elsewhere_and_is_gone_once_sent(enter, sandbox):
    page, words = enter("daniel"), unique("He takes my chair")
    form_of(page, sandbox).fill(words)
    page.locator("#sidebar [data-conversation] a").first.click()
    expect(page.get_by_role("log")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("What is your concern?")).to_have_value(words)
    page.reload()
    expect(page.get_by_label("What is your concern?")).to_have_value(words)
    wait_until_quiet(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Your concern has arrived")).to_be_visible()
    wait_until_quiet(page)
    expect(form_of(page, sandbox)).to_have_value("")
    assert [words in text for text in arrived(sandbox, "daniel")].count(True) == 1


def test_what_one_writes_about_one_person_is_not_in_the_form_about_another(enter, sandbox):
    page = enter("daniel")
    form_of(page, sandbox).fill("He takes my chair")
    page.goto(f"/concerns/new/?userid={sandbox.people['alice'].userid}")
    wait_until_quiet(page)
    expect(page.get_by_label("What is your concern?")).to_have_value("")


def test_a_concern_that_is_cancelled_does_not_come_back(enter, sandbox):
    page = enter("daniel")
    form_of(page, sandbox).fill("He takes my chair")
    page.get_by_role("link", name="Cancel").click()
    expect(form_of(page, sandbox)).to_have_value("")


@pytest.mark.console("422")
def test_what_one_adds_to_a_concern_that_another_tab_has_sent_is_not_taken_for_arrived(enter, sandbox):
    page, words, more = enter("kim"), unique("He takes my chair"), unique("And my table")
    form_of(page, sandbox).fill(words)
    beside = page.context.new_page()
    expect(form_of(beside, sandbox)).to_have_value(words)
    report(beside, words)
    page.get_by_label("What is your concern?").fill(more)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Your concern has arrived already")
    expect(page.get_by_label("What is your concern?")).to_have_value(more)
    wait_until_quiet(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Your concern has arrived")).to_be_visible()
    wait_until_quiet(page)
    assert [more in text for text in arrived(sandbox, "kim")].count(True) == 1
    expect(form_of(page, sandbox)).to_have_value("")  # the draft is gone, by the id under which it was sent at last
