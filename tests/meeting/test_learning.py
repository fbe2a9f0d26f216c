"""Traces of made-up clients under many dialects: what can be learnt is, and what can't is left unknown."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chat.meeting import trace
from chat.meeting.candidates import choices, vary
from chat.meeting.findings import Finding
from chat.meeting.learning import learn
from chat.meeting.person import Person
from chat.meeting.writing import dialect_file
from chat.ozeki.dialect import Dialect, parse
from chat.sandbox import lock
from tests.meeting.official import ALICE, EMAIL, ENCRYPTION_PASSWORD, PASSWORD, STATION, Official, private_key

ME = Person(EMAIL, PASSWORD, ENCRYPTION_PASSWORD)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traces")


@pytest.fixture
def learnt(folder: Path) -> Any:
    """Learns from an official client's session, as its HAR tells it."""

    def findings(official: Official, person: Person = ME) -> dict[str, Finding]:
        path = official.save(folder / "session.har")
        return {finding.field: finding for finding in learn(trace.read(path), person, Dialect())}

    return findings


def speaking(**fields: Any) -> Official:
    """A session under the default dialect but for these fields, named with `__` for the dot."""
    names = tuple(name.replace("__", ".") for name in fields)
    return Official(vary(Dialect(), names, tuple(fields.values()))).session()


def known(findings: Mapping[str, Finding]) -> dict[str, Any]:
    return {name: finding.value for name, finding in findings.items() if finding.value is not None}


def unknown(findings: Mapping[str, Finding]) -> set[str]:
    return {name for name, finding in findings.items() if finding.sure == "unknown"}


MESSAGE_FIELDS = {"message.cipher", "message.format", "message.sender", "message.text"}
REPORT_FIELDS = {"report.sender", "report.messageid"}
SECRET_FIELDS = {"secret.padding", "secret.encoding"}


# Dialects that can be said


ANY = st.builds(
    lambda *values: vary(Dialect(), NAMES, values),
    *(st.sampled_from([value for (value,) in choices(name)]) for name in ("apikey.digest", "apikey.template")),
    *(st.sampled_from([v for (v,) in choices(n)]) for n in ("signature.scheme", "signature.encoding")),
    *(st.sampled_from([v for (v,) in choices(n)]) for n in ("signature.over", "key.passphrase")),
    *(st.sampled_from([v for (v,) in choices(n)]) for n in ("secret.padding", "secret.encoding", "message.cipher")),
    st.sampled_from(["json", "text"]),
    st.sampled_from(["sender", "From", "user_id"]),
    st.sampled_from(["text", "Body", "content"]),
    st.integers(1, 10_000_000),
    st.sampled_from(["sender", "By"]),
    st.sampled_from(["messageid", "id"]),
    st.sampled_from(
        ["{station}", "", "{userid}", '{"hello":"{station}","who":"{userid}"}', "HELLO {userid}/{station}"]
    ),
    st.sampled_from(["empty", "omit", "now"]),
    st.sampled_from(["{instance};{lastmessageid}", "{lastmessageid}", "{lastmessageid}@{instance}"]),
)
NAMES = (
    *("apikey.digest", "apikey.template", "signature.scheme", "signature.encoding", "signature.over"),
    *("key.passphrase", "secret.padding", "secret.encoding", "message.cipher", "message.format", "message.sender"),
    *("message.text", "message.validfor", "report.sender", "report.messageid", "listener.hello", "paging.first"),
    "hide.id",
)


def normal(dialect: Dialect) -> Dialect:
    """The dialect with its passphrase filled in, for several may come to the same, and with the default for what it
    does not use, which can't show in a trace and need not."""
    unused: list[str] = []
    if dialect.apikey.digest == "none":
        unused.append("apikey.template")
    if dialect.signature.scheme == "none":
        unused += ["signature.encoding", "signature.over"]
    if dialect.message.format == "text":
        unused += ["message.sender", "message.text"]
    defaults = tuple(getattr(getattr(Dialect(), name.split(".")[0]), name.split(".")[1]) for name in unused)
    apikey = lock.apikey(dialect, email=EMAIL, password=PASSWORD, userid=ALICE)
    told = {"email": EMAIL, "password": PASSWORD, "encryption_password": ENCRYPTION_PASSWORD, "apikey": apikey}
    passphrase = lock.fill(dialect.key.passphrase, told)
    return vary(dialect, ("key.passphrase", *unused), (passphrase, *defaults))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(ANY)
