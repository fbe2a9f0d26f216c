"""What makes the portal an app, as browsers ask for it: signed in or not, and never with anybody's name in it."""

from __future__ import annotations

import json
import re

import pytest

TYPES = {
    "/manifest.webmanifest": "application/manifest+json",
    "/service-worker.js": "text/javascript",
    "/offline/": "text/html; charset=utf-8",
}
PATHS = list(TYPES)


@pytest.mark.parametrize("path", PATHS)
def test_each_is_there_for_everybody_and_asked_for_again_each_time(browser, path):
    answer = browser().get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, TYPES[path])
    assert answer.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_none_is_another_one_for_who_is_signed_in(visit, browser, path):
    assert visit("alice").get(path).html == browser().get(path).html


@pytest.mark.parametrize("path", PATHS)
def test_each_can_only_be_looked_at(visit, path):
    assert visit("alice").post(path, {}).status == 405


def test_the_manifest_says_how_the_portal_is_installed(browser):
    visitor = browser()
    manifest = json.loads(visitor.get("/manifest.webmanifest").html)
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/", "/", "/")
    assert (manifest["name"], manifest["short_name"], manifest["display"]) == ("Ozeki Web", "Ozeki Web", "standalone")
    for icon in manifest["icons"]:
        answer = visitor.get(icon["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, icon["type"])


def test_every_page_names_the_manifest_and_an_icon_for_the_home_screen(visit, browser):
    for page in (visit("alice").get("/"), browser().get("/sign-in/"), visit("alice").get("/nowhere/")):
        assert page.document.one("link[rel=manifest]")["href"] == "/manifest.webmanifest"
        assert page.document.one("link[rel=apple-touch-icon]")["href"].endswith(".png")


def test_all_that_the_worker_keeps_can_be_had(browser):
    visitor = browser()
    files = re.findall(r'"(/static/[^"]+)"', visitor.get("/service-worker.js").html)
    assert len(files) == len(set(files)) > 3
    assert {visitor.get(file).status for file in files} == {200}


def test_the_page_for_when_there_is_no_portal_needs_no_more_than_the_worker_keeps(browser):
    visitor = browser()
    document = visitor.get("/offline/").document
    links = [link["href"] for link in document.all("link")] + [script["src"] for script in document.all("script")]
    worker = visitor.get("/service-worker.js").html
    assert [link for link in links if f'"{link}"' not in worker] == []


def test_the_worker_is_another_one_in_another_language(browser):
    english, hungarian = (browser().get("/service-worker.js", **{"Accept-Language": one}).html for one in ("en", "hu"))
    version = re.compile(r'"offline-(\w+)"')
    assert version.search(english)[1] != version.search(hungarian)[1]


def test_the_page_for_when_there_is_no_portal_has_no_token(browser):
    assert "csrf" not in browser().get("/offline/").html
