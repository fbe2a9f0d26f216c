"""Held against the `openssl` command in both directions; GCM, which it lacks, against McGrew and Viega's vectors."""

from __future__ import annotations

import hashlib
import os
import time
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.ozeki import crypto
from chat.ozeki.dialect import Apikey, Dialect, Key, Message, Secret, Signature
from chat.ozeki.errors import CANNOT_DECRYPT, Locked

KEY = bytes(range(32))
STREAMS = ["aes-256-cbc", "aes-256-cfb", "aes-256-ctr"]
CIPHERS = [*STREAMS, "aes-256-gcm"]
PADDINGS = {
    "oaep-sha1": ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha1"],
    "oaep-sha256": [
        *("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256")
    ],
    "pkcs1v15": ["-pkeyopt", "rsa_padding_mode:pkcs1"],
}


def speaking(cipher):
    return Dialect(message=Message(cipher=cipher))


def wrapping(padding, encoding="raw"):
    return Dialect(secret=Secret(padding, encoding))


@pytest.fixture(scope="session")
def key(openssl):
    return crypto.open_private_key(openssl.read("key.pem"), "")


def public(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


# What a person types


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha512"])
def test_the_apikey_is_the_digest_of_the_template(openssl, digest):
    dialect = Dialect(apikey=Apikey(digest, "{email}:{password}"))
    expected = openssl("dgst", f"-{digest}", "-r", stdin="alice@example.org:pässword".encode()).split()[0].decode()
    assert crypto.apikey(dialect, email=" Alice@Example.ORG ", password="pässword") == expected


def test_the_userid_in_a_template_is_the_md5_of_the_address():
    dialect = Dialect(apikey=Apikey("sha256", "{userid}/{password}"))
    expected = hashlib.sha256(b"d574638619cbff603bf857164c47e850/p").hexdigest()
    assert crypto.apikey(dialect, email="admin@ozeki.hu", password="p") == expected


def test_a_password_that_looks_like_a_placeholder_is_only_a_password():
    expected = hashlib.sha256(b"a@b:{email}").hexdigest()
    assert crypto.apikey(Dialect(), email="a@b", password="{email}") == expected


def test_without_a_digest_what_is_typed_is_the_key():
    dialect = Dialect(apikey=Apikey("none", "{email}"))
    assert crypto.apikey(dialect, email="a@b", password=" d040bdae0d0 ") == " d040bdae0d0 "


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{password}", "pw"),
        ("{email}+{apikey}", "a@b+k"),
        ("{encryption_password}", "ep"),
        ("{md5:password}", hashlib.md5(b"pw").hexdigest()),
        ("{sha256:password}", hashlib.sha256(b"pw").hexdigest()),
    ],
)
def test_the_passphrase_is_made_as_the_dialect_says(template, expected):
    dialect = Dialect(key=Key(template))
    made = crypto.passphrase(dialect, email="A@B ", password="pw", apikey="k", encryption_password="ep")
    assert made == expected


def test_a_lone_surrogate_in_a_password_is_only_a_wrong_password(openssl):
    assert crypto.apikey(Dialect(), email="\ud800", password="\udfff")
    with pytest.raises(Locked):
        crypto.open_private_key(
            openssl("rsa", "-in", "key.pem", "-traditional", "-aes256", "-passout", "pass:x").decode(), "\ud800"
        )


# The private key


def traditional(openssl, cipher, passphrase):
    pem = openssl("rsa", "-in", "key.pem", "-traditional", f"-{cipher}", "-passout", f"pass:{passphrase}").decode()
    assert f"DEK-Info: {cipher.upper()}," in pem
    return pem


