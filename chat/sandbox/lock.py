"""The cryptography of an Ozeki server and of the people of the sandbox, written from the pages and the dialect alone.

It shares nothing with the client's, so that a mistake in one half can't hide behind the same mistake in the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import textwrap
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from chat.ozeki.dialect import Dialect


class Unreadable(ValueError):
    """Not ciphertext of this key and dialect."""


def fill(template: str, values: Mapping[str, str]) -> str:
    """A dialect template with its {placeholders} replaced; {md5:name} and {sha256:name} are hex digests of a value."""

    def value(match: re.Match[str]) -> str:
        digest, _, name = match[1].rpartition(":")
        return hashlib.new(digest, values[name].encode()).hexdigest() if digest else values[name]

    return re.sub(r"\{([a-z0-9_:]+)\}", value, template)


def apikey(dialect: Dialect, *, email: str, password: str, userid: str) -> str:
    """What this person's client must show at Login (the dialect's [apikey])."""
    if dialect.apikey.digest == "none":
        return password
    text = fill(dialect.apikey.template, {"email": email, "password": password, "userid": userid})
    return hashlib.new(dialect.apikey.digest, text.encode()).hexdigest()


def lock_key(key: RSAPrivateKey, passphrase: str) -> str:
    """The key as traditional PEM under AES-256-CFB with CRLF line ends, as p_7105 prints it."""
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    iv = os.urandom(16)
    first = hashlib.md5(passphrase.encode() + iv[:8], usedforsecurity=False).digest()
    second = hashlib.md5(first + passphrase.encode() + iv[:8], usedforsecurity=False).digest()
    encryptor = Cipher(algorithms.AES(first + second), CFB(iv)).encryptor()
    body = base64.b64encode(encryptor.update(der) + encryptor.finalize()).decode()
    return "\r\n".join(
        [
            "-----BEGIN RSA PRIVATE KEY-----",
            "Proc-Type: 4,ENCRYPTED",
            f"DEK-Info: AES-256-CFB,{iv.hex().upper()}",
            "",
            *textwrap.wrap(body, 64),
            "-----END RSA PRIVATE KEY-----",
            "",
        ]
    )


def public_text(key: RSAPublicKey) -> str:
    """Base64 of the SubjectPublicKeyInfo, without armour, as p_7201 shows it."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def public_key(text: str) -> RSAPublicKey:
    key = serialization.load_der_public_key(base64.b64decode(text))
    if not isinstance(key, RSAPublicKey):
        raise TypeError("not an RSA key")
    return key


def verified(dialect: Dialect, key: RSAPublicKey, apikey: str, *, signature: str, timestamp: str, body: bytes) -> bool:
    """Does `Ozeki-Signature` belong to this body and person (the dialect's [signature])?"""
    rule = dialect.signature
    if rule.scheme == "none":
        return signature == "none"
    try:
        raw = bytes.fromhex(signature) if rule.encoding == "hex" else base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    if rule.encoding == "hex" and raw.hex() != signature:  # fromhex is lenient about spaces and case
        return False
    signed = timestamp.encode() + body if rule.over == "timestamp+body" else body
    kind, _, digest = rule.scheme.partition("-")
    if kind == "hmac":
        return hmac.compare_digest(hmac.digest(apikey.encode(), signed, digest), raw)
    algorithm: hashes.HashAlgorithm = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1(), "md5": hashes.MD5()}[digest]  # noqa: S303
    try:
        key.verify(raw, signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def _rsa(dialect: Dialect, key: RSAPublicKey, content: bytes) -> str:
    name = dialect.secret.padding
    if name == "pkcs1v15":
        return base64.b64encode(key.encrypt(content, padding.PKCS1v15())).decode()
    algorithm: hashes.HashAlgorithm = hashes.SHA256() if name == "oaep-sha256" else hashes.SHA1()  # noqa: S303
    oaep = padding.OAEP(mgf=padding.MGF1(algorithm), algorithm=algorithm, label=None)
    return base64.b64encode(key.encrypt(content, oaep)).decode()


def wrap(dialect: Dialect, key: RSAPublicKey, secret: bytes) -> str:
    """A conversation's 32-byte key for one participant (the dialect's [secret])."""
    encoded = {"raw": secret, "hex": secret.hex().encode(), "base64": base64.b64encode(secret)}[dialect.secret.encoding]
    return _rsa(dialect, key, encoded)


def wrap_name(dialect: Dialect, key: RSAPublicKey, name: str) -> str:
    """A display name for one reader, different every time; cut at 190 bytes, which fits every padding."""
    return _rsa(dialect, key, name.encode()[:190].decode(errors="ignore").encode())


def _stream(cipher: str, iv: bytes) -> modes.CTR | CFB:
    return modes.CTR(iv) if cipher == "aes-256-ctr" else CFB(iv)


def seal(dialect: Dialect, key: bytes, plaintext: bytes) -> str:
    """The `Data` of a message or report (the dialect's [message])."""
    cipher = dialect.message.cipher
    if cipher == "aes-256-gcm":
        nonce = os.urandom(12)
        return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plaintext, None)).decode()
    iv = os.urandom(16)
    if cipher == "aes-256-cbc":
        padder = PKCS7(128).padder()
        plaintext = padder.update(plaintext) + padder.finalize()
        encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    else:
        encryptor = Cipher(algorithms.AES(key), _stream(cipher, iv)).encryptor()
    return base64.b64encode(iv + encryptor.update(plaintext) + encryptor.finalize()).decode()


def unseal(dialect: Dialect, key: bytes, data: str) -> bytes:
    """The plaintext of `Data`; Unreadable when it can't be."""
    cipher = dialect.message.cipher
    try:
        raw = base64.b64decode(data, validate=True)
        if cipher == "aes-256-gcm":
            return AESGCM(key).decrypt(raw[:12], raw[12:], None)
        if cipher == "aes-256-cbc":
            decryptor = Cipher(algorithms.AES(key), modes.CBC(raw[:16])).decryptor()
            unpadder = PKCS7(128).unpadder()
            padded = decryptor.update(raw[16:]) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        decryptor = Cipher(algorithms.AES(key), _stream(cipher, raw[:16])).decryptor()
        return decryptor.update(raw[16:]) + decryptor.finalize()
    except (ValueError, InvalidTag) as error:
        raise Unreadable from error


def plausible(dialect: Dialect, data: str) -> bool:
    """Could this be ciphertext at all? The server has no key, so base64 and length are all that it can see."""
    try:
        length = len(base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error):
        return False
    match dialect.message.cipher:
        case "aes-256-cbc":
            return length >= 32 and length % 16 == 0
        case "aes-256-gcm":
            return length >= 28
        case _:
            return length >= 16
