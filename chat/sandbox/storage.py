"""The world in a file, so that a restart keeps keys, stations and messages. One JSON document, replaced as a whole."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chat.ozeki.dialect import Dialect
from chat.sandbox import lock
from chat.sandbox.records import OFFLINE, Conversation, Person, Preferences, Station
from chat.sandbox.timeline import Item, Timeline
from chat.sandbox.world import World

PERSON = (
    "email",
    "password",
    "encryption_password",
    "fullname",
    "nick",
    "userid",
    "apikey",
    "rsakey",
    "publickey",
    "lively",
    "shown",
    "chosen",
)
CONVERSATION = ("id", "isgroup", "name", "participantids", "secrets", "instance", "lastaccess")


class WrongFile(ValueError):
    """Not a world of this dialect. The text says what to do."""


def save(world: World, path: Path) -> None:
    """Write the world beside the file and move it there, so that a crash leaves the old one or the new one."""
    document = {
        "dialect": asdict(world.dialect),
        "people": [_person(person) for person in world.people.values()],
        "conversations": [_conversation(conversation) for conversation in world.conversations.values()],
        "workspaces": world.workspaces,
        "blocked": world.blocked,
        "repeated": world.repeated,
    }
    beside = path.with_name(path.name + ".new")
    with beside.open("w") as file:
        beside.chmod(0o600)
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(dialect: Dialect, path: Path) -> World:
    """The world in this file. Raises WrongFile when it was written under another dialect or by something else."""
    try:
        document = json.loads(path.read_text())
        if document["dialect"] != json.loads(json.dumps(asdict(dialect))):
            raise WrongFile(f"{path} was written under another dialect: use that one, or delete the file")
        world = World(dialect)
        world.people = {each["userid"]: _read_person(each) for each in document["people"]}
        world.conversations = {each["id"]: _read_conversation(each) for each in document["conversations"]}
        world.workspaces = document["workspaces"]
        world.blocked = {userid: (users, ids) for userid, (users, ids) in document["blocked"].items()}
        world.repeated = document["repeated"]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise WrongFile(f"{path} is not a file of the sandbox") from error
    world.stations = {id: station for person in world.people.values() for id, station in person.stations.items()}
    return world


def _person(person: Person) -> dict[str, Any]:
    stations = [
        [station.id, list(station.people), list(station.conversations), list(station.lists)]
        for station in person.stations.values()
    ]
    return {**{name: getattr(person, name) for name in PERSON}, "friends": list(person.friends), "stations": stations}


def _read_person(saved: dict[str, Any]) -> Person:
    return Person(
        **{name: saved[name] for name in PERSON},
        key=lock.public_key(saved["publickey"]),
        announced=saved["shown"] or OFFLINE,
        friends=dict.fromkeys(saved["friends"]),
        stations={
            id: Station(id, saved["userid"], *(dict.fromkeys(ids) for ids in notices))
            for id, *notices in saved["stations"]
        },
    )


def _conversation(conversation: Conversation) -> dict[str, Any]:
    return {
        **{name: getattr(conversation, name) for name in CONVERSATION},
        "key": base64.b64encode(conversation.key).decode(),
        "messages": conversation.messages.items,
        "reports": conversation.reports.items,
        "preferences": {userid: asdict(wishes) for userid, wishes in conversation.preferences.items()},
        "undelivered": {id: list(userids) for id, userids in conversation.undelivered.items()},
        "viewed": {id: list(userids) for id, userids in conversation.viewed.items()},
    }


def _read_conversation(saved: dict[str, Any]) -> Conversation:
    return Conversation(
        **{name: saved[name] for name in CONVERSATION},
        key=base64.b64decode(saved["key"]),
        messages=Timeline(Item(*row) for row in saved["messages"]),
        reports=Timeline(Item(*row) for row in saved["reports"]),
        preferences={userid: Preferences(**wishes) for userid, wishes in saved["preferences"].items()},
        undelivered={id: set(userids) for id, userids in saved["undelivered"].items()},
        viewed={id: set(userids) for id, userids in saved["viewed"].items()},
    )
