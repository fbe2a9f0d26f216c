"""Writing: emoji to choose from, text that is pasted, and the limit."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from chat.emoji import is_emoji
from tests.browser.steps import (
    composer,
    conversation_of,
    held,
    open_conversation,
    overflow,
    unique,
    wait_for,
    wait_until_quiet,
)
from tests.browser.test_accessibility import PHONE, WINDOWS, expect_no_violations, small_targets

LONGEST = 20_000
# Counts in `changes` how often what an element says is changed.
WATCH = """(selector) => {
    window.changes = 0;
    new MutationObserver(() => window.changes++).observe(document.querySelector(selector), { childList: true });
}"""


@pytest.fixture
def talk(alice, bob):
    return conversation_of(alice, bob)


@pytest.fixture
def page(page_for, alice, talk):
    return open_conversation(page_for(alice), talk)


def open_picker(page):
    page.get_by_role("button", name="Emoji", exact=True).click()
    picker = page.get_by_role("dialog", name="Emoji")
    expect(picker).to_be_visible()
    return picker


def place_caret(page, at):
    composer(page).evaluate("(box, at) => { box.focus(); box.setSelectionRange(at, at); }", at)


def test_an_emoji_goes_in_where_the_caret_stands(page):
    composer(page).fill("before after")
    place_caret(page, 7)
    open_picker(page).get_by_role("button", name="rocket").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("before 🚀after")
    page.keyboard.type("!")
    expect(composer(page)).to_have_value("before 🚀!after")
    composer(page).fill("")


def test_what_the_picker_wrote_is_kept_as_a_draft(page):
    composer(page).fill("")
    open_picker(page).get_by_role("button", name="rocket").click()
    page.reload()
    expect(composer(page)).to_have_value("🚀")
    composer(page).fill("")


def test_the_picker_finds_emoji_by_the_beginnings_of_their_words(page):
    picker = open_picker(page)
    expect(picker.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("Heart eye")
    expect(picker.get_by_role("button")).to_have_text(["😍"])
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("😍")
    composer(page).fill("")
    picker = open_picker(page)
    expect(picker.get_by_role("searchbox")).to_have_value("")
    page.keyboard.type("nothing is called this")
    expect(picker.get_by_role("status").get_by_text("Nothing matches.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(picker).to_be_visible()
    expect(composer(page)).to_have_value("")


def test_the_keyboard_alone_chooses_an_emoji(page):
    picker = open_picker(page)
    emoji = picker.get_by_role("button")
    page.keyboard.press("ArrowDown")
    expect(emoji.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(emoji.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert below == emoji.nth(1).bounding_box()["x"]
    page.keyboard.press("ArrowUp")
    expect(emoji.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(emoji.last).to_be_focused()
    expect(emoji.last).to_be_in_viewport()
    page.keyboard.press("ArrowRight")
    expect(emoji.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    expect(picker.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Tab")  # one stop for all of them
    expect(emoji.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("😀")
    composer(page).fill("")


def test_escape_or_a_click_beside_puts_the_picker_away(page):
    picker = open_picker(page)
    page.keyboard.press("Escape")
    expect(picker).to_be_hidden()
    expect(page.get_by_role("button", name="Emoji", exact=True)).to_be_focused()
    open_picker(page)
    page.mouse.click(400, 200)
    expect(picker).to_be_hidden()
    expect(composer(page)).to_have_value("")


def test_every_emoji_to_choose_is_there_once_and_shown_large(page):
    emoji = open_picker(page).get_by_role("button").all_text_contents()
    assert len(emoji) > 120
    assert len(set(emoji)) == len(emoji)
    assert [one for one in emoji if not is_emoji(one)] == []


@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS.keys())
def test_axe_has_nothing_against_the_picker(page_for, alice, talk, options):
    page = open_conversation(page_for(alice, **options), talk)
    picker = open_picker(page)
    wait_until_quiet(page)
    expect_no_violations(page)
    assert overflow(page) <= 0
    expect(picker).to_be_in_viewport(ratio=1)


def test_on_a_phone_the_picker_is_for_thumbs_and_brings_up_no_keyboard(page_for, alice, talk):
    page = open_conversation(page_for(alice, **PHONE), talk)
    picker = open_picker(page)
    assert small_targets(page, within="dialog") == []
    expect(picker.get_by_role("button").first).to_be_focused()


def test_without_scripts_there_is_no_button_that_does_nothing(page_for, alice, talk):
    page = page_for(alice, java_script_enabled=False)
    page.goto(f"/conversations/{talk}/")
    expect(composer(page)).to_be_visible()
    expect(page.get_by_role("button", name="Emoji", exact=True)).to_have_count(0)


def test_long_text_that_is_pasted_keeps_its_lines(page, sandbox, talk):
    text = unique("Pasted") + "".join(f"\n\tline {n}  with `marks`" for n in range(400)) + "\n\nEnd"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    composer(page).focus()
    page.keyboard.press("Control+v")
    expect(composer(page)).to_have_value(text)
    page.keyboard.press("Enter")
    wait_for(
        page,
        """text => [...document.querySelectorAll("[data-message]:not([data-state=pending]) .message__text")]
            .some((one) => one.textContent === text)""",
        text,
    )
    assert text in [one["text"] for one in held(sandbox, talk)]


def test_the_limit_is_shown_as_it_nears(page):
    limit = page.locator("#composer-limit")
    composer(page).fill("x" * (LONGEST - 1_001))
    expect(limit).to_have_text("")
    composer(page).press("End")
    page.keyboard.type("xy")
    expect(limit).to_have_text("Characters left: 999")
    expect(composer(page)).to_have_accessible_description("Characters left: 999")
    composer(page).fill("x" * LONGEST)
    expect(limit).to_have_text("Characters left: 0")
    expect(composer(page)).to_have_attribute("aria-invalid", "false")
    composer(page).fill("x" * (LONGEST + 1_500))
    expect(limit).to_have_text("Characters too many: 1,500")
    expect(composer(page)).to_have_attribute("aria-invalid", "true")
    expect_no_violations(page)
    composer(page).fill("")
    expect(limit).to_have_text("")
    expect(composer(page)).to_have_attribute("aria-invalid", "false")


def test_the_limit_is_read_out_when_the_keys_rest_and_not_at_each_of_them(page):
    said = page.locator("composer-form").get_by_role("status")
    composer(page).fill("x" * (LONGEST - 500))
    expect(said).to_have_text("Characters left: 500")
    page.evaluate(WATCH, "composer-form [role=status]")
    page.clock.install()
    page.keyboard.press("End")
    page.keyboard.type("twelve words")
    expect(page.locator("#composer-limit")).to_have_text("Characters left: 488")
    page.clock.run_for(1_000)
    expect(said).to_have_text("Characters left: 488")
    assert page.evaluate("window.changes") == 1
    composer(page).fill("")


def test_the_limit_counts_an_emoji_once(page):
    composer(page).fill("🚀" * (LONGEST - 5))
    expect(page.locator("#composer-limit")).to_have_text("Characters left: 5")
    composer(page).fill("")
