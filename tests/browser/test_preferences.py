"""What a person prefers: chosen on one page, in force on every other one, at once and without a flash."""

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
    open_conversation,
    overflow,
    row,
    to_end,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import NARROW, PHONE, WINDOWS, expect_no_violations, small_targets
from tests.browser.test_conversation_menu import CONTRASTS, EXTREMES
from tests.browser.test_notices import NOBODY_LOOKS
from tests.chat.test_preferences import BEGINNING
from tests.processes import wait_until

PATH = "/preferences/"
PAPER = "getComputedStyle(document.documentElement).backgroundColor"
WORDS = ".message__text:not(.message__text--emoji)"
SIZES = f"""() => Object.fromEntries(["{WORDS}", ".conversation__title", ".topbar__name", ".composer__text"]
    .map((part) => [part, parseFloat(getComputedStyle(document.querySelector(part)).fontSize)]))"""
HEIGHTS = """() => Object.fromEntries([".conversation", ".message"]
    .map((part) => [part, [...document.querySelectorAll(part)].at(-1).getBoundingClientRect().height]))"""


@pytest.fixture
def kim(sandbox):
    return sandbox.people["kim"]


@pytest.fixture
def talk(alice, kim):
    return conversation_of(alice, kim)


@pytest.fixture
def enter(page_for, kim):
    """Pages of Kim's, who prefers nothing before and after the test."""
    pages = []

    def entered(**options):
        page = at_start(page_for(kim, **options))
        if not pages:
            forget(page)
        pages.append(page)
        return page

    yield entered
    forget(pages[0])


def forget(page, **chosen):
    """Send the form as it is at the beginning but for what is chosen, past the page that is open."""
    context, url = page.context, page.url.partition("/preferences")[0]
    origin = re.match(r"https?://[^/]+", url)[0]
    token = re.search(r'data-csrf="([^"]+)"', context.request.get(f"{origin}{PATH}").text())[1]
    fields = {**BEGINNING, **chosen, "csrfmiddlewaretoken": token}
    assert context.request.post(f"{origin}{PATH}", form=fields, headers={"Origin": origin}).ok


def prefer(page, **chosen):
    """Choose by what stands on the page: `Theme="Dark"`, and True or False for a box by its words."""
    page.goto(PATH)
    for label, answer in chosen.items():
        if isinstance(answer, bool):
            page.get_by_role("checkbox", name=label).set_checked(answer)
        else:
            page.get_by_role("group", name=label.replace("_", " ")).get_by_label(answer, exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_in_viewport()
    return page


def ends(part):
    """How far to the right it goes, in pixels."""
    box = part.bounding_box()
    return box["x"] + box["width"]


def is_dark(page):
    return page.evaluate(f"/oklch\\(0?\\.[0-4]/.test({PAPER})")


# The page


@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS.keys())
def test_the_page_has_nothing_axe_objects_to_by_either_theme(enter, options):
    page = enter(**options)
    for theme in ("Light", "Dark"):
        prefer(page, Theme=theme)
        wait_until_quiet(page)
        expect_no_violations(page)


@pytest.mark.parametrize("size", ["Small", "Normal", "Larger"])
def test_on_a_phone_everything_on_it_fits_and_is_large_enough_for_a_thumb(enter, size):
    page = prefer(enter(**PHONE), Text_size=size)
    assert overflow(page) == 0
    assert small_targets(page, within=".preferences") == []


def test_the_button_hides_nothing_that_has_the_focus(enter):
    page = enter(**{**PHONE, "has_touch": False, "is_mobile": False})
    page.goto(PATH)
    page.locator(".preferences input[type=radio]").first.focus()
    save = page.get_by_role("button", name="Save")
    while not save.evaluate("one => one === document.activeElement"):
        box, above = page.locator(":focus").bounding_box(), page.locator(".preferences__actions").bounding_box()
        assert box["y"] + box["height"] <= above["y"]
        page.keyboard.press("Tab")


