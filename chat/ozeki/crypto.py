"""Keys, signatures and ciphers, as the dialect says. Bytes in, bytes out; nothing is stored and nothing is logged."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from base64 import b64decode, b64encode
from binascii import unhexlify
from collections.abc import Callable

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR
from cryptography.hazmat.primitives.padding import PKCS7

from chat.ozeki.dialect import Dialect, fill
from chat.ozeki.errors import Locked

CANNOT_OPEN_KEY = "The encryption key can't be opened with what was typed."
KEY_SIZE = 32
# An 8192-bit key fits; what is done with a monster takes seconds.
LONGEST_PEM = 8_192

_OZEKI_PEM = re.compile(
    r"-----BEGIN RSA PRIVATE KEY-----\s+Proc-Type: 4,ENCRYPTED\s+DEK-Info: AES-256-CFB,([0-9A-Fa-f]{32})\s+"
    r"([0-9A-Za-z+/][0-9A-Za-z+/=\s]*)-----END RSA PRIVATE KEY-----",
)
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
}
_MODES: dict[str, Callable[[bytes], CBC | CFB | CTR]] = {"aes-256-cbc": CBC, "aes-256-cfb": CFB, "aes-256-ctr": CTR}


def apikey(dialect: Dialect, *, email: str, password: str) -> str:
    """Return the key that Login sends."""
    if dialect.apikey.digest == "none":
        return password
    email = email.strip().lower()
    values = {"email": email, "password": password, "userid": _digest("md5", email)}
    return _digest(dialect.apikey.digest, fill(dialect.apikey.template, values))


def passphrase(dialect: Dialect, *, email: str, password: str, apikey: str, encryption_password: str = "") -> str:
    """Return what should open the private key."""
    values = {
        "email": email.strip().lower(),
        "password": password,
        "apikey": apikey,
        "encryption_password": encryption_password,
        "md5:password": _digest("md5", password),
        "sha256:password": _digest("sha256", password),
    }
    return fill(dialect.key.passphrase, values)


def open_private_key(pem: str, passphrase: str) -> RSAPrivateKey:
    """Return the private key of the login reply (p_7105). Raises Locked.

    Its numbers are checked to be those of one key, in 20 µs. That its primes are primes is not: `cryptography` takes
    40 ms to see that, in which nobody else is served, and a server that lies about them harms only its own messages.

    Ozeki's is in OpenSSL's traditional form under AES-256-CFB, which `cryptography` does not read; anything else it
    does (other ciphers, no cipher, PKCS#8) is accepted too.
    """
    secret = _utf8(passphrase)
    try:
        if len(pem) > LONGEST_PEM:
            raise Locked(CANNOT_OPEN_KEY)
        match = _OZEKI_PEM.search(pem)
        if match:
            der = _open_traditional(unhexlify(match[1]), match[2], secret)
            key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        else:
            words = secret if "ENCRYPTED" in pem else None
            key = serialization.load_pem_private_key(_utf8(pem), words, unsafe_skip_rsa_key_validation=True)
        if isinstance(key, RSAPrivateKey) and _is_sound(key):
            return key
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise Locked(CANNOT_OPEN_KEY) from None


def _is_sound(key: RSAPrivateKey) -> bool:
    """Whether what one of its numbers does another one undoes."""
    own = key.private_numbers()
    n, e = own.public_numbers.n, own.public_numbers.e
    return (
        own.p * own.q == n
        and min(own.p, own.q) > 2
        and e > 2
        and all(own.d * e % (prime - 1) == 1 for prime in (own.p, own.q))
        and (own.dmp1, own.dmq1) == (own.d % (own.p - 1), own.d % (own.q - 1))
        and own.iqmp * own.q % own.p == 1
    )


def _open_traditional(iv: bytes, body: str, secret: bytes) -> bytes:
    """Return the DER inside: EVP_BytesToKey with MD5, one round, the IV's first half as the salt; then plain CFB."""
    key = block = b""
    while len(key) < KEY_SIZE:
        block = hashlib.md5(block + secret + iv[:8], usedforsecurity=False).digest()
        key += block
    decryptor = Cipher(AES256(key), CFB(iv)).decryptor()
    return decryptor.update(b64decode("".join(body.split()), validate=True)) + decryptor.finalize()


def dump_der(key: RSAPrivateKey) -> bytes:
    """Return the key as DER, unprotected: for our own sealed blob."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def load_der(der: bytes) -> RSAPrivateKey:
    """Return the key `dump_der` wrote, in 4 µs: not validated, so only for what comes out of our own sealed blob."""
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def signer(dialect: Dialect, key: RSAPrivateKey, apikey: str) -> Callable[[str, bytes], str]:
    """Return the function that makes `Ozeki-Signature` of a body's timestamp ("" when it has none) and its bytes."""
    kind, _, digest = dialect.signature.scheme.partition("-")
    with_timestamp = dialect.signature.over == "timestamp+body"
    encode = _base64 if dialect.signature.encoding == "base64" else bytes.hex
    if kind == "none":
        return lambda timestamp, body: "none"
    make = _rsa_signer(key, _HASHES[digest]()) if kind == "rsa" else _hmac_signer(_utf8(apikey), digest)
    if with_timestamp:
        return lambda timestamp, body: encode(make(timestamp.encode() + body))
    return lambda timestamp, body: encode(make(body))


def _rsa_signer(key: RSAPrivateKey, digest: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    padding = PKCS1v15()
    return lambda data: key.sign(data, padding, digest)


def _hmac_signer(key: bytes, digest: str) -> Callable[[bytes], bytes]:
    return lambda data: hmac.digest(key, data, digest)


def unwrap(dialect: Dialect, key: RSAPrivateKey, secret: str) -> bytes:
    """Return the conversation's 32-byte key out of its `secret`. Raises Locked."""
    try:
        raw = key.decrypt(b64decode(secret, validate=True), _padding(dialect))
        if dialect.secret.encoding != "raw":
            raw = unhexlify(raw) if dialect.secret.encoding == "hex" else b64decode(raw, validate=True)
    except ValueError:
        raise Locked from None
    # A wrong PKCS#1 v1.5 block does not fail in newer OpenSSL: it yields random bytes, of a random length.
    if len(raw) != KEY_SIZE:
        raise Locked
    return raw


def _padding(dialect: Dialect) -> AsymmetricPadding:
    if dialect.secret.padding == "pkcs1v15":
        return PKCS1v15()
    digest = _HASHES[dialect.secret.padding.removeprefix("oaep-")]()
    return OAEP(MGF1(digest), digest, None)


def encrypt(dialect: Dialect, key: bytes, plaintext: bytes) -> str:
    """Return a message's `Data`: base64 of a fresh IV (of GCM: nonce) and the ciphertext."""
    cipher = dialect.message.cipher
    if cipher == "aes-256-gcm":
        nonce = os.urandom(12)
        return _base64(nonce + AESGCM(key).encrypt(nonce, plaintext, None))
    iv = os.urandom(16)
    if cipher == "aes-256-cbc":
        padder = PKCS7(128).padder()
        plaintext = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(AES256(key), _MODES[cipher](iv)).encryptor()
    return _base64(iv + encryptor.update(plaintext) + encryptor.finalize())


def decrypt(dialect: Dialect, key: bytes, data: str) -> bytes:
    """Return the plaintext of a `Data`. Raises Locked, with one cause whatever it was that failed."""
    cipher = dialect.message.cipher
    try:
        raw = b64decode(data, validate=True)
        if cipher == "aes-256-gcm":
            return AESGCM(key).decrypt(raw[:12], raw[12:], None)
        decryptor = Cipher(AES256(key), _MODES[cipher](raw[:16])).decryptor()
        plaintext = decryptor.update(raw[16:]) + decryptor.finalize()
        if cipher == "aes-256-cbc":
            unpadder = PKCS7(128).unpadder()
            plaintext = unpadder.update(plaintext) + unpadder.finalize()
    except (ValueError, InvalidTag):
        raise Locked from None
    return plaintext


def fingerprint(publickey: str) -> str:
    """Return the SHA-256 of a friend's public key (p_7201), in groups of four hex digits; "" when it isn't base64."""
    try:
        digest = hashlib.sha256(b64decode(publickey, validate=True)).hexdigest()
    except ValueError:
        return ""
    return " ".join(digest[n : n + 4] for n in range(0, len(digest), 4)) if publickey else ""


def public_text(key: RSAPrivateKey) -> str:
    """Return the public half of a person's key as Friends / List shows it to others: a base64 SPKI (p_7201)."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return _base64(key.public_key().public_bytes(encoding, form))


def _digest(name: str, text: str) -> str:
    return hashlib.new(name, _utf8(text), usedforsecurity=False).hexdigest()


def _utf8(text: str) -> bytes:
    """Encode what a person typed; a lone surrogate must not be an error page."""
    return text.encode("utf-8", "replace")


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
