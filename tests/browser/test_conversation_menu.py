"""The conversation's menu: by mouse, keyboard and thumb, and without scripts. Every tab follows, all can be undone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    composer,
    conversation_of,
    expect_live,
    open_conversation,
    overflow,
    row,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import PHONE, expect_no_violations, small_targets, tab_to
from tests.device import Device
from tests.processes import wait_until

EXTREMES = (
    *("#000000", "#010101", "#7f7f7f", "#808080", "#fefefe", "#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff"),
    *("#ff00ff", "#ffb3ba", "#ffd3b0", "#fff3b0", "#baffc9", "#b3ece7", "#bae1ff", "#d7c4ff", "#d5d9de", "#123456"),
)
# A contrast by WCAG's formula, of colours as the browser paints them.
CONTRASTS = """(colors) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
            .map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const row = document.querySelector("#conversation-list .conversation:not(:has([aria-current]))");
    const [link, title] = [row.querySelector("a"), row.querySelector(".conversation__title")];
    const found = [];
    for (const color of colors) for (const muted of [false, true]) {
        row.dataset.color = color;
        row.style.setProperty("--conversation-color", color);
        row.toggleAttribute("data-muted", muted);
        const [paper, ink] = [getComputedStyle(link).backgroundColor, getComputedStyle(title).color].map(luminance);
        const contrast = (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
        found.push([color, muted, getComputedStyle(link).backgroundColor, contrast]);
    }
    return found;
}"""


@pytest.fixture
def maria(sandbox):
    return sandbox.people["maria"]


@pytest.fixture
def zsofi(sandbox):
    return sandbox.people["zsofi"]


@pytest.fixture
def phone(sandbox, maria):
    """Another client of Maria's."""
    return Device(sandbox, maria)


@pytest.fixture
def talk(maria, zsofi, phone):
    """Maria's conversation with Zsófi, left as it was found."""
    id = conversation_of(maria, zsofi)
    yield id
    for action in ("unfavorite", "unmute", "unhide"):
        phone.call("chatconversation", action, conversationid=id)
    phone.call("chatconversation", "setlistitembackgroundcolor", conversationid=id, color="#ffffff")


@pytest.fixture
def page(page_for, maria, talk):
    page = open_conversation(page_for(maria), talk)
    return page


@pytest.fixture
def tab(page, talk):
    """A second tab of the same sign-in."""
    tab = open_conversation(page.context.new_page(), talk)
    yield tab
    tab.close()


@pytest.fixture
def device(page_for, maria, talk):
    """A second sign-in."""
    device = open_conversation(page_for(maria), talk)
    return device


def summary(page):
    return page.locator("summary[aria-label='Conversation menu']")


def item(page, name):
    """An item of the menu, whether that is open or not."""
    return page.locator("#conversation-header .menu__item").filter(has_text=re.compile(f"^\\s*{name}\\b"))


def choose(page, name):
    summary(page).click()
    item(page, name).click()


def listed(page, id):
    return page.locator(f'#conversation-list [data-conversation="{id}"]')


def to_another(page, talk):
    """Opens the first other conversation in the list."""
    page.locator(f'#conversation-list [data-conversation]:not([data-conversation="{talk}"]) a').first.click()
    expect(page.locator(f'#conversation:not([data-conversation="{talk}"])')).to_be_attached()


def done(page):
    return page.locator("#done[role=status]")


def undo(page):
    done(page).get_by_role("button", name="Undo").click()


SWITCHES = [
    ("Add to favourites", "Remove from favourites", "data-favorite", "Added to favourites"),
    ("Mute", "Unmute", "data-muted", "Muted"),
]


@pytest.mark.parametrize(("name", "opposite", "mark", "words"), SWITCHES)
def test_a_choice_and_its_undoing_are_seen_in_every_tab(page, tab, device, talk, name, opposite, mark, words):
    choose(page, name)
    expect(done(page)).to_contain_text(words)
    expect(summary(page)).to_be_focused()
    for each in (page, tab, device):
        expect(listed(each, talk)).to_have_attribute(mark, "")
        expect(item(each, opposite)).to_have_count(1)
    undo(page)
    for each in (page, tab, device):
        expect(listed(each, talk)).not_to_have_attribute(mark, re.compile(""))
        expect(item(each, name)).to_have_count(1)
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))


def test_a_favourite_goes_to_the_top_and_back(page, talk):
    ids = "rows => rows.map(row => row.dataset.conversation)"
    rows = page.locator("#conversation-list .conversation")
    before = rows.evaluate_all(ids)
    choose(page, "Add to favourites")
    expect(rows.first).to_have_attribute("data-conversation", talk)
    undo(page)
    expect(listed(page, talk)).not_to_have_attribute("data-favorite", re.compile(""))
    wait_until(lambda: rows.evaluate_all(ids) == before, "the order of before")


