"""A day in the browser in front of servers that differ in everything Ozeki's pages leave open.

All other browser tests can be run so, too: `TEST_DIALECT=newer bin/test tests/browser`.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    conversation_of,
    expect_live,
    history,
    open_conversation,
    row,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_conversation_menu import listed
from tests.chat.test_dialects import DIALECTS
from tests.processes import Portal, Sandbox

SENT = re.compile("sent|delivered|viewed")


@pytest.fixture(params=DIALECTS, ids=lambda path: path.stem)
def pair(request, tmp_path):
    dialect = str(request.param)
    with Sandbox("--dialect", dialect) as sandbox, Portal(sandbox.url, tmp_path, OZEKI_DIALECT=dialect) as portal:
        yield sandbox, portal


def choose(page, name):
    page.get_by_label("Conversation menu").click()
    page.get_by_role("button", name=name, exact=True).click()


# What was seen just before is told of just after, and a status may come when its place has gone.
@pytest.mark.console("404", "409", "oobErrorNoTarget")
def test_a_day_in_the_browser_goes_well(pair, page_for):
    sandbox, portal = pair
    people = sandbox.people
    talk = conversation_of(people["alice"], people["bob"])
    here = {"base_url": portal.url, "locale": "en-GB"}
    alice, bob = (open_conversation(page_for(people[name], **here), talk) for name in ("alice", "bob"))

    # What is said arrives, and that it was seen comes back.
    said, answer = unique("Good morning"), unique("To you, too")
    mine = write(alice, said)
    expect(mine).to_have_attribute("data-state", SENT)
    expect(row(bob, said)).to_be_visible()
    bob.bring_to_front()
    expect(mine).to_have_attribute("data-state", "viewed")
    expect(write(bob, answer)).to_have_attribute("data-state", SENT)
    expect(row(alice, answer)).to_be_visible()

    # Preferences, each taken back.
    for name, attribute in (("Add to favourites", "data-favorite"), ("Mute", "data-muted")):
        choose(alice, name)
        expect(listed(alice, talk)).to_have_attribute(attribute, "")
        alice.get_by_role("button", name="Undo").click()
        expect(listed(alice, talk)).not_to_have_attribute(attribute, "")
    choose(alice, "Hide")
    expect(listed(alice, talk)).to_have_count(0)
    write(bob, unique("Where are you?"))
    expect(listed(alice, talk)).to_be_visible()

    # A word in what was said.
    alice.goto(f"/conversations/{talk}/messages/search/")
    alice.locator("#search-words").fill(said)
    alice.keyboard.press("Enter")
    expect(alice.locator(".hits mark").first).to_have_text(said)

    # A reload shows what is there; clearing empties both.
    open_conversation(alice, talk)
    expect(row(alice, answer)).to_be_visible()
    alice.goto(f"/conversations/{talk}/clear/")
    alice.locator("main").get_by_role("textbox").fill("clear")
    alice.get_by_role("button", name="Delete all messages").click()
    expect(history(bob).locator("[data-message]")).to_have_count(0)
    expect_live(bob)
    wait_until_quiet(alice)
