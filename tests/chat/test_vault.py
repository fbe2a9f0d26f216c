from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.db.models import QuerySet

from chat import vault
from chat.models import SignIn
from chat.vault import Credentials, OpenedCache, TamperedError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
find, alive, end = async_to_sync(vault.find), async_to_sync(vault.alive), async_to_sync(vault.end)


def credentials(userid="u1"):
    return Credentials(
        userid=userid,
        fullname="Ann Other",
        nick="Ann",
        apikey="the-api-key",
        private_key=b"\x30\x82private",
        station_secret=b"s" * 32,
        endpoints={"chatlogin": "http://localhost/"},
        listener_url=None,
    )


def begin(userid="u1", *, remember=False):
    token, _ = async_to_sync(vault.begin)(
        credentials(userid), remember=remember, agent="Firefox " * 99, address="192.0.2.1"
    )
    return token


def test_the_repr_of_credentials_opens_nothing():
    shown = repr(credentials())
    assert not [secret for secret in ("the-api-key", "private", "sss") if secret in shown.replace("private_key", "")]


# Tokens


def test_each_token_is_new_and_256_bits_long():
    tokens = {vault.new_token() for _ in range(10)}
    assert len(tokens) == 10
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in tokens} == {32}


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 42, "A" * 44, "A" * 5000, "!" * 43, "\x00" * 43])
def test_what_is_no_token_has_no_hash(token):
    assert vault.token_hash(token) is None


# Sealing


def test_a_blob_opens_with_its_token_row_and_person():
    token, row = vault.new_token(), uuid.uuid4()
    assert vault.unseal(token, row, "u1", vault.seal(token, row, "u1", b"secret")) == b"secret"


def test_a_blob_does_not_open_for_another_token_row_or_person():
    token, row = vault.new_token(), uuid.uuid4()
    sealed = vault.seal(token, row, "u1", b"secret")
    for other in ((vault.new_token(), row, "u1"), (token, uuid.uuid4(), "u1"), (token, row, "u2"), ("", row, "u1")):
        with pytest.raises(TamperedError):
            vault.unseal(*other, sealed)


def test_a_changed_blob_does_not_open_whichever_byte_it_is():
    token, row = vault.new_token(), uuid.uuid4()
    sealed = vault.seal(token, row, "u1", b"secret")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(TamperedError):
            vault.unseal(token, row, "u1", bytes(changed))


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_cut_blob_does_not_open(length):
    token, row = vault.new_token(), uuid.uuid4()
    with pytest.raises(TamperedError):
        vault.unseal(token, row, "u1", vault.seal(token, row, "u1", b"secret")[:length])


def test_the_same_credentials_are_never_sealed_alike():
    token, row = vault.new_token(), uuid.uuid4()
    assert vault.seal(token, row, "u1", b"secret") != vault.seal(token, row, "u1", b"secret")


# Rows


@pytest.mark.django_db
def test_the_token_brings_the_credentials_back():
    assert find(begin()) == credentials()


@pytest.mark.django_db
def test_another_token_brings_nothing():
    begin()
    assert find(vault.new_token()) is None


@pytest.mark.django_db
def test_a_row_holds_neither_the_token_nor_what_it_opens():
    token = begin()
    (row,) = SignIn.objects.values()
    dump = repr(row).encode() + bytes(row["sealed"])
    secret = base64.urlsafe_b64decode(token + "=")
    for what in (token.encode(), secret, secret.hex().encode(), b"the-api-key", b"private", b"ssss"):
        assert what not in dump


