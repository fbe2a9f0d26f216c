"""Every page there is, and what opens over one: for tests that look at all of them, and for their pictures."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.template.loader import render_to_string
from django.utils.translation import gettext, override
from playwright.sync_api import Page, expect

from tests.browser.steps import composer, conversation_of, open_conversation, to_end, wait_until_quiet
from tests.processes import Sandbox

TEAM = ("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")


def team(sandbox: Sandbox) -> str:
    """The id of the group's conversation, the most colourful one."""
    return conversation_of(*(sandbox.people[name] for name in TEAM))


def at(path: str) -> Callable[[Page, Sandbox], None]:
    """The page with this address; `{team}` and `{robin}` are a conversation and a person."""

    def show(page: Page, sandbox: Sandbox) -> None:
        page.goto(path.format(team=team(sandbox), robin=sandbox.people["robin"].userid))
        wait_until_quiet(page)

    return show


def conversation(page: Page, sandbox: Sandbox) -> None:
    open_conversation(page, team(sandbox))
    wait_until_quiet(page)
    to_end(page)


def over_conversation(show: Callable[[Page], None]) -> Callable[[Page, Sandbox], None]:
    """What opens over a conversation."""

    def opened(page: Page, sandbox: Sandbox) -> None:
        conversation(page, sandbox)
        show(page)
        wait_until_quiet(page)

    return opened


def menu(page: Page) -> None:
    page.locator(".conversation-header .menu__button").click()


def person_menu(page: Page, sandbox: Sandbox) -> None:
    at("/")(page, sandbox)
    page.locator(".topbar__person .menu__button").click()