def test_what_the_other_tab_chose_can_be_unchosen_here(page, tab, talk):
    choose(page, "Mute")
    expect(item(tab, "Unmute")).to_have_count(1)
    choose(tab, "Unmute")
    expect(done(tab)).to_contain_text("No longer muted")
    expect(item(page, "Mute")).to_have_count(1)
    expect(listed(page, talk)).not_to_have_attribute("data-muted", re.compile(""))


def test_marking_as_unread_is_said_in_place_of_what_was_done_before(page, sandbox, talk):
    sandbox.control("say", {"from": "zsofi@example.org", "conversation": talk, "text": "Later"})
    choose(page, "Mute")
    expect(done(page)).to_contain_text("Muted.")
    choose(page, "Mark as unread")
    expect(done(page)).to_have_text("Marked as unread.")
    expect(summary(page)).to_be_focused()


def test_the_same_choice_in_two_tabs_at_once_ends_the_same_in_both(page, tab, talk):
    held = []
    for each in (page, tab):
        each.route("**/preferences/", lambda route: held.append(route))
        with each.expect_request("**/preferences/"):
            choose(each, "Mute")
    assert len(held) == 2
    for route in held:
        route.continue_()
    for each in (page, tab):
        expect(listed(each, talk)).to_have_attribute("data-muted", "")
        expect(item(each, "Unmute")).to_have_count(1)
        expect(alert(each)).to_have_text("")


def test_an_open_menu_stays_open_when_something_changes_elsewhere(page, tab, talk):
    summary(page).click()
    choose(tab, "Mute")
    expect(item(page, "Unmute")).to_be_visible()
    item(page, "Unmute").click()
    expect(item(tab, "Mute")).to_have_count(1)


# Hiding


def test_hiding_leaves_for_the_start_page_and_undoing_reopens(page, tab, device, talk):
    choose(page, "Hide")
    page.wait_for_url(lambda url: "/?undo=" in url)
    expect(done(page)).to_contain_text("Hidden")
    for each in (page, tab, device):
        expect(listed(each, talk)).to_have_count(0)
    expect(item(tab, "Unhide")).to_have_count(1)
    undo(page)
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/"))
    for each in (page, tab, device):
        expect(listed(each, talk)).to_have_count(1)
    expect(item(tab, "Hide")).to_have_count(1)


def test_a_hidden_one_comes_back_with_a_message_in_every_tab(page, tab, talk, sandbox, zsofi):
    choose(page, "Hide")
    page.wait_for_url(lambda url: "/?undo=" in url)
    for each in (page, tab):
        expect(listed(each, talk)).to_have_count(0)
    sandbox.control("say", {"from": zsofi.email, "conversation": talk, "text": unique("Back again")})
    for each in (page, tab):
        expect(listed(each, talk)).to_have_count(1)


def test_the_focus_on_a_row_that_goes_moves_to_another(page, talk, phone, zsofi):
    listed(page, talk).get_by_role("link").focus()
    mine = phone.conversation(zsofi)
    mark = f"{mine['instance']};{mine['lastmessageid']}"
    phone.call("chatconversation", "hide", conversationid=talk, hideid=mark)
    expect(listed(page, talk)).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('.conversation__link')")


def test_hidden_ones_are_found_and_unhidden_by_the_persons_menu(page, talk):
    choose(page, "Hide")
    page.wait_for_url(lambda url: "/?undo=" in url)
    page.locator(".topbar__person summary").click()
    page.get_by_role("link", name="Hidden and blocked").click()
    page.get_by_role("button", name="Unhide Zsófi").click()
    expect(done(page)).to_contain_text("Shown again")
    expect(page.get_by_text("None. You can hide a conversation")).to_be_visible()
    expect(listed(page, talk)).to_have_count(1)


def test_the_page_of_what_is_hidden_follows_what_is_hidden_and_shown_elsewhere(page, tab, talk):
    tab.goto("/conversations/hidden/")
    expect_live(tab)
    wait_until_quiet(tab)
    hidden = tab.get_by_role("region", name="Hidden conversations")
    link = hidden.locator(f"a[href='/conversations/{talk}/']")
    expect(link).to_have_count(0)
    choose(page, "Hide")
    expect(link).to_have_count(1)
    page.wait_for_url(lambda url: "/?undo=" in url)
    undo(page)
    expect(link).to_have_count(0)


# Colours