def test_every_dialect_that_can_be_said_is_learnt_whole(folder: Path, dialect: Dialect) -> None:
    # The apikey is the password then: nobody can tell which of the two the passphrase is made of.
    assume(not (dialect.apikey.digest == "none" and "{apikey}" in dialect.key.passphrase))
    path = Official(dialect).session().save(folder / "any.har")
    findings = learn(trace.read(path), ME, Dialect())
    assert normal(parse(dialect_file(findings))) == normal(dialect)


@pytest.mark.parametrize("cipher", [value for (value,) in choices("message.cipher")])
def test_a_cipher_is_told_from_texts_that_are_no_json(learnt: Any, cipher: str) -> None:
    found = learnt(speaking(message__cipher=cipher, message__format="text"))
    assert (found["message.cipher"].value, found["message.format"].value) == (cipher, "text")


@pytest.mark.parametrize(("padding", "encoding"), choices("secret.padding", "secret.encoding"))
def test_a_wrapping_is_told(learnt: Any, padding: str, encoding: str) -> None:
    found = learnt(speaking(secret__padding=padding, secret__encoding=encoding))
    assert (found["secret.padding"].value, found["secret.encoding"].value) == (padding, encoding)
    assert found["secret.padding"].sure == "certain"


def test_what_is_proven_is_certain_and_what_merely_reads_well_is_likely(learnt: Any) -> None:
    found = learnt(speaking())
    sure = {name: finding.sure for name, finding in found.items()}
    assert {sure[name] for name in ("apikey.digest", "signature.scheme", "key.passphrase")} == {"certain"}
    assert {sure[name] for name in MESSAGE_FIELDS} == {"likely"}
    assert learnt(speaking(message__cipher="aes-256-gcm"))["message.cipher"].sure == "certain"


# Dialects that no field can say


@pytest.mark.parametrize(
    "apikey",
    [
        hashlib.sha3_256(f"{EMAIL}:{PASSWORD}".encode()).hexdigest(),
        hashlib.sha256(f"{EMAIL}~{PASSWORD}".encode()).hexdigest(),
        hashlib.sha256(f"{EMAIL}:{PASSWORD}".encode()).hexdigest().upper(),
        hashlib.sha256(f"{EMAIL}:{hashlib.md5(PASSWORD.encode()).hexdigest()}".encode()).hexdigest(),
        "issued-by-the-server",
    ],
)
def test_an_apikey_of_another_making_is_unknown(learnt: Any, apikey: str) -> None:
    found = learnt(Official(apikey=apikey).session())
    assert unknown(found) == {"apikey.digest", "apikey.template"}


def test_an_apikey_of_a_userid_that_is_no_digest_of_the_address_is_unknown_and_said_so(learnt: Any) -> None:
    apikey = hashlib.md5(f"{'aa' * 16}{PASSWORD}".encode()).hexdigest()
    found = learnt(Official(apikey=apikey, reply_userid="aa" * 16).session())
    assert found["apikey.template"].sure == "unknown"
    assert "md5 of {userid}{password}" in found["apikey.template"].why


def rsa_sha512(timestamp: str, body: bytes) -> str:
    return base64.b64encode(private_key().sign(body, padding.PKCS1v15(), hashes.SHA512())).decode()


def rsa_pss(timestamp: str, body: bytes) -> str:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    return base64.b64encode(private_key().sign(body, pss, hashes.SHA256())).decode()


