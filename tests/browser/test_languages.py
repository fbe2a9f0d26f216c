"""The portal as a Hungarian browser shows it, and from right to left."""

from __future__ import annotations

import re

import polib
import pytest
from playwright.sync_api import expect

from tests.browser.steps import composer, conversation_of, open_conversation, row, unique, wait_until_quiet
from tests.languages import SOURCES, po_file
from tests.pages import ANSWERS, PAGES, put_alerts_away, team
from tests.processes import ROOT

HUNGARIAN = {"locale": "hu-HU", "timezone_id": "Europe/Budapest"}
# Everything a page says: its title, its texts and the attributes that are read or shown. What people wrote is theirs.
SAID = """() => {
  const said = [document.title.replace(/^\\(.*?\\) /, "")];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!text.parentElement.closest("bdi, script, style, [dir=auto], kbd, code")) said.push(text.data);
  }
  for (const one of document.querySelectorAll("*"))
    for (const name of ["alt", "aria-label", "placeholder", "title"]) said.push(one.getAttribute(name) ?? "");
  return said.flatMap((words) => words.split(" · ")).map((words) => words.replace(/\\s+/g, " ").trim());
}"""

MIRROR = "addEventListener('DOMContentLoaded', () => (document.documentElement.dir = 'rtl'))"


@pytest.fixture(scope="module")
def english():
    """What of the catalogues is another word in Hungarian, as patterns."""
    entries = [entry for domain in SOURCES for entry in polib.pofile(str(po_file("hu", domain)))]
    words = {
        text
        for entry in entries
        for text in (entry.msgid, entry.msgid_plural)
        if text and text not in (entry.msgstr, *entry.msgstr_plural.values())
    }
    return re.compile("|".join(sorted(map(pattern, words))))


def pattern(words):
    """Fits these words with anything in the place of their placeholders, tags aside."""
    pieces = re.split(r"%\(\w+\)[sd]|%[sd]|\{\w+\}", re.sub(r"</?\w+>", "", words))
    return ".+?".join(map(re.escape, pieces))


def left_in_english(page, english):
    return sorted({words for words in page.evaluate(SAID) if english.fullmatch(words)})


@pytest.mark.console(*ANSWERS)
@pytest.mark.timeout(300)
def test_no_page_has_english_left_for_a_hungarian(page_for, new_page, full, sandbox, alice, english):
    page = new_page(base_url=full.url, **HUNGARIAN)
    page.goto("/sign-in/")
    left = {"sign-in": left_in_english(page, english)}
    page = page_for(alice, base_url=full.url, **HUNGARIAN)
    for name, show in PAGES.items():
        show(page, sandbox)
        assert page.locator("html").get_attribute("lang") == "hu", name
        left[name] = left_in_english(page, english)
        put_alerts_away(page)
    assert {name: words for name, words in left.items() if words} == {}


def test_english_is_found_where_it_is_left(page_for, alice, sandbox, english):
    page = open_conversation(page_for(alice), team(sandbox))
    assert {"Sign out", "Write a message", "Conversation menu"} <= set(left_in_english(page, english))


def test_days_and_numbers_are_hungarian(page_for, alice, bob, sandbox):
    sandbox.control("say", {"from": bob.email, "to": alice.email, "text": unique("Szia")})
    page = open_conversation(page_for(alice, **HUNGARIAN), conversation_of(alice, bob))
    expect(page.get_by_role("separator", name="Ma", exact=True)).to_be_visible()
    composer(page).fill("x" * 22_000)
    expect(page.locator(".composer__limit")).to_have_text(re.compile(r"^Fölösleges karakterek: 2\s?000$"))


def test_new_messages_are_read_out_in_hungarian(page_for, alice, bob, sandbox):
    page = open_conversation(page_for(alice, **HUNGARIAN), conversation_of(alice, bob))
    wait_until_quiet(page)
    for number in range(5):
        sandbox.control("say", {"from": bob.email, "to": alice.email, "text": unique(f"{number}")})
    expect(page.locator("#new-messages")).to_contain_text("5 új üzenet")


def test_what_is_sent_is_marked_in_hungarian(page_for, alice, bob):
    page = open_conversation(page_for(alice, **HUNGARIAN), conversation_of(alice, bob))
    text = unique("Szia")
    composer(page).fill(text)
    composer(page).press("Enter")
    expect(row(page, text).locator(".message__state")).to_have_text(re.compile("Elküldve|Kézbesítve|Megtekintve"))


def test_an_emoji_is_found_by_its_hungarian_word_without_its_accents(page_for, alice, bob):
    page = open_conversation(page_for(alice, **HUNGARIAN), conversation_of(alice, bob))
    page.locator(".composer__emoji").click()
    page.get_by_role("searchbox", name="Emoji keresése").fill("kave")
    expect(page.locator(".emoji-picker__emoji:visible")).to_have_text("☕")


def test_english_pages_ask_for_no_words(page_for, alice, sandbox):
    page = page_for(alice)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_conversation(page, team(sandbox))
    wait_until_quiet(page)
    assert len(asked) > 5
    assert [url for url in asked if "/words/" in url] == []


# From right to left (that every page fits is seen where all are looked at: test_screenshot.py)


@pytest.fixture
def mirrored(page_for, alice, sandbox):
    """A conversation of Alice's whose page is written from right to left."""
    page = page_for(alice)
    page.add_init_script(MIRROR)
    return open_conversation(page, conversation_of(alice, sandbox.people["maximiliana"]))


def test_from_right_to_left_the_list_is_at_the_right(mirrored):
    sidebar, pane = mirrored.locator("#sidebar").bounding_box(), mirrored.locator("#conversation").bounding_box()
    assert sidebar["x"] >= pane["x"] + pane["width"] - 1


def test_from_right_to_left_arrows_point_the_other_way(mirrored):
    transform = mirrored.locator(".icon--sign-out").evaluate("icon => getComputedStyle(icon).transform")
    assert transform == "matrix(-1, 0, 0, 1, 0, 0)"


def test_from_right_to_left_a_long_latin_name_is_at_the_right_and_begins_with_its_beginning(mirrored):
    name = mirrored.locator("#conversation-list .conversation__title bdi", has_text="Featherstonehaugh").first
    style = name.evaluate(
        "bdi => { const { direction, textAlign } = getComputedStyle(bdi); return [direction, textAlign] }"
    )
    assert style == ["ltr", "right"]


PHYSICAL = re.compile(
    r"^\s*(?:[\w-]+-)?(?:left|right|top|bottom)(?:-\w+)?\s*:"
    r"|^\s*(?:min-|max-)?(?:width|height)\s*:"
    r"|^\s*inset\s*:(?:\s+[^\s;]+){4}"
    r"|^\s*(?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)\b",
    re.MULTILINE,
)


@pytest.mark.parametrize("sheet", sorted((ROOT / "static" / "css").glob("*.css")), ids=lambda path: path.name)
def test_a_sheet_follows_the_direction_of_writing(sheet):
    assert PHYSICAL.findall(sheet.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "rule",
    [
        "  margin-left: 1px;",
        "left: 0;",
        "width: 4rem;",
        "border-top-left-radius: 1px;",
        "float: left;",
        "inset: auto 1px 0 auto;",
    ],
)
def test_a_rule_that_does_not_is_found(rule):
    assert PHYSICAL.search(rule)
