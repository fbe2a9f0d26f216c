"""Hundreds of texts that would rather be markup, in every place that shows what somebody else wrote: they stay text.

A page is looked at in bulk. What came alive would have left a trace (`tests/hostile.py`), and what the page's policy
stopped from coming alive counts too: nothing is left to the policy.
"""

from __future__ import annotations

import itertools

import pytest
from django.utils.encoding import iri_to_uri
from playwright.sync_api import expect

from chat.http import target
from tests.browser.steps import (
    at_start,
    composer,
    conversation_of,
    message,
    open_conversation,
    texts,
    to_end,
    wait_until_quiet,
)
from tests.hostile import ELSEWHERE, OTHERS, WORDS, between, spoiled
from tests.pages import PAGES
from tests.processes import Portal

# Nothing on them is anybody's words, or nothing that is not on another of them.
PLAIN = {
    *("conversation-menu", "message-menu", "person-menu", "colour"),
    *("emoji", "shortcuts", "shortcuts-dialog", "too-long", "workspace", "workspace-registered", "preferences"),
    *("outbox", "offline", "error-400", "error-403", "error-403-form", "error-404", "error-500", "error-502"),
}
TOKEN = "a-token-for-scripts"
WATCH = """addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    (top.evil = `${violatedDirective} ${blockedURI}`));"""
ALIVE = """() => {
    const found = window.evil ? [`ran: ${window.evil}`] : [];
    const roots = [document, ...[...document.querySelectorAll("template")].map((one) => one.content)];
    for (const one of roots.flatMap((root) => [...root.querySelectorAll("*")])) {
        const tag = one.localName;
        if (["iframe", "object", "embed", "base", "math", "applet"].includes(tag)) found.push(one.outerHTML);
        for (const { name, value } of one.attributes) {
            const text = value.trim().toLowerCase();
            const leads = ["href", "src", "action", "formaction", "data"].includes(name) || name.includes("hx-get");
            if (name.startsWith("on") || name.includes("hx-on") || name === "srcdoc" || name.includes("data-evil") ||
                (name === "style" && text.includes("url(")) || (name.includes("hx-vals") && text.includes("js:")) ||
                (leads && /^[\\s\\x00-\\x20]*(javascript|data|vbscript):/.test(text) && tag !== "link") ||
                (leads && tag !== "a" && text.includes("evil")))
                found.push(`${tag} ${name}=${value}`);
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def server(_fresh_sandbox, _sandbox_process):
    words = itertools.cycle(WORDS)
    with between(_sandbox_process.url, lambda reply: spoiled(reply, words)) as url:
        yield url


@pytest.fixture(scope="module")
def hostile(server, _sandbox_process, tmp_path_factory):
    """A portal whose server says such things."""
    people = _sandbox_process.people
    extras = {"ALERTS_BY": people["alice"].userid, "CONCERNS_TO": people["zsofi"].userid, "ALERTS_TOKEN": TOKEN}
    with Portal(server, tmp_path_factory.mktemp("hostile"), **extras) as portal:
        yield portal


@pytest.fixture(scope="module")
def said(_fresh_sandbox, _sandbox_process):
    """Bob's conversation with Alice, in which he said all of it, and the id of the last message."""
    people = _sandbox_process.people
    talk = conversation_of(people["alice"], people["bob"])
    for text in ["\n".join(WORDS[at : at + 40]) for at in range(0, len(WORDS), 40)] + list(OTHERS):
        say = {"from": people["bob"].email, "conversation": talk, "text": text}
        last = _sandbox_process.control("say", say)["id"]
    return talk, last


@pytest.fixture
def talk(said):
    return said[0]


