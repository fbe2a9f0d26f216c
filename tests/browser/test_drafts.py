"""What is written and not sent is where the person is: in every tab, in a new one, and after signing in again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import composer, conversation_of, held, open_conversation, row, unique, write
from tests.browser.test_kept import go, shown
from tests.browser.test_notices import NOBODY_LOOKS
from tests.browser.test_sign_in_out import COOKIE, fill_in

SENT = re.compile("sent|delivered|viewed")
REFUSED = pytest.mark.console("409")
# Resolves `told` when the page has heard that another one kept something.
HEARING = "() => ({ told: new Promise((tell) => addEventListener('storage', () => tell(), { once: true })) })"


@pytest.fixture
def talk(alice, sandbox):
    return conversation_of(alice, sandbox.people["layla"])


@pytest.fixture
def page(page_for, alice, talk):
    return open_conversation(page_for(alice), talk)


@pytest.fixture
def beside(page, talk):
    """Opens another tab of the same browser; with `looking=False` nobody looks at it."""

    def opened(id=talk, *, looking=True):
        other = page.context.new_page()
        if not looking:
            other.add_init_script(NOBODY_LOOKS)
        return open_conversation(other, id)

    return opened


@pytest.fixture
def left(page, sandbox, alice):
    """What Alice leaves on her page: the texts of a message that was refused, and of a draft."""
    fault = {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 20, "userid": alice.userid}
    sandbox.control("faults", fault)
    texts = unique("Refused"), unique("Half written")
    expect(write(page, texts[0])).to_have_attribute("data-state", "failed")
    composer(page).fill(texts[1])
    return texts


def expect_left(page, left):
    expect(row(page, left[0])).to_have_attribute("data-state", "failed")
    expect(composer(page)).to_have_value(left[1])


def hear(page, do):
    """Do something in another tab, and wait until this one has heard of it."""
    heard = page.evaluate_handle(HEARING)
    do()
    heard.evaluate("({ told }) => told")


# Tabs side by side


def test_what_is_typed_in_one_tab_stands_in_the_other(page, beside):
    other = beside(looking=False)
    for text in ("Half", "Half written", ""):
        composer(page).fill(text)
        expect(composer(other)).to_have_value(text)


def test_what_is_being_typed_in_a_tab_is_not_written_over(page, beside):
    other = beside()
    composer(other).fill("Mine")
    hear(other, lambda: composer(page).fill("Another"))
    expect(composer(other)).to_have_value("Mine")
    hear(other, lambda: composer(page).press("Enter"))
    expect(composer(other)).to_have_value("Mine")
    composer(other).fill("")


def test_a_draft_in_one_tab_is_not_one_of_another_conversation(page, beside, alice, bob):
    other = beside(conversation_of(alice, bob), looking=False)
    hear(other, lambda: composer(page).fill("For Layla"))
    expect(composer(other)).to_have_value("")
    composer(page).fill("")


def test_what_one_tab_has_sent_is_gone_in_the_other_and_stays_so(page, beside):
    text = unique("Once")
    composer(page).fill(text)
    other = beside()
    expect(composer(other)).to_have_value(text)
    expect(composer(other)).to_be_focused()
    composer(page).press("Enter")
    expect(composer(other)).to_have_value("")
    composer(other).press("x")
    expect(row(page, text)).to_have_attribute("data-state", SENT)
    page.reload()
    expect(composer(page)).to_have_value("x")
    composer(page).fill("")


def test_a_conversation_that_was_left_has_the_other_tabs_draft_when_opened_again(page, beside, alice, bob, talk):
    other, text = beside(), unique("Meanwhile")
    go(page, conversation_of(alice, bob))
    expect(shown(page, conversation_of(alice, bob))).to_be_visible()
    hear(page, lambda: composer(other).fill(text))
    expect(composer(page)).to_have_value("")
    go(page, talk)
    expect(composer(page)).to_have_value(text)
    composer(page).fill("")


# A tab that ends


@REFUSED
def test_a_new_tab_has_what_was_left_in_one_that_was_closed(page, beside, left):
    page.close()
    expect_left(beside(), left)


@REFUSED
def test_whoever_is_signed_out_elsewhere_and_signs_in_again_is_back_with_all_of_it(page, page_for, alice, talk, left):
    elsewhere = page_for(alice)
    elsewhere.goto("/sign-ins/")
    elsewhere.get_by_role("button", name="Sign out everywhere else").click()
    page.wait_for_url("**/sign-in/**")
    sign_in_again(page, alice, talk)
    expect_left(page, left)


@pytest.mark.console("401")
def test_what_is_sent_after_the_sign_in_has_ended_goes_out_with_the_next_one(page, alice, talk, sandbox):
    said, draft = unique("Too late"), unique("Half written")
    page.context.clear_cookies(name=COOKIE)
    waiting = []
    page.route("**/messages/", lambda route: waiting.append(route))
    with page.expect_request("**/messages/"):
        write(page, said)
    composer(page).fill(draft)
    waiting[0].continue_()
    page.unroute("**/messages/")
    page.wait_for_url("**/sign-in/**")
    sign_in_again(page, alice, talk)
    expect(row(page, said)).to_have_attribute("data-state", SENT)
    expect(composer(page)).to_have_value(draft)
    assert [one["text"] for one in held(sandbox, talk)].count(said) == 1


def sign_in_again(page, person, talk):
    fill_in(page, person)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/conversations/{talk}/")
