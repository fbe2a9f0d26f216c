"""Taking a conversation along as a file, and finding something in it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.steps import (
    alert,
    at_end,
    composer,
    conversation_of,
    held,
    held_ids,
    history,
    ids,
    ids_downwards,
    message,
    row,
    unique,
    wait_until_quiet,
    write,
)

COUNTING = re.compile(r"^[1-9]\d* / \d+$")
IN_THE_MIDDLE = """(row) => {
    const list = row.parentElement.getBoundingClientRect();
    const box = row.getBoundingClientRect();
    return box.top > list.top + 100 && box.bottom < list.bottom - 100;
}"""


@pytest.fixture
def talk(alice, sandbox):
    """Alice's and Árpád's 500 messages."""
    return conversation_of(alice, sandbox.people["arpad"])


@pytest.fixture
def wanted(sandbox, talk):
    """A message far back, like no other."""
    texts = [one["text"] for one in held(sandbox, talk)]
    return next(one for one in held(sandbox, talk)[150:] if texts.count(one["text"]) == 1)


@pytest.fixture
def slowly(sandbox, alice):
    """`slowly(seconds)`: from now on each page of Alice's takes as long."""

    def slow(seconds):
        fault = {"api": "chatconversation", "action": "downloadpartial", "fault": "slow", "times": 99}
        sandbox.control("faults", {**fault, "seconds": seconds, "userid": alice.userid})

    return slow


@pytest.fixture
def asked(sandbox, alice):
    """How many pages Alice has asked for."""

    def count():
        calls = sandbox.control("calls")
        return sum(one["action"] == "downloadpartial" and one["userid"] == alice.userid for one in calls)

    return count


def open_search(page, talk):
    page.goto(f"/conversations/{talk}/messages/search/")
    wait_until_quiet(page)
    return page


def open_export(page, talk):
    page.goto(f"/conversations/{talk}/export/")
    wait_until_quiet(page)
    return page


def search(page, words):
    box(page).fill(words)
    box(page).press("Enter")


def box(page):
    return page.get_by_role("searchbox", name="Words to look for")


def hits(page):
    return page.get_by_role("list", name="Found").locator("[data-message]")


def link(hit):
    return hit.get_by_role("link")


# Searching


def test_hits_are_highlighted_and_counted(page_for, alice, talk, sandbox):
    page = open_search(page_for(alice), talk)
    search(page, "CERTIFICÁTE")
    texts = [one["text"] for one in held(sandbox, talk)]
    expected = sum("certificate" in text for text in texts)
    expect(page.get_by_text(f"{expected} messages found.").first).to_be_visible()
    expect(hits(page)).to_have_count(expected)
    expect(hits(page).first.locator("mark")).to_have_text("certificate")
    assert set(page.locator(".hits mark").all_text_contents()) == {"certificate"}
    expect(page).to_have_url(re.compile("/search/$"))


def test_a_hit_leads_to_its_message_in_the_middle_of_what_was_said_around_it(page_for, alice, talk, wanted, sandbox):
    page = open_search(page_for(alice), talk)
    search(page, wanted["text"])
    expect(hits(page)).to_have_count(1)
    link(hits(page)).click()
    found = message(page, wanted["ID"])
    expect(found).to_be_in_viewport()
    assert found.evaluate(IN_THE_MIDDLE)
    assert found.evaluate("row => row.matches(':target')")
    assert not at_end(page)
    wait_until_quiet(page)
    expect(found).to_be_in_viewport()


def test_back_from_a_hit_leads_to_it_among_all_that_was_found(page_for, alice, talk):
    page = open_search(page_for(alice), talk)
    search(page, "certificate")
    expect(page.locator(".hits__end")).to_be_visible()
    found = hits(page).count()
    link(hits(page).nth(3)).click()
    expect(composer(page)).to_be_visible()
    page.go_back()
    expect(box(page)).to_have_value("certificate")
    expect(link(hits(page).nth(3))).to_be_focused()
    expect(link(hits(page).nth(3))).to_be_in_viewport()
    expect(hits(page)).to_have_count(found)


def test_who_types_other_words_after_coming_back_goes_on_typing_when_the_hit_is_found(page_for, alice, talk, slowly):
    page = open_search(page_for(alice), talk)
    search(page, "certificate")
    expect(page.locator(".hits__end")).to_be_visible()
    link(hits(page).last).click()
    expect(composer(page)).to_be_visible()
    slowly(0.3)
    page.go_back()
    expect(box(page)).to_have_value("certificate")
    box(page).press_sequentially("s")
    expect(page.locator(".hits__end")).to_be_visible()
    expect(box(page)).to_be_focused()


def test_whoever_signs_in_afterwards_finds_no_words_there(page_for, alice, talk, sandbox, portal):
    page = open_search(page_for(alice), talk)
    search(page, "certificate")
    expect(page.locator(".hits__end")).to_be_visible()
    sign_in(page, portal.url, sandbox.people["arpad"])
    page.goto("/people/")
    wait_until_quiet(page)
    page.go_back()
    wait_until_quiet(page)
    expect(page).to_have_url(re.compile("/search/$"))
    expect(box(page)).to_have_value("")
    expect(hits(page)).to_have_count(0)


