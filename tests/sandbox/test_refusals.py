"""Whatever the pages don't allow is refused in words, written down with its reason, and does nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import SignIn
from tests.sandbox.raw import Device, encrypt, new_id, now, refused

LIST: dict[str, Any] = {"api": "chatconversation", "action": "list"}


def body(**fields: Any) -> bytes:
    return json.dumps({"action": "list", "clientversioncode": 3, "timestamp": now(), **fields}).encode()


def answer(device: Device, content: bytes, api: str = "chatconversation", **http: Any) -> Any:
    response, reply = device.send(api, content, **http)
    assert response.status == 200
    return json.loads(reply)


@pytest.mark.parametrize("name", ["Content-Type", "Ozeki-Station", "Ozeki-User", "Ozeki-Signature"])
def test_a_missing_header_is_refused(alice: Device, name: str) -> None:
    assert name in refused(alice.call(**LIST, http={"headers": {name: None}}))


@pytest.mark.parametrize("value", ["text/plain", "application/json; charset=utf-8"])
def test_another_content_type_is_refused(alice: Device, value: str) -> None:
    assert "Content-Type" in refused(alice.call(**LIST, http={"headers": {"Content-Type": value}}))


def test_a_header_that_has_no_place_in_the_call_is_refused(alice: Device) -> None:
    extra = {"headers": {"Ozeki-User": alice.person.userid}}
    assert "no place" in refused(alice.call("chatnotification", "download", http=extra))
    assert "no place" in refused(alice.call("chatlogin", "login", env=False, apikey=alice.apikey, http=extra))
    workspace = {"srv": "chatowner", "headers": {"Ozeki-Station": alice.station}}
    fields = {"env": False, "workspacename": "a.ozeki.chat"}
    assert "no place" in refused(alice.call("workspace", "workspaceregister", **fields, http=workspace))


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_method_is_refused(alice: Device, method: str) -> None:
    assert "POST" in refused(alice.call(**LIST, http={"method": method}))


@pytest.mark.parametrize(
    "query", ["api={api}&srv={srv}&x=1", "srv={srv}&api={api}&api={api}", "srv={srv}&api={api}&x="]
)
def test_another_query_is_refused(alice: Device, query: str) -> None:
    assert "srv and api" in refused(alice.call(**LIST, http={"query": query}))


@pytest.mark.parametrize(("api", "action", "srv"), [
    ("chatconversation", "remove", "chatserver"),
    ("chatfriends", "List", "chatserver"),
    ("chatconversation", "list", "chatowner"),
    ("chatfileserver", "list", "chatserver"),
    ("chatavailability", "useraway", "chatserver"),
])  # fmt: skip
def test_a_call_that_no_page_has_is_refused(alice: Device, api: str, action: str, srv: str) -> None:
    assert "no such call" in refused(alice.call(api, action, http={"srv": srv}))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'"x"', b"{", b'{"action":"list","action":"list"}', b"\xff", b"[" * 9999]
)
def test_a_body_that_is_not_one_json_object_is_refused(alice: Device, content: bytes) -> None:
    assert "JSON object" in refused(answer(alice, content))


@pytest.mark.parametrize("name", ["clientversioncode", "timestamp"])
def test_a_missing_field_is_refused(alice: Device, name: str) -> None:
    assert refused(alice.call(**LIST, **{name: ...})) == f"{name} is missing"


def test_an_extra_field_is_refused(alice: Device) -> None:
    assert "'extra'" in refused(alice.call(**LIST, extra=1))
    login = alice.call("chatlogin", "login", apikey=alice.apikey)
    assert "not a field" in refused(login)


@pytest.mark.parametrize(("name", "value"), [
    ("clientversioncode", "3"),
    ("clientversioncode", 2),
    ("clientversioncode", True),
    ("clientversioncode", 3.0),
    ("timestamp", 1709907168),
    ("timestamp", "2024-03-08T14:12:48Z"),
    ("timestamp", ""),
    ("timestamp", "2024-3-8 1:2:3"),
])  # fmt: skip
def test_a_wrong_type_or_form_is_refused(alice: Device, name: str, value: object) -> None:
    assert refused(alice.call(**LIST, **{name: value})).startswith(name)


@pytest.mark.parametrize("minutes", [-11, 11])
def test_a_timestamp_far_from_now_is_refused(alice: Device, minutes: int) -> None:
    assert "ten minutes" in refused(alice.call(**LIST, timestamp=now(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-9, 9])
def test_a_timestamp_near_now_is_accepted(alice: Device, minutes: int) -> None:
    assert alice.call(**LIST, timestamp=now(minutes=minutes))["status"] == "OK"


def test_a_signature_of_another_body_key_or_form_is_refused(alice: Device, bob: Device) -> None:
    content = body()
    for wrong in (alice.sign(content + b" "), bob.sign(content), "none", "!", alice.sign(content)[:-4]):
        assert "signature" in refused(answer(alice, content, headers={"Ozeki-Signature": wrong}))
    assert answer(alice, content, headers={"Ozeki-Signature": alice.sign(content)})["status"] == "OK"


def test_an_unknown_station_or_user_is_refused(alice: Device, bob: Device) -> None:
    for station in ("0" * 32, "not-a-station", alice.station.upper()):
        assert "tation" in refused(alice.call(**LIST, http={"headers": {"Ozeki-Station": station}}))
        assert "tation" in refused(
            alice.call("chatnotification", "download", http={"headers": {"Ozeki-Station": station}})
        )
    assert "no such user" in refused(alice.call(**LIST, http={"headers": {"Ozeki-User": "0" * 32}}))


def test_another_persons_station_is_refused(alice: Device, bob: Device) -> None:
    assert "somebody else" in refused(alice.call(**LIST, http={"headers": {"Ozeki-Station": bob.station}}))


def test_another_persons_conversation_is_refused_as_if_it_were_not_there(alice: Device, sign_in: SignIn) -> None:
    robin = alice.sandbox.people["robin"]
    foreign = sign_in("bob").conversation(robin)
    answers = [
        alice.page(foreign),
        alice.since(foreign),
        alice.about(foreign, "clear"),
        alice.call("chatconversation", "mute", conversationid=foreign["id"]),
        alice.about(foreign, "add", message=json.dumps(alice.message(alice.conversation(robin), "hello"))),
        alice.page(foreign | {"id": "0" * 32}),
    ]
    assert {refused(each) for each in answers} == {"There is no such conversation among yours"}


@pytest.mark.parametrize("parts", [
    {"ID": "1"},
    {"ID": ...},
    {"Type": "message"},
    {"Created": "2026-11-22T19:44:57Z"},
    {"ValidUntil": "2020-01-01 00:00:00"},
    {"Data": ""},
    {"Data": "not base64!"},
    {"Data": "c2hvcnQ="},
    {"Sender": "alice"},
    {"Created": 5},
])  # fmt: skip
def test_a_message_that_is_not_as_its_page_says_is_refused(alice: Device, bob: Device, parts: dict[str, Any]) -> None:
    conversation = alice.conversation(bob.person)
    assert refused(alice.add(conversation, "no", **parts)).startswith("In message, ")
    assert alice.conversation(bob.person)["lastmessageid"] == conversation["lastmessageid"]


def test_a_message_that_is_not_a_string_of_json_is_refused(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    for message in (alice.message(conversation, "an object"), "", "{", "[]", None, 5):
        assert refused(alice.about(conversation, "add", message=message)).startswith("message must be a string")


@pytest.mark.parametrize(("action", "fields"), [
    ("downloadpartial", {"limit": "50"}),
    ("downloadpartial", {"limit": 0}),
    ("downloadpartial", {"limit": True}),
    ("downloadpartial", {"lastmessageid": "x"}),
    ("downloadpartial", {"lastmessagedate": "2024-03-08 14:12:48"}),
    ("downloadpartial", {"lastmessageid": new_id()}),
    ("downloadpartial", {"lastreportid": ...}),
    ("downloadpartial", {"instance": "short"}),
    ("downloadpartial", {"conversationid": "x"}),
])  # fmt: skip
def test_a_page_asked_for_wrongly_is_refused(alice: Device, bob: Device, action: str, fields: dict[str, Any]) -> None:
    refused(alice.page(alice.conversation(bob.person), **fields))


def test_an_anchor_whose_date_is_not_its_own_is_refused(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    newest = alice.page(conversation, limit=1)["messages"][0]
    assert "date" in refused(alice.page(conversation, date="2024-03-08 14:12:48", id=newest["ID"]))
    assert "date" in refused(alice.since(conversation, "2024-03-08 14:12:48", newest["ID"]))


@pytest.mark.parametrize(("action", "field", "value"), [
    ("setlistitembackgroundcolor", "color", "red"),
    ("setlistitembackgroundcolor", "color", "#fff"),
    ("hide", "hideid", "something"),
    ("hide", "hideid", ""),
])  # fmt: skip
def test_a_preference_of_another_form_is_refused(
    alice: Device, bob: Device, action: str, field: str, value: str
) -> None:
    id = alice.conversation(bob.person)["id"]
    assert field in refused(alice.call("chatconversation", action, conversationid=id, **{field: value}))


def test_a_report_about_other_messages_or_dates_is_refused(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    message = alice.page(conversation, limit=1)["messages"][0]
    named = {"conversationid": conversation["id"], "instance": conversation["instance"]}
    right = {
        "firstmessagedate": message["Created"], "lastmessagedate": message["Created"], "messageids": [message["ID"]],
    }  # fmt: skip
    for wrong in (
        {"messageids": [new_id()]},
        {"messageids": []},
        {"messageids": message["ID"]},
        {"messageids": [message["ID"], message["ID"]]},
        {"firstmessagedate": now(days=1)},
        {"lastmessagedate": "2020-01-01 00:00:00"},
    ):
        refused(alice.call("chatreports", "viewed", **named, **(right | wrong)))
    assert alice.call("chatreports", "viewed", **named, **right)["status"] == "OK"


@pytest.mark.parametrize("name", ["alice", "Alice.ozeki.chat", "a b.ozeki.chat", "-a.ozeki.chat", "", 5])
def test_a_workspace_name_of_another_form_is_refused(alice: Device, name: object) -> None:
    fields = {"env": False, "http": {"srv": "chatowner"}, "workspacename": name}
    assert "workspacename" in refused(alice.call("workspace", "workspaceregister", **fields))


def test_a_refusal_is_written_down_with_its_reason(alice: Device) -> None:
    before = alice.sandbox.control("calls")[-1]["n"]
    alice.call(**LIST)
    alice.call(**LIST, extra=1)
    alice.call("chatnotification", "download")
    first, second, third = alice.sandbox.control(f"calls?since={before}")
    who = {"api": "chatconversation", "action": "list", "userid": alice.person.userid, "station": alice.station}
    assert first == {"n": before + 1, **who, "refused": None}
    assert second == {"n": before + 2, **who, "refused": "'extra' is not a field of this call"}
    assert (third["api"], third["userid"], third["refused"]) == ("chatnotification", alice.person.userid, None)


def test_ciphertext_that_nobody_can_read_is_kept_all_the_same(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    sent = alice.add(conversation, "", Data=encrypt(b"\0" * 32, b"sealed with another key"))["message"]
    assert bob.since(conversation, sent["Created"], sent["ID"])["messages"][0]["ID"] == sent["ID"]


ODD: list[object] = [None, True, -1, 1e99, "", "\ud800", "x" * 100_000, [], ["x"], [[]], {}, {"a": {}}]


@pytest.mark.parametrize("name", [
    "action", "clientversioncode", "timestamp", "conversationid", "instance", "message", "limit", "lastmessagedate",
    "lastmessageid", "lastreportdate", "lastreportid", "firstmessagedate", "firstmessageid", "firstreportdate",
    "firstreportid", "messageids", "color", "hideid", "apikey", "workspacename",
])  # fmt: skip
def test_odd_values_anywhere_are_refused_and_never_break_the_server(alice: Device, bob: Device, name: str) -> None:
    conversation = alice.conversation(bob.person)
    ids = {"conversationid": conversation["id"]}
    current = {**ids, "instance": conversation["instance"]}
    newest = alice.page(conversation, limit=1)["messages"][0]
    before = {"lastmessagedate": "", "lastmessageid": "", "lastreportdate": "", "lastreportid": ""}
    since = {"firstmessagedate": "", "firstmessageid": "", "firstreportdate": "", "firstreportid": ""}
    dates = {"firstmessagedate": newest["Created"], "lastmessagedate": newest["Created"]}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("chatlogin", {"action": "login", "apikey": alice.apikey}),
        ("chatreports", {"action": "viewed", **current, **dates, "messageids": [newest["ID"]]}),
        ("chatnotification", {"action": "download"}),
        ("chatconversation", {"action": "add", **current, "message": "{}"}),
        ("chatconversation", {"action": "downloadpartial", **current, **before, "limit": 50}),
        ("chatconversation", {"action": "download", **current, **since}),
        ("chatconversation", {"action": "setlistitembackgroundcolor", **ids, "color": "#ffffff"}),
        ("chatconversation", {"action": "hide", **ids, "hideid": f"{conversation['instance']};"}),
        ("workspace", {"action": "workspaceregister", "workspacename": "a.ozeki.chat"}),
    ]
    for api, fields in calls:
        env = {} if api in ("chatlogin", "workspace") else {"clientversioncode": 3, "timestamp": now()}
        for value in ODD if name in fields | env else []:
            if value == "" and name in before | since:
                continue  # empty anchors are allowed
            content = json.dumps({**env, **fields, name: value}).encode()
            refused(answer(alice, content, api, srv="chatowner" if api == "workspace" else "chatserver"))