def body_and_timestamp(timestamp: str, body: bytes) -> str:
    return base64.b64encode(private_key().sign(body + timestamp.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


@pytest.mark.parametrize("sign", [rsa_sha512, rsa_pss, body_and_timestamp])
def test_a_signature_of_another_making_is_unknown(learnt: Any, sign: Any) -> None:
    found = learnt(Official(sign=sign).session())
    assert unknown(found) == {"signature.scheme", "signature.encoding", "signature.over"}


@pytest.mark.parametrize("passphrase", [hashlib.sha512(PASSWORD.encode()).hexdigest(), PASSWORD.upper(), "a third one"])
def test_a_key_that_stays_closed_makes_all_it_would_open_unknown(learnt: Any, passphrase: str) -> None:
    found = learnt(Official(passphrase=passphrase).session())
    closed = {"signature.scheme", "signature.encoding", "signature.over"}
    assert unknown(found) == {"key.passphrase"} | closed | SECRET_FIELDS | MESSAGE_FIELDS | REPORT_FIELDS


def test_an_hmac_is_told_although_the_key_stays_closed(learnt: Any) -> None:
    official = Official(vary(Dialect(), ("signature.scheme",), ("hmac-sha1",)), passphrase="a third one").session()
    assert learnt(official)["signature.scheme"].value == "hmac-sha1"


def test_a_key_that_nothing_protects_says_nothing_of_passphrases(learnt: Any) -> None:
    pem = private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    found = learnt(Official(rsakey=pem.decode()).session())
    assert found["key.passphrase"].value == "{password}"
    assert "not protected" in found["key.passphrase"].why
    assert found["message.cipher"].value == "aes-256-cbc"


def oaep_sha512(key: bytes) -> str:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA512()), hashes.SHA512(), None)
    return base64.b64encode(private_key().public_key().encrypt(key, oaep)).decode()


def short_key(key: bytes) -> str:
    return lock.wrap(Dialect(), private_key().public_key(), key[:16])


def labelled(key: bytes) -> str:
    return lock.wrap(Dialect(), private_key().public_key(), b"key=" + key)


@pytest.mark.parametrize("wrap", [oaep_sha512, short_key, labelled, lambda key: "bm90IFJTQQ=="])
def test_a_wrapping_of_another_kind_is_unknown(learnt: Any, wrap: Any) -> None:
    found = learnt(Official(wrap=wrap).session())
    assert unknown(found) == SECRET_FIELDS | MESSAGE_FIELDS | REPORT_FIELDS


def triple_des(key: bytes, plaintext: bytes) -> str:
    encryptor = Cipher(TripleDES(key[:24]), modes.CBC(key[24:])).encryptor()
    plaintext += b" " * (-len(plaintext) % 8)
    return base64.b64encode(key[24:] + encryptor.update(plaintext) + encryptor.finalize()).decode()


def ofb(key: bytes, plaintext: bytes) -> str:
    from cryptography.hazmat.decrepit.ciphers.modes import OFB

    encryptor = Cipher(algorithms.AES(key), OFB(key[:16])).encryptor()
    return base64.b64encode(key[:16] + encryptor.update(plaintext)).decode()


def iv_last(key: bytes, plaintext: bytes) -> str:
    raw = base64.b64decode(lock.seal(Dialect(), key, plaintext))
    return base64.b64encode(raw[16:] + raw[:16]).decode()


def in_the_clear(key: bytes, plaintext: bytes) -> str:
    return base64.b64encode(plaintext).decode()


@pytest.mark.parametrize("seal", [triple_des, ofb, iv_last, in_the_clear])
@pytest.mark.parametrize("format", ["json", "text"])
def test_a_cipher_of_another_kind_is_unknown(learnt: Any, seal: Any, format: str) -> None:
    official = Official(vary(Dialect(), ("message.format",), (format,)), seal=seal).session()
    assert unknown(learnt(official)) == MESSAGE_FIELDS | REPORT_FIELDS


def test_texts_shorter_than_a_block_do_not_tell_cfb_from_ctr(learnt: Any) -> None:
    dialect = vary(Dialect(), ("message.format", "message.cipher"), ("text", "aes-256-cfb"))
    official = Official(dialect, words=("ok", "yes", "no", "👍", "on my way", "thanks"))
    official.sign_in()
    official.look()
    found = learnt(official)
    assert found["message.cipher"].sure == "unknown"
    assert found["message.cipher"].samples == 12


def test_two_letters_tell_no_cipher(learnt: Any) -> None:
    official = Official(vary(Dialect(), ("message.format",), ("text",)), words=("ok",))
    official.sign_in()
    official.look()
    found = learnt(official)
    assert found["message.cipher"].sure == "unknown"
    assert "too short to tell" in found["message.cipher"].why


