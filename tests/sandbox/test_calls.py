"""Each of the 19 calls does what its page says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import Any

import pytest

from tests.processes import Person
from tests.sandbox.conftest import SignIn
from tests.sandbox.raw import Device, decrypt, new_id, now, refused

OK = {"status": "OK", "errormessage": ""}


def test_login_replies_everything_of_its_page(alice: Device) -> None:
    reply = alice.greeting
    assert [reply[name] for name in ("status", "errormessage", "server", "registration")] == ["OK", "", "2.0.0", "true"]
    assert reply["userid"] == hashlib.md5(b"alice@example.org").hexdigest()
    assert (reply["fullname"], reply["nick"]) == ("Alice Martin", "Alice")
    assert list(reply["urls"])[:4] == ["login", "availability", "conversation", "conversationgroup"]
    assert reply["urls"]["reports"].startswith("http://localhost:")
    assert reply["urls"]["reports"].endswith("/ozeki/index.php?srv=chatserver&api=chatreports")
    assert [url.partition("://")[0] for url in reply["listeners"].values()] == ["udp", "ws", "wss"]
    assert reply["rsakey"].startswith(
        "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CFB,"
    )


def test_login_with_a_wrong_key_is_refused(alice: Device) -> None:
    assert "password" in refused(alice.call("chatlogin", "login", env=False, apikey="0" * 64))


def test_availability_makes_a_person_available_and_tells_friends(bob: Device, sign_in: SignIn) -> None:
    tom = sign_in("tom")
    assert bob.call("chatfriends", "list")["status"] == "OK"
    tom.sandbox.control("presence", {"email": tom.person.email, "availability": None})
    bob.notices()
    assert tom.call("chatavailability", "useravailable") == OK
    assert tom.person.userid in bob.notices(presence=True)["friendavailabilitesof"]
    assert availability_of(tom.person, bob) == "available"


def availability_of(person: Person, reader: Device) -> str:
    entries = reader.call("chatfriends", "list")["availabilities"]
    return next(entry["availability"] for entry in entries if entry["friendid"] == person.userid)


def test_friends_are_named_with_their_keys_and_charlie_has_none(alice: Device, sign_in: SignIn) -> None:
    reply = alice.call("chatfriends", "list")
    bob = alice.sandbox.people["bob"]
    assert reply["friends"][bob.userid] == "Bob"
    entry = next(entry for entry in reply["availabilities"] if entry["friendid"] == bob.userid)
    assert re.fullmatch("MIIBIjA.*IDAQAB", entry["publickey"])
    assert sign_in("charlie").call("chatfriends", "list") == {**OK, "friends": {}, "availabilities": []}


def test_the_list_has_every_field_of_a_conversation(alice: Device, bob: Device) -> None:
    reply = alice.call("chatconversation", "list")
    assert (reply["status"], reply["errormessage"]) == ("OK", "File does not exist")
    conversation = alice.conversation(bob.person)
    ids = sorted([alice.person.userid, bob.person.userid])
    assert conversation["id"] == hashlib.md5(";".join(ids).encode()).hexdigest()
    assert conversation["isgroup"] is False
    assert {each["username"] for each in conversation["participants"]} == {"Alice", "Bob"}
    assert re.fullmatch("[0-9A-Za-z]{10}", conversation["instance"])
    assert conversation["secret"] == alice.conversation(bob.person)["secret"]
    assert conversation["displayname"] != alice.conversation(bob.person)["displayname"]
    assert len(base64.b64decode(conversation["displayname"])) == 256
    assert conversation["properties"][0].keys() == {
        "userid", "ismuted", "isfavorite", "hideid", "listitembackgroundcolor",
    }  # fmt: skip
    newest = alice.page(conversation, limit=1)["messages"][0]
    assert conversation["lastmessageid"] == newest["ID"]


def test_both_participants_unwrap_the_same_key(alice: Device, bob: Device) -> None:
    assert alice.secret(alice.conversation(bob.person)) == bob.secret(bob.conversation(alice.person))


def test_charlie_has_no_conversation(sign_in: SignIn) -> None:
    assert sign_in("charlie").call("chatconversation", "list")["conversations"] == []


def test_a_message_is_added_echoed_without_data_and_read_by_the_other(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    message = alice.message(conversation, "Szia!")
    reply = alice.add(conversation, "", message=json.dumps(message))
    assert reply == {**OK, "message": {name: value for name, value in message.items() if name != "Data"}}
    got = bob.since(bob.conversation(alice.person), message["Created"], message["ID"])
    assert "status" not in got
    assert got["messages"][0] == message
    assert decrypt(bob.secret(conversation_of(bob, alice)), message["Data"])["text"] == "Szia!"
    assert alice.conversation(bob.person)["lastmessageid"] == message["ID"]


def conversation_of(reader: Device, other: Device) -> Any:
    return reader.conversation(other.person)


def test_pages_walk_back_through_everything_once_and_in_order(alice: Device) -> None:
    conversation = alice.conversation(alice.sandbox.people["arpad"])
    seen: list[Any] = []
    page = alice.page(conversation, limit=120)["messages"]
    while page:
        assert len(page) <= 120
        seen = page + seen
        page = alice.page(conversation, limit=120, date=page[0]["Created"], id=page[0]["ID"])["messages"]
    assert len(seen) == len({message["ID"] for message in seen}) == 500
    assert [message["Created"] for message in seen] == sorted(message["Created"] for message in seen)


def test_messages_of_one_second_are_paged_without_loss(alice: Device) -> None:
    kim = alice.conversation(alice.sandbox.people["kim"])
    everything = alice.page(kim)["messages"]
    stamps = [message["Created"] for message in everything]
    second = [message for message in everything if stamps.count(message["Created"]) == 4]
    found = alice.page(kim, limit=2, date=second[2]["Created"], id=second[2]["ID"])["messages"]
    assert found == second[:2]
    assert alice.since(kim, second[2]["Created"], second[2]["ID"])["messages"][:2] == second[2:]


def test_download_begins_with_its_anchor_and_expired_messages_are_still_there(alice: Device) -> None:
    maria = alice.conversation(alice.sandbox.people["maria"])
    everything = alice.since(maria)["messages"]
    assert any(message["ValidUntil"] < now() for message in everything)
    assert alice.since(maria, everything[1]["Created"], everything[1]["ID"])["messages"] == everything[1:]


def test_an_arrival_is_reported_delivered_and_then_viewed(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    sent = alice.add(conversation, "Did it arrive?")["message"]
    bob.since(conversation, sent["Created"], sent["ID"])
    bob.since(conversation, sent["Created"], sent["ID"])
    report = {"firstmessagedate": sent["Created"], "lastmessagedate": sent["Created"], "messageids": [sent["ID"]]}
    named = {"conversationid": conversation["id"], "instance": conversation["instance"]}
    assert bob.call("chatreports", "viewed", **named, **report) == OK
    assert bob.call("chatreports", "viewed", **named, **report) == OK
    reports = alice.since(conversation, sent["Created"], sent["ID"])["reports"]
    about_it = [(each["Type"], read) for each in reports if (read := decrypt(alice.secret(conversation), each["Data"]))]
    assert [kind for kind, read in about_it if sent["ID"] in read["messageid"]] == ["delivered", "viewed"]
    assert {read["sender"] for _, read in about_it if sent["ID"] in read["messageid"]} == {bob.person.userid}
    listed = alice.conversation(bob.person)["lastreportid"]
    assert re.fullmatch("[0-9a-f]{32}", listed)
    assert reports[-1]["ID"].replace("-", "") == listed
    again = alice.since(conversation, firstreportdate=reports[-1]["Created"], firstreportid=listed)
    assert again["reports"][0] == reports[-1]


def test_reading_ones_own_message_delivers_nothing(alice: Device, sign_in: SignIn) -> None:
    tom = alice.conversation(alice.sandbox.people["tom"])
    sent = alice.add(tom, "Only I read this.")["message"]
    assert sign_in("alice").since(tom, sent["Created"], sent["ID"])["reports"] == []


def test_clear_renews_the_instance_and_keeps_the_secret(alice: Device, sign_in: SignIn) -> None:
    daniel = sign_in("daniel")
    before = alice.conversation(daniel.person)
    reply = alice.about(before, "clear")
    after = reply["conversation"]
    assert after["instance"] != before["instance"]
    assert (after["lastmessageid"], after["lastreportid"]) == ("", "")
    assert (after["secret"], after["lastaccess"]) == (before["secret"], before["lastaccess"])
    assert daniel.page(after)["messages"] == []
    assert "instance" in refused(daniel.page(before))
    assert "instance" in refused(alice.add(before, "too late"))
    assert daniel.add(daniel.conversation(alice.person), "A fresh start")["status"] == "OK"


@pytest.mark.parametrize(("do", "undo", "name", "by"), [
    ("favorite", "unfavorite", "isfavorite", "favoriteby"),
    ("mute", "unmute", "ismuted", "mutedby"),
])  # fmt: skip
def test_a_preference_shows_in_both_places_and_only_for_its_owner(
    alice: Device, bob: Device, do: str, undo: str, name: str, by: str
) -> None:
    id = alice.conversation(bob.person)["id"]
    done = alice.call("chatconversation", do, conversationid=id)["conversation"]
    assert done["properties"][0][name] is True
    assert done[by] == [alice.person.userid]
    assert bob.conversation(alice.person)["properties"][0][name] is False
    undone = alice.call("chatconversation", undo, conversationid=id)["conversation"]
    assert undone["properties"][0][name] is False
    assert undone[by] == []


def test_a_colour_is_kept(alice: Device, bob: Device) -> None:
    id = alice.conversation(bob.person)["id"]
    reply = alice.call("chatconversation", "setlistitembackgroundcolor", conversationid=id, color="#bae1ff")
    assert reply["conversation"]["properties"][0]["listitembackgroundcolor"] == "#bae1ff"
    assert alice.conversation(bob.person)["properties"][0]["listitembackgroundcolor"] == "#bae1ff"


def test_hide_sets_the_hideid_and_unhide_empties_it(alice: Device, bob: Device) -> None:
    conversation = alice.conversation(bob.person)
    hideid = f"{conversation['instance']};{conversation['lastmessageid']}"
    hidden = alice.call("chatconversation", "hide", conversationid=conversation["id"], hideid=hideid)["conversation"]
    assert hidden["properties"][0]["hideid"] == hideid
    assert hidden["hiddenby"] == []
    shown = alice.call("chatconversation", "unhide", conversationid=conversation["id"])["conversation"]
    assert shown["properties"][0]["hideid"] == ""


def test_the_blocklist_is_empty_and_says_so_with_words(alice: Device) -> None:
    assert alice.call("chatblocklist", "blocklist") == {
        "status": "OK", "errormessage": "File does not exist", "blockedusers": [], "blockedconversations": [],
    }  # fmt: skip


def test_a_workspace_is_registered_once(alice: Device, bob: Device) -> None:
    name = f"team-{secrets.token_hex(4)}.ozeki.chat"
    owner = {"env": False, "http": {"srv": "chatowner"}, "workspacename": name}
    assert alice.call("workspace", "workspaceregister", **owner) == OK
    assert alice.call("workspace", "workspaceregister", **owner) == OK
    assert "taken" in refused(bob.call("workspace", "workspaceregister", **owner))


def test_a_repeated_id_keeps_the_first_unless_the_server_is_told_otherwise(alice: Device, bob: Device) -> None:
    conversation, id = alice.conversation(bob.person), new_id()
    first = alice.add(conversation, "first", ID=id, Created=now(seconds=-5))["message"]
    assert alice.add(conversation, "second", ID=id)["message"] == first
    assert [message["ID"] for message in alice.page(conversation)["messages"]].count(id) == 1
    alice.sandbox.control("repeated", {"keep": "both"})
    alice.add(conversation, "second", ID=id)
    assert [message["ID"] for message in alice.page(conversation)["messages"]].count(id) == 2


def test_the_group_is_a_conversation_of_several(alice: Device) -> None:
    group = next(each for each in alice.call("chatconversation", "list")["conversations"] if each["isgroup"])
    assert len(group["participants"]) == 7
    assert len(alice.page(group)["messages"]) > 10
