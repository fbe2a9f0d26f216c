"""Without scripts everything is links and forms, and works."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    at_start,
    composer,
    conversation_of,
    held,
    held_ids,
    history,
    ids,
    open_conversation,
    row,
    unique,
    write,
)

PLAIN = {"java_script_enabled": False}


@pytest.fixture
def page(page_for, alice):
    return at_start(page_for(alice, **PLAIN))


@pytest.fixture
def talk(alice, sandbox):
    return conversation_of(alice, sandbox.people["zsofi"])


def send(page, text):
    composer(page).fill(text)
    page.get_by_role("button", name="Send").click()


def test_signing_in_shows_the_list_and_a_link_opens_a_conversation(page, talk):
    sidebar = page.get_by_role("navigation", name="Conversations")
    assert sidebar.get_by_role("listitem").count() > 8
    sidebar.locator(f'[data-conversation="{talk}"]').get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/conversations/{talk}/$"))
    expect(row(page, "Thank you, that will save us a lot of questions.")).to_be_in_viewport()


def test_the_list_is_filtered_by_a_form(page):
    box = page.get_by_role("searchbox")
    box.fill("zsofi")
    box.press("Enter")
    listed = page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
    expect(listed.first).to_contain_text("Zsófi")
    expect(listed.filter(has_not_text="Zsófi")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_value("zsofi")
    page.get_by_role("searchbox").fill("nobody")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("Nothing matches “nobody”")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    assert listed.count() > 8


def test_older_messages_are_links_away(page, alice, sandbox):
    long = conversation_of(alice, sandbox.people["arpad"])
    page.goto(f"/conversations/{long}/")
    seen = ids(page)
    for _ in range(2):
        history(page).get_by_role("link", name="Show earlier messages").click()
        page.wait_for_load_state()
        earlier = ids(page)
        assert set(earlier).isdisjoint(seen)
        seen = earlier + seen
    assert seen == held_ids(sandbox, long)[-len(seen) :]


def test_a_message_is_sent_by_the_form_and_not_again_by_a_reload(page, sandbox, talk):
    page.goto(f"/conversations/{talk}/")
    text = unique("By post")
    with page.expect_response(lambda response: response.request.method == "POST") as posted:
        send(page, text)
    assert posted.value.status == 303
    expect(row(page, text)).to_have_count(1)
    expect(row(page, text)).to_be_in_viewport()
    expect(composer(page)).to_have_value("")
    page.reload()
    expect(row(page, text)).to_have_count(1)
    assert [one["text"] for one in held(sandbox, talk)].count(text) == 1


@pytest.mark.console("409")
def test_a_refused_message_comes_back_with_its_text_and_goes_out_the_second_time(page, sandbox, alice, talk):
    page.goto(f"/conversations/{talk}/")
    refusal = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 20, "userid": alice.userid}
    sandbox.control("faults", refusal)
    text = unique("Refused")
    send(page, text)
    expect(alert(page)).to_contain_text("fault: refuse")
    expect(composer(page)).to_have_value(text)
    expect(row(page, text)).to_have_count(0)
    sandbox.control("faults/clear", {})
    page.get_by_role("button", name="Send").click()
    expect(row(page, text)).to_have_count(1)
    assert [one["text"] for one in held(sandbox, talk)].count(text) == 1


@pytest.mark.console("502")
def test_without_a_chat_server_the_text_still_comes_back(page, sandbox, alice, talk):
    page.goto(f"/conversations/{talk}/")
    sandbox.control("faults", {"api": "chatconversation", "fault": "500", "times": 99, "userid": alice.userid})
    text = unique("Is it there?")
    send(page, text)
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    expect(page.locator("textarea[name=text]")).to_have_value(text)


@pytest.mark.console("422")
def test_an_empty_message_is_explained(page, talk):
    page.goto(f"/conversations/{talk}/")
    send(page, "   ")
    expect(alert(page)).to_contain_text("empty message")


def test_who_wrote_learns_that_it_was_read_once_it_is_marked_as_read(page, page_for, sandbox, alice):
    robin = sandbox.people["robin"]
    talk = conversation_of(alice, robin)
    writer = open_conversation(page_for(robin), talk)
    page.goto(f"/conversations/{talk}/")
    send(page, "Tell me")
    text = unique("Read me")
    mine = write(writer, text)
    expect(mine).to_have_attribute("data-state", re.compile("sent|delivered"))
    page.reload()
    expect(row(page, text)).to_be_in_viewport()
    expect(mine).not_to_have_attribute("data-state", "viewed")
    page.get_by_role("button", name="Mark as read").click()
    expect(mine).to_have_attribute("data-state", "viewed")
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)


def test_signing_out_is_a_button(page):
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in/"))