def test_it_works_without_scripts(enter):
    page = prefer(enter(java_script_enabled=False, color_scheme="light"), Theme="Dark", Density="Compact")
    for name in ("Dark", "Compact"):
        expect(page.get_by_role("radio", name=name)).to_be_checked()
    expect(page).to_have_title(re.compile("^Saved. Preferences"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_saving_in_two_tabs_keeps_the_changes_of_both(enter):
    page = enter()
    other = page.context.new_page()
    other.goto(PATH)
    prefer(page, Theme="Dark", **{"Play a sound": True})
    other.get_by_role("radio", name="Compact").check()
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    for name in ("Dark", "Compact"):
        expect(other.get_by_role("radio", name=name)).to_be_checked()
    expect(other.get_by_role("checkbox", name="Play a sound")).to_be_checked()


def test_that_all_is_saved_is_said_until_something_is_changed(enter):
    page = prefer(enter(), Density="Compact")
    outcome = page.get_by_role("status").filter(has_text="Saved.")
    expect(outcome).to_be_visible()
    wait_until_quiet(page)
    page.get_by_role("radio", name="Comfortable").check()
    expect(outcome).to_have_count(0)


@pytest.mark.console("422")
def test_what_is_not_offered_is_refused_in_words_and_nothing_changes(enter):
    page = enter()
    page.goto(PATH)
    page.get_by_role("radio", name="Dark").evaluate("one => { one.value = 'sepia'; one.checked = true; }")
    page.get_by_role("button", name="Save").click()
    expect(alert(page)).to_contain_text("Nothing was saved")
    page.goto(PATH)
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))


# The theme


@pytest.mark.parametrize(("device", "theme"), [("light", "Dark"), ("dark", "Light")])
def test_a_chosen_theme_holds_whatever_the_device_has(enter, device, theme):
    page = enter(color_scheme=device)
    assert is_dark(page) == (device == "dark")
    prefer(page, Theme=theme)
    assert is_dark(page) == (theme == "Dark")
    page.goto("/people/")
    assert is_dark(page) == (theme == "Dark")


def test_without_a_choice_the_theme_follows_the_device(enter):
    page = enter(color_scheme="light")
    assert not is_dark(page)
    page.emulate_media(color_scheme="dark")
    assert is_dark(page)


@pytest.mark.parametrize(("device", "theme"), [("light", "Dark"), ("dark", "Light")])
def test_coloured_conversations_can_be_read_by_a_chosen_theme(enter, talk, device, theme):
    page = open_conversation(prefer(enter(color_scheme=device), Theme=theme), talk)
    wait_until_quiet(page)
    for color, muted, paper, contrast in page.evaluate(CONTRASTS, list(EXTREMES)):
        assert contrast >= 4.5, (color, muted, paper)


# Sizes


def test_a_larger_text_is_larger_everywhere_and_nothing_is_cut(enter, talk):
    page = open_conversation(enter(**PHONE), talk)
    normal = page.evaluate(SIZES)
    for name, factor in (("Large", 1.125), ("Larger", 1.25)):
        open_conversation(prefer(page, Text_size=name), talk)
        assert page.evaluate(SIZES) == pytest.approx({part: size * factor for part, size in normal.items()})
        assert overflow(page) == 0
        expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_the_persons_menu_fits_the_narrowest_screen_with_long_words_in_the_largest_text(enter):
    page = enter(**NARROW)
    forget(page, text_size="larger", language="hu")
    expect(page.locator("html")).to_have_attribute("lang", "hu")  # the page has followed
    at_start(page)
    page.locator(".topbar__person > summary").click()
    assert ends(page.locator(".topbar__person .menu__panel")) <= NARROW["viewport"]["width"]


def test_the_shortcuts_fit_the_narrowest_screen_with_long_words_in_the_largest_text(enter):
    page = enter(**NARROW)
    forget(page, text_size="larger", language="hu")
    expect(page.locator("html")).to_have_attribute("lang", "hu")  # the page has followed
    page.goto("/shortcuts/")
    expect(page.locator("html")).to_have_attribute("data-scripts", "on")
    page.keyboard.press("?")
    expect(page.locator("dialog .shortcuts")).to_be_visible()
    for place in (".page-pane__content", "dialog"):
        assert page.locator(place).evaluate("one => one.scrollWidth - one.clientWidth") == 0
        assert ends(page.locator(f"{place} .shortcuts")) <= ends(page.locator(f"{place} .shortcuts__note")) + 1


def test_a_smaller_text_is_smaller_but_for_what_phones_would_zoom_in_on(enter, talk):
    page = open_conversation(enter(**PHONE), talk)
    normal = page.evaluate(SIZES)
    open_conversation(prefer(page, Text_size="Small"), talk)
    small = page.evaluate(SIZES)
    assert small[WORDS] == pytest.approx(normal[WORDS] * 0.875)
    assert small[".composer__text"] >= 16
    assert small_targets(page) == []


def test_compact_shows_more_and_leaves_thumbs_their_room(enter, talk):
    page = open_conversation(enter(), talk)
    comfortable = page.evaluate(HEIGHTS)
    open_conversation(prefer(page, Density="Compact"), talk)
    compact = page.evaluate(HEIGHTS)
    assert all(compact[part] < 0.95 * comfortable[part] for part in comfortable)
    phone = enter(**PHONE)
    assert small_targets(phone) == []