def test_a_colour_is_chosen_in_a_dialog_and_undone_to_the_one_before(page, tab, talk):
    choose(page, "Colour")
    dialog = page.get_by_role("dialog", name="Colour")
    dialog.get_by_role("button", name="Sky").click()
    expect(dialog).to_be_hidden()
    for each in (page, tab):
        expect(listed(each, talk)).to_have_attribute("data-color", "#bae1ff")
    choose(page, "Colour")
    expect(dialog.get_by_role("button", name="Sky")).to_have_attribute("aria-pressed", "true")
    dialog.get_by_label("Another colour").fill("#12ab34")
    dialog.get_by_role("button", name="Use it").click()
    for each in (page, tab):
        expect(listed(each, talk)).to_have_attribute("data-color", "#12ab34")
    expect(done(page)).to_contain_text("Colour changed")
    undo(page)
    for each in (page, tab):
        expect(listed(each, talk)).to_have_attribute("data-color", "#bae1ff")
    choose(page, "Colour")
    dialog.get_by_role("button", name="No colour").click()
    expect(done(page)).to_contain_text("Colour removed")
    for each in (page, tab):
        expect(listed(each, talk)).not_to_have_attribute("data-color", re.compile(""))


@pytest.mark.parametrize("leave", ["Escape", "Cancel", "beside"])
def test_the_dialog_can_be_left_and_the_focus_returns(page, talk, leave):
    choose(page, "Colour")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if leave == "Escape":
        page.keyboard.press("Escape")
    elif leave == "Cancel":
        dialog.get_by_role("button", name="Cancel").click()
    else:
        page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()
    expect(summary(page)).to_be_focused()
    expect(listed(page, talk)).not_to_have_attribute("data-color", re.compile(""))


def test_the_dialog_is_not_shown_before_it_has_its_style(page, talk):
    asked = []
    page.route("**/palette*.css", lambda route: asked.append(route))
    choose(page, "Colour")
    wait_until(lambda: page.evaluate("1") and asked, "the style sheet was asked for")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_hidden()
    asked[0].continue_()
    expect(dialog).to_be_visible()
    assert dialog.bounding_box()["x"] > 100


@pytest.mark.console("ERR_FAILED")
def test_where_the_dialog_cannot_be_had_the_page_comes(page, talk):
    page.route("**/elements/dialog*.js", lambda route: route.abort())
    choose(page, "Colour")
    expect(page.get_by_role("heading", name="Colour of Zsófi")).to_be_visible()
    page.get_by_role("button", name="Mint").click()
    expect(page).to_have_url(re.compile(rf"/conversations/{talk}/\?"))
    expect(listed(page, talk)).to_have_attribute("data-color", "#baffc9")


