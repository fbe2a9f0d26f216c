"""Moving about by keyboard: the quick switcher, the shortcuts and where the focus goes; and what they leave alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    at_end,
    at_start,
    composer,
    conversation_of,
    expect_live,
    history,
    ids,
    open_conversation,
    wait_until_quiet,
)
from tests.browser.test_reconnect import say

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DOWN, UP = {"key": "ArrowDown", "altKey": True}, {"key": "ArrowUp", "altKey": True}
SHORTCUTS = {
    "switcher": {"key": "k", "code": "KeyK", "ctrlKey": True},
    "next": DOWN,
    "previous": UP,
    "next unread": {**DOWN, "shiftKey": True},
    "previous unread": {**UP, "shiftKey": True},
    "next region": {"key": "F6"},
    "previous region": {"key": "F6", "shiftKey": True},
    "mark read": {"key": "Escape"},
    "help": {"key": "?", "shiftKey": True},
}


@pytest.fixture
def talk(alice, bob):
    return conversation_of(alice, bob)


@pytest.fixture
def page(page_for, alice, bob, talk, sandbox):
    """The conversation open, at its end, and marked as read by having been seen."""
    say(sandbox, bob, talk)
    page = page_for(alice)
    with page.expect_response("**/read/"):
        open_conversation(page, talk)
    return page


@pytest.fixture
def marked(page):
    """What the page posts to mark conversations as read: (conversation, message)."""
    posted = []

    def answer(route):
        form = dict(re.findall(r"(\w+)=([^&]+)", route.request.post_data))
        posted.append((route.request.url.split("/")[-3], form["message"]))
        route.fulfill(status=204)

    page.route("**/read/", answer)
    return posted


def taken(page, event, target="body"):
    """Whether the page takes a key for itself, as it does at once with each of its shortcuts."""
    return page.locator(target).first.evaluate(
        """(one, event) => !one.dispatchEvent(
            new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...event }))""",
        event,
    )


def all_taken(page, more=None, target="body"):
    """The names of the shortcuts it takes, with something more about the event."""
    return [name for name, event in SHORTCUTS.items() if taken(page, event | (more or {}), target)]


def switcher(page):
    return page.get_by_role("combobox", name="Go to a person or a conversation")


def options(page):
    return page.get_by_role("option")


def option(page, name):
    return page.get_by_role("option", name=name, exact=True)


def chosen(page):
    return page.get_by_role("option", selected=True)


def open_switcher(page):
    page.keyboard.press("ControlOrMeta+k")
    expect(chosen(page)).to_have_count(1)
    return switcher(page)


def shortcuts(page):
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def listed(page):
    """The conversations as the sidebar has them, from top to bottom."""
    return page.locator("#conversation-list > li").evaluate_all("rows => rows.map(row => row.dataset.conversation)")


def current(page):
    return page.locator("#conversation-list li:has([aria-current])").get_attribute("data-conversation")


def expect_open(page, id):
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", id)
    expect(page.locator(f'#conversation-list [data-conversation="{id}"] a')).to_have_attribute("aria-current", "page")


# The quick switcher


def test_the_switcher_says_what_it_is(page):
    open_switcher(page)
    expect(page.get_by_role("dialog")).to_have_accessible_name("Go to a person or a conversation")


def test_a_few_letters_without_accents_and_enter_open_a_conversation_in_place(page, alice, sandbox):
    page.evaluate("globalThis.mine = true")
    open_switcher(page)
    page.keyboard.type("ARP")
    expect(chosen(page)).to_have_accessible_name("Árpád")
    page.keyboard.press("Enter")
    expect_open(page, conversation_of(alice, sandbox.people["arpad"]))
    expect(switcher(page)).to_have_count(0)
    expect(composer(page)).to_be_focused()
    assert page.evaluate("globalThis.mine")


def test_letters_in_their_order_are_enough_and_the_better_fit_comes_first(page):
    open_switcher(page).fill("zsf")
    expect(option(page, "Zsófi")).to_have_count(1)
    switcher(page).fill("fzs")
    expect(option(page, "Zsófi")).to_have_count(0)
    switcher(page).fill("rob")
    names = page.locator(".switcher__name")
    expect(names).to_have_text(["Robin", re.compile("^Bob, .*Robin")])
    switcher(page).fill("bob")
    expect(names.first).to_have_text("Bob")
    expect(names.nth(1)).to_have_text(re.compile("^Bob, .*Robin"))
    switcher(page).fill("robin zs")
    expect(names).to_have_text([re.compile("^Bob, .*Robin")])


def test_what_nothing_fits_is_said_and_enter_does_nothing(page, talk):
    open_switcher(page).fill("qqqqq")
    expect(page.get_by_role("dialog").get_by_role("status").filter(has_text="Nothing matches.")).to_be_visible()
    expect(options(page)).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(switcher(page)).to_be_focused()
    switcher(page).fill("<b>")
    expect(options(page).first).to_contain_text("<b>Tom</b>")


def test_a_very_long_text_fits_nothing_and_breaks_nothing(page):
    open_switcher(page).fill("(*" * 5_000)
    expect(options(page)).to_have_count(0)
    switcher(page).fill("bob")
    expect(chosen(page)).to_contain_text("Bob")


def test_the_latest_conversation_comes_first_and_the_open_one_after_them(page, talk):
    order = page.locator("#conversation-list > li").evaluate_all(
        """rows => rows.sort((a, b) => b.dataset.order - a.dataset.order)
            .map(row => [row.dataset.conversation, row.querySelector(".conversation__title").textContent])"""
    )
    latest = [title for id, title in order if id != talk]
    open_switcher(page)
    names = page.locator(".switcher__name").all_inner_texts()
    assert names[: len(latest) + 1] == [*latest, "Bob"]


def test_each_person_and_conversation_stands_there_once(page):
    with page.expect_response("**/people/"):
        open_switcher(page)
    switcher(page).fill("árpád")
    expect(option(page, "Árpád")).to_have_count(1)


def test_a_person_without_a_conversation_leads_to_their_card(page_for, sandbox):
    page = at_start(page_for(sandbox.people["daniel"]))
    expect_live(page)
    wait_until_quiet(page)
    open_switcher(page).fill("kim")
    expect(chosen(page)).to_contain_text("No conversation yet")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/people/{sandbox.people['kim'].userid}/")


def test_arrows_home_and_end_move_the_choice_while_the_focus_stays_with_the_words(page):
    with page.expect_response("**/people/"):
        open_switcher(page)
    for key, place in (("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("ArrowDown", 0), ("End", -1), ("Home", 0)):
        page.keyboard.press(key)
        row = options(page).nth(place)
        expect(row).to_have_attribute("aria-selected", "true")
        expect(switcher(page)).to_have_attribute("aria-activedescendant", row.get_attribute("id"))
        expect(row).to_be_in_viewport()
        expect(chosen(page)).to_have_count(1)
        expect(switcher(page)).to_be_focused()


def test_a_click_chooses_and_one_beside_the_switcher_closes_it(page, alice, sandbox):
    open_switcher(page)
    page.mouse.click(20, 700)
    expect(switcher(page)).to_have_count(0)
    open_switcher(page)
    option(page, "Zsófi").click()
    expect_open(page, conversation_of(alice, sandbox.people["zsofi"]))
    expect(switcher(page)).to_have_count(0)


@pytest.mark.parametrize("key", ["Escape", "ControlOrMeta+k"])
@pytest.mark.parametrize("before", ["history", "composer"])
def test_closing_the_switcher_returns_the_focus_to_where_it_was(page, talk, before, key, marked):
    place = history(page) if before == "history" else composer(page)
    composer(page).fill("Half a sentence")
    place.focus()
    open_switcher(page)
    page.keyboard.type("arp")
    page.keyboard.press(key)
    expect(switcher(page)).to_have_count(0)
    expect(place).to_be_focused()
    expect(composer(page)).to_have_value("Half a sentence")
    expect_open(page, talk)
    assert marked == []


def test_who_went_back_while_the_switcher_was_open_can_write_once_it_is_closed(page, talk):
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#conversation")).not_to_have_attribute("data-conversation", talk)
    wait_until_quiet(page)
    open_switcher(page)
    page.go_back()
    expect_open(page, talk)
    page.keyboard.press("Escape")
    expect(switcher(page)).to_have_count(0)
    expect(composer(page)).to_be_focused()


def test_what_is_typed_before_the_switcher_has_loaded_is_typed_there(page, alice, sandbox):
    waiting = []
    page.route("**/switcher*.js", lambda route: waiting.append(route))
    with page.expect_request("**/switcher*.js"):
        page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("arp")
    page.keyboard.press("Enter")
    expect(switcher(page).or_(page.get_by_role("textbox", name="Go to a person"))).to_have_value("arp")
    expect(composer(page)).to_have_value("")
    waiting[0].continue_()
    expect(chosen(page)).to_have_accessible_name("Árpád")
    page.keyboard.press("Enter")
    expect_open(page, conversation_of(alice, sandbox.people["arpad"]))


def test_words_being_composed_choose_nothing(page):
    open_switcher(page).fill("arp")
    assert not taken(page, {"key": "Enter", "isComposing": True}, ".switcher__input")
    assert not taken(page, {"key": "ArrowDown", "keyCode": 229}, ".switcher__input")
    expect(switcher(page)).to_be_focused()


@pytest.mark.console("500")
def test_without_the_people_the_conversations_are_still_there(page):
    page.route("**/people/", lambda route: route.fulfill(status=500))
    open_switcher(page).fill("arp")
    expect(chosen(page)).to_have_accessible_name("Árpád")


def test_from_a_list_the_server_has_filtered_every_conversation_can_be_reached(page, alice, sandbox):
    page.goto("/conversations/?q=zsofi")
    expect_live(page)
    wait_until_quiet(page)
    open_switcher(page).fill("arp")
    expect(chosen(page)).to_have_accessible_name("Árpád")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/conversations/{conversation_of(alice, sandbox.people['arpad'])}/")


def test_cmd_k_opens_it_on_a_mac_and_ctrl_k_does_not(page):
    page.add_init_script("Object.defineProperty(navigator, 'platform', { value: 'MacIntel' })")
    page.reload()
    wait_until_quiet(page)
    assert not taken(page, SHORTCUTS["switcher"])
    assert taken(page, {"key": "k", "code": "KeyK", "metaKey": True})


def test_it_opens_with_another_alphabet_and_with_no_other_key_held(page):
    for more in ({"shiftKey": True}, {"metaKey": True}, {"altKey": True}):
        assert not taken(page, SHORTCUTS["switcher"] | more)
    assert not taken(page, {"key": "k", "code": "KeyK"})
    assert taken(page, SHORTCUTS["switcher"] | {"key": "л"})


# From conversation to conversation


def test_alt_and_arrows_open_the_next_and_the_previous_conversation_while_one_writes(page, talk):
    order = listed(page)
    at = order.index(talk)
    composer(page).fill("Half a sentence")
    page.keyboard.press("Alt+ArrowDown")
    expect_open(page, order[at + 1])
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("")
    page.keyboard.press("Alt+ArrowUp")
    expect_open(page, talk)
    expect(composer(page)).to_have_value("Half a sentence")
    composer(page).fill("")


@pytest.mark.parametrize("button", ["#conversation-header summary", ".composer__emoji"])
def test_who_goes_on_from_a_button_of_the_one_before_can_write(page, talk, button):
    order = listed(page)
    page.locator(button).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect_open(page, order[order.index(talk) + 1])
    expect(composer(page)).to_be_focused()


@pytest.mark.console("htmx:afterRequest", "htmx:sendAbort")  # htmx says so of each request it gives up
def test_pressed_again_before_it_has_opened_it_goes_one_further(page):
    order = listed(page)
    page.locator("#conversation-list a").first.click()
    expect_open(page, order[0])
    for _ in range(3):
        page.keyboard.press("Alt+ArrowDown")
    expect_open(page, order[3])


def test_at_the_ends_of_the_list_it_stays(page):
    order = listed(page)
    page.locator("#conversation-list a").last.click()
    expect_open(page, order[-1])
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    expect_open(page, order[-2])


def test_rows_the_filter_hides_are_passed_over(page, alice, sandbox):
    page.get_by_role("searchbox", name="Find a conversation").fill("zs")
    shown = page.locator("#conversation-list > li:not([hidden])")
    first = shown.first.get_attribute("data-conversation")
    page.keyboard.press("Alt+ArrowDown")
    expect_open(page, first)
    expect(page.get_by_role("searchbox", name="Find a conversation")).to_be_focused()


def test_with_shift_it_goes_to_unread_ones_around_the_end_and_past_muted_ones(page):
    order = listed(page)
    page.locator("#conversation-list a").nth(1).click()
    expect_open(page, order[1])
    page.locator("#conversation-list").evaluate(
        """list => {
            for (const row of list.children) delete row.dataset.unread;
            for (const at of [0, 3, 5]) list.children[at].dataset.unread = "1";
            list.children[3].dataset.muted = "";
        }"""
    )
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect_open(page, order[5])
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect_open(page, order[0])
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect_open(page, order[5])


def test_with_nothing_unread_it_stays(page, talk):
    page.locator("#conversation-list").evaluate("list => [...list.children].map(row => delete row.dataset.unread)")
    assert taken(page, SHORTCUTS["next unread"])
    assert taken(page, SHORTCUTS["previous unread"])
    wait_until_quiet(page)
    expect_open(page, talk)


def test_alt_and_arrow_open_a_choice_where_there_is_one(page):
    page.locator("#main").evaluate("main => main.append(document.createElement('select'))")
    assert not taken(page, DOWN, "select")
    assert taken(page, DOWN, "textarea")


# Reading


def test_escape_marks_the_conversation_as_read_and_goes_to_its_end(page, talk, marked):
    history(page).evaluate("list => list.scrollTop = 0")
    expect(page.get_by_role("button", name=re.compile("Latest messages"))).to_be_visible()
    composer(page).focus()
    with page.expect_response("**/read/"):
        page.keyboard.press("Escape")
    assert marked == [(talk, ids(page)[-1])]
    assert at_end(page)
    expect(composer(page)).to_be_focused()


@pytest.mark.console("502")
def test_what_could_not_be_marked_as_read_is_said(page):
    page.route("**/read/", lambda route: route.fulfill(status=502))
    page.keyboard.press("Escape")
    expect(alert(page)).to_contain_text("That did not work")


@pytest.mark.parametrize("where", ["/people/", "/conversations/{}/messages/search/"])
def test_escape_empties_the_search_of_a_page_beside_the_conversations(page, talk, where):
    page.goto(where.format(talk))
    wait_until_quiet(page)
    search = page.locator(".page-pane").get_by_role("searchbox")
    search.fill("bob")
    search.press("Escape")
    expect(search).to_have_value("")


def test_escape_only_closes_what_is_open(page, marked):
    page.locator("#conversation header summary").click()
    assert not taken(page, SHORTCUTS["mark read"], "#conversation header summary")
    expect(page.locator("details[open]")).to_have_count(0)
    assert taken(page, SHORTCUTS["mark read"], "message-list")


def test_escape_in_the_sidebar_is_the_fields_own(page, marked):
    assert not taken(page, SHORTCUTS["mark read"], "#filter")
    assert marked == []


def test_escape_where_no_conversation_is_open_posts_nothing(page, marked):
    page.goto("/people/")
    expect_live(page)
    wait_until_quiet(page)
    page.keyboard.press("Escape")
    wait_until_quiet(page)
    assert marked == []


def test_who_opens_what_the_filter_found_with_enter_can_write_there(page, alice, sandbox):
    zsofi = conversation_of(alice, sandbox.people["zsofi"])
    page.locator(f'#conversation-list [data-conversation="{zsofi}"]').evaluate(
        "(row) => row.parentElement.prepend(row)"
    )
    page.get_by_role("searchbox", name="Find a conversation").fill("zsof")
    page.keyboard.press("Enter")
    expect_open(page, zsofi)
    expect(composer(page)).to_be_focused()


# All shortcuts


def test_a_question_mark_shows_the_shortcuts_and_closing_returns_the_focus(page):
    history(page).focus()
    page.keyboard.type("?")
    expect(shortcuts(page)).to_be_visible()
    expect(shortcuts(page).get_by_role("row").filter(has_text="Next unread conversation")).to_contain_text("Alt")
    page.keyboard.press("Escape")
    expect(shortcuts(page)).to_be_hidden()
    expect(history(page)).to_be_focused()
    page.keyboard.type("?")
    shortcuts(page).get_by_role("button", name="Close").press("Enter")
    expect(shortcuts(page)).to_be_hidden()
    expect(history(page)).to_be_focused()


def test_a_question_mark_in_a_text_is_a_question_mark(page):
    for field in (composer(page), page.get_by_role("searchbox", name="Find a conversation")):
        field.focus()
        page.keyboard.type("What?")
        expect(field).to_have_value("What?")
        field.fill("")
    expect(shortcuts(page)).to_have_count(0)


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "dynamically imported module")
@pytest.mark.parametrize("key", ["Control+k", "?", "F6"])
def test_a_key_that_can_not_do_its_work_yet_says_so_and_does_it_later(page, key):
    page.context.set_offline(True)
    history(page).focus()
    page.keyboard.press(key)
    expect(alert(page)).to_contain_text("The portal can't be reached.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.set_offline(False)
    expect_live(page)
    page.keyboard.press(key)
    if key == "F6":
        expect(composer(page)).to_be_focused()
    else:
        expect(page.get_by_role("dialog")).to_be_visible()


def test_who_leaves_a_menu_by_keyboard_has_closed_it(page):
    menu = page.locator("header details.menu").first
    menu.locator("summary").press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_press_beside_the_items_of_a_menu_leaves_it_open(page):
    page.get_by_label("Conversation menu").click()
    panel = page.locator("#conversation details.menu[open] .menu__panel")
    box = panel.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 2)
    expect(panel).to_be_visible()
    page.get_by_role("button", name="Mark as unread").click()
    expect(page.locator("#done")).to_contain_text("Marked as unread.")


def test_the_menu_shows_the_shortcuts_too_and_gets_the_focus_back(page):
    menu = page.locator(".topbar__person summary")
    menu.click()
    page.get_by_role("link", name="Keyboard shortcuts").click()
    expect(shortcuts(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page).to_have_url(re.compile("/conversations/"))


def test_without_scripts_the_menu_leads_to_a_page_of_them(page_for, alice):
    page = at_start(page_for(alice, java_script_enabled=False))
    page.locator(".topbar__person summary").click()
    page.get_by_role("link", name="Keyboard shortcuts").click()
    expect(page).to_have_url(re.compile("/shortcuts/$"))
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Next conversation")).to_be_visible()


@pytest.mark.console("ERR_FAILED")
def test_shortcuts_that_can_not_be_fetched_are_said_to_be_missing(page):
    page.route("**/shortcuts/", lambda route: route.abort())
    history(page).focus()
    page.keyboard.type("?")
    expect(alert(page)).to_contain_text("can't be reached")


# Between regions


def test_f6_goes_round_the_regions_and_shift_f6_back(page, talk):
    regions = (page.locator("#sidebar [aria-current]"), history(page), composer(page))
    composer(page).focus()
    for region in regions:
        page.keyboard.press("F6")
        expect(region).to_be_focused()
        assert region.evaluate("one => one.matches(':focus-visible')")
    for region in (regions[1], regions[0], regions[2]):
        page.keyboard.press("Shift+F6")
        expect(region).to_be_focused()


def test_f6_without_a_row_of_the_open_conversation_goes_to_the_filter(page):
    page.goto("/people/")
    expect_live(page)
    wait_until_quiet(page)
    page.locator("#people-q").focus()
    page.keyboard.press("F6")
    expect(page.get_by_role("searchbox", name="Find a conversation")).to_be_focused()
    page.keyboard.press("F6")
    expect(page.locator("#people-q")).to_be_focused()


def test_on_a_phone_f6_leaves_out_what_is_not_on_screen(page_for, alice, talk):
    page = open_conversation(page_for(alice, **PHONE), talk)
    composer(page).focus()
    page.keyboard.press("F6")
    expect(history(page)).to_be_focused()
    page.keyboard.press("F6")
    expect(composer(page)).to_be_focused()


# What people type stays theirs


@pytest.mark.parametrize("shortcut", SHORTCUTS.values(), ids=SHORTCUTS)
def test_the_page_takes_each_of_its_shortcuts(page, marked, shortcut):
    assert taken(page, shortcut)


@pytest.mark.parametrize("target", ["body", "textarea"])
def test_none_is_taken_with_altgr(page, target):
    on_linux = {"modifierAltGraph": True}
    on_windows = on_linux | {"ctrlKey": True, "altKey": True}
    assert [all_taken(page, held, target) for held in (on_linux, on_windows)] == [[], []]


def test_none_is_taken_with_ctrl_and_alt(page):
    assert all_taken(page, {"ctrlKey": True, "altKey": True}) == []


@pytest.mark.parametrize("more", [{"isComposing": True}, {"keyCode": 229}, {"repeat": True}], ids=str)
def test_none_is_taken_while_words_are_composed_or_a_key_is_held_down(page, more):
    assert all_taken(page, more) == []


def test_none_does_anything_where_something_else_has_used_the_key(page, marked, talk):
    page.evaluate("document.body.addEventListener('keydown', (event) => event.preventDefault())")
    assert all_taken(page) == list(SHORTCUTS)
    wait_until_quiet(page)
    expect(page.locator("dialog")).to_have_count(0)
    expect_open(page, talk)
    assert marked == []


def test_none_is_taken_while_a_dialog_is_open(page):
    history(page).focus()
    page.keyboard.type("?")
    expect(shortcuts(page)).to_be_visible()
    assert all_taken(page) == []


def test_letters_of_a_hungarian_keyboard_with_altgr_are_typed(page):
    held = {"ctrlKey": True, "altKey": True, "modifierAltGraph": True}
    letters = (("KeyF", "["), ("KeyK", "ł"), ("KeyV", "@"), ("KeyB", "{"), ("KeyN", "}"), ("Comma", ";"), ("KeyX", "#"))
    for target in ("body", "textarea"):
        assert [key for code, key in letters if taken(page, {"code": code, "key": key, **held}, target)] == []


def test_the_question_mark_of_a_hungarian_keyboard_shows_the_shortcuts(page):
    assert taken(page, {"key": "?", "code": "Comma", "shiftKey": True}, "message-list")
    expect(shortcuts(page)).to_be_visible()


def test_an_event_without_a_key_as_browsers_that_fill_in_forms_send_it_is_let_through(page):
    assert page.evaluate("document.body.dispatchEvent(new Event('keydown', { bubbles: true, cancelable: true }))")


# For everyone


def test_nothing_of_the_dialogs_is_loaded_before_they_are_wanted(page):
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    page.reload()
    wait_until_quiet(page)
    assert any("idle" in url for url in loaded)
    assert not [url for url in loaded if re.search("dialogs|switcher|places|moving|shortcuts-help", url)]
