"""The control interface: faults, words put into mouths, presence, forgetting."""

from __future__ import annotations

import json
import time
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.processes import Sandbox, wait_until
from tests.sandbox.conftest import SignIn
from tests.sandbox.raw import Device, decrypt, new_id, now, refused


def fault(device: Device, kind: str, **more: Any) -> None:
    device.sandbox.control("faults", {"api": "chatconversation", "action": "add", "fault": kind, "times": 1, **more})


def try_to_add(device: Device, conversation: Any) -> tuple[str, int, str | None, bytes]:
    """The message's id, and the response to Add."""
    message = device.message(conversation, "Does it get there?")
    body = {
        "action": "add", "clientversioncode": 3, "timestamp": now(), "conversationid": conversation["id"],
        "instance": conversation["instance"], "message": json.dumps(message),
    }  # fmt: skip
    try:
        response, content = device.send("chatconversation", json.dumps(body).encode())
    except (HTTPException, OSError) as error:
        assert isinstance(error, (RemoteDisconnected, ConnectionResetError, IncompleteRead))
        return message["ID"], 0, None, b""
    return message["ID"], response.status, response.getheader("Content-Type"), content


def is_held(sandbox: Sandbox, conversation: Any, id: str) -> bool:
    return id in [message["ID"] for message in sandbox.control(f"conversations/{conversation['id']}")["messages"]]


@pytest.mark.parametrize(("kind", "accepts", "status"), [
    ("500", False, 500),
    ("html", False, 200),
    ("refuse", False, 200),
    ("lose", True, 0),
    ("cut", True, 200),
    ("empty", True, 200),
    ("slow", True, 200),
])  # fmt: skip
def test_each_fault_goes_wrong_in_its_own_way_and_only_once(
    alice: Device, bob: Device, kind: str, accepts: bool, status: int
) -> None:
    conversation = alice.conversation(bob.person)
    fault(alice, kind, seconds=0.3)
    began = time.monotonic()
    id, got, type, content = try_to_add(alice, conversation)
    assert got == status
    assert is_held(alice.sandbox, conversation, id) is accepts
    match kind:
        case "html":
            assert str(type).startswith("text/html")
        case "refuse":
            refused(json.loads(content))
        case "cut":
            with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
                json.loads(content)
        case "empty":
            assert content == b""
        case "slow":
            assert time.monotonic() - began >= 0.3
    again, got, _, content = try_to_add(alice, conversation)
    assert json.loads(content)["status"] == "OK"
    assert is_held(alice.sandbox, conversation, again)