@pytest.fixture
def enter(page_for, hostile, alice):
    """A page of Alice's, and whatever it did that it should not have."""
    did = []

    def entered(**options):
        page = at_start(page_for(alice, base_url=hostile.url, **options))
        page.context.add_init_script(WATCH)
        page.context.on("request", lambda request: did.append(request.url) if strays(request.url) else None)
        page.on("dialog", lambda dialog: (did.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.reload()
        return page

    def strays(url):
        return not url.startswith(f"{hostile.url}/") or "evil" in url.partition("?")[0].removeprefix(hostile.url)

    yield entered
    assert did == []


def assert_dead(page):
    assert page.evaluate(ALIVE) == [], page.url


@pytest.mark.console("the server responded with a status of 4")
def test_what_the_server_says_is_text_on_every_page(enter, hostile, sandbox):
    page = enter()
    for name, show in PAGES.items():
        if name not in PLAIN:
            show(page, sandbox)
            assert_dead(page)
    assert {"conversation", "people", "hidden", "search", "alert", "sign-ins", "status"} <= PAGES.keys() - PLAIN


def test_what_people_say_is_text_live_and_on_the_page_and_in_what_is_found(enter, sandbox, bob, talk):
    page = open_conversation(enter(), talk)
    to_end(page)
    assert_dead(page)
    assert "<script data-evil>" in "".join(texts(page))
    for at in range(0, len(WORDS), 60):
        text = "\n".join(WORDS[at : at + 60])
        last = sandbox.control("say", {"from": bob.email, "conversation": talk, "text": text})["id"]
    expect(message(page, last)).to_be_attached()
    wait_until_quiet(page)
    assert_dead(page)
    page.goto(f"/conversations/{talk}/messages/search/")
    page.locator("#search-words").fill("data-evil>")
    page.keyboard.press("Enter")
    expect(page.locator(".hits__end")).to_be_visible()
    assert page.locator("mark").count() > 20
    assert_dead(page)


def test_an_export_opened_as_a_file_is_text(enter, talk, tmp_path, new_page, hostile):
    page = enter()
    answer = page.request.get(f"{hostile.url}/conversations/{talk}/export/?format=html")
    (tmp_path / "export.html").write_bytes(answer.body())
    asked = []
    file = new_page()
    file.context.add_init_script(WATCH)
    file.context.on("request", lambda request: asked.append(request.url))
    file.goto(f"file://{tmp_path}/export.html")
    expect(file.locator("footer")).to_be_attached()
    assert file.locator("article").count() > len(OTHERS)
    assert_dead(file)
    assert asked == [f"file://{tmp_path}/export.html"]


def test_an_alert_is_text_and_leads_where_it_says(enter, hostile):
    page = enter()
    words = "\n".join(WORDS)
    for at in range(0, len(words), 1_900)[:5]:
        draft = {"to": "everyone", "text": words[at : at + 1_900], "link": "https://example.org/?'onload=evil"}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert page.request.post(f"{hostile.url}/alerts/", data=draft, headers=headers).status == 202
    expect(page.locator(".alert-banner")).to_have_count(5)
    assert_dead(page)
    page.goto("/people/")
    expect(page.locator(".alert-banner")).to_have_count(5)
    assert_dead(page)


def test_what_is_searched_for_typed_and_claimed_is_text(enter, new_page, hostile):
    page = enter(user_agent=OTHERS[0] + "<b data-evil>")
    signed_out = new_page(base_url=hostile.url)
    signed_out.context.add_init_script(WATCH)
    some = " ".join(WORDS[::23] + OTHERS)
    for on, path in (
        (page, "/people/?q={}"),
        (page, "/conversations/?q={}"),
        (page, "/sign-ins/"),
        (page, "/status/"),
        (signed_out, "/sign-in/?next={}&email={}"),
    ):
        for words in (some, OTHERS[0]) if "{}" in path else ("",):
            on.goto(path.replace("{}", on.evaluate("encodeURIComponent", words)))
            assert_dead(on)


@pytest.mark.console("the server responded with a status of 4")
def test_what_this_browser_kept_and_the_servers_no_to_it_are_text(enter, sandbox, alice, talk):
    page = open_conversation(enter(), talk)
    sandbox.control("faults", {"api": "chatconversation", "action": "add", "fault": "refuse", "times": 3})
    for words in ("\n".join(WORDS[1::9]), '"><img src=/evil data-evil>'):
        composer(page).fill(words)
        composer(page).press("Enter")
    expect(page.locator("[data-state=failed]")).to_have_count(2)
    composer(page).fill("\n".join(WORDS[2::9]))
    assert_dead(page)
    page.reload()
    wait_until_quiet(page)
    expect(page.locator("[data-state=failed]")).to_have_count(2)
    assert_dead(page)
    page.goto("/outbox/")
    wait_until_quiet(page)
    assert_dead(page)


def test_no_next_leads_to_another_site_in_a_browser(new_page, portal):
    page = new_page()
    page.goto("/sign-in/")
    to = [iri_to_uri(target(next)) for next in ELSEWHERE]
    origins = page.evaluate("all => all.map((one) => new URL(one, location.href).origin)", to)
    assert len(to) > 600
    assert set(origins) == {portal.url}
