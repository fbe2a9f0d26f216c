"""The sandbox's cryptography against the openssl command, for every value a dialect may have."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chat.ozeki.dialect import Apikey, Dialect, Message, Secret, Signature, parse
from chat.sandbox import lock

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SECRET = bytes(range(32))
PLAIN = "Zsófi says: árvíztűrő tükörfúrógép 🌻".encode()


def openssl(*words: str | Path, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, check=True).stdout


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """The private key in the clear, for openssl."""
    file = tmp_path / "key.pem"
    file.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return file


def test_openssl_opens_the_locked_key_with_the_passphrase_only(tmp_path: Path, pem: Path) -> None:
    locked = lock.lock_key(KEY, "jelszó 🔑")
    assert "\r\n" in locked
    assert "\n" not in locked.replace("\r\n", "")
    file = tmp_path / "locked.pem"
    file.write_bytes(locked.encode())
    assert openssl("rsa", "-traditional", "-in", file, "-passin", "pass:jelszó 🔑") == pem.read_bytes()
    with pytest.raises(subprocess.CalledProcessError):
        openssl("rsa", "-in", file, "-passin", "pass:wrong")


@pytest.mark.parametrize("name", ["aes-256-cbc", "aes-256-cfb", "aes-256-ctr"])
def test_openssl_opens_what_was_sealed(name: str) -> None:
    dialect = Dialect(message=replace(Message(), cipher=name))  # type: ignore[arg-type]
    raw = base64.b64decode(data := lock.seal(dialect, SECRET, PLAIN))
    assert openssl("enc", "-d", f"-{name}", "-K", SECRET.hex(), "-iv", raw[:16].hex(), given=raw[16:]) == PLAIN
    assert lock.unseal(dialect, SECRET, data) == PLAIN
    assert lock.plausible(dialect, data)
    assert data != lock.seal(dialect, SECRET, PLAIN)


def test_gcm_has_its_nonce_first_and_its_tag_last() -> None:
    dialect = Dialect(message=replace(Message(), cipher="aes-256-gcm"))
    raw = base64.b64decode(data := lock.seal(dialect, SECRET, PLAIN))
    decryptor = Cipher(algorithms.AES(SECRET), modes.GCM(raw[:12], raw[-16:])).decryptor()
    assert decryptor.update(raw[12:-16]) + decryptor.finalize() == PLAIN
    assert lock.unseal(dialect, SECRET, data) == PLAIN


@pytest.mark.parametrize("name", ["aes-256-cbc", "aes-256-gcm"])
@pytest.mark.parametrize("data", ["", "!", "c2hvcnQ=", base64.b64encode(bytes(48)).decode()])
def test_what_was_not_sealed_is_unreadable(name: str, data: str) -> None:
    with pytest.raises(lock.Unreadable):
        lock.unseal(Dialect(message=replace(Message(), cipher=name)), SECRET, data)  # type: ignore[arg-type]


@pytest.mark.parametrize(("padding", "options"), [
    ("oaep-sha1", ["rsa_padding_mode:oaep", "rsa_oaep_md:sha1", "rsa_mgf1_md:sha1"]),
    ("oaep-sha256", ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]),
    ("pkcs1v15", ["rsa_padding_mode:pkcs1"]),
])  # fmt: skip
@pytest.mark.parametrize(("encoding", "inside"), [
    ("raw", SECRET),
    ("hex", SECRET.hex().encode()),
    ("base64", base64.b64encode(SECRET)),
])  # fmt: skip
def test_openssl_unwraps_what_was_wrapped(
    pem: Path, padding: str, options: list[str], encoding: str, inside: bytes
) -> None:
    dialect = Dialect(secret=Secret(padding=padding, encoding=encoding))  # type: ignore[arg-type]
    wrapped = base64.b64decode(lock.wrap(dialect, KEY.public_key(), SECRET))
    words = [word for option in options for word in ("-pkeyopt", option)]
    assert openssl("pkeyutl", "-decrypt", "-inkey", pem, *words, given=wrapped) == inside


def test_a_very_long_name_still_fits() -> None:
    dialect = Dialect(secret=Secret(padding="oaep-sha256"))
    assert len(base64.b64decode(lock.wrap_name(dialect, KEY.public_key(), "ű" * 500))) == 256


@pytest.mark.parametrize("digest", ["sha256", "sha1", "md5"])
@pytest.mark.parametrize("kind", ["rsa", "hmac"])
@pytest.mark.parametrize("encoding", ["base64", "hex"])
@pytest.mark.parametrize("over", ["body", "timestamp+body"])
def test_a_signature_by_openssl_is_verified_and_any_other_is_not(
    pem: Path, kind: str, digest: str, encoding: str, over: str
) -> None:
    rule = Signature(scheme=f"{kind}-{digest}", encoding=encoding, over=over)  # type: ignore[arg-type]
    timestamp, body, apikey = "2026-11-22 19:44:57", b'{"action":"list"}', "d040bdae0d0"
    signed = timestamp.encode() + body if over == "timestamp+body" else body
    how = ["-sign", str(pem)] if kind == "rsa" else ["-hmac", apikey]
    raw = openssl("dgst", f"-{digest}", "-binary", *how, given=signed)
    text = raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()

    def verified(signature: str, timestamp: str = timestamp, body: bytes = body) -> bool:
        return lock.verified(
            Dialect(signature=rule), KEY.public_key(), apikey, signature=signature, timestamp=timestamp, body=body
        )

    assert verified(text)
    assert not verified(text, body=body + b" ")
    assert verified(text, timestamp="2026-11-22 19:44:58") is (over == "body")
    assert not verified("zz" + text[2:])
    assert not verified("")


def test_without_a_scheme_the_header_says_none() -> None:
    dialect = Dialect(signature=Signature(scheme="none"))
    for value in ("none", "", "x"):
        verified = lock.verified(dialect, KEY.public_key(), "", signature=value, timestamp="", body=b"")
        assert verified is (value == "none")


@pytest.mark.parametrize(("digest", "template", "text"), [
    ("md5", "{email}:{password}", "a@b.hu:secret"),
    ("sha1", "{userid}{password}", "0123secret"),
    ("sha256", "{password}", "secret"),
    ("sha512", "x{email}x", "xa@b.hux"),
])  # fmt: skip
def test_the_apikey_is_what_openssl_makes_of_the_template(digest: str, template: str, text: str) -> None:
    dialect = Dialect(apikey=Apikey(digest=digest, template=template))  # type: ignore[arg-type]
    wanted = openssl("dgst", f"-{digest}", "-binary", given=text.encode()).hex()
    assert lock.apikey(dialect, email="a@b.hu", password="secret", userid="0123") == wanted


def test_without_a_digest_the_password_is_the_apikey() -> None:
    dialect = Dialect(apikey=Apikey(digest="none"))
    assert lock.apikey(dialect, email="a@b.hu", password="secret", userid="") == "secret"


def test_a_passphrase_may_be_a_digest_of_the_password() -> None:
    template = parse('[key]\npassphrase = "{md5:password}+{email}"').key.passphrase
    filled = lock.fill(template, {"password": "secret", "email": "a@b.hu"})
    assert filled == openssl("dgst", "-md5", "-binary", given=b"secret").hex() + "+a@b.hu"