def test_a_fault_may_accept_before_it_goes_wrong(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    fault(alice, "500", accepts=True)
    id, status, _, _ = try_to_add(alice, conversation)
    assert status == 500
    assert is_held(alice.sandbox, conversation, id)


def test_a_hanging_call_gets_no_answer(alice: Device, bob: Device) -> None:
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    fault(alice, "hang", api=None, action=None)
    connection = HTTPConnection("127.0.0.1", urlsplit(alice.sandbox.url).port or 80, timeout=0.5)
    connection.request("POST", "/ozeki/index.php?srv=chatserver&api=chatnotification", b"{}")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


def test_a_fault_meets_only_the_calls_it_is_for(alice: Device, bob: Device) -> None:
    fault(alice, "refuse", userid=bob.person.userid, times=2)
    conversation = alice.conversation(bob.person)
    assert alice.add(conversation, "mine works")["status"] == "OK"
    assert bob.call("chatfriends", "list")["status"] == "OK"
    refused(bob.add(bob.conversation(alice.person), "Bob's doesn't"))
    refused(bob.add(bob.conversation(alice.person), "nor this"))
    assert bob.add(bob.conversation(alice.person), "this does")["status"] == "OK"
    fault(alice, "refuse", times=100)
    alice.sandbox.control("faults/clear", {})
    assert alice.add(conversation, "cleared")["status"] == "OK"


def test_words_put_into_a_mouth_arrive_as_any_others(alice: Device, sign_in: SignIn) -> None:
    kim = alice.conversation(alice.sandbox.people["kim"])
    alice.notices()
    said = alice.sandbox.control("say", {"from": "kim@example.org", "to": "alice@example.org", "text": "Szia 🌻"})
    assert said["conversation"] == kim["id"]
    assert alice.notices() == {"conversationchangedof": [kim["id"]]}
    message = alice.page(kim, limit=1)["messages"][0]
    assert message["ID"] == said["id"]
    content = {"sender": alice.sandbox.people["kim"].userid, "text": "Szia 🌻"}
    assert decrypt(alice.secret(kim), message["Data"]) == content
    held = alice.sandbox.control(f"conversations/{kim['id']}")["messages"][-1]
    assert held | content | {"ID": said["id"]} == held


def test_it_tells_which_reports_it_holds(alice: Device, sign_in: SignIn) -> None:
    kim = sign_in("kim")
    conversation = alice.conversation(kim.person)
    assert alice.add(conversation, "seen?")["status"] == "OK"
    id = kim.page(kim.conversation(alice.person), limit=1)["messages"][0]["ID"]
    report = alice.sandbox.control(f"conversations/{conversation['id']}")["reports"][-1]
    assert report == {"Type": "delivered", "sender": kim.person.userid, "messages": [id]}


def test_words_may_be_silent_dated_raw_or_rubbish(alice: Device) -> None:
    layla = alice.conversation(alice.sandbox.people["layla"])
    alice.notices()
    base = {"from": "layla@example.org", "conversation": layla["id"], "silent": True}
    id = new_id()
    times = {"id": id, "created": "2026-01-02 03:04:05", "validuntil": "2026-01-02 03:05:05"}
    alice.sandbox.control("say", {**base, **times, "plaintext": '{"text": 1}'})
    alice.sandbox.control("say", {**base, "data": "rubbish"})
    assert alice.notices() == {}
    page = alice.page(layla)["messages"]
    assert page[-1]["Data"] == "rubbish"
    oldest = next(message for message in alice.since(layla)["messages"] if message["ID"] == id)
    assert (oldest["Created"], oldest["ValidUntil"]) == (times["created"], times["validuntil"])
    assert decrypt(alice.secret(layla), oldest["Data"]) == {"text": 1}


def test_presence_can_be_anything_and_friends_are_told(alice: Device) -> None:
    robin = alice.sandbox.people["robin"]
    alice.notices()
    alice.sandbox.control("presence", {"email": robin.email, "availability": "on a boat"})
    assert robin.userid in alice.notices(presence=True)["friendavailabilitesof"]
    friends = alice.call("chatfriends", "list")["availabilities"]
    assert {"friendid": robin.userid, "availability": "on a boat"}.items() <= next(
        each for each in friends if each["friendid"] == robin.userid
    ).items()
    alice.sandbox.control("presence", {"email": robin.email, "availability": "available"})


def test_friends_see_another_public_key_and_are_told(alice: Device) -> None:
    bob = alice.sandbox.people["bob"]
    alice.notices()
    before = alice.sandbox.control("publickey", {"email": bob.email, "publickey": "QUJD"})["publickey"]
    assert bob.userid in alice.notices(presence=True)["friendavailabilitesof"]
    friends = alice.call("chatfriends", "list")["availabilities"]
    assert next(each["publickey"] for each in friends if each["friendid"] == bob.userid) == "QUJD"
    assert alice.sandbox.control("publickey", {"email": bob.email, "publickey": before})["publickey"] == "QUJD"


def test_forgotten_stations_have_to_sign_in_again(alice: Device) -> None:
    alice.sandbox.control("forget-stations", {})
    assert "not signed in" in refused(alice.call("chatconversation", "list"))
    assert "not signed in" in refused(alice.call("chatnotification", "download"))
    alice.sign_in()
    assert alice.call("chatconversation", "list")["status"] == "OK"


def test_a_conversation_can_be_cleared_from_outside(alice: Device) -> None:
    before = alice.conversation(alice.sandbox.people["mariaelena"])
    alice.sandbox.control("clear", {"conversation": before["id"]})
    assert "instance" in refused(alice.page(before))


def test_lively_people_read_and_answer(alice: Device) -> None:
    robin = alice.conversation(robin_himself := alice.sandbox.people["robin"])
    alice.sandbox.control("lively", {"on": True})
    sent = alice.add(robin, "Hello Robin, are you there?")["message"]

    def answered() -> bool:
        return len(alice.since(robin, sent["Created"], sent["ID"])["messages"]) > 1

    wait_until(answered, "an answer", 10)
    page = alice.since(robin, sent["Created"], sent["ID"])
    assert decrypt(alice.secret(robin), page["messages"][1]["Data"])["sender"] == robin_himself.userid
    assert {"delivered", "viewed"} <= {report["Type"] for report in page["reports"]}


def test_quiet_people_do_neither(alice: Device) -> None:
    robin = alice.conversation(alice.sandbox.people["robin"])
    sent = alice.add(robin, "Anybody there?")["message"]
    alice.sandbox.control("lively", {"on": True})
    answered = alice.add(robin, "And now?")["message"]
    wait_until(lambda: len(alice.since(robin, answered["Created"], answered["ID"])["messages"]) > 1, "an answer", 10)
    reports = [decrypt(alice.secret(robin), report["Data"]) for report in alice.since(robin)["reports"]]
    assert sent["ID"] not in [report["messageid"] for report in reports]


def what_is_held(file: Path) -> Any:
    """What a sandbox has saved, without what is different at every start."""
    document = json.loads(file.read_text())
    for person in document["people"]:
        del person["rsakey"]  # the same key, locked anew
    for conversation in document["conversations"]:
        for name in ("key", "secrets", "instance", "lastaccess"):
            del conversation[name]
        conversation["messages"] = [id for id, *_ in conversation["messages"]]
    return document


def test_all_can_begin_again_as_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    with Sandbox("--data", str(file)) as sandbox:
        wait_until(file.exists, "the file")
        at_the_start = what_is_held(file)
        alice, bob = Device(sandbox, sandbox.people["alice"]), Device(sandbox, sandbox.people["bob"])
        conversation = alice.conversation(bob.person)
        alice.add(conversation, "To be forgotten")
        bob.page(conversation)
        alice.call("chatconversation", "favorite", conversationid=conversation["id"])
        sandbox.control("clear", {"conversation": alice.conversation(sandbox.people["robin"])["id"]})
        sandbox.control("blocklist", {"email": bob.person.email, "users": [alice.person.userid], "conversations": []})
        sandbox.control("publickey", {"email": bob.person.email, "publickey": "QUJD"})
        sandbox.control("presence", {"email": bob.person.email, "availability": "away"})
        sandbox.control("repeated", {"keep": "both"})
        sandbox.control("faults", {"fault": "500", "times": 100})
        with connect(sandbox.listener, proxy=None) as socket:
            socket.send(alice.station)
            sandbox.control("begin-again", {})
            with pytest.raises(ConnectionClosed):
                while True:
                    socket.recv(timeout=10)
        assert sandbox.control("calls") == []
        assert "not signed in" in refused(alice.call("chatconversation", "list"))
        again = Device(sandbox, alice.person)
        assert again.key
        assert alice.key
        assert again.key.public_key() == alice.key.public_key()
        assert again.conversation(bob.person)["instance"] != conversation["instance"]
        sandbox.control("begin-again", {})
        sandbox.stop()
        assert what_is_held(file) == at_the_start


@pytest.mark.parametrize(("path", "body"), [
    ("faults", {"fault": "earthquake"}),
    ("faults", {"fault": "500", "whatever": 1}),
    ("faults", {"fault": "500", "api": "chatconversation", "action": "shout"}),
    ("say", {"from": "nobody@example.org", "to": "alice@example.org", "text": "x"}),
    ("say", {"from": "charlie@example.org", "to": "alice@example.org", "text": "x"}),
    ("say", {"from": "bob@example.org", "to": "alice@example.org"}),
    ("nothing", {}),
])  # fmt: skip
def test_a_control_call_that_makes_no_sense_is_an_error(server: Sandbox, path: str, body: Any) -> None:
    with pytest.raises(AssertionError, match="400"):
        server.control(path, body)


def test_the_people_can_be_asked_for(server: Sandbox) -> None:
    people = server.control("people")
    assert [person["email"] for person in people[:3]] == [f"{name}@example.org" for name in ("alice", "bob", "charlie")]
    assert people[0]["password"] == "alice-password"
