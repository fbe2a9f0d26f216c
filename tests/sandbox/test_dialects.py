"""The sandbox under other dialects: what a client must then do, and what is then refused."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.processes import Sandbox
from tests.sandbox.raw import Device, decrypt, new_id, now, open_key, refused

OTHER = """
[apikey]
digest = "none"
[signature]
scheme = "hmac-sha256"
encoding = "hex"
over = "timestamp+body"
[key]
passphrase = "{encryption_password}"
[secret]
padding = "oaep-sha1"
encoding = "hex"
[message]
sender = "From"
text = "Body"
validfor = 3600
[report]
sender = "by"
messageid = "ids"
[listener]
hello = "I am {userid}"
[paging]
first = "omit"
[hide]
id = "{lastmessageid}/{instance}"
[[availability.actions]]
action = "useraway"
label = "Away"
value = "away"
"""
TEXT = '[message]\nformat = "text"\n[signature]\nscheme = "none"\n[paging]\nfirst = "now"\n[listener]\nhello = ""\n'


class Other(Device):
    """A device that speaks OTHER."""

    @property
    def apikey(self) -> str:
        return self.person.password

    def sign(self, body: bytes) -> str:
        return hmac.digest(self.apikey.encode(), json.loads(body)["timestamp"].encode() + body, "sha256").hex()

    def secret(self, conversation: Any) -> bytes:
        return bytes.fromhex(super().secret(conversation).decode())


class Unsigned(Device):
    """A device that speaks TEXT."""

    def sign(self, body: bytes) -> str:
        return "none"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    yield from running(tmp_path_factory.mktemp("other") / "dialect.toml", OTHER)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    yield from running(tmp_path_factory.mktemp("text") / "dialect.toml", TEXT)


def running(file: Path, dialect: str) -> Iterator[Sandbox]:
    file.write_text(dialect)
    with Sandbox("--dialect", str(file)) as sandbox:
        yield sandbox


@pytest.fixture
def alice(other: Sandbox) -> Other:
    device = Other(other, other.people["alice"], sign_in=False)
    device.key = open_key(device.sign_in()["rsakey"], device.person.encryption_password)
    return device


def test_other_signatures_keys_and_names_are_used_throughout(alice: Other) -> None:
    bob = alice.sandbox.people["bob"]
    conversation = alice.conversation(bob)
    anchors = dict.fromkeys(("lastmessagedate", "lastmessageid", "lastreportdate", "lastreportid"), ...)
    page = alice.about(conversation, "downloadpartial", limit=50, **anchors)
    assert decrypt(alice.secret(conversation), page["messages"][-1]["Data"]).keys() == {"From", "Body"}
    said = alice.sandbox.control("say", {"from": bob.email, "to": alice.person.email, "text": "Hi"})
    newest = alice.since(conversation)["messages"][-1]
    assert newest["ID"] == said["id"]
    report = decrypt(alice.secret(conversation), alice.since(conversation)["reports"][-1]["Data"])
    assert report.keys() == {"by", "ids"}


def test_anchors_that_should_be_left_out_may_not_be_empty_or_in_part(alice: Other) -> None:
    conversation = alice.conversation(alice.sandbox.people["bob"])
    assert "left out" in refused(alice.page(conversation))
    refused(alice.page(conversation, lastreportid=...))


def test_another_hideid_is_wanted(alice: Other) -> None:
    conversation = alice.conversation(alice.sandbox.people["bob"])
    id, instance = conversation["lastmessageid"], conversation["instance"]
    hide = {"conversationid": conversation["id"]}
    assert "hideid" in refused(alice.call("chatconversation", "hide", **hide, hideid=f"{instance};{id}"))
    assert alice.call("chatconversation", "hide", **hide, hideid=f"{id}/{instance}")["status"] == "OK"


def test_only_the_dialects_availability_actions_are_calls(alice: Other) -> None:
    assert alice.call("chatavailability", "useraway")["status"] == "OK"
    assert "no such call" in refused(alice.call("chatavailability", "useravailable"))


def test_a_hello_may_name_the_person(alice: Other) -> None:
    with connect(alice.sandbox.listener, proxy=None) as socket:
        socket.send(f"I am {alice.person.userid}")
        alice.sandbox.control("say", {"from": "bob@example.org", "to": alice.person.email, "text": "Hi"})
        socket.recv(timeout=10)


def test_a_message_may_be_bare_text_and_the_first_page_now(text: Sandbox) -> None:
    alice = Unsigned(text, text.people["alice"])
    bob = text.people["bob"]
    conversation = alice.conversation(bob)
    said = text.control("say", {"from": bob.email, "to": alice.person.email, "text": '{"bare": "text"}'})
    end_of_this_second = now(seconds=1)
    anchor = {"date": end_of_this_second, "id": conversation["lastmessageid"], "lastreportdate": end_of_this_second}
    page = alice.page(conversation, **anchor)["messages"]
    assert page[-1]["ID"] == said["id"]
    assert decrypt(alice.secret(conversation), page[-1]["Data"]) == {"bare": "text"}
    older = alice.page(conversation, date=page[0]["Created"], id=page[0]["ID"])
    assert page[0] not in older["messages"]
    assert "now" in refused(alice.page(conversation))


def test_a_page_before_a_message_and_a_report_of_this_very_second_is_no_first_page(text: Sandbox) -> None:
    alice, bob = Unsigned(text, text.people["alice"]), text.people["bob"]
    conversation = alice.conversation(bob)
    created = now()
    said = {"from": bob.email, "to": alice.person.email, "text": '{"one": "of two"}', "created": created}
    first, second = (text.control("say", said) for _ in range(2))
    at = {"date": created, "lastreportdate": created, "lastreportid": new_id()}
    ids = [message["ID"] for message in alice.page(conversation, id=first["id"], **at)["messages"]]
    assert not {first["id"], second["id"]} & set(ids)


def test_without_a_hello_every_socket_is_signalled(text: Sandbox) -> None:
    alice = Unsigned(text, text.people["alice"])
    alice.conversation(text.people["bob"])
    with connect(text.listener, proxy=None) as socket:
        socket.ping().wait(10)  # the server has it
        text.control("say", {"from": "bob@example.org", "to": alice.person.email, "text": "Hi"})
        socket.recv(timeout=10)
