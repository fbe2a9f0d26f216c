"""With a server and a portal of their own: they are stopped and started, and have an https address."""

from __future__ import annotations

import pytest

from tests.processes import Portal, Sandbox, wait_until

KEY_STAYS_LOCKED = "Your password was accepted, but it does not open your encryption key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    (folder / "dialect.toml").write_text('[key]\npassphrase = "{encryption_password}"\n')
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with Sandbox("--dialect", str(folder / "dialect.toml"), "--data", str(folder / "sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def own(server, folder):
    dialect, site = str(folder / "dialect.toml"), "https://chat.example.org"
    with Portal(server.url, folder / "portal", OZEKI_DIALECT=dialect, SITE_URL=site) as portal:
        yield portal


@pytest.fixture
def sign_in(own, server, browser):
    """A browser that has just tried to sign in, and the answer."""

    def tried(first="bob", **fields):
        visitor, person = browser(own), server.people[first]
        return visitor, visitor.sign_in(person, **({"encryption_password": person.encryption_password} | fields))

    return tried


@pytest.fixture
def bob(sign_in):
    visitor, answer = sign_in("bob")
    assert answer.status == 303
    return visitor


def test_under_https_the_cookies_are_secure_and_of_this_host_alone(sign_in):
    visitor, answer = sign_in()
    cookie = answer.cookies["__Host-ozeki_sign_in"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
    assert (answer.cookies["__Host-csrftoken"]["secure"], answer.cookies["__Host-csrftoken"]["httponly"]) == (
        True,
        True,
    )
    assert visitor.is_signed_in


def test_under_https_signing_out_takes_the_cookie_away(bob):
    cookie = bob.sign_out().cookies["__Host-ozeki_sign_in"]
    assert (cookie.value, cookie["secure"], cookie["max-age"]) == ("", True, "0")
    assert not bob.token


def test_under_https_only_pages_of_https_open_a_socket(bob):
    assert bob.tab().all_so_far()
    with pytest.raises(Exception, match="403"):
        bob.socket(origin="http://chat.example.org")


def test_under_https_browsers_are_told_to_stay_there(bob):
    assert bob.get("/").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("wrong", ["", "bob-password", "Bob-encryption"])
def test_a_password_that_does_not_open_the_key_is_told_from_a_wrong_one(sign_in, wrong):
    visitor, answer = sign_in(encryption_password=wrong)
    assert (answer.status, answer.alert) == (422, KEY_STAYS_LOCKED)
    assert not visitor.is_signed_in


def test_the_form_asks_for_an_encryption_password_only_where_the_dialect_wants_one(own, browser):
    assert browser(own).get("/sign-in/").document.all("input[name=encryption_password]")
    assert not browser().get("/sign-in/").document.all("input[name=encryption_password]")


def test_a_restart_of_the_portal_keeps_everyone_signed_in(bob, own, server):
    tab, token = bob.tab(), bob.token
    epoch = tab.heard[0]["epoch"]
    own.stop()
    own.start()
    assert bob.is_signed_in
    assert bob.token == token
    back = bob.socket()
    assert back.hello(epoch, 0)["epoch"] != epoch
    assert back.hear("resync")


def test_a_sign_out_lasts_over_a_restart(bob, own, browser):
    thief = browser(own)
    thief.http.cookies.set("__Host-ozeki_sign_in", bob.token, domain="chat.example.org", path="/")
    bob.sign_out()
    own.stop()
    own.start()
    assert not thief.is_signed_in


def test_without_the_server_nothing_is_lost_and_with_it_again_everything_works(bob, sign_in, server, own):
    conversation = bob.get("/").rows[0]["data-conversation"]
    csrf = bob.csrf
    fields = {"text": "Nobody there?", "id": "8f14e45f-ceea-4167-a5a8-1bd2c8b1f4ab", "csrfmiddlewaretoken": csrf}
    path = f"/conversations/{conversation}/messages/"
    server.stop()
    try:
        _, refused = sign_in("alice")
        page, part = bob.post(path, fields, csrf=False), bob.post(path, fields, csrf=False, htmx=True)
    finally:
        server.start()
    for answer in (refused, page, part):
        assert (answer.status, answer.alert) == (502, "The chat server can't be reached.")
    assert refused.document.one("input[name=email]")["value"] == "alice@example.org"
    assert page.document.one("textarea[name=text]").raw == "Nobody there?"
    assert bob.post(path, fields, csrf=False, htmx=True).status == 201


@pytest.mark.parametrize("name", ["OZEKI_LISTENER_URL", "OZEKI_DIALECT"])
def test_where_to_listen_is_looked_up_anew_for_those_who_are_signed_in_already(name, sandbox, browser, alice, tmp_path):
    (tmp_path / "off.toml").write_text('[listener]\nurl = "off"\n')
    wrong = {"OZEKI_LISTENER_URL": "ws://127.0.0.1:9/", "OZEKI_DIALECT": str(tmp_path / "off.toml")}[name]
    with Portal(sandbox.url, tmp_path / "data", **{name: wrong}) as own:
        visitor = browser(own)
        visitor.sign_in(alice)
        own.stop()
        own.variables[name] = ""
        own.start()
        visitor.tab()
        wait_until(lambda: '"socket": 1' in visitor.get("/readyz").html, "a socket to the server")