# Times


@pytest.mark.parametrize(("clock", "looks"), [("13:45", r"^\d\d:\d\d$"), ("1:45 PM", r"^\d\d?:\d\d\s[AP]M$")])
@pytest.mark.parametrize("locale", ["en-US", "en-GB"])
def test_times_are_told_by_the_chosen_clock_on_every_page(enter, talk, clock, looks, locale):
    page = open_conversation(prefer(enter(locale=locale), Times=clock), talk)
    expect(page.locator("[data-message] time").last).to_have_text(re.compile(looks, re.IGNORECASE))
    page.goto("/sign-ins/")
    expect(page.locator(".page-list time").first).to_have_text(re.compile(looks[1:], re.IGNORECASE))


def test_without_scripts_the_server_tells_times_by_the_chosen_clock(enter, talk):
    page = enter(java_script_enabled=False)
    time = page.locator("[data-message] time").last
    page.goto(f"/conversations/{talk}/")
    expect(time).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC$"))
    prefer(page, Times="1:45 PM").goto(f"/conversations/{talk}/")
    expect(time).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d?:\d\d [AP]M UTC$"))


# Writing


def test_enter_can_begin_a_line_and_ctrl_enter_sends(enter, talk):
    page = open_conversation(prefer(enter(), **{"Enter sends": False}), talk)
    text = unique("Two lines")
    composer(page).fill(text)
    composer(page).press("Enter")
    page.keyboard.type("of it")
    expect(composer(page)).to_have_value(f"{text}\nof it")
    composer(page).press("Control+Enter")
    expect(composer(page)).to_have_value("")
    expect(page.locator(".message__text").filter(has_text=f"{text}\nof it")).to_have_count(1)


def test_enter_sends_and_so_does_ctrl_enter_as_long_as_nobody_says_otherwise(enter, talk):
    page, text = open_conversation(enter(), talk), unique("By Ctrl and Enter")
    expect(write(page, unique("By Enter"))).to_have_count(1)
    composer(page).fill(text)
    composer(page).press("Control+Enter")
    expect(row(page, text)).to_have_count(1)


# Where a conversation opens


@pytest.mark.parametrize(("choice", "end"), [("at the latest message", True), ("at the first unread message", False)])
def test_a_conversation_opens_where_the_person_wants(enter, alice, talk, sandbox, choice, end):
    page = open_conversation(enter(), talk)  # read, and left again
    wait_until(lambda: page.reload() and page.locator("[data-read-at]").count(), "the marker")
    prefer(page, A_conversation_opens=choice)
    for n in range(30):
        fields = {"from": alice.email, "conversation": talk, "text": f"{n}", "silent": n < 29}
        sandbox.control("say", fields)
    expect_live(page)
    open_conversation(page, talk)
    expect(page.get_by_role("separator", name="New messages")).to_be_attached()
    assert at_end(page) == end


# Other tabs


def test_another_tab_follows_without_being_loaded_again(enter, talk):
    other = open_conversation(enter(color_scheme="light"), talk)
    wait_until_quiet(other)
    to_end(other)
    other.evaluate("window.untouched = true")
    prefer(enter(), Theme="Dark", Density="Compact", Text_size="Large", Times="13:45", **{"Enter sends": False})
    root = other.locator("html")
    for name, value in {"theme": "dark", "density": "compact", "text": "large", "time": "24", "enter": "line"}.items():
        expect(root).to_have_attribute(f"data-{name}", value)
    assert is_dark(other)
    expect(other.locator("meta[name=color-scheme]")).to_have_attribute("content", "dark")
    expect(other.locator("meta[name=theme-color]").first).to_have_attribute("media", "not all")
    expect(other.locator("[data-message] time").last).to_have_text(re.compile(r"^\d\d:\d\d$"))
    assert at_end(other)
    assert other.evaluate("window.untouched")


def test_what_is_taken_back_is_taken_back_in_other_tabs_too(enter, talk):
    page = enter(color_scheme="light")
    prefer(page, Theme="Dark", Times="13:45")
    other = open_conversation(enter(color_scheme="light"), talk)
    prefer(page, Theme="As on this device", Times="1:45 PM")
    expect(other.locator("html")).not_to_have_attribute("data-theme", re.compile(""))
    expect(other.locator("html")).to_have_attribute("data-time", "12")
    assert not is_dark(other)