def test_from_a_hit_one_reads_on_to_the_end_without_a_message_missing(page_for, alice, talk, wanted, sandbox):
    page = open_search(page_for(alice), talk)
    search(page, wanted["text"])
    link(hits(page)).click()
    expect(message(page, wanted["ID"])).to_be_in_viewport()
    wait_until_quiet(page)
    everything = held_ids(sandbox, talk)
    gap = history(page).locator(".message ~ .older")
    gap.scroll_into_view_if_needed()
    expect(gap).to_have_count(0)
    shown = ids_downwards(page)
    assert shown == everything[everything.index(shown[0]) :]


def test_beside_a_hit_far_back_one_still_writes_and_reads_the_newest(page_for, alice, talk, wanted, sandbox):
    page = open_search(page_for(alice), talk)
    search(page, wanted["text"])
    link(hits(page)).click()
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    said = unique("While looking back")
    sandbox.control("say", {"from": "arpad@example.org", "conversation": talk, "text": said})
    expect(row(page, said)).to_have_count(1)
    expect(message(page, wanted["ID"])).to_be_in_viewport()
    answer = write(page, unique("And an answer"))
    expect(answer).to_have_attribute("data-state", re.compile("sent|delivered|viewed"))
    assert ids(page)[-2:] == held_ids(sandbox, talk)[-2:]


def test_a_conversation_without_a_message_in_its_address_opens_at_its_end(page_for, alice, talk):
    page = page_for(alice)
    page.goto(f"/conversations/{talk}/#message-00000000-0000-4000-8000-000000000000")
    wait_until_quiet(page)
    assert at_end(page)


def test_searching_and_going_to_a_hit_need_only_the_keyboard(page_for, alice, talk, wanted):
    page = open_search(page_for(alice), talk)
    expect(box(page)).to_be_focused()
    page.keyboard.type(wanted["text"])
    page.keyboard.press("Enter")
    expect(hits(page)).to_have_count(1)
    expect(page.locator(".hits__end")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(link(hits(page))).to_be_focused()
    page.keyboard.press("Enter")
    expect(message(page, wanted["ID"])).to_be_in_viewport()


def test_a_search_can_be_cancelled_and_keeps_what_it_found(page_for, alice, talk, slowly, asked):
    page = open_search(page_for(alice), talk)
    slowly(0.4)
    before = asked()
    search(page, "the")
    expect(hits(page).first).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("The search was cancelled.").first).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(box(page)).to_be_focused()
    cancelled = asked() - before
    assert 0 < cancelled < 8
    assert hits(page).count() > 0
    search(page, "nothing like this")  # takes longer than the first had left
    expect(page.get_by_text("Nothing was found.").first).to_be_visible()
    assert asked() - before <= cancelled + 1 + 11


