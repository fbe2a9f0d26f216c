from __future__ import annotations

import re

import pytest

CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def pages(visit, browser, world):
    """One answer of each kind: a page, a part, an error, a form, the list, a redirect."""
    alice, conversation = visit("alice"), world.between("alice", "layla")
    return [
        alice.get("/"),
        alice.open(conversation),
        alice.get("/conversations/", htmx=True),
        alice.get("/conversations/nowhere/"),
        alice.say(conversation, ""),
        browser().get("/sign-in/"),
        browser().get("/"),
        browser().post("/sign-in/", {}, csrf=False),
    ]


def test_no_page_may_load_or_send_anything_elsewhere(pages):
    for page in pages:
        assert {rule.strip() for rule in page.headers["content-security-policy"].split(";")} == CSP


def test_no_page_is_kept_by_a_cache(pages):
    assert {page.headers["cache-control"] for page in pages} == {"no-store"}


def test_no_page_is_guessed_at_framed_or_told_of_elsewhere(pages):
    for page in pages:
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in page.headers


def test_no_page_has_script_or_style_of_its_own(pages):
    for page in pages:
        scripts = [script for script in page.document.all("script") if script["type"] != "application/json"]
        assert all(script["src"].startswith("/static/") for script in scripts)
        assert not page.document.all("style")
        assert not [each for each in page.document.elements if "style" in each.attributes]
        assert not [
            name for each in page.document.elements for name in each.attributes if name.startswith(("on", "hx-on"))
        ]


def test_http_does_not_promise_https(visit):
    assert "strict-transport-security" not in visit("alice").get("/").headers


def test_pages_are_compressed(visit, world):
    page = visit("alice").get(f"/conversations/{world.between('alice', 'arpad')}/", **{"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"


def test_static_files_are_hashed_compressed_and_kept_for_long(visit):
    visitor = visit("alice")
    document = visitor.get("/").document
    links = [each["href"] for each in document.all("link[rel=stylesheet]")] + [
        each["src"] for each in document.all("script[src]")
    ]
    assert len(links) > 3
    for link in links:
        assert re.search(r"\.[0-9a-f]{12}\.(css|js)$", link)
        answer = visitor.get(link, **{"Accept-Encoding": "gzip"})
        assert answer.status == 200
        assert answer.headers["cache-control"] == "max-age=315360000, public, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_foreign_host_name_is_refused(browser):
    assert browser().get("/sign-in/", Host="evil.example").status == 400


def test_the_portal_says_that_it_lives_without_asking_the_server(browser, world):
    visitor, since = browser(), world.now()
    answer = visitor.get("/livez")
    assert (answer.status, answer.html) == (200, "ok\n")
    assert world.now() == since


@pytest.mark.parametrize(("method", "path"), [("PUT", "/"), ("DELETE", "/conversations/"), ("GET", "/sign-out/")])
def test_a_method_that_a_page_does_not_have_is_refused(visit, method, path):
    visitor = visit("alice")
    headers = {"X-CSRFToken": visitor.csrf, "Origin": visitor.portal.url}
    assert visitor.http.request(method, path, headers=headers).status_code == 405
    assert visitor.is_signed_in
