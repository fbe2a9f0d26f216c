"""What people wrote, as it is read: code, quotes, emoji, and texts that fold because they are long."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    at_end,
    composer,
    conversation_of,
    history,
    message,
    open_conversation,
    overflow,
    to_end,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import NARROW, PHONE, WINDOWS, expect_no_violations, small_targets

TEXTS = (
    "Look at `chat/rendering.py`, and at ``this`` too.",
    "This is it:\n```python\ndef two():\n\n    return 1 + 1\n```\nNot much.",
    "```\n  indented\n\ttabbed\n```",
    "```all in one line```",
    "> Is the room free?\n> It is `free`.\n> > Sure?\n\nThank you.\n>Well, https://example.org/",
    "not `code, > not a quote\n```\nnor closed",
)
LONG = "A line of a long text, with words in it.\n" * 2_500 + "Here it ends."
COPIED = """(text) => {
    getSelection().selectAllChildren(text);
    const copied = getSelection().toString();
    getSelection().empty();
    return [text.textContent, copied];
}"""
FIND = "words => find(words, false, false, true)"  # from where the caret is, and on from the beginning
TOP = "one => one.getBoundingClientRect().top"
SIZE = "one => parseFloat(getComputedStyle(one).fontSize)"


@pytest.fixture
def talk(alice, bob):
    return conversation_of(alice, bob)


@pytest.fixture
def page(page_for, alice, talk):
    page = open_conversation(page_for(alice), talk)
    to_end(page)  # it opens where other tests left something unread
    return page


@pytest.fixture
def say(sandbox, bob, talk):
    """`say(text)`: Bob's message, by its id."""
    return lambda text: sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})["id"]


def shown(page, id):
    """A message's text, once it is there."""
    text = message(page, id).locator(".message__text")
    expect(text).to_have_count(1)
    return text