@pytest.mark.django_db
def test_what_the_row_holds_is_no_token():
    begin()
    digest = SignIn.objects.get().token_hash
    for guess in (digest, base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")):
        assert find(guess) is None


@pytest.mark.django_db
def test_a_blob_moved_to_another_row_is_refused():
    mine, theirs = begin("u1"), begin("u2")
    stolen = SignIn.objects.get(userid="u2").sealed
    SignIn.objects.filter(userid="u1").update(sealed=stolen)
    with pytest.raises(TamperedError):
        find(mine)
    assert find(theirs) == credentials("u2")


@pytest.mark.django_db
def test_a_row_renamed_to_another_person_is_refused():
    token = begin()
    SignIn.objects.update(userid="u2")
    with pytest.raises(TamperedError):
        find(token)


@pytest.mark.django_db
def test_a_row_put_under_another_token_is_refused():
    begin("u1")
    mine = vault.new_token()
    SignIn.objects.update(token_hash=vault.token_hash(mine))
    with pytest.raises(TamperedError):
        find(mine)


@pytest.mark.django_db
def test_an_ended_sign_in_is_gone():
    token = begin()
    end(vault.token_hash(token))
    assert find(token) is None
    assert not alive(vault.token_hash(token), used=True)


# Ends


@pytest.mark.django_db
@pytest.mark.parametrize(("remember", "idle"), [(False, 12 * HOUR), (True, 30 * DAY)])
def test_a_sign_in_ends_when_nobody_used_it_for_long(remember, idle):
    with time_machine.travel(NOON, tick=False) as clock:
        key = vault.token_hash(begin(remember=remember))
        clock.shift(idle - SECOND)
        assert alive(key, used=False)
        clock.shift(SECOND)
        assert not alive(key, used=False)


@pytest.mark.django_db
def test_use_keeps_a_sign_in_and_a_mere_look_does_not():
    with time_machine.travel(NOON, tick=False) as clock:
        used, watched = vault.token_hash(begin()), vault.token_hash(begin())
        clock.shift(11 * HOUR)
        assert alive(used, used=True)
        assert alive(watched, used=False)
        clock.shift(11 * HOUR)
        assert alive(used, used=False)
        assert not alive(watched, used=False)


@pytest.mark.django_db
@pytest.mark.parametrize("remember", [False, True])
def test_no_use_keeps_a_sign_in_longer_than_thirty_days(remember):
    with time_machine.travel(NOON, tick=False) as clock:
        token = begin(remember=remember)
        for _ in range(30 * 3 - 1):
            clock.shift(8 * HOUR)
            assert alive(vault.token_hash(token), used=True)
        clock.shift(8 * HOUR)
        assert not alive(vault.token_hash(token), used=True)
        assert find(token) is None


@pytest.mark.django_db
def test_a_use_that_can_not_be_noted_shuts_nobody_out(monkeypatch):
    async def full(*_, **__):
        raise OperationalError

    with time_machine.travel(NOON, tick=False):
        key = vault.token_hash(begin())
    monkeypatch.setattr(QuerySet, "aupdate", full)
    with time_machine.travel(NOON + HOUR, tick=False):
        assert alive(key, used=True)


@pytest.mark.django_db
def test_an_ended_sign_in_does_not_come_back_by_use():
    with time_machine.travel(NOON, tick=False) as clock:
        key = vault.token_hash(begin())
        clock.shift(13 * HOUR)
        assert not alive(key, used=True)
        assert not alive(key, used=True)


@pytest.mark.django_db
def test_signing_in_sweeps_ended_rows_and_no_others():
    with time_machine.travel(NOON, tick=False) as clock:
        begin("idle")
        kept = begin("remembered", remember=True)
        clock.shift(13 * HOUR)
        begin("new")
        assert find(kept)
    assert set(SignIn.objects.values_list("userid", flat=True)) == {"remembered", "new"}


# What is open


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def cache(clock):
    return OpenedCache(limit=2, idle=10, clock=lambda: clock[0])


def test_an_opened_thing_is_found_until_it_was_idle_for_long(cache, clock):
    cache.put("a", 1)
    for _ in range(3):
        clock[0] += 10
        assert cache.get("a") == 1
    clock[0] += 10.1
    assert cache.get("a") is None


def test_the_longest_unused_gives_way(cache):
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_idle_things_are_let_go_even_if_nobody_asks_for_them(cache, clock):
    cache.put("a", 1)
    clock[0] += 10.1
    cache.get("b")
    assert not cache._held


def test_a_dropped_thing_is_gone(cache):
    cache.put("a", 1)
    cache.drop("a")
    cache.drop("a")
    assert cache.get("a") is None
