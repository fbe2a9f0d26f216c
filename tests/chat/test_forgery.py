"""What another site can have a person's browser do here: nothing. Every path there is, so that a new one is tried."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from websockets.exceptions import InvalidStatus

# A script has no cookie that another site could use: its proof is the token in its header (tests/chat/test_alerts.py).
BY_TOKEN = {"alerts:index"}
# What a look at a page may ask of the chat server; that somebody is here is said by itself.
READING = {"list", "downloadpartial", "download", "blocklist", "useravailable"}
# What the forms of our pages would send, all at once: no path takes more than it knows.
EVERYTHING = {
    "text": "forged",
    "id": "8f14e45f-ceea-4167-a5a8-1bd2c8b1f4aa",
    "confirm": "clear",
    "end": "others",
    "favorite": "on",
    "action": "offline",
    "accept": "x",
    "workspacename": "forged.example",
    "theme": "dark",
    "concern": "forged",
    "to": "everyone@example.org",
    "message": "1",
    "unread": "1",
    "next": "/",
}


def named(patterns=None, namespace=""):
    """The name and the converters' fields of every address."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from named(one.url_patterns, f"{one.namespace}:" if one.namespace else namespace)
        elif isinstance(one, URLPattern):
            yield f"{namespace}{one.name}", one.pattern.converters


@pytest.fixture
def paths(world):
    """Every address, with something of Alice's in it: name → path."""
    own = {"id": world.between("alice", "layla"), "userid": world.userid("layla")}
    found = {
        name: reverse(
            name,
            kwargs={field: uuid.UUID(int=1) if "UUID" in repr(kind) else own[field] for field, kind in kinds.items()},
        )
        for name, kinds in named()
    }
    assert len(found) > 30
    return found


@pytest.fixture
def alice(visit):
    visitor = visit("alice")
    visitor.get("/")
    return visitor


def forged(alice, path, *, origin, token):
    headers = {name: value for name, value in (("Origin", origin), ("X-CSRFToken", token)) if value}
    return alice.http.post(path, data=EVERYTHING, headers=headers).status_code


def changes(world, since):
    """What was asked of the chat server since then that changes anything."""
    calls = world.sandbox.control(f"calls?since={since}")
    others = ("", "chatnotification")  # whether it answers at all, and what changed
    return [call for call in calls if call["action"] not in READING and call["api"] not in others]


def test_no_form_of_another_site_does_anything_on_any_path(alice, paths, world):
    here, since = alice.portal.url, world.now()
    elsewhere = [("https://evil.example", alice.csrf), (here, ""), (here, "A" * 64), ("", "")]
    let_in = {
        (name, origin, bool(token))
        for name, path in paths.items()
        for origin, token in elsewhere
        if forged(alice, path, origin=origin, token=token) != 403
    }
    assert {name for name, *_ in let_in} <= BY_TOKEN
    assert changes(world, since) == []
    assert alice.is_signed_in


def test_no_origin_that_only_looks_like_ours_is_taken_for_it(alice, paths):
    here = alice.portal.url
    for origin in ("null", f"{here}.evil.example", f"{here}0", here.replace("http:", "https:"), f"{here}@evil.example"):
        assert forged(alice, paths["availability:update"], origin=origin, token=alice.csrf) == 403, origin


def test_a_form_of_this_site_does(alice, paths):
    assert forged(alice, paths["availability:update"], origin=alice.portal.url, token=alice.csrf) != 403


def test_no_link_to_any_path_changes_anything(alice, paths, world):
    since, before = world.now(), alice.get("/preferences/").html.count(" checked")
    for path in paths.values():
        alice.http.get(path, params=EVERYTHING)
    assert changes(world, since) == []
    assert alice.is_signed_in
    assert alice.get("/preferences/").html.count(" checked") == before


def test_the_token_of_one_browsers_pages_is_none_in_another(alice, browser, paths):
    other = browser()
    other.get("/sign-in/")
    assert forged(alice, paths["availability:update"], origin=alice.portal.url, token=other.csrf) == 403


def test_no_page_that_only_looks_like_ours_opens_a_socket(alice):
    here = urlsplit(alice.portal.url)
    port = here.port
    let_in = []
    for origin in (
        f"http://127.0.0.1.evil.example:{port}",
        f"http://evil.example:{port}",
        f"http://127.0.0.1@evil.example:{port}",
        f"http://evil.example#127.0.0.1:{port}",
        f"http://evil.example\\@127.0.0.1:{port}",
        f"http://127.0.0.1:{port}.evil.example",
        f"http://127.0.0.1:{port + 1}",
        f"http://127.0.0.1:0{port}0",
        f"https://127.0.0.1:{port}",
        f"ws://127.0.0.1:{port}",
        f"http://127.0.0.2:{port}",
        f"http://2130706433:{port}",
        f"http://0x7f.1:{port}",
        f"http://127.1:{port}",
        f"http://localhost.:{port}",
        f"http://localhost.evil.example:{port}",
        f"http://xn--localhost-.example:{port}",
        f"http://evil.example, http://127.0.0.1:{port}",
        f"http://127.0.0.1:{port}, http://evil.example",
        f"//127.0.0.1:{port}",
        f"127.0.0.1:{port}",
        "file://",
        "about:blank",
        "null, null",
        "*",
    ):
        try:
            alice.socket(origin=origin)
        except InvalidStatus as refused:
            assert refused.response.status_code in (400, 403), origin
        else:
            let_in.append(origin)
    assert let_in == []
    assert alice.tab().all_so_far()
