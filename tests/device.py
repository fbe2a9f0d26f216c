"""Another client of a person, in the dialect that the tests run under: it shares no code with ours by default."""

from __future__ import annotations

import json
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chat.ozeki import crypto
from chat.ozeki.dialect import Dialect, load
from tests.processes import DIALECT
from tests.sandbox.raw import Device as Plain


class Spoken(Plain):
    """A device that signs in and signs as another dialect has it."""

    @cached_property
    def dialect(self) -> Dialect:
        assert DIALECT
        return load(DIALECT)

    @property
    def apikey(self) -> str:
        return crypto.apikey(self.dialect, email=self.person.email, password=self.person.password)

    def open_key(self, pem: str) -> RSAPrivateKey:
        typed = {"email": self.person.email, "password": self.person.password}
        words = crypto.passphrase(
            self.dialect, **typed, apikey=self.apikey, encryption_password=self.person.encryption_password
        )
        return crypto.open_private_key(pem, words)

    def sign(self, body: bytes) -> str:
        assert self.key
        return crypto.signer(self.dialect, self.key, self.apikey)(json.loads(body).get("timestamp", ""), body)


Device = Spoken if DIALECT else Plain