# Names inside the messages


def test_the_recipient_is_not_taken_for_the_sender(learnt: Any) -> None:
    official = Official(compose=lambda sender, text, to: {"to": to, "by": sender, "body": text})
    found = learnt(official.session())
    assert (found["message.sender"].value, found["message.text"].value) == ("by", "body")


def both(sender: str, text: str, to: str) -> dict[str, Any]:
    return {"author": sender, "owner": sender, "body": text}


def test_two_keys_that_both_hold_the_sender_are_not_decided_between(learnt: Any) -> None:
    found = learnt(Official(compose=both).session())
    assert found["message.sender"].sure == "unknown"
    assert "author, owner fit equally" in found["message.sender"].why


def test_of_two_keys_that_fit_the_default_stays(learnt: Any) -> None:
    found = learnt(
        Official(compose=lambda sender, text, to: {"sender": sender, "owner": sender, "text": text}).session()
    )
    assert (found["message.sender"].value, found["message.sender"].sure) == ("sender", "likely")
    assert "owner would do as well" in found["message.sender"].why


def test_a_type_a_time_an_id_and_a_name_are_no_text(learnt: Any) -> None:
    def compose(sender: str, text: str, to: str) -> dict[str, Any]:
        extra = {"type": "text", "time": "2024-03-08 13:55:47", "name": "Bob", "size": 12, "id": f"x{len(text)}"}
        return {**extra, "from": sender, "msg": text, "files": []}

    found = learnt(Official(compose=compose).session())
    assert (found["message.sender"].value, found["message.text"].value) == ("from", "msg")


def test_a_sender_by_e_mail_address_is_unknown(learnt: Any) -> None:
    found = learnt(
        Official(compose=lambda sender, text, to: {"sender": f"{sender}@example.org", "text": text}).session()
    )
    assert unknown(found) == {"message.sender"}


def test_keys_that_are_no_names_are_never_learnt(learnt: Any) -> None:
    found = learnt(Official(compose=lambda sender, text, to: {'"]\n[x': sender, "a secret sentence": text}).session())
    assert unknown(found) == {"message.sender", "message.text"}


def test_a_sender_called_text_leaves_no_file_that_can_not_be_loaded(learnt: Any) -> None:
    found = learnt(Official(compose=lambda sender, text, to: {"TEXT": sender, "a sentence": text}).session())
    assert unknown(found) == {"message.sender", "message.text"}
    assert parse(dialect_file(list(found.values())))


# What is not there


def test_without_the_password_what_needs_it_is_unknown(learnt: Any) -> None:
    found = learnt(speaking(), Person(EMAIL))
    needs = {"apikey.digest", "apikey.template", "key.passphrase", "signature.scheme", "signature.encoding"}
    assert unknown(found) == needs | {"signature.over"} | SECRET_FIELDS | MESSAGE_FIELDS | REPORT_FIELDS
    assert "password was not given" in found["apikey.digest"].why
    assert known(found).keys() >= {"paging.first", "hide.id", "listener.hello", "message.validfor"}


def test_without_the_password_a_key_that_the_apikey_opens_is_opened(learnt: Any) -> None:
    found = learnt(speaking(key__passphrase="{apikey}"), Person(EMAIL))
    assert unknown(found) == {"apikey.digest", "apikey.template"}


def test_with_the_wrong_password_nothing_is_guessed(learnt: Any) -> None:
    found = learnt(speaking(), Person(EMAIL, "another"))
    assert {"apikey.digest", "key.passphrase", "signature.scheme", "message.cipher"} <= unknown(found)


def test_a_sign_in_and_nothing_else_tells_the_apikey_and_the_passphrase(learnt: Any) -> None:
    official = Official()
    official.sign_in()
    found = learnt(official)
    assert known(found).keys() == {"apikey.digest", "apikey.template", "key.passphrase"}
    assert not [name for name in unknown(found) if found[name].samples]


def test_an_empty_chat_tells_the_wrapping_and_not_the_cipher(learnt: Any) -> None:
    official = Official(words=())
    official.sign_in()
    official.look()
    found = learnt(official)
    assert found["secret.padding"].value == "oaep-sha1"
    assert unknown(found) >= MESSAGE_FIELDS | REPORT_FIELDS


