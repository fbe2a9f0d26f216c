"""A made-up official client and its server, as a browser would have recorded them.

It speaks any dialect, with the sandbox's cryptography and not the client's, and any part of it may be replaced by one
that no dialect can say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from chat.ozeki.dialect import Dialect
from chat.sandbox import lock

SITE = "https://ozeki.example.org/ozeki/index.php"
EMAIL, PASSWORD, ENCRYPTION_PASSWORD = "alice@example.org", "Correct horse 9", "battery staple"
STATION = "801c91e6466a1ab34945d73ae4f762c6"
START = datetime(2024, 3, 8, 13, 55, 47, tzinfo=UTC)
WORDS = (
    "Good morning! Did you see the numbers?",
    "ok",
    "Őri-Tűzkő Árpád is asking for the draft of the contract, could you send it to him before noon?",
    "👍",
    "I'll be in the office at ten, and at the customer's after lunch.",
    "Bob",
)


def userid(name: str) -> str:
    return hashlib.md5(f"{name}@example.org".encode()).hexdigest()


ALICE, BOB, KIM = userid("alice"), userid("bob"), userid("kim")
PEOPLE = {"c1" * 16: {ALICE: "Alice", BOB: "Bob"}, "c2" * 16: {ALICE: "Alice", KIM: "Kim"}}


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")


def new_id(n: int) -> str:
    return str(uuid.UUID(int=0xFC3ECB289A524E2F8D5B14C2C5A4F000 + n, version=4))


@dataclass
class Official:
    """Everything may be replaced by a test; what is None follows the dialect."""

    dialect: Dialect = field(default_factory=Dialect)
    apikey: str | None = None
    passphrase: str | None = None
    sign: Callable[[str, bytes], str] | None = None
    wrap: Callable[[bytes], str] | None = None
    seal: Callable[[bytes, bytes], str] | None = None
    compose: Callable[[str, str, str], dict[str, Any]] | None = None  # sender, text, recipient
    hello: str | None = None
    words: tuple[str, ...] = WORDS
    rsakey: str | None = None
    reply_userid: str = ALICE
    entries: list[Any] = field(default_factory=list)

    # What the person's client and the server know

    def the_apikey(self) -> str:
        return self.apikey or lock.apikey(self.dialect, email=EMAIL, password=PASSWORD, userid=ALICE)

    def the_rsakey(self) -> str:
        values = {
            "email": EMAIL,
            "password": PASSWORD,
            "encryption_password": ENCRYPTION_PASSWORD,
            "apikey": self.the_apikey(),
        }
        return self.rsakey or lock.lock_key(
            private_key(), self.passphrase or lock.fill(self.dialect.key.passphrase, values)
        )

    def signature(self, timestamp: str, body: bytes) -> str:
        if self.sign:
            return self.sign(timestamp, body)
        rule = self.dialect.signature
        kind, _, digest = rule.scheme.partition("-")
        if kind == "none":
            return "none"
        signed = timestamp.encode() + body if rule.over == "timestamp+body" else body
        if kind == "hmac":
            raw = hmac.new(self.the_apikey().encode(), signed, digest).digest()
        else:
            algorithm = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1(), "md5": hashes.MD5()}[digest]
            raw = private_key().sign(signed, padding.PKCS1v15(), algorithm)
        return raw.hex() if rule.encoding == "hex" else base64.b64encode(raw).decode()

    def wrapped(self, key: bytes) -> str:
        return self.wrap(key) if self.wrap else lock.wrap(self.dialect, private_key().public_key(), key)

    def sealed(self, key: bytes, plaintext: bytes) -> str:
        return self.seal(key, plaintext) if self.seal else lock.seal(self.dialect, key, plaintext)

    def message(self, conversation: str, n: int, sender: str, text: str) -> dict[str, str]:
        rule = self.dialect.message
        if self.compose:
            others = PEOPLE[conversation].keys() - {sender}
            plaintext = json.dumps(self.compose(sender, text, min(others))).encode()
        elif rule.format == "text":
            plaintext = text.encode()
        else:
            plaintext = json.dumps({rule.sender: sender, rule.text: text}, ensure_ascii=False).encode()
        return self.item("Message", n, self.sealed(key_of(conversation), plaintext))

    def report(self, conversation: str, n: int, sender: str, messageid: str) -> dict[str, str]:
        rule = self.dialect.report
        plaintext = json.dumps({rule.sender: sender, rule.messageid: messageid}).encode()
        return self.item("viewed", 500 + n, self.sealed(key_of(conversation), plaintext))

    def item(self, type: str, n: int, data: str) -> dict[str, str]:
        until = at(n - 1000 + self.dialect.message.validfor)
        return {"ID": new_id(n), "Type": type, "Created": at(n - 1000), "ValidUntil": until, "Data": data}

    def conversation(self, id: str) -> dict[str, Any]:
        people = PEOPLE[id]
        return {
            "id": id,
            "isgroup": False,
            "participantids": list(people),
            "participants": [{"userid": userid, "username": nick} for userid, nick in people.items()],
            "displayname": "bmFtZQ==",
            "lastmessageid": new_id(900 if id == "c2" * 16 else len(self.words) - 1),
            "lastreportid": "",
            "lastaccess": 1709907168,
            "secret": self.wrapped(key_of(id)),
            "instance": "PqjfKSn7V8",
            "mutedby": [],
            "favoriteby": [],
            "hiddenby": [],
            "properties": [],
        }

    # What the browser records

    def call(self, api: str, fields: dict[str, Any], reply: dict[str, Any], *, signed: bool = True) -> None:
        seconds = len(self.entries)
        env = {} if fields["action"] == "login" else {"clientversioncode": 3, "timestamp": at(seconds)}
        body = json.dumps({"action": fields["action"], **env, **fields}, separators=(",", ":"))
        headers = {"content-type": "application/json", "Ozeki-Station": STATION}
        if signed:
            headers |= {"Ozeki-User": self.reply_userid, "Ozeki-Signature": self.signature(at(seconds), body.encode())}
        headers = {name: value for name, value in headers.items() if value is not ...}
        self.entries.append(
            entry(f"{SITE}?srv=chatserver&api={api}", headers, body, json.dumps({"status": "OK", **reply}))
        )

    def sign_in(self) -> None:
        reply = {
            "errormessage": "",
            "server": "2.0.0",
            "listeners": {"ws": "ws://localhost:9011", "wss": "wss://localhost:9012"},
            "registration": "true",
            "rsakey": self.the_rsakey(),
            "userid": self.reply_userid,
            "fullname": "Alice Martin",
            "nick": "Alice",
            "urls": {"login": f"{SITE}?srv=chatserver&api=chatlogin"},
        }
        self.call("chatlogin", {"action": "login", "apikey": self.the_apikey()}, reply, signed=False)

    def listen(self) -> None:
        hello = self.hello
        if hello is None:
            hello = lock.fill(self.dialect.listener.hello, {"station": STATION, "userid": ALICE})
        frames = [{"type": "send", "time": 1.5, "opcode": 1, "data": hello}] if hello else []
        frames.append({"type": "receive", "time": 2.5, "opcode": 1, "data": "changed"})
        socket = entry("wss://ozeki.example.org:9012/", {}, "", "")
        self.entries.append(socket | {"_resourceType": "websocket", "_webSocketMessages": frames})

    def look(self) -> None:
        """The list, and the first page of each conversation."""
        conversations = [self.conversation(id) for id in ("c1" * 16, "c2" * 16)]
        self.call("chatconversation", {"action": "list"}, {"conversations": conversations})
        self.call("chatavailability", {"action": "useravailable"}, {})
        for n, (id, other) in enumerate((("c1" * 16, BOB), ("c2" * 16, KIM))):
            senders = [other if m % 3 else ALICE for m in range(len(self.words))]
            messages = [
                self.message(id, 100 * n + m, sender, words)
                for m, (sender, words) in enumerate(zip(senders, self.words, strict=True))
            ]
            reports = [self.report(id, 100 * n + m, other, message["ID"]) for m, message in enumerate(messages)]
            fields = {"conversationid": id, "instance": "PqjfKSn7V8", **self.anchors(), "limit": 50}
            self.call(
                "chatconversation",
                {"action": "downloadpartial", **fields},
                {"messages": messages, "reports": reports},
            )

    def anchors(self) -> dict[str, str]:
        names = ("lastmessagedate", "lastmessageid", "lastreportdate", "lastreportid")
        first = self.dialect.paging.first
        if first == "now":
            return dict.fromkeys(names, at(len(self.entries))) | {"lastmessageid": new_id(1), "lastreportid": ""}
        return {} if first == "omit" else dict.fromkeys(names, "")

    def say(self, text: str = "Sent from the official client.") -> None:
        message = self.message("c1" * 16, 300, ALICE, text)
        echo = {name: value for name, value in message.items() if name != "Data"}
        about = {"conversationid": "c1" * 16, "instance": "PqjfKSn7V8"}
        self.call("chatconversation", {"action": "add", **about, "message": json.dumps(message)}, {"message": echo})

    def hide(self) -> None:
        listed = self.conversation("c2" * 16)
        hideid = lock.fill(self.dialect.hide.id, {name: listed[name] for name in ("instance", "lastmessageid")})
        fields = {"action": "hide", "conversationid": listed["id"], "hideid": hideid}
        self.call("chatconversation", fields, {"conversation": listed})

    def session(self) -> Official:
        """A sign-in and a bit of everything."""
        self.entries.append(entry("https://ozeki.example.org/style.css", {}, "", "body {}", method="GET"))
        self.sign_in()
        self.listen()
        self.look()
        self.say()
        self.hide()
        return self

    def har(self) -> dict[str, Any]:
        return {"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "entries": self.entries}}

    def save(self, path: Path) -> Path:
        path.write_text(json.dumps(self.har()), encoding="utf-8")
        return path

    def secrets(self) -> list[str]:
        """Whatever of this session must not be seen again anywhere."""
        told = [PASSWORD, ENCRYPTION_PASSWORD, STATION, self.the_apikey(), *(w for w in self.words if len(w) > 5)]
        for each in self.entries:
            told += [header["value"] for header in each["request"]["headers"] if header["name"] == "Ozeki-Signature"]
        told += [self.wrapped(key_of(id))[:40] for id in ("c1" * 16, "c2" * 16)]
        return [secret for secret in told if secret not in ("", "none")]


def key_of(conversation: str) -> bytes:
    return hashlib.sha256(b"key of" + conversation.encode()).digest()


def entry(url: str, headers: dict[str, str], body: str, reply: str, *, method: str = "POST") -> dict[str, Any]:
    return {
        "startedDateTime": "2024-03-08T13:55:47.000Z",
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "postData": {"mimeType": "application/json", "text": body},
        },
        "response": {
            "status": 200,
            "content": {
                "size": len(reply),
                "mimeType": "application/json",
                "text": base64.b64encode(reply.encode()).decode(),
                "encoding": "base64",
            },
        },
    }
