"""Whoever guesses at passwords: what they can learn, how often they may try, and who lets the right person in again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command

from chat.models import Throttle
from chat.throttle import SIGN_IN_BY_ACCOUNT, SIGN_IN_BY_ADDRESS, neighbourhood
from tests.meeting.commands import ozeki

TOKENS = re.compile(r'(data-csrf|value)="[A-Za-z0-9]{64}"|X-CSRFToken": "[A-Za-z0-9]{64}"')


@pytest.fixture
def guess(browser, sandbox):
    """`guess(email, times)`: everything that the last wrong password for it is answered with, but for what is random,
    and for the address itself."""

    def answered(email, times=1):
        visitor = browser()
        for _ in range(times):
            answer = visitor.sign_in(sandbox.people["tom"], email=email, password="wrong")
        random = ("date", "content-length", "set-cookie", "x-request-id")
        headers = {name: value for name, value in answer.headers.items() if name not in random}
        return answer.status, headers, TOKENS.sub("", answer.html).replace(email, "")

    return answered


def test_who_has_an_account_can_not_be_told_from_the_answer_nor_from_what_is_done_for_it(guess, world):
    answers, done = [], []
    for email in ("robin@example.org", "rabin@example.org"):
        since = world.now()
        answers.append(guess(email))
        done.append([(call["api"], call["action"]) for call in world.sandbox.control(f"calls?since={since}")])
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert done == [[("chatlogin", "login")]] * 2


def test_an_account_is_closed_alike_whether_it_exists_or_not(guess):
    known, unknown = guess("tom@example.org", 11), guess("tam@example.org", 11)
    assert known == unknown
    assert known[0] == 429


def test_an_address_can_not_be_made_up(browser, sandbox):
    visitor, claimed = browser(), "203.0.113.9"
    headers = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "Client-IP", "True-Client-IP", "Remote-Addr")
    visitor.http.headers.update(dict.fromkeys(headers, claimed))
    visitor.sign_in(sandbox.people["maria"])
    page = visitor.get("/sign-ins/").html
    assert claimed not in page
    assert visitor.address in page


def test_where_the_site_begins_can_not_be_made_up(browser):
    answer = browser().get("/conversations/", **{"Daphne-Root-Path": "//evil.example", "X-Forwarded-Prefix": "//evil"})
    assert (answer.status, urlsplit(answer.location)[:3]) == (302, ("", "", "/sign-in/"))


# How often, and who forgives

database = pytest.mark.django_db


def used_up(limit, subject):
    Throttle.objects.create(key=limit._key(subject), count=limit.count, since=datetime.now(UTC))


@database
def test_an_address_that_has_had_its_tries_closes_no_more_accounts(client):
    used_up(SIGN_IN_BY_ADDRESS, "127.0.0.1")
    fields = {"email": "alice@example.org", "password": "x"}
    assert [client.post("/sign-in/", fields).status_code for _ in range(11)] == [429] * 11
    assert async_to_sync(SIGN_IN_BY_ACCOUNT.admit)("alice@example.org")


@database
def test_an_account_that_has_had_its_tries_is_closed_to_addresses_that_have_not(client):
    used_up(SIGN_IN_BY_ACCOUNT, "alice@example.org")
    for address in ("127.0.0.1", "192.0.2.9", "2001:db8::1"):
        for email in ("alice@example.org", " Alice@Example.ORG "):
            answer = client.post("/sign-in/", {"email": email, "password": "x"}, REMOTE_ADDR=address)
            assert answer.status_code == 429, (address, email)


@database
def test_whoever_has_a_whole_network_of_addresses_has_the_tries_of_one(client):
    used_up(SIGN_IN_BY_ADDRESS, neighbourhood("2001:db8:1:2::1"))
    fields = {"email": "alice@example.org", "password": "x"}
    assert client.post("/sign-in/", fields, REMOTE_ADDR="2001:db8:1:2:ffff::9").status_code == 429


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_of_an_address_as_much_is_counted_as_one_person_has(address, counted):
    assert neighbourhood(address) == counted


@database
@pytest.mark.parametrize(
    ("limit", "counted", "subject"),
    [
        (SIGN_IN_BY_ACCOUNT, "alice@example.org", "Alice@example.org"),
        (SIGN_IN_BY_ADDRESS, "192.0.2.9", "192.0.2.9"),
        (SIGN_IN_BY_ADDRESS, "2001:db8:1:2::/64", "2001:db8:1:2::9"),
    ],
)
def test_an_administrator_lets_somebody_try_again_and_nobody_else(limit, counted, subject, capsys):
    used_up(limit, counted)
    used_up(limit, "another")
    with pytest.raises(SystemExit, match="0"):
        call_command("ozeki", "forgive", subject, "nobody@example.org")
    assert capsys.readouterr().out.splitlines() == [
        f"{subject}: may try again.",
        "nobody@example.org: no tries were counted.",
    ]
    assert async_to_sync(limit.admit)(counted)
    assert not async_to_sync(limit.admit)("another")


def test_without_its_database_the_command_says_so_in_a_sentence(tmp_path):
    done = ozeki("forgive", "alice@example.org", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("CommandError: The database can't be used: no such table")
    assert "DATA_DIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1
