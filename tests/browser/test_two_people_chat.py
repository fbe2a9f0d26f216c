"""Two people in two browsers chat, and whatever they type arrives as what it is: text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    at_start,
    composer,
    conversation_of,
    expect_live,
    held,
    held_ids,
    history,
    ids,
    message,
    open_conversation,
    overflow,
    row,
    texts,
    unique,
    wait_for,
    write,
)
from tests.browser.test_reading import SENT

# What a hostile or merely unlucky person may send.
SERVICE_WORKER = True
PAYLOADS = (
    "<b>bold</b> <h1>big</h1> &amp; &lt;",
    "<script>alert('no')</script><img src=x onerror=alert(1)><svg onload=alert(2)>",
    '<a hx-get="/sign-out/" hx-trigger="load">x</a> {{ 7*7 }} {% now "Y" %}',
    "report\u202efdp.exe \u2066isolated\u2069 \u202doverridden",
    "zero\u200bwidth\u2060joined\ufeff and\u00ad soft",
    "W" * 4_000,
    "https://example.org/" + "path/" * 300,
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
)
LINKS = {
    "See https://example.org/a?b=1&c=%20 now.": "https://example.org/a?b=1&c=%20",
    "See http://intranet/ now.": "http://intranet/",
    "Write to mailto:bob@example.org now.": "mailto:bob@example.org",
    "Write to bob@example.org now.": "mailto:bob@example.org",
}
NO_LINKS = ("javascript:alert(1)", "data:text/html,<b>x</b>", "vbscript:x", "file:///etc/passwd", "ftp://example.org/")
WRONG_CLOCK = """(() => {
    const Right = Date;
    globalThis.Date = class extends Right {
        constructor(...when) {
            super(...(when.length ? when : [Right.now() + %d]));
        }
        static now() {
            return new this().getTime();
        }
    };
})();"""
LINE = "\u00e1rv\u00edzt\u0171r\u0151 t\u00fck\u00f6rf\u00far\u00f3g\u00e9p "


@pytest.fixture
def talk(alice, bob):
    return conversation_of(alice, bob)


@pytest.fixture
def alices(page_for, alice, talk):
    return open_conversation(page_for(alice), talk)


@pytest.fixture
def bobs(page_for, bob, talk):
    return open_conversation(page_for(bob), talk)


def test_two_people_chat_live_both_ways(alices, bobs):
    question, answer = unique("Lunch?"), unique("Yes!")
    write(alices, question)
    expect(row(bobs, question)).to_have_count(1)
    write(bobs, answer)
    expect(row(alices, answer)).to_have_count(1)
    expect(row(alices, question)).to_have_count(1)
    assert texts(alices)[-2:] == texts(bobs)[-2:] == [question, answer]


@pytest.mark.parametrize("minutes", [-8, 8, 26 * 60, 10 * 24 * 60])  # the last is longer than a message is valid
def test_a_browser_whose_clock_is_wrong_says_and_shows_the_same(page_for, alice, bobs, talk, sandbox, minutes):
    alices = page_for(alice)
    alices.add_init_script(WRONG_CLOCK % (minutes * 60_000))
    open_conversation(alices, talk)
    for writer, reader in [(alices, bobs), (bobs, alices)] * 2:
        text = unique("By whose clock?")
        expect(write(writer, text)).to_have_attribute("data-state", SENT)
        expect(row(reader, text)).to_have_count(1)
    assert ids(alices)[-4:] == ids(bobs)[-4:] == held_ids(sandbox, talk)[-4:]
    alices.reload()
    expect_live(alices)
    assert ids(alices)[-4:] == held_ids(sandbox, talk)[-4:]


@pytest.mark.console("404")
def test_a_message_does_not_reach_someone_who_is_not_in_the_conversation(alices, page_for, charlie, talk):
    outsider = at_start(page_for(charlie))
    expect_live(outsider)
    text = unique("Between us")
    expect(write(alices, text)).to_have_attribute("data-state", re.compile("sent|delivered"))
    assert outsider.goto(f"/conversations/{talk}/").status == 404
    expect(outsider.get_by_text(text)).to_have_count(0)


@pytest.mark.console("404")
def test_a_conversation_that_is_not_the_persons_is_not_found(page_for, charlie, talk):
    page = page_for(charlie)
    assert page.goto(f"/conversations/{talk}/").status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_servers_row_takes_the_place_of_the_copy(alices):
    """One element from the keystroke on: it is never removed, doubled or moved."""
    alices.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver((records) => {
                for (const { addedNodes } of records)
                    for (const node of addedNodes) if (node.dataset?.message) window.seen.push(node);
            }).observe(document.querySelector("[role=log]"), { childList: true });
        }"""
    )
    first, second = unique("First"), unique("Second")
    write(alices, first)
    write(alices, second)
    for text in (first, second):
        expect(row(alices, text)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    assert alices.evaluate("seen.every(node => node.isConnected) && new Set(seen.map(node => node.id)).size") == 2
    assert texts(alices)[-2:] == [first, second]


def test_the_copy_is_there_before_the_server_answers(alices):
    asked = []
    alices.route("**/messages/", lambda route: asked.append(route), times=1)
    sent = write(alices, unique("Soon"))
    expect(sent).to_have_attribute("data-state", "pending")
    id = sent.get_attribute("data-message")
    asked[0].continue_()
    expect(message(alices, id)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    expect(alices.locator(f"#message-{id}")).to_have_count(1)


def test_pressing_enter_twice_sends_once(alices, sandbox, talk):
    text = unique("Once")
    composer(alices).fill(text)
    composer(alices).evaluate(
        """box => { for (let i = 0; i < 2; i++)
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })); }"""
    )
    expect(row(alices, text)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    assert [one["text"] for one in held(sandbox, talk)].count(text) == 1
    expect(row(alices, text)).to_have_count(1)


def test_shift_enter_makes_a_line(alices, bobs):
    one, two = unique("one"), unique("two")
    composer(alices).fill(one)
    composer(alices).press("Shift+Enter")
    composer(alices).press_sequentially(two)
    expect(composer(alices)).to_have_value(f"{one}\n{two}")
    composer(alices).press("Enter")
    expect(composer(alices)).to_have_value("")
    expect(bobs.get_by_text(two)).to_be_visible()
    assert texts(bobs)[-1] == f"{one}\n{two}"


def test_enter_that_ends_an_input_methods_word_does_not_send(alices):
    before, text = texts(alices), unique("にほんご")
    composer(alices).fill(text)
    for event in ("isComposing: true", "keyCode: 229"):
        composer(alices).evaluate(
            f'box => box.dispatchEvent(new KeyboardEvent("keydown", {{ key: "Enter", {event}, bubbles: true }}))'
        )
        expect(composer(alices)).to_have_value(text)
    assert texts(alices) == before
    composer(alices).press("Enter")
    expect(row(alices, text)).to_have_count(1)


def test_nothing_is_not_sent(alices):
    before, said = texts(alices), unique("Something")
    for text in ("", "   ", "\n\n"):
        composer(alices).fill(text)
        composer(alices).press("Enter")
    write(alices, said)
    expect(row(alices, said)).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    assert texts(alices) == [*before, said]


def test_a_message_that_is_too_long_is_kept_and_explained(alices):
    long = "x" * 20_001
    before = texts(alices)
    write(alices, long)
    expect(alert(alices)).to_contain_text("20,000")
    expect(composer(alices)).to_have_value(long)
    assert texts(alices) == before
    composer(alices).fill("")


def test_a_message_of_exactly_the_greatest_length_is_sent(alices, sandbox, talk):
    text = unique("") + "ő🌻" * 9_990
    text = text.strip()[:20_000]
    composer(alices).fill(text)
    composer(alices).press("Enter")
    expect(composer(alices)).to_have_value("")
    expect(alices.locator("[data-message]").last).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    assert held(sandbox, talk)[-1]["text"] == text


def test_what_people_write_is_shown_as_text(alices, bobs):
    """No dialog (it would hang the page), no policy violation (the console fails the test), nothing too wide."""
    dialogs = []
    for page in (alices, bobs):
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    said = [write_and_see(alices, bobs, payload) for payload in PAYLOADS]
    alices.reload()
    assert texts(alices)[-len(PAYLOADS) :] == said
    assert dialogs == []


def write_and_see(writer, reader, payload):
    """The text that was sent and is on both pages, as it is and without an element but links."""
    text = unique(payload)
    write(writer, text)
    for page in (writer, reader):
        wait_for(page, "text => [...document.querySelectorAll('.message__text')].at(-1).textContent === text", text)
        assert page.locator(".message__text").last.locator(":scope > :not(a)").count() == 0
        assert overflow(page) <= 0
        assert history(page).evaluate("list => list.scrollWidth - list.clientWidth") <= 0
    return text


@pytest.mark.parametrize("length", [100_000, 400_000])
def test_an_enormous_message_from_another_client_is_shown_in_full(alices, sandbox, bob, talk, length):
    text = (LINE * length)[:length]
    said = sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})
    shown = message(alices, said["id"])
    expect(shown).to_have_count(1)
    assert shown.locator(".message__text").evaluate("one => one.textContent") == text
    assert overflow(alices) <= 0


def test_a_lone_surrogate_does_not_stop_a_message(alices, bobs):
    before, after = unique("Half"), unique("emoji")
    composer(alices).evaluate(
        """(box, text) => {
            box.value = text.replace("?", "\\ud83d");
            box.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        f"{before} ? {after}",
    )
    composer(alices).press("Enter")
    expect(bobs.get_by_text(after)).to_be_visible()
    assert texts(bobs)[-1] == f"{before} \ufffd {after}"
    expect(alices.locator("[data-message]").last).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))


def test_a_lone_surrogate_from_another_client_is_shown_as_a_replacement(page_for, alice, sandbox):
    page = open_conversation(page_for(alice), conversation_of(alice, sandbox.people["tom"]))
    expect(page.get_by_text("Half an emoji: \ufffd and on.")).to_be_visible()


def test_addresses_of_the_web_and_of_mail_are_links(alices, sandbox, bob, talk):
    for text, href in LINKS.items():
        said = sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})
        link = message(alices, said["id"]).get_by_role("link")
        expect(link).to_have_attribute("href", href)
        expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_no_other_address_is_a_link(alices, sandbox, bob, talk):
    for text in NO_LINKS:
        said = sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})
        expect(message(alices, said["id"])).to_contain_text(text)
        expect(message(alices, said["id"]).get_by_role("link")).to_have_count(0)