def test_two_secrets_that_look_unwrapped_by_chance_prove_nothing(learnt: Any) -> None:
    official = Official(vary(Dialect(), ("secret.padding",), ("pkcs1v15",)), words=())
    official.sign_in()
    official.look()
    assert learnt(official)["secret.padding"].sure == "unknown"


def test_a_trace_without_the_headers_tells_no_signature(learnt: Any) -> None:
    official = speaking()
    for entry in official.entries:
        entry["request"]["headers"] = []
    assert learnt(official)["signature.scheme"].sure == "unknown"


def test_calls_without_a_signature_have_none(learnt: Any) -> None:
    assert learnt(Official(sign=lambda timestamp, body: "").session())["signature.scheme"].value == "none"


# Habits


@pytest.mark.parametrize(
    "hello",
    [
        f"{STATION} 8f14e45fceea167a5a36dedd4bea2543",
        f"{STATION} d3b07384d113edec",
        f"{STATION} {PASSWORD}",
        f"{STATION} {EMAIL}",
        f"{{}}{STATION}",
        f"{STATION}\ud83d",
        "x" * 300,
    ],
)
def test_a_hello_with_more_in_it_is_unknown(learnt: Any, hello: str) -> None:
    assert learnt(Official(hello=hello).session())["listener.hello"].sure == "unknown"


def test_a_hello_of_words_is_learnt_only_when_none_of_them_can_be_the_password(learnt: Any) -> None:
    official = Official(hello=f'{{"clientversioncode":3,"subscriptions":"{STATION}"}}').session()
    assert learnt(official)["listener.hello"].value == '{"clientversioncode":3,"subscriptions":"{station}"}'
    assert learnt(official, Person(EMAIL))["listener.hello"].sure == "unknown"


def test_a_hello_that_is_no_text_is_unknown(learnt: Any) -> None:
    official = speaking()
    for entry in official.entries:
        for frame in entry.get("_webSocketMessages", []):
            frame["opcode"] = 2
    assert learnt(official)["listener.hello"].sure == "unknown"


def test_a_trace_without_websocket_messages_tells_no_hello(learnt: Any) -> None:
    official = speaking()
    for entry in official.entries:
        entry.pop("_webSocketMessages", None)
    assert learnt(official)["listener.hello"].sure == "unknown"


def test_messages_with_different_lifetimes_tell_none(learnt: Any) -> None:
    official = speaking()
    official.dialect = vary(Dialect(), ("message.validfor",), (60,))
    official.say("Gone in a minute.")
    assert learnt(official)["message.validfor"].sure == "unknown"


def test_a_first_page_from_a_local_store_tells_nothing(learnt: Any) -> None:
    official = Official()
    official.anchors = lambda: {  # type: ignore[method-assign]
        **dict.fromkeys(("lastmessageid", "lastreportdate", "lastreportid"), ""),
        "lastmessagedate": "2024-03-01 00:00:00",
    }
    assert learnt(official.session())["paging.first"].sure == "unknown"


def test_an_availability_whose_effect_is_not_seen_is_named_and_left_out(learnt: Any) -> None:
    official = speaking()
    official.call("chatavailability", {"action": "userbusy"}, {})
    finding = learnt(official)["availability.actions"]
    assert (finding.sure, "useravailable userbusy" in finding.why) == ("unknown", True)


def test_a_hideid_that_is_a_random_id_is_unknown(learnt: Any) -> None:
    official = Official(words=("A text that is long enough to tell.",) * 3)
    official.sign_in()
    official.look()
    official.call("chatconversation", {"action": "hide", "conversationid": "c2" * 16, "hideid": "7sSwU2VoFMxyzzy"}, {})
    assert learnt(official)["hide.id"].sure == "unknown"


def test_the_last_sign_in_is_the_one_that_counts(learnt: Any) -> None:
    official = Official(apikey="refused")
    official.sign_in()
    refused = json.dumps({"status": "ERROR", "errormessage": "Wrong user name or password"})
    official.entries[-1]["response"]["content"] = {"text": refused}
    official.apikey = None
    assert learnt(official.session())["apikey.digest"].value == "sha256"