def test_the_open_table_of_shortcuts_says_what_enter_does_now(enter, talk):
    other = open_conversation(enter(), talk)
    composer(other).evaluate("one => one.blur()")
    wait_until_quiet(other)
    other.keyboard.press("?")
    expect(other.get_by_role("dialog").get_by_role("row", name="Send")).to_contain_text(re.compile("Send\\s*Enter"))
    other.keyboard.press("Escape")
    prefer(enter(), **{"Enter sends": False})
    expect(other.locator("html")).to_have_attribute("data-enter", "line")
    other.keyboard.press("?")
    expect(other.get_by_role("dialog").get_by_role("row", name="Send")).to_contain_text("Ctrl Enter")


# The language of other tabs


@pytest.fixture
def beside(enter):
    """Another tab of Kim's, at which nobody looks."""
    other = enter()
    other.add_init_script(NOBODY_LOOKS)
    return other


def test_another_tab_becomes_hungarian_and_english_again_with_its_draft(beside, talk):
    text = unique("Half written")
    composer(open_conversation(beside, talk)).fill(text)
    for language, lang in (("hu", "hu"), ("", "en")):
        forget(beside, language=language)
        expect(beside.locator("html")).to_have_attribute("lang", lang)
        expect_live(beside)
        expect(composer(beside)).to_have_value(text)
    beside.evaluate("window.untouched = true")
    forget(beside, theme="dark")
    expect(beside.locator("html")).to_have_attribute("data-theme", "dark")
    assert beside.evaluate("window.untouched")
    composer(beside).fill("")


def test_a_tab_that_has_the_language_already_is_not_loaded_again(enter, talk):
    other = open_conversation(enter(locale="hu-HU"), talk)
    other.evaluate("window.untouched = true")
    for theme in ("dark", "light"):
        forget(other, language="hu", theme=theme)
        expect(other.locator("html")).to_have_attribute("data-theme", theme)
    expect(other.locator("html")).to_have_attribute("data-language", "hu")
    assert other.evaluate("window.untouched")


def test_words_that_the_browser_keeps_follow_into_another_language(page_for, full, alice):
    page = page_for(alice, base_url=full.url)
    page.add_init_script(NOBODY_LOOKS)
    page.goto("/alerts/new/")
    wait_until_quiet(page)
    page.locator("#alert-text").fill("At noon")
    expect_follows(page)
    expect(page.locator("#alert-text")).to_have_value("At noon")


def test_a_form_that_is_not_sent_is_not_lost_to_another_language(beside):
    beside.goto("/workspaces/new/")
    name = beside.locator("#workspacename")
    name.fill("kim.ozeki.chat")
    expect_waits(beside)
    expect(name).to_have_value("kim.ozeki.chat")
    name.fill("")
    expect_follows(beside)


def test_a_choice_that_is_not_saved_is_not_lost_to_another_language(beside):
    beside.goto(PATH)
    sound = beside.locator("[name=sound]")
    sound.check()
    expect_waits(beside)
    expect(sound).to_be_checked()
    sound.uncheck()
    expect_follows(beside)


def test_whoever_is_writing_is_not_interrupted_by_another_language(enter, talk):
    page = open_conversation(enter(), talk)
    composer(page).press_sequentially("Half a wo")
    expect_waits(page)
    composer(page).press_sequentially("rd")
    expect(composer(page)).to_have_value("Half a word")
    composer(page).fill("")
    expect_follows(page)


def test_what_went_wrong_is_not_taken_away_by_another_language(beside):
    beside.goto(f"{PATH}?saved")
    beside.evaluate("document.querySelector('#alerts').innerHTML = '<p>That did not work.</p>'")
    expect_waits(beside)
    expect(alert(beside)).to_have_text("That did not work.")


def test_an_export_under_way_is_not_cut_off_by_another_language(beside, talk, kim, sandbox):
    beside.goto(f"/conversations/{talk}/export/")
    wait_until_quiet(beside)
    slow = {"api": "chatconversation", "action": "downloadpartial", "fault": "slow", "seconds": 3, "times": 9}
    sandbox.control("faults", {**slow, "userid": kim.userid})
    with beside.expect_download():
        beside.get_by_role("link", name="Export as text").click()
        expect(beside.get_by_role("progressbar")).to_be_visible()
        expect_waits(beside)
    expect(beside.get_by_text("The file is saved.")).to_be_visible()
    expect_follows(beside)


def expect_waits(page):
    """The tab hears of another language, and stays as it is."""
    expect_live(page)
    forget(page, language="hu", theme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def expect_follows(page):
    """It becomes Hungarian with the next frame, which comes within a minute or, as here, with another preference."""
    forget(page, language="hu", theme="light")
    expect(page.locator("html")).to_have_attribute("lang", "hu")
