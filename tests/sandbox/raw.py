"""A client made of nothing but the protocol's pages: it says what it is told to, right or wrong, and shares no code."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.processes import Person, Sandbox


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def now(**shift: float) -> str:
    return written(datetime.now(UTC) + timedelta(**shift))


def new_id() -> str:
    return str(uuid.uuid4())


def open_key(pem: str, password: str) -> RSAPrivateKey:
    lines = pem.split("\r\n")
    iv = bytes.fromhex(lines[2].rpartition(",")[2])
    one = hashlib.md5(password.encode() + iv[:8]).digest()
    two = hashlib.md5(one + password.encode() + iv[:8]).digest()
    decryptor = Cipher(algorithms.AES(one + two), CFB(iv)).decryptor()
    der = decryptor.update(base64.b64decode("".join(lines[4:-2]))) + decryptor.finalize()
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return key


def encrypt(key: bytes, text: bytes) -> str:
    iv, fill = secrets.token_bytes(16), 16 - len(text) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return base64.b64encode(iv + encryptor.update(text + bytes([fill]) * fill) + encryptor.finalize()).decode()


def decrypt(key: bytes, data: str) -> Any:
    raw = base64.b64decode(data)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(raw[:16])).decryptor()
    padded = decryptor.update(raw[16:]) + decryptor.finalize()
    return json.loads(padded[: -padded[-1]])


class Device:
    """One station of one person. What it sends is right, except for the parts that a test replaces or leaves out."""

    def __init__(self, sandbox: Sandbox, person: Person, *, sign_in: bool = True) -> None:
        self.sandbox = sandbox
        self.person = person
        self.station = secrets.token_hex(16)
        self.key: RSAPrivateKey | None = None
        if sign_in:
            self.greeting = self.sign_in()
            self.key = self.open_key(self.greeting["rsakey"])

    def open_key(self, pem: str) -> RSAPrivateKey:
        return open_key(pem, self.person.password)

    def sign_in(self) -> Any:
        return self.call("chatlogin", "login", env=False, apikey=self.apikey)

    @property
    def apikey(self) -> str:
        return hashlib.sha256(f"{self.person.email}:{self.person.password}".encode()).hexdigest()

    def sign(self, body: bytes) -> str:
        assert self.key
        return base64.b64encode(self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()

    def send(
        self,
        api: str,
        body: bytes,
        *,
        srv: str = "chatserver",
        method: str = "POST",
        query: str = "srv={srv}&api={api}",
        headers: dict[str, str | None] | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        """The response and its content, whatever it is."""
        address = urlsplit(self.sandbox.url)
        sent: dict[str, str | None] = {"Content-Type": "application/json"}
        if api != "workspace":
            sent["Ozeki-Station"] = self.station
        if api not in ("chatlogin", "chatnotification"):
            sent |= {"Ozeki-User": self.person.userid, "Ozeki-Signature": self.sign(body)}
        sent |= headers or {}
        with closing(HTTPConnection("127.0.0.1", address.port or 80, timeout=20)) as connection:
            path = f"{address.path}?{query.format(srv=srv, api=api)}"
            connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
            response = connection.getresponse()
            return response, response.read()

    def call(
        self, api: str, action: str, *, env: bool = True, http: dict[str, Any] | None = None, **fields: Any
    ) -> Any:
        """The JSON reply. A field given as `...` is left out."""
        about = {"clientversioncode": 3, "timestamp": now()} if env else {}
        body = {name: value for name, value in {"action": action, **about, **fields}.items() if value is not ...}
        response, content = self.send(api, json.dumps(body).encode(), **(http or {}))
        assert response.status == 200
        assert response.getheader("Content-Type") == "application/json"
        return json.loads(content)

    # The calls that tests need often

    def conversation(self, *others: Person) -> Any:
        """The conversation with exactly these others, as the list shows it now."""
        wanted = {self.person.userid, *(other.userid for other in others)}
        listed = self.call("chatconversation", "list")["conversations"]
        return next(each for each in listed if set(each["participantids"]) == wanted)

    def secret(self, conversation: Any) -> bytes:
        assert self.key
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return self.key.decrypt(base64.b64decode(conversation["secret"]), oaep)

    def message(self, conversation: Any, text: str, **parts: Any) -> dict[str, str]:
        data = encrypt(self.secret(conversation), json.dumps({"sender": self.person.userid, "text": text}).encode())
        made = {"ID": new_id(), "Type": "Message", "Created": now(), "ValidUntil": now(days=7), "Data": data}
        return {name: value for name, value in (made | parts).items() if value is not ...}

    def add(self, conversation: Any, text: str, *, message: Any = None, **parts: Any) -> Any:
        content = json.dumps(self.message(conversation, text, **parts)) if message is None else message
        return self.about(conversation, "add", message=content)

    def about(self, conversation: Any, action: str, **fields: Any) -> Any:
        """A call that names the conversation and its instance."""
        named = {"conversationid": conversation["id"], "instance": conversation["instance"]}
        return self.call("chatconversation", action, **(named | fields))

    def page(self, conversation: Any, *, limit: int = 50, date: str = "", id: str = "", **fields: Any) -> Any:
        reports = {"lastreportdate": "", "lastreportid": ""}
        anchor = {"lastmessagedate": date, "lastmessageid": id, **reports, "limit": limit}
        return self.about(conversation, "downloadpartial", **(anchor | fields))

    def since(self, conversation: Any, date: str = "", id: str = "", **fields: Any) -> Any:
        anchor = {"firstmessagedate": date, "firstmessageid": id, "firstreportdate": "", "firstreportid": ""}
        return self.about(conversation, "download", **(anchor | fields))

    def notices(self, *, presence: bool = False) -> Any:
        """What this station has not been told yet. Who came and went only when asked: others do that all the time."""
        reply = self.call("chatnotification", "download")
        assert reply.pop("status") == "OK"
        assert reply.pop("errormessage") == ""
        if not presence:
            del reply["friendavailabilitesof"]
        return {name: ids for name, ids in reply.items() if ids}


def refused(reply: Any) -> str:
    """The words of a refusal, and nothing else in the reply."""
    assert reply.keys() == {"status", "errormessage"}
    assert reply["status"] == "ERROR"
    assert reply["errormessage"]
    return str(reply["errormessage"])
