"""The Ozeki server is slow, away, refuses, flaps, answers garbage, has the wrong certificate, or starts anew."""

from __future__ import annotations

import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.processes import Portal
from tests.proxy import Proxy

AWAY = "The chat server can't be reached."
STRANGE = "The chat server answered something this portal does not understand."


@pytest.fixture(scope="module")
def ear(_fresh_sandbox, _sandbox_process):
    with Proxy(_sandbox_process.listener) as ear:
        yield ear


@pytest.fixture(scope="module")
def own(line, ear, tmp_path_factory):
    with Portal(line.url, tmp_path_factory.mktemp("own"), OZEKI_LISTENER_URL=ear.url) as portal:
        yield portal


@pytest.fixture
def alice_there(alice_there, line, ear):
    yield alice_there
    line.heal()
    ear.heal()


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (lambda line: line.refuse(), 502, AWAY),
        (lambda line: line.garble(b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n<html>Hi</html>\r\n"), 502, STRANGE),
        (lambda line: line.cut_after(60), 502, AWAY),
    ],
    ids=["refuses", "HTML", "cut short"],
)
def test_a_page_says_what_is_wrong_and_tabs_do_and_all_of_it_heals(
    alice_there, line, ear, world, talk, fault, status, words
):
    tab = alice_there.tab(talk)
    tab.until_upstream("on")
    fault(line)
    ear.cut()  # the relay looks at once
    tab.until_upstream("connecting")
    began = time.monotonic()
    page = alice_there.get(f"/conversations/{talk}/")
    assert (page.status, page.alert) == (status, words)
    assert time.monotonic() - began < 8
    assert alice_there.get("/status/").status == 200
    line.heal()
    tab.until_upstream("on")
    assert tab.hear_message(world.says("bob", talk, "After the fault"))
    assert alice_there.open(talk).messages


def test_a_server_that_needs_ten_seconds_is_waited_for_and_nobody_else_waits(
    own, alice_there, browser, world, bob, talk
):
    there = browser(own)
    assert there.sign_in(bob).status == 303
    there.open(talk)
    world.break_next("chatconversation", "slow", "downloadpartial", seconds=10, userid=world.userid("alice"))
    with ThreadPoolExecutor() as threads:
        began = time.monotonic()
        slow = threads.submit(alice_there.get, f"/conversations/{talk}/")
        assert there.open(talk).messages
        assert not slow.done()
        assert slow.result().status == 200
    assert 10 <= time.monotonic() - began < 20


def test_a_server_that_comes_and_goes_is_heard_once_it_stays(alice_there, line, ear, world, talk):
    tab = alice_there.tab(talk)
    tab.until_upstream("on")
    for _ in range(5):
        for each in (line, ear):
            each.refuse()
        said = world.says("bob", talk, "While it came and went")
        for each in (line, ear):
            each.heal()
    assert tab.hear_message(said)
    tab.hear_message(world.says("bob", talk, "Once it stays"))
    assert list(tab.arrived).count(said) == 1


def certificate(folder, name):
    """A key and a certificate for this machine, signed by itself, in one file."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
    )
    now, names = datetime.now(UTC), x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(names, critical=False)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_server_with_a_certificate_of_somebody_elses_is_told_nothing_until_it_has_its_own(
    _sandbox_process, ear, browser, tmp_path, sandbox, talk
):
    own_certificate, another = certificate(tmp_path, "own"), certificate(tmp_path, "another")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own_certificate)
    with (
        Proxy(_sandbox_process.url, tls=tls) as line,
        Portal(line.url, tmp_path / "data", OZEKI_LISTENER_URL=ear.url, OZEKI_CA_FILE=str(own_certificate)) as portal,
    ):
        visitor = browser(portal)
        assert visitor.sign_in(sandbox.people["alice"]).status == 303
        tls.load_cert_chain(another)
        line.cut()
        calls = len(sandbox.control("calls"))
        page = visitor.get(f"/conversations/{talk}/")
        assert (page.status, page.alert) == (502, AWAY)
        assert len(sandbox.control("calls")) == calls
        tls.load_cert_chain(own_certificate)
        assert visitor.open(talk).messages
        visitor.sign_out()