def colour(page: Page) -> None:
    menu(page)
    page.locator(".conversation-header [data-dialog]").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def emoji(page: Page) -> None:
    page.locator(".composer__emoji").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def switcher(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.type("r")


def shortcuts(page: Page) -> None:
    page.locator("message-list").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def message_menu(page: Page, sandbox: Sandbox) -> None:
    """The menu of the last message that a concern can be about: those of whom they go to have none."""
    conversation(page, sandbox)
    silent = f'.message--own, [data-sender="{sandbox.people["zsofi"].userid}"]'
    page.locator(f"[data-message]:not({silent})").last.hover()
    page.locator("details.message-menu summary").click()
    expect(page.locator("details.message-menu .menu__item")).to_be_visible()


def too_long(page: Page) -> None:
    composer(page).fill("x" * 20_500)
    composer(page).press("Enter")


def concern_arrived(page: Page, sandbox: Sandbox) -> None:
    at("/concerns/new/?userid={robin}")(page, sandbox)
    page.locator("main .page-form textarea").fill("Robin writes to me at night.")
    page.locator("main .page-form button[type=submit]").click()
    expect(page.locator("[data-sent]")).to_be_visible()
    wait_until_quiet(page)


def workspace_registered(page: Page, sandbox: Sandbox) -> None:
    at("/workspaces/new/")(page, sandbox)
    page.locator("#workspacename").fill("alice.ozeki.chat")
    page.locator("main .page-form button[type=submit]").click()
    expect(page.locator("main strong")).to_contain_text("alice.ozeki.chat")
    wait_until_quiet(page)


def search(page: Page, sandbox: Sandbox) -> None:
    at("/conversations/{team}/messages/search/")(page, sandbox)
    page.locator("#search-words").fill("tuesday")
    page.keyboard.press("Enter")
    expect(page.locator(".hits__end")).to_be_visible()


def alerted(page: Page, sandbox: Sandbox) -> None:
    """The page of an alert that was just sent, in front of who sent it."""
    page.goto("/alerts/new/")
    page.locator("#alert-to").fill("alice@example.org\nbob@example.org")
    page.locator("#alert-text").fill("The lift is out of order until four.")
    page.locator("main .page-form button[type=submit]").click()
    expect(page.locator(".alert-words")).to_be_visible()
    wait_until_quiet(page)


def put_alerts_away(page: Page) -> None:
    """So that the other pages are without what `alerted` sent."""
    for banner in page.locator(".alert-banner button").all():
        with page.expect_response(re.compile("/seen/")):
            banner.click()


def unsent(page: Page, sandbox: Sandbox) -> None:
    """What a plain form shows whose person is signed out by now."""
    conversation(page, sandbox)
    page.route(re.compile("/(read|reports)/$"), lambda route: route.fulfill(status=204))  # or these would go first
    sign_in = next(cookie for cookie in page.context.cookies() if "sign_in" in cookie["name"])
    page.context.clear_cookies(name=sign_in["name"])
    composer(page).fill("See you all on Tuesday")
    with page.expect_navigation():
        page.evaluate("document.querySelector('.composer').submit()")
    page.context.add_cookies([sign_in])
    page.unroute_all()


def expired_form(page: Page, sandbox: Sandbox) -> None:
    at("/workspaces/new/")(page, sandbox)
    page.locator(".page-form [name=csrfmiddlewaretoken]").evaluate("field => (field.value = 'x')")
    with page.expect_navigation():
        page.locator(".page-form").evaluate("form => form.submit()")


def overfull_form(page: Page, sandbox: Sandbox) -> None:
    """What the portal makes of a form with more fields than any has."""
    at("/workspaces/new/")(page, sandbox)
    with page.expect_navigation():
        page.locator("#workspacename").evaluate(
            "field => { for (let n = 0; n < 2000; n++) field.form.append(field.cloneNode()); field.form.submit(); }"
        )


def rendered(template: str, heading: str) -> Callable[[Page, Sandbox], None]:
    """The page for what should never happen, as the portal would answer with it."""

    def show(page: Page, sandbox: Sandbox) -> None:
        with override(page.evaluate("navigator.language.slice(0, 2)")):
            html, title = render_to_string(template), gettext(heading)
        page.route("**/never/", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto("/never/")
        expect(page.locator("h1")).to_have_text(title)  # a service worker would fetch past the route
        page.unroute_all()

    return show


def unreachable(page: Page, sandbox: Sandbox) -> None:
    """A page while the chat server refuses to be talked to."""
    broken = {"api": "chatconversation", "fault": "500", "userid": sandbox.people["alice"].userid, "times": 100}
    sandbox.control("faults", broken)
    page.goto(f"/conversations/{team(sandbox)}/messages/?before=x&at=2026-01-01T00:00:00Z")
    wait_until_quiet(page)
    sandbox.control("faults/clear", {})


# What Chromium's console says of the answers that some of them are.
ANSWERS = ("400", "401", "403", "404", "500", "502")

PAGES: dict[str, Callable[[Page, Sandbox], None]] = {
    "start": at("/"),
    "conversation": conversation,
    "conversation-menu": over_conversation(menu),
    "message-menu": message_menu,
    "person-menu": person_menu,
    "colour": over_conversation(colour),
    "emoji": over_conversation(emoji),
    "switcher": over_conversation(switcher),
    "shortcuts-dialog": over_conversation(shortcuts),
    "too-long": over_conversation(too_long),
    "people": at("/people/"),
    "person": at("/people/{robin}/"),
    "hidden": at("/conversations/hidden/"),
    "colour-page": at("/conversations/{team}/preferences/"),
    "clear": at("/conversations/{team}/clear/"),
    "export": at("/conversations/{team}/export/"),
    "search": search,
    "concern": at("/concerns/new/?userid={robin}"),
    "concern-whom": at("/concerns/new/?conversation={team}"),
    "concern-arrived": concern_arrived,
    "workspace": at("/workspaces/new/"),
    "workspace-registered": workspace_registered,
    "alerts": at("/alerts/new/"),
    "alert": alerted,
    "preferences": at("/preferences/"),
    "sign-ins": at("/sign-ins/"),
    "shortcuts": at("/shortcuts/"),
    "outbox": at("/outbox/"),
    "offline": at("/offline/"),
    "status": at("/status/"),
    "unsent": unsent,
    "error-400": overfull_form,
    "error-403": rendered("403.html", "You may not do this"),
    "error-403-form": expired_form,
    "error-404": at("/nothing-here/"),
    "error-500": rendered("500.html", "Something broke"),
    "error-502": unreachable,
}