def test_going_back_closes_the_dialog_that_was_about_another_conversation(page, talk):
    to_another(page, talk)
    choose(page, "Colour")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", talk)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_dialog_that_comes_late_does_not_open_over_another_conversation(page, talk):
    held = []
    page.route(f"**/{talk}/preferences/", lambda route: held.append(route))
    with page.expect_request(f"**/{talk}/preferences/"):
        choose(page, "Colour")
    to_another(page, talk)
    with page.expect_response(f"**/{talk}/preferences/"):
        held[0].continue_()
    wait_until_quiet(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_leaves_the_words_readable(page_for, maria, talk, scheme):
    page = open_conversation(page_for(maria, color_scheme=scheme), talk)
    found = page.evaluate(CONTRASTS, EXTREMES)
    assert [one for one in found if one[3] < 4.5] == []
    assert len({background for _, _, background, _ in found}) > 10  # or no colour would be seen at all


# Offering to undo


def test_the_offer_goes_by_itself_but_not_while_it_has_the_focus(page):
    choose(page, "Mute")
    offer = done(page).locator(".done")
    button = done(page).get_by_role("button", name="Undo")
    expect(button).to_be_visible()
    assert float(offer.evaluate("one => one.getAnimations()[0].effect.getComputedTiming().endTime")) >= 8_000
    button.focus()
    assert offer.evaluate("one => one.getAnimations()[0].playState") == "paused"
    composer(page).focus()
    offer.evaluate("one => one.getAnimations()[0].finish()")
    expect(button).to_be_hidden()


def test_who_wants_no_motion_is_offered_it_as_long_and_no_longer(page_for, maria, talk):
    page = open_conversation(page_for(maria, reduced_motion="reduce"), talk)
    choose(page, "Mute")
    offer = done(page).locator(".done")
    expect(offer).to_be_visible()
    end = float(offer.evaluate("one => one.getAnimations()[0].effect.getComputedTiming().endTime"))
    assert 8_000 <= end <= 20_000


@pytest.mark.parametrize("options", [{}, PHONE], ids=["wide", "phone"])
def test_the_offer_covers_no_message_and_no_button(page_for, maria, talk, options):
    page = open_conversation(page_for(maria, **options), talk)
    choose(page, "Mute")
    expect(done(page).locator(".done")).to_be_visible()
    script = """() => {
        const box = (selector) => document.querySelector(selector).getBoundingClientRect();
        const offer = box(".done");
        const others = ["#message-list", "#conversation-header .menu", ".conversation-header__back"].map(box);
        return others.map((other) => offer.top < other.bottom && other.top < offer.bottom
            && offer.left < other.right && other.left < offer.right);
    }"""
    assert page.evaluate(script) == [False, False, False]


def test_undoing_keeps_the_focus_on_the_button_that_takes_it_back(page, talk):
    choose(page, "Mute")
    done(page).get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(done(page)).to_contain_text("No longer muted")
    expect(done(page).get_by_role("button", name="Undo")).to_be_focused()


# What goes wrong


@pytest.mark.console("409")
def test_a_refusal_is_told_and_the_menu_stays_as_it_was(page, sandbox, maria, talk):
    refusal = {"api": "chatconversation", "action": "mute", "fault": "refuse", "userid": maria.userid}
    sandbox.control("faults", refusal)
    choose(page, "Mute")
    expect(alert(page)).to_contain_text("refused")
    expect(item(page, "Mute")).to_have_count(1)
    choose(page, "Mute")
    expect(done(page)).to_contain_text("Muted")
    expect(alert(page)).to_have_text("")


def test_after_a_reconnect_rows_and_menu_are_as_the_server_has_them(page, talk, phone):
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    phone.call("chatconversation", "mute", conversationid=talk)
    phone.call("chatconversation", "favorite", conversationid=talk)
    page.context.set_offline(False)
    expect(listed(page, talk)).to_have_attribute("data-muted", "")
    expect(listed(page, talk)).to_have_attribute("data-favorite", "")
    expect(item(page, "Unmute")).to_have_count(1)
    choose(page, "Unmute")
    expect(listed(page, talk)).not_to_have_attribute("data-muted", re.compile(""))


# Clearing


@pytest.mark.console("404", "409")  # what was seen just before is told of just after
def test_clearing_asks_whom_it_affects_and_empties_every_tab(page, tab, device, talk, sandbox, zsofi):
    said = unique("To be forgotten")
    write(page, said)
    for each in (page, tab, device):
        expect(row(each, said)).to_have_count(1)
    composer(tab).fill("Half a thought")
    choose(page, "Clear")
    expect(page.get_by_text("everyone in this conversation")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="Zsófi")).to_be_visible()
    page.get_by_label("Type “clear”").fill("clear")
    page.get_by_role("button", name="Delete all messages").click()
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))
    for each in (page, tab, device):
        expect(each.locator("[data-message]")).to_have_count(0)
    expect(composer(tab)).to_have_value("Half a thought")
    back = sandbox.control("say", {"from": zsofi.email, "conversation": talk, "text": unique("And on we go")})["id"]
    for each in (page, tab, device):
        expect(each.locator(f'[data-message="{back}"]')).to_have_count(1)


@pytest.mark.console("409")
def test_what_could_not_be_sent_outlives_clearing(page, talk, sandbox, maria):
    refusal = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 9, "userid": maria.userid}
    sandbox.control("faults", refusal)
    text = unique("Unsent")
    expect(write(page, text)).to_have_attribute("data-state", "failed")
    sandbox.control("clear", {"conversation": talk})
    expect(page.locator("[data-message]")).to_have_count(1)
    expect(row(page, text)).to_have_attribute("data-state", "failed")
    row(page, text).get_by_role("button", name="Discard").click()


@pytest.mark.console("422")
def test_another_word_clears_nothing(page, talk):
    page.goto(f"/conversations/{talk}/clear/")
    box = page.get_by_label("Type “clear”")
    box.fill("no")
    page.get_by_role("button", name="Delete all messages").click()
    expect(page).to_have_url(re.compile("/clear/$"))  # the browser itself objects
    box.evaluate("input => input.removeAttribute('pattern')")
    page.get_by_role("button", name="Delete all messages").click()
    expect(alert(page)).to_contain_text("Nothing was deleted")
    page.get_by_role("link", name="Keep them").click()
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))


# By keyboard, by thumb, without scripts