def height(text):
    return text.bounding_box()["height"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_page_and_a_copy_hold_exactly_what_was_written(page, say, text):
    assert shown(page, say(text)).evaluate(COPIED) == [text, text]


def test_what_one_sends_oneself_is_marked_up_too(page):
    text = unique("It is `code`")
    sent = write(page, text)
    expect(sent.locator("code")).to_have_text("code")
    assert sent.locator(".message__text").evaluate(COPIED) == [text, text]


def test_the_marks_are_out_of_sight_and_found(page, say):
    name = unique("name")
    text = shown(page, say(f"```\n{name}\n```\n> quoted `{name}`"))
    for mark in text.locator(".message__mark").all():
        assert height(mark) < 1
    assert page.evaluate(FIND, f"`{name}`")


def test_marks_take_no_room(page, say):
    marked, plain = shown(page, say("> one\n> `two`")), shown(page, say("one\ntwo"))
    assert height(marked) == height(plain)
    fenced, bare = shown(page, say("```\none\n```")), shown(page, say("```one```"))
    assert height(fenced) == height(bare)


def test_a_few_emoji_are_large_and_words_are_not(page, say):
    emoji, words = shown(page, say("👩‍👩‍👧‍👦 🇭🇺")), shown(page, say("Hello 🇭🇺"))
    assert emoji.evaluate(SIZE) > 1.5 * words.evaluate(SIZE)


def test_code_and_quotes_are_no_wider_than_the_narrowest_screen(page_for, alice, talk, say):
    page = open_conversation(page_for(alice, **NARROW), talk)
    word = "W" * 300
    shown(page, say(f"`{word}`\n```\n{word}\n```\n> {word}\n" + "> " * 200))
    assert overflow(page) <= 0
    assert history(page).evaluate("list => list.scrollWidth - list.clientWidth") <= 0


# Long texts


def test_a_long_text_arrives_folded_and_is_there_in_full(page, say):
    text = shown(page, say(LONG))
    assert height(text) < 400
    assert text.evaluate(COPIED) == [LONG, LONG]
    assert at_end(page)


def test_a_text_that_is_not_long_does_not_fold(page, say):
    id = say("A line\n" * 30)
    expect(message(page, id).get_by_role("button", name="Show all")).to_have_count(0)
    assert height(shown(page, id)) > 600


def test_opening_and_folding_move_nothing_that_is_pointed_at(page, say):
    id = say(LONG)
    text = shown(page, id)
    top = text.evaluate(TOP)
    message(page, id).get_by_role("button", name="Show all").click()
    assert height(text) > 10_000
    assert text.evaluate(TOP) == top
    shown(page, say("Something new"))
    assert text.evaluate(TOP) == top
    less = message(page, id).get_by_role("button", name="Show less")
    less.scroll_into_view_if_needed()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    less.click()
    more = message(page, id).get_by_role("button", name="Show all")
    expect(more).to_be_in_viewport()
    expect(more).to_be_focused()
    assert height(text) < 400


def test_folding_keeps_its_button_where_it_was_pressed(page, say):
    id = say(LONG)
    message(page, id).get_by_role("button", name="Show all").click()
    for n in range(30):  # so that there is something below to come up
        last = say(f"After it {n}")
    shown(page, last)
    button = message(page, id).locator(".message__fold")
    button.evaluate("one => one.scrollIntoView({ block: 'center' })")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    top = button.evaluate(TOP)
    button.click()
    assert abs(button.evaluate(TOP) - top) < 1


def test_a_long_text_that_comes_in_below_does_not_move_the_reader(page, say):
    first = say("A line\n" * 25)
    for _ in range(3):
        last = say("A line\n" * 25)
    shown(page, last)
    history(page).evaluate("(list, id) => document.getElementById(id).scrollIntoView()", f"message-{first}")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    top = shown(page, first).evaluate(TOP)
    shown(page, say(LONG))
    assert shown(page, first).evaluate(TOP) == top


def test_what_was_opened_stays_open_when_the_page_is_made_anew(page, say):
    id = say(LONG)
    message(page, id).get_by_role("button", name="Show all").click()
    page.evaluate(
        """async () => {
            const html = await (await fetch(location.href, { headers: { "HX-Request": "true" } })).text();
            const template = Object.assign(document.createElement("template"), { innerHTML: html });
            template.content.querySelector(".message__text").append("!");
            document.dispatchEvent(new CustomEvent("live:conversation", { detail: template.content }));
        }"""
    )
    assert height(shown(page, id)) > 10_000


def test_words_in_a_folded_text_are_found(page, say):
    needle = unique("needle")
    shown(page, say(f"{LONG}\n{needle} and more"))
    assert page.evaluate(FIND, needle)
    assert page.evaluate("getSelection().toString()") == needle


def test_words_that_the_browser_finds_in_a_folded_text_open_it(page, talk, say):
    """By an address that names them: pressing Ctrl+F is beyond a test."""
    needle = unique("needle").replace(" ", "-")
    id = say(f"{LONG}\n{needle} and more")
    page.goto("about:blank")
    page.goto(f"/conversations/{talk}/#:~:text={needle.replace('-', '%2D')}")
    expect(message(page, id).get_by_role("button", name="Show less")).to_have_count(1)


def test_a_link_in_a_folded_text_that_gets_the_focus_opens_it_there(page, say):
    id = say(f"{LONG}\nhttps://example.org/ and more\n" + "and more\n" * 50)
    text = shown(page, id)
    link = text.get_by_role("link")
    expect(link).not_to_be_in_viewport()
    link.focus()
    expect(message(page, id).get_by_role("button", name="Show less")).to_have_count(1)
    expect(link).to_be_in_viewport()
    assert text.evaluate("one => one.scrollTop") == 0
    assert height(text) > 10_000


def test_on_paper_everything_is_there(page, say):
    id = say(LONG)
    shown(page, id)
    page.emulate_media(media="print")
    assert height(shown(page, id)) > 10_000
    expect(message(page, id).locator(".message__fold")).to_be_hidden()


def test_without_scripts_nothing_is_folded(page_for, alice, talk, say):
    id = say(LONG)
    page = page_for(alice, java_script_enabled=False)
    page.goto(f"/conversations/{talk}/")
    assert height(shown(page, id)) > 10_000
    expect(message(page, id).locator(".message__fold")).to_be_hidden()


@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS.keys())
def test_axe_has_nothing_against_it(page_for, alice, talk, say, options):
    page = open_conversation(page_for(alice, **options), talk)
    for text in (*TEXTS, "🌻🌻", LONG):
        last = say(text)
    shown(page, last)
    wait_until_quiet(page)
    expect_no_violations(page)


def test_a_thumb_can_open_it(page_for, alice, talk, say):
    page = open_conversation(page_for(alice, **PHONE), talk)
    id = say(LONG)
    shown(page, id)
    assert small_targets(page, within="#conversation") == []
    message(page, id).get_by_role("button", name="Show all").tap()
    assert height(shown(page, id)) > 10_000
    expect(composer(page)).to_be_in_viewport()