@pytest.mark.console("422")
def test_what_can_not_be_looked_for_is_explained_and_the_next_search_works(page_for, alice, talk):
    page = open_search(page_for(alice), talk)
    box(page).evaluate("box => { box.removeAttribute('maxlength'); box.value = 'x'.repeat(10000); }")
    box(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("it has 10000 characters")
    search(page, "certificate")
    expect(hits(page).first).to_be_visible()
    expect(alert(page)).to_be_empty()


@pytest.mark.console("502")
def test_without_a_chat_server_the_search_says_so(page_for, alice, talk, sandbox):
    page = open_search(page_for(alice), talk)
    fault = {"api": "chatconversation", "action": "downloadpartial", "fault": "500", "times": 99}
    sandbox.control("faults", {**fault, "userid": alice.userid})
    search(page, "certificate")
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    expect(page.get_by_role("progressbar")).to_be_hidden()


# Exporting


def export(page, what):
    page.get_by_role("link", name=f"Export as {what}").click()


@pytest.mark.parametrize(
    ("what", "ending"), [("a web page", ".html"), ("text", ".txt"), ("JSON", ".json")], ids=["html", "txt", "json"]
)
def test_a_conversation_is_saved_as_a_file_named_after_it(page_for, alice, talk, what, ending):
    page = open_export(page_for(alice), talk)
    with page.expect_download() as download:
        export(page, what)
    assert re.fullmatch(rf"Árpád \d{{4}}-\d\d-\d\d\{ending}", download.value.suggested_filename)
    expect(page.get_by_text("The file is saved.")).to_be_visible()
    expect(alert(page)).to_be_empty()


def test_a_bar_shows_how_far_an_export_is(page_for, alice, talk, slowly):
    page = open_export(page_for(alice), talk)
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_hidden()
    slowly(0.15)
    with page.expect_download() as download:
        export(page, "JSON")
        expect(page.get_by_text("Looking for the first message…")).to_be_visible()
        assert bar.get_attribute("value") is None
        expect(page.get_by_text(COUNTING)).to_be_visible()
        value, most = bar.evaluate("bar => [bar.value, bar.max]")
        assert 0 < value < most
    with open(download.value.path()) as file:
        content = json.load(file)
    assert (content["complete"], content["count"]) == (True, most)
    expect(bar).to_be_hidden()


@pytest.mark.parametrize("what", ["a web page", "text", "JSON"])
def test_the_bar_counts_every_message(page_for, alice, talk, what):
    page = open_export(page_for(alice), talk)
    with page.expect_download():
        export(page, what)
    value, most = page.locator("progress").evaluate("bar => [bar.value, bar.max]")
    assert value == most > 400


def test_an_export_can_be_cancelled(page_for, alice, talk, slowly, asked):
    page = open_export(page_for(alice), talk)
    saved = []
    page.on("download", lambda download: saved.append(download))
    slowly(0.3)
    before = asked()
    export(page, "text")
    expect(page.get_by_text(COUNTING)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The export was cancelled.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.get_by_role("link", name="Export as text")).to_be_focused()
    cancelled = asked() - before
    open_search(page, talk)
    search(page, "nothing like this")  # takes longer than the export had left
    expect(page.get_by_text("Nothing was found.").first).to_be_visible()
    assert asked() - before <= cancelled + 1 + 11
    assert saved == []


@pytest.mark.parametrize("what", ["a web page", "text", "JSON"])
def test_a_file_that_the_server_broke_off_is_saved_with_a_warning(page_for, alice, talk, sandbox, what):
    page = open_export(page_for(alice), talk)
    fault = {"api": "chatconversation", "action": "downloadpartial", "userid": alice.userid}
    sandbox.control("faults", {**fault, "fault": "slow", "seconds": 0, "times": 14})
    sandbox.control("faults", {**fault, "fault": "500", "times": 99})
    with page.expect_download():
        export(page, what)
    expect(page.get_by_role("alert")).to_contain_text("The export is not complete")


@pytest.mark.console("502")
def test_without_a_chat_server_there_is_no_file_but_words(page_for, alice, talk, sandbox):
    page = open_export(page_for(alice), talk)
    fault = {"api": "chatconversation", "action": "downloadpartial", "fault": "500", "times": 99}
    sandbox.control("faults", {**fault, "userid": alice.userid})
    export(page, "text")
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    expect(page.get_by_role("progressbar")).to_be_hidden()


def test_the_web_page_stands_alone_in_a_browser(page_for, new_page, alice, talk, sandbox, tmp_path):
    page = open_export(page_for(alice), talk)
    with page.expect_download() as download:
        export(page, "a web page")
    download.value.save_as(tmp_path / "file.html")
    file = page.context.new_page()
    requests = []
    file.on("request", lambda request: requests.append(request.url))
    file.goto(f"file://{tmp_path}/file.html")
    assert file.locator("article > div").all_text_contents() == [one["text"] for one in held(sandbox, talk)]
    assert len(requests) == 1
    assert file.locator("body").evaluate("body => getComputedStyle(body).maxInlineSize") == "768px"


def test_exporting_needs_only_the_keyboard(page_for, alice, talk):
    page = open_export(page_for(alice), talk)
    page.locator("#main").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".page-pane__content")).to_be_focused()  # which scrolls
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Export as a web page")).to_be_focused()
    with page.expect_download():
        page.keyboard.press("Enter")


# Without scripts


PLAIN = {"java_script_enabled": False}


def test_without_scripts_hits_are_a_page_with_links_to_their_messages(page_for, alice, talk, wanted):
    page = page_for(alice, **PLAIN)
    page.goto(f"/conversations/{talk}/messages/search/")
    search(page, wanted["text"])
    expect(hits(page)).to_have_count(1)
    expect(page.get_by_role("progressbar")).to_be_hidden()
    assert "".join(hits(page).locator("mark").all_text_contents()) == wanted["text"]
    link(hits(page)).click()
    expect(message(page, wanted["ID"])).to_be_in_viewport()
    expect(composer(page)).to_be_visible()


def test_without_scripts_hits_are_seen_while_the_page_still_comes_and_a_link_ends_it(
    page_for, alice, talk, slowly, asked
):
    page = page_for(alice, **PLAIN)
    page.goto(f"/conversations/{talk}/messages/search/")
    slowly(0.5)
    before = asked()
    box(page).fill("the")
    box(page).press("Enter", no_wait_after=True)
    expect(hits(page).first).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(hits(page)).to_have_count(0)
    assert asked() - before < 9


def test_without_scripts_an_export_is_a_plain_download(page_for, alice, talk):
    page = page_for(alice, **PLAIN)
    page.goto(f"/conversations/{talk}/export/")
    with page.expect_download() as download:
        export(page, "text")
    assert "This export is complete" in download.value.path().read_text()