@pytest.mark.parametrize("cipher", ["aes-256-cfb", "aes-256-cbc", "aes-128-cbc"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_traditional_pem_is_opened(openssl, key, cipher, ends):
    pem = traditional(openssl, cipher, "alice-pässword").replace("\n", ends)
    assert public(crypto.open_private_key(pem, "alice-pässword")) == public(key)


def test_unencrypted_and_pkcs8_are_opened_too(openssl, key):
    plain = openssl("rsa", "-in", "key.pem", "-traditional").decode()
    pkcs8 = openssl("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:p").decode()
    assert public(crypto.open_private_key(plain, "whatever")) == public(key)
    assert public(crypto.open_private_key(pkcs8, "p")) == public(key)
    with pytest.raises(Locked):
        crypto.open_private_key(pkcs8, "q")


@pytest.mark.parametrize("number", ["d", "dmp1", "dmq1", "iqmp"])
def test_a_key_whose_numbers_are_not_of_one_key_opens_nothing(key, number):
    own = key.private_numbers()
    numbers = {name: getattr(own, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp")}
    wrong = numbers | {number: numbers[number] + 2}
    broken = RSAPrivateNumbers(**wrong, public_numbers=own.public_numbers).private_key(
        unsafe_skip_rsa_key_validation=True
    )
    pem = broken.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with pytest.raises(Locked):
        crypto.open_private_key(pem.decode(), "")


@pytest.mark.parametrize("cipher", ["aes-256-cfb", "aes-256-cbc"])
@pytest.mark.parametrize("passphrase", ["Alice-password", "", "x" * 1000])
def test_a_wrong_passphrase_opens_nothing(openssl, cipher, passphrase):
    with pytest.raises(Locked) as locked:
        crypto.open_private_key(traditional(openssl, cipher, "alice-password"), passphrase)
    assert locked.value.cause == crypto.CANNOT_OPEN_KEY


def test_what_is_no_rsa_key_opens_nothing(openssl):
    pem = traditional(openssl, "aes-256-cfb", "p")
    elliptic = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").decode()
    hostile = [
        "",
        "nonsense \ud800",
        elliptic,
        pem[: len(pem) // 2],
        pem.replace("AES-256-CFB", "ROT-13"),
        pem.replace("AES-256-CFB,", "AES-256-CFB,zz"),
        pem.replace("\n\n", "\n\n*"),
        pem * 20,
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CFB," + "0" * 32 + " " * 8000,
    ]
    for text in hostile:
        started = time.process_time()
        with pytest.raises(Locked) as locked:
            crypto.open_private_key(text, "p")
        assert locked.value.cause == crypto.CANNOT_OPEN_KEY
        assert time.process_time() - started < 1


def test_a_key_travels_through_our_own_blob(key):
    assert public(crypto.load_der(crypto.dump_der(key))) == public(key)


# Signatures


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("encoding", ["base64", "hex"])
@pytest.mark.parametrize("over", ["body", "timestamp+body"])
def test_openssl_makes_the_same_signatures(openssl, key, digest, encoding, over):
    body, timestamp = '{"action":"é"}'.encode(), "2024-03-08 13:56:12"
    data = body if over == "body" else timestamp.encode() + body
    expected = {
        "rsa": openssl("dgst", f"-{digest}", "-sign", "key.pem", "-binary", stdin=data),
        "hmac": openssl("dgst", f"-{digest}", "-hmac", "d040bdae0d0", "-binary", stdin=data),
    }
    for kind, raw in expected.items():
        sign = crypto.signer(Dialect(signature=Signature(f"{kind}-{digest}", encoding, over)), key, "d040bdae0d0")
        assert sign(timestamp, body) == (raw.hex() if encoding == "hex" else b64encode(raw).decode())


def test_without_a_timestamp_only_the_body_is_signed(key):
    over_both, over_body = (
        crypto.signer(Dialect(signature=Signature(over=over)), key, "") for over in ("timestamp+body", "body")
    )
    assert over_both("", b"{}") == over_body("", b"{}")


def test_with_no_scheme_the_header_says_so(key):
    assert crypto.signer(Dialect(signature=Signature("none")), key, "")("2024-03-08 13:56:12", b"{}") == "none"


# The conversation's key


def wrap(openssl, padding, inner):
    raw = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", *PADDINGS[padding], stdin=inner)
    return b64encode(raw).decode()


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(("encoding", "inner"), [("raw", KEY), ("hex", KEY.hex().encode()), ("base64", b64encode(KEY))])
def test_a_secret_wrapped_by_openssl_is_unwrapped(openssl, key, padding, encoding, inner):
    assert crypto.unwrap(wrapping(padding, encoding), key, wrap(openssl, padding, inner)) == KEY


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("inner", [b"", b"short", KEY + b"x", KEY.hex().encode(), b"\xff" * 64])
def test_only_32_bytes_are_a_key(openssl, key, padding, inner):
    for encoding in ("raw", "hex", "base64"):
        if (encoding, inner) != ("hex", KEY.hex().encode()):
            with pytest.raises(Locked) as locked:
                crypto.unwrap(wrapping(padding, encoding), key, wrap(openssl, padding, inner))
            assert locked.value.cause == CANNOT_DECRYPT


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("secret", ["", "!", "AAAA", "é", "A" * 344, "\ud800"])
def test_a_secret_that_is_none_is_locked(key, padding, secret):
    with pytest.raises(Locked) as locked:
        crypto.unwrap(wrapping(padding), key, secret)
    assert locked.value.cause == CANNOT_DECRYPT


@pytest.mark.parametrize(("wrapped", "read"), [("oaep-sha1", "oaep-sha256"), ("oaep-sha256", "oaep-sha1")])
def test_a_secret_in_another_padding_is_locked(openssl, key, wrapped, read):
    with pytest.raises(Locked):
        crypto.unwrap(wrapping(read), key, wrap(openssl, wrapped, KEY))


# Messages


@pytest.mark.parametrize("cipher", STREAMS)
@pytest.mark.parametrize("plaintext", [b"", b"x", b"0123456789abcdef", "Grüße 😀".encode() * 100])
def test_what_openssl_encrypts_is_decrypted_and_the_other_way_round(openssl, cipher, plaintext):
    iv = os.urandom(16)
    arguments = ("enc", f"-{cipher}", "-K", KEY.hex(), "-iv")
    theirs = openssl(*arguments, iv.hex(), stdin=plaintext)
    assert crypto.decrypt(speaking(cipher), KEY, b64encode(iv + theirs).decode()) == plaintext
    ours = b64decode(crypto.encrypt(speaking(cipher), KEY, plaintext))
    assert openssl(*arguments, ours[:16].hex(), "-d", stdin=ours[16:]) == plaintext


# "The Galois/Counter Mode of Operation", McGrew and Viega, test cases 13, 14 and 15 (256-bit keys, no associated data).
GCM = [
    ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    ("00" * 32, "00" * 12, "00" * 16, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
    (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
        "b094dac5d93471bdec1a502270e3cc6c",
    ),
]


@pytest.mark.parametrize(("key", "nonce", "plaintext", "ciphertext", "tag"), GCM)
def test_the_published_gcm_vectors_are_decrypted(key, nonce, plaintext, ciphertext, tag):
    data = b64encode(bytes.fromhex(nonce + ciphertext + tag)).decode()
    assert crypto.decrypt(speaking("aes-256-gcm"), bytes.fromhex(key), data).hex() == plaintext


@pytest.mark.parametrize("cipher", CIPHERS)
@settings(deadline=None, max_examples=50)
@given(plaintext=st.binary(max_size=100))
def test_what_is_encrypted_is_decrypted(cipher, plaintext):
    assert crypto.decrypt(speaking(cipher), KEY, crypto.encrypt(speaking(cipher), KEY, plaintext)) == plaintext


@pytest.mark.parametrize("cipher", CIPHERS)
def test_no_two_messages_look_alike(cipher):
    assert len({crypto.encrypt(speaking(cipher), KEY, b"yes") for _ in range(20)}) == 20


@pytest.mark.parametrize("cipher", CIPHERS)
@settings(deadline=None, max_examples=50)
@given(data=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: b64encode(raw).decode()))
def test_garbage_is_locked_or_garbage_and_nothing_else(cipher, data):
    try:
        crypto.decrypt(speaking(cipher), KEY, data)
    except Locked as locked:
        assert locked.cause == CANNOT_DECRYPT
        assert locked.__cause__ is None


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("data", ["", "!!!!", "é", "AAA", b64encode(b"x" * 11).decode(), b64encode(b"x" * 15).decode()])
def test_what_is_too_short_or_no_base64_is_locked(cipher, data):
    with pytest.raises(Locked) as locked:
        crypto.decrypt(speaking(cipher), KEY, data)
    assert locked.value.cause == CANNOT_DECRYPT


@pytest.mark.parametrize("place", [0, 12, 20, -1])
def test_a_tampered_message_is_locked_under_gcm(place):
    dialect = speaking("aes-256-gcm")
    raw = bytearray(b64decode(crypto.encrypt(dialect, KEY, b"pay bob 10")))
    raw[place] ^= 1
    with pytest.raises(Locked) as locked:
        crypto.decrypt(dialect, KEY, b64encode(raw).decode())
    assert locked.value.cause == CANNOT_DECRYPT


def test_every_way_to_fail_under_cbc_looks_the_same():
    dialect = speaking("aes-256-cbc")
    raw = b64decode(crypto.encrypt(dialect, KEY, b"pay bob 10"))
    tampered = raw[:15] + bytes([raw[15] ^ 0x80]) + raw[16:]  # the last byte of the padding
    causes = set()
    for key, data in [
        (KEY, tampered),
        (KEY, raw[:-1]),
        (KEY, raw[:16]),
        (b"short", raw),
        (bytes(32), raw[:-16] + bytes(16)),
    ]:
        with pytest.raises(Locked) as locked:
            crypto.decrypt(dialect, key, b64encode(data).decode())
        causes.add((locked.value.cause, str(locked.value), locked.value.__cause__))
    assert causes == {(CANNOT_DECRYPT, CANNOT_DECRYPT, None)}


@pytest.mark.parametrize("cipher", CIPHERS)
def test_one_conversations_key_does_not_open_another(cipher):
    data = crypto.encrypt(speaking(cipher), KEY, b'{"sender":"a","text":"b"}')
    try:
        assert crypto.decrypt(speaking(cipher), bytes(32), data) != b'{"sender":"a","text":"b"}'
    except Locked as locked:
        assert locked.cause == CANNOT_DECRYPT


# Fingerprints


def test_a_fingerprint_is_that_of_openssl(openssl):
    der = openssl("pkey", "-pubin", "-in", "public.pem", "-outform", "DER")
    expected = openssl("dgst", "-sha256", "-r", stdin=der).split()[0].decode()
    made = crypto.fingerprint(b64encode(der).decode())
    assert made.replace(" ", "") == expected
    assert {len(group) for group in made.split()} == {4}


def test_ones_own_public_key_is_written_as_openssl_does(openssl, key):
    der = openssl("pkey", "-pubin", "-in", "public.pem", "-outform", "DER")
    assert crypto.public_text(key) == b64encode(der).decode()


@pytest.mark.parametrize("publickey", ["", "!", "\ud800", "AAA"])
def test_what_is_no_key_has_no_fingerprint(publickey):
    assert crypto.fingerprint(publickey) == ""


def test_every_cipher_and_scheme_of_the_dialect_is_known(key):
    for cipher in CIPHERS:
        assert crypto.encrypt(replace(Dialect(), message=Message(cipher=cipher)), KEY, b"")
