"""How the official client says who it is: what its apikey is made of, and how it signs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chat.meeting.candidates import choices, vary
from chat.meeting.findings import Finding, number, settle, unknown
from chat.meeting.person import Person
from chat.meeting.trace import Exchange
from chat.ozeki import crypto
from chat.ozeki.dialect import Dialect, fill

APIKEY = ("apikey.digest", "apikey.template")
SIGNATURE = ("signature.scheme", "signature.encoding", "signature.over")
SIGNED_AT_MOST = 20  # a few requests prove as much as thousands, and each costs a signature for every way of signing
UNSIGNED = ("", "none")


def apikey(held: Dialect, person: Person, sent: str, userid: str) -> list[Finding]:
    """Return how the key that Login sent was made; `userid` is the one that the login reply told."""
    if person.password and sent == person.password:
        return [Finding("apikey.digest", "certain", "Login sends the password itself", "none", 1)]
    tried = [fit for fit in choices(*APIKEY) if fit[0] != "none" and person.knows(fit[1])]
    fits = [
        fit
        for fit in tried
        if crypto.apikey(vary(held, APIKEY, fit), email=person.email, password=person.password) == sent
    ]
    return settle(
        held,
        APIKEY,
        fits,
        sure="certain",
        why="it makes the apikey that Login sends",
        otherwise=_not_made(person, sent, userid, len(tried)),
        samples=1,
    )


def _not_made(person: Person, sent: str, userid: str, tried: int) -> str:
    if not person.password:
        return "the password was not given"
    values = {"email": person.email.strip().lower(), "password": person.password, "userid": userid}
    for digest, template in choices(*APIKEY):
        if digest != "none" and "{userid}" in template:
            made = hashlib.new(digest, fill(template, values).encode("utf-8", "replace"), usedforsecurity=False)
            if made.hexdigest() == sent:
                return f"it is the {digest} of {template} with a userid that can't be computed from the e-mail address"
    return f"none of {tried} ways to make an apikey of this e-mail address and password makes the one that Login sends"


def signature(
    held: Dialect, calls: Sequence[Exchange], key: RSAPrivateKey | None, apikey: str, no_key: str
) -> list[Finding]:
    """Return how `Ozeki-Signature` was made, by making it again. `no_key`: why there is no private key for that."""
    signed = [call for call in calls if "ozeki-user" in call.headers and call.fields]
    if not signed:
        return unknown(SIGNATURE, "no call in the trace says who calls (Ozeki-User)")
    if all(call.headers.get("ozeki-signature", "") in UNSIGNED for call in signed):
        why = f"no signature comes with any of {number(len(signed), 'call')}"
        return [Finding("signature.scheme", "certain", why, "none", len(signed))]
    signed = signed[:SIGNED_AT_MOST]
    ways = [way for way in choices(*SIGNATURE) if way[0] != "none" and (key or not way[0].startswith("rsa"))]
    fits = [way for way in ways if _makes(vary(held, SIGNATURE, way), key, apikey, signed)]
    return settle(
        held,
        SIGNATURE,
        fits,
        sure="certain",
        why=f"it makes the signatures of {len(signed)} of {len(signed)} calls",
        otherwise=(
            f"none of {len(ways)} ways to sign makes the signature of {number(len(signed), 'call')}"
            if key
            else f"it is no HMAC with the apikey, and to try RSA takes the private key: {no_key}"
        ),
        samples=len(signed),
    )


def _makes(dialect: Dialect, key: RSAPrivateKey | None, apikey: str, calls: Sequence[Exchange]) -> bool:
    sign = crypto.signer(dialect, key, apikey)  # type: ignore[arg-type]  # None is for HMACs, which take no key
    return all(sign(_timestamp(call), call.body) == call.headers.get("ozeki-signature") for call in calls)


def _timestamp(call: Exchange) -> str:
    timestamp = call.fields.get("timestamp")
    return timestamp if isinstance(timestamp, str) else ""
