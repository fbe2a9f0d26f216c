"""Notices: per station, gone once read, and a signal on the socket that says there are some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.sandbox.conftest import SignIn
from tests.sandbox.raw import Device, refused


@contextmanager
def ear(device: Device, hello: str) -> Iterator[ClientConnection]:
    with connect(device.sandbox.listener, proxy=None) as socket:
        socket.send(hello)
        yield socket


def test_a_message_is_noticed_by_every_station_of_every_participant_once(alice: Device, sign_in: SignIn) -> None:
    stations = [alice, sign_in("alice"), sign_in("maria"), sign_in("maria")]
    stranger = sign_in("charlie")
    conversation = alice.conversation(stations[2].person)
    for station in stations:
        station.notices()
    alice.add(conversation, "Hello everywhere")
    for station in stations:
        assert station.notices() == {"conversationchangedof": [conversation["id"]]}
        assert station.notices() == {}
    assert stranger.notices() == {}


def test_many_changes_of_a_conversation_are_one_notice(alice: Device, bob: Device) -> None:
    bob.notices()
    conversation = alice.conversation(bob.person)
    for text in ("one", "two", "three"):
        alice.add(conversation, text)
    assert bob.notices() == {"conversationchangedof": [conversation["id"]]}


def test_a_preference_is_noticed_by_its_owners_stations_only(alice: Device, bob: Device, sign_in: SignIn) -> None:
    other = sign_in("alice")
    for station in (alice, bob, other):
        station.notices()
    alice.call("chatconversation", "mute", conversationid=alice.conversation(bob.person)["id"])
    assert alice.notices() == other.notices() == {"conversationlistchangedof": [alice.person.userid]}
    assert bob.notices() == {}


def test_clear_is_noticed_as_a_change_of_the_content_and_of_everybodys_list(alice: Device, sign_in: SignIn) -> None:
    tom = sign_in("tom")
    conversation = alice.conversation(tom.person)
    tom.notices()
    alice.about(conversation, "clear")
    assert tom.notices() == {
        "conversationchangedof": [conversation["id"]],
        "conversationlistchangedof": [tom.person.userid],
    }


def test_a_delivery_is_noticed_by_the_sender(alice: Device, bob: Device) -> None:
    sent = alice.add(conversation := alice.conversation(bob.person), "Ping")["message"]
    alice.notices()
    bob.since(conversation, sent["Created"], sent["ID"])
    assert alice.notices() == {"conversationchangedof": [conversation["id"]]}


def test_a_station_that_changes_hands_hears_nothing_of_its_former_owner(alice: Device, bob: Device) -> None:
    alice.add(alice.conversation(bob.person), "for Bob's station")
    alice.station = bob.station
    alice.sign_in()
    assert alice.notices() == {}
    assert "somebody else" in refused(bob.call("chatconversation", "list"))


def test_a_socket_is_signalled_when_its_station_has_news(alice: Device, bob: Device) -> None:
    bob.notices()
    with ear(bob, bob.station) as socket:
        alice.add(conversation := alice.conversation(bob.person), "Knock knock")
        frame = socket.recv(timeout=10)
        assert conversation["id"] not in str(frame)
        assert bob.notices() == {"conversationchangedof": [conversation["id"]]}


def test_a_socket_hears_at_once_of_what_came_before_it(alice: Device, bob: Device) -> None:
    alice.add(alice.conversation(bob.person), "Before you came")
    with ear(bob, bob.station) as socket:
        socket.recv(timeout=10)


@pytest.mark.parametrize("hello", ["0" * 32, "", "hello", "x" * 1000])
def test_a_hello_that_names_no_station_is_shown_the_door(alice: Device, hello: str) -> None:
    with ear(alice, hello) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_dropped_sockets_end_without_a_goodbye(alice: Device) -> None:
    alice.sandbox.control("presence", {"email": "robin@example.org", "availability": "busy"})
    with ear(alice, alice.station) as socket:
        socket.recv(timeout=10)  # the server knows it
        assert alice.sandbox.control("drop-sockets", {})["dropped"] >= 1
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        assert closed.value.rcvd is None


def test_a_socket_keeps_a_person_available(alice: Device, sign_in: SignIn) -> None:
    layla = sign_in("layla")
    layla.call("chatavailability", "useravailable")
    with ear(layla, layla.station):
        friends = alice.call("chatfriends", "list")["availabilities"]
    shown = next(each["availability"] for each in friends if each["friendid"] == layla.person.userid)
    assert shown == "available"