def test_the_keyboard_alone_chooses_undoes_colours_and_hides(page, talk):
    page.evaluate("document.activeElement.blur()")
    tab_to(page, summary(page))
    page.keyboard.press("Enter")
    tab_to(page, item(page, "Mute"))
    page.keyboard.press("Enter")
    expect(done(page)).to_contain_text("Muted")
    expect(summary(page)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(item(page, "Unmute")).to_be_hidden()
    expect(summary(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(done(page).get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Space")
    expect(done(page)).to_contain_text("No longer muted")
    expect(listed(page, talk)).not_to_have_attribute("data-muted", re.compile(""))
    tab_to(page, summary(page))
    page.keyboard.press("Enter")
    tab_to(page, item(page, "Colour"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Rose"))
    page.keyboard.press("Enter")
    expect(listed(page, talk)).to_have_attribute("data-color", "#ffb3ba")
    expect(summary(page)).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, item(page, "Hide"))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/?undo=" in url)


def test_without_scripts_everything_is_a_form(page_for, maria, talk):
    page = page_for(maria, java_script_enabled=False)
    page.goto(f"/conversations/{talk}/")
    for name, opposite, mark, words in SWITCHES:
        choose(page, name)
        expect(done(page)).to_contain_text(words)
        expect(listed(page, talk)).to_have_attribute(mark, "")
        undo(page)
        expect(listed(page, talk)).not_to_have_attribute(mark, re.compile(""))
        expect(item(page, name)).to_have_count(1)
        expect(item(page, opposite)).to_have_count(0)
    choose(page, "Colour")
    page.get_by_role("button", name="Lemon").click()
    expect(listed(page, talk)).to_have_attribute("data-color", "#fff3b0")
    undo(page)
    choose(page, "Hide")
    expect(listed(page, talk)).to_have_count(0)
    undo(page)
    expect(listed(page, talk)).to_have_count(1)
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/"))


def test_without_scripts_clearing_is_a_form(page_for, maria, talk):
    page = page_for(maria, java_script_enabled=False)
    page.goto(f"/conversations/{talk}/")
    text = unique("Plain")
    composer(page).fill(text)
    page.get_by_role("button", name="Send").click()
    expect(row(page, text)).to_have_count(1)
    choose(page, "Clear")
    page.get_by_label("Type “clear”").fill("clear")
    page.get_by_role("button", name="Delete all messages").click()
    expect(page.locator("[data-message]")).to_have_count(0)


def test_on_a_phone_the_menu_fits_and_a_thumb_hits(page_for, maria, talk):
    page = open_conversation(page_for(maria, **PHONE), talk)
    summary(page).tap()
    expect(item(page, "Clear")).to_be_in_viewport(ratio=1)
    assert overflow(page) <= 0
    assert small_targets(page) == []
    item(page, "Mute").tap()
    expect(done(page).get_by_role("button", name="Undo")).to_be_in_viewport(ratio=1)
    assert small_targets(page) == []
    summary(page).tap()
    item(page, "Colour").tap()
    expect(page.get_by_role("dialog")).to_be_in_viewport(ratio=1)
    assert small_targets(page, within="dialog") == []
    page.get_by_role("button", name="Cancel").tap()
    summary(page).tap()
    item(page, "Hide").tap()
    page.wait_for_url(lambda url: "/?undo=" in url)
    expect(done(page).get_by_role("button", name="Undo")).to_be_in_viewport(ratio=1)
    for path in (f"/conversations/{talk}/clear/", "/conversations/hidden/", f"/conversations/{talk}/preferences/"):
        page.goto(path)
        assert overflow(page) <= 0
        assert small_targets(page) == []


def test_axe_objects_to_nothing(page_for, maria, talk, phone, sandbox):
    robin = phone.conversation(sandbox.people["robin"])
    phone.call("chatconversation", "setlistitembackgroundcolor", conversationid=robin["id"], color="#ff0000")
    page = open_conversation(page_for(maria), talk)
    summary(page).click()
    expect_no_violations(page)
    item(page, "Mute").click()
    expect(done(page)).to_contain_text("Muted")
    expect_no_violations(page)
    choose(page, "Colour")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect_no_violations(page)
    page.keyboard.press("Escape")
    choose(page, "Hide")
    page.wait_for_url(lambda url: "/?undo=" in url)
    wait_until_quiet(page)
    expect_no_violations(page)
    for path in (f"/conversations/{talk}/clear/", "/conversations/hidden/", f"/conversations/{talk}/preferences/"):
        page.goto(path)
        wait_until_quiet(page)
        expect_no_violations(page)
    phone.call("chatconversation", "setlistitembackgroundcolor", conversationid=robin["id"], color="#ffffff")
