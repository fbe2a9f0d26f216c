"""Which candidates open what the server sent: the private key, the conversations' keys, the messages. Nothing here
asks the server, so everything may be tried."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chat.meeting.candidates import choices, value_of, vary
from chat.meeting.findings import Finding, settle, unknown
from chat.meeting.person import Person
from chat.ozeki import crypto
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Locked
from chat.ozeki.models import Conversation

PASSPHRASE = ("key.passphrase",)
SECRET = ("secret.padding", "secret.encoding")
CIPHER = ("message.cipher",)

TRIED_AT_MOST = 200
# A wrong PKCS#1 v1.5 block looks like a 32-byte key about once in two hundred times.
ENOUGH_SECRETS = 3
# Random bytes are plausible text less than once in two each: after so many that is no accident.
ENOUGH_BYTES = 24
_CONTROLS = {chr(code) for code in (*range(32), 127)} - {"\t", "\n", "\r"}

Keys = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The `Data` of a message or a report, and whose key opens it."""

    conversation: str
    id: str
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plain:
    """What was inside a `Sealed`."""

    conversation: str
    id: str
    text: str = field(repr=False)


def passphrase(held: Dialect, person: Person, pem: str) -> tuple[RSAPrivateKey | None, list[Finding]]:
    """Return the private key (p_7105) if anything opens it, and what does."""
    if key := _opened(pem, secrets.token_hex()):
        why = "the private key is not protected, so any passphrase opens it"
        return key, [Finding(*PASSPHRASE, "certain", why, value_of(held, *PASSPHRASE), 1)]
    tried: dict[str, list[tuple[str, ...]]] = {}
    current = (value_of(held, *PASSPHRASE),)
    for fit in [current, *choices(*PASSPHRASE)]:
        if person.knows(fit[0]):
            filled = crypto.passphrase(
                vary(held, PASSPHRASE, fit),
                email=person.email,
                password=person.password,
                apikey=person.apikey,
                encryption_password=person.encryption_password,
            )
            tried.setdefault(filled, []).append(fit)
    for filled, fits in tried.items():
        if key := _opened(pem, filled):
            # The apikey may be the password, or a digest of it; then it need not be named.
            simple = [fit for fit in fits if "{apikey}" not in fit[0]]
            fits = fits if current in fits else simple or fits
            why = "it opens the private key"
            return key, settle(held, PASSPHRASE, fits, sure="certain", why=why, otherwise="", samples=1)
    missing = [] if person.password else ["the password was not given"]
    missing += [] if person.encryption_password else ["no encryption password was given"]
    why = f"none of {len(tried)} passphrases opens the private key"
    return None, unknown(PASSPHRASE, "; ".join([why, *missing]), samples=1)


def _opened(pem: str, passphrase: str) -> RSAPrivateKey | None:
    try:
        return crypto.open_private_key(pem, passphrase)
    except Locked:
        return None


def unwrapping(
    held: Dialect,
    key: RSAPrivateKey,
    conversations: Sequence[Conversation],
    sealed: Sequence[Sealed],
) -> tuple[Keys, list[Finding]]:
    """Return conversation → its key, and how its `secret` was wrapped. `sealed` may confirm what could be chance."""
    wrapped = [conversation for conversation in conversations if conversation.secret][:TRIED_AT_MOST]
    if not wrapped:
        return {}, unknown(SECRET, "no conversation has a secret")
    ways = choices(*SECRET)
    opened = {way: keys for way in ways if (keys := _unwrapped(vary(held, SECRET, way), key, wrapped))}
    # OAEP tells by itself whether it was right.
    fits = {way: keys for way, keys in opened.items() if way[0] != "pkcs1v15"} or {
        way: keys
        for way, keys in opened.items()
        if (len(keys) == len(wrapped) >= ENOUGH_SECRETS) or deciphering(held, keys, sealed)[0]
    }
    best = max(fits.values(), key=len, default={})
    return best, settle(
        held,
        SECRET,
        fits,
        sure="certain",
        why=f"it turns {len(best)} of {len(wrapped)} secrets into 32-byte keys",
        otherwise=f"none of {len(ways)} ways to unwrap makes 32-byte keys of the {len(wrapped)} secrets"
        + (", or so rarely that it may be chance" if opened else ""),
        samples=len(wrapped),
    )


def _unwrapped(dialect: Dialect, key: RSAPrivateKey, conversations: Sequence[Conversation]) -> Keys:
    keys = {}
    for conversation in conversations:
        try:
            keys[conversation.id] = crypto.unwrap(dialect, key, conversation.secret)
        except Locked:
            continue
    return keys


def deciphering(held: Dialect, keys: Keys, sealed: Sequence[Sealed]) -> tuple[list[Plain], list[Finding]]:
    """Return the plain texts, and the cipher that yields them."""
    samples = [each for each in sealed if each.conversation in keys][:TRIED_AT_MOST]
    if not samples:
        return [], unknown(CIPHER, "there is no message whose conversation's key is known")
    plains = {fit: _deciphered(vary(held, CIPHER, fit), keys, samples) for fit in choices(*CIPHER)}
    convincing = {fit: texts for fit, texts in plains.items() if _convinces(texts, samples)}
    most = max(map(len, convincing.values()), default=0)  # CFB and CTR both read what is no longer than a block
    fits = {fit: texts for fit, texts in convincing.items() if len(texts) == most}
    findings = settle(
        held,
        CIPHER,
        fits,
        sure="certain" if set(fits) == {("aes-256-gcm",)} else "likely",  # GCM tells by itself whether it was right
        why=f"it turns {most} of {len(samples)} messages into text",
        otherwise=f"none of {len(plains)} ciphers turns the {len(samples)} messages into text"
        + (", or they are too short to tell" if any(plains.values()) else ""),
        samples=len(samples),
    )
    return fits.get((findings[0].value,), []), findings


def _deciphered(dialect: Dialect, keys: Keys, samples: Sequence[Sealed]) -> list[Plain]:
    texts = []
    for sample in samples:
        try:
            text = crypto.decrypt(dialect, keys[sample.conversation], sample.data).decode()
        except (Locked, UnicodeDecodeError):
            continue
        if text and not _CONTROLS & set(text):
            texts.append(Plain(sample.conversation, sample.id, text))
    return texts


def _convinces(texts: Sequence[Plain], samples: Sequence[Sealed]) -> bool:
    """Tell whether so much text can't be an accident."""
    return len(texts) * 2 > len(samples) and sum(len(text.text.encode()) for text in texts) >= ENOUGH_BYTES
