"""What tests can do to the sandbox from outside, beyond calling the API: JSON over /control/, if it was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from chat.sandbox import lock
from chat.sandbox.faults import Fault, Faults
from chat.sandbox.records import Conversation, Person
from chat.sandbox.timeline import Item, moment, stamp
from chat.sandbox.world import Refusal, World, new_id, now

Fields = Mapping[str, Any]
Log = Iterable[Mapping[str, object]]


def person_json(person: Person) -> dict[str, str]:
    return {
        "email": person.email,
        "password": person.password,
        "encryption_password": person.encryption_password,
        "userid": person.userid,
        "nick": person.nick,
        "fullname": person.fullname,
    }


class Control:
    """`drop_sockets` cuts the listener's connections, `lively` turns the lively people on or off, `begin_again` makes
    everything as it was at the start."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        drop_sockets: Callable[[], int],
        lively: Callable[[bool], None],
        begin_again: Callable[[], None],
    ) -> None:
        self.world = world
        self.faults = faults
        self.drop_sockets = drop_sockets
        self.lively = lively
        self.begin_again = begin_again

    def answer(self, method: str, path: str, query: str, body: bytes, log: Log) -> object:
        """Do one control call. Raises Refusal when there is no such call or its fields don't fit."""
        name = path.removeprefix("/control/")
        if method == "GET":
            return self._read(name, parse_qs(query), log)
        steer: Callable[[Fields], object] | None = {
            "faults": self.add_fault,
            "faults/clear": self.clear_faults,
            "begin-again": self.forget_everything,
            "drop-sockets": lambda fields: {"dropped": self.drop_sockets()},
            "forget-stations": self.forget_stations,
            "say": self.say,
            "presence": self.presence,
            "publickey": self.set_publickey,
            "clear": self.clear,
            "lively": self.set_lively,
            "repeated": self.set_repeated,
            "blocklist": self.set_blocklist,
        }.get(name)
        if method != "POST" or steer is None:
            raise Refusal(f"There is no control call {method} {path}")
        self.world.changes += 1
        try:
            return steer(json.loads(body or b"{}"))
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(f"{type(error).__name__}: {error}") from error

    def _read(self, name: str, query: Mapping[str, list[str]], log: Log) -> object:
        if name == "people":
            return [person_json(person) for person in self.world.people.values()]
        if name == "calls":
            since = int(query.get("since", ["0"])[0])
            return [call for call in log if isinstance(call["n"], int) and call["n"] > since]
        kind, _, id = name.partition("/")
        if kind == "conversations" and id in self.world.conversations:
            return self._held(self.world.conversations[id])
        raise Refusal(f"There is no control page {name}")

    def _held(self, conversation: Conversation) -> object:
        """A conversation's content as the server holds it, in the clear where it can be read."""
        messages = []
        for item in conversation.messages:
            sender, text = self.world.read(conversation, item)
            times = {"Created": item.created, "ValidUntil": item.validuntil}
            messages.append({"ID": item.id, **times, "sender": sender, "text": text})
        reports = []
        for item in conversation.reports:
            sender, ids = self.world.reported(conversation, item)
            reports.append({"Type": item.type, "sender": sender, "messages": ids})
        return {"instance": conversation.instance, "messages": messages, "reports": reports}

    # What can be done

    def add_fault(self, fields: Fields) -> object:
        self.faults.add(Fault(**fields))
        return {}

    def clear_faults(self, fields: Fields) -> object:
        self.faults.waiting.clear()
        return {}

    def forget_everything(self, fields: Fields) -> object:
        self.begin_again()
        return {}

    def forget_stations(self, fields: Fields) -> object:
        self.world.forget_stations()
        return {}

    def say(self, fields: Fields) -> object:
        """Put a message from `from` into `conversation`, or the one with `to`. `silent`: nobody gets a notice."""
        sender = self.world.person_called(fields["from"])
        conversation = self._conversation(sender, fields)
        created = fields.get("created", now())
        item = Item(
            id=fields.get("id", new_id()),
            type="Message",
            created=created,
            validuntil=fields.get("validuntil", stamp(moment(created) + self.world.validfor)),
            data=self._data(conversation, sender, fields),
        )
        if fields.get("silent"):
            conversation.keep(item)
        else:
            self.world.add(conversation, item, sender=sender.userid)
        return {"id": item.id, "conversation": conversation.id}

    def _conversation(self, sender: Person, fields: Fields) -> Conversation:
        if "conversation" in fields:
            return self.world.conversations[fields["conversation"]]
        pair = {sender.userid, self.world.person_called(fields["to"]).userid}
        for conversation in self.world.conversations.values():
            if not conversation.isgroup and set(conversation.participantids) == pair:
                return conversation
        raise Refusal("These two have no conversation")

    def _data(self, conversation: Conversation, sender: Person, fields: Fields) -> str:
        if "data" in fields:
            return str(fields["data"])
        if "plaintext" in fields:
            plaintext = str(fields["plaintext"]).encode()
        else:
            plaintext = self.world.compose(sender.userid, fields["text"])
        return lock.seal(self.world.dialect, conversation.key, plaintext)

    def presence(self, fields: Fields) -> object:
        """What a person's friends see from now on; null: what the person's own calls and sockets tell."""
        person = self.world.person_called(fields["email"])
        person.shown = fields["availability"]
        self.world.announce(person)
        return {}

    def set_publickey(self, fields: Fields) -> object:
        """Show a person's friends another public key; the answer is what they saw before."""
        person = self.world.person_called(fields["email"])
        before, person.publickey = person.publickey, str(fields["publickey"])
        self.world.tell("people", person.userid, person.friends)
        return {"publickey": before}

    def clear(self, fields: Fields) -> object:
        self.world.clear(self.world.conversations[fields["conversation"]])
        return {}

    def set_lively(self, fields: Fields) -> object:
        self.lively(bool(fields["on"]))
        return {}

    def set_repeated(self, fields: Fields) -> object:
        """What a repeated Add does: `keep` the "first", or "both"."""
        if fields["keep"] not in ("first", "both"):
            raise Refusal('keep is "first" or "both"')
        self.world.repeated = fields["keep"]
        return {}

    def set_blocklist(self, fields: Fields) -> object:
        person = self.world.person_called(fields["email"])
        self.world.blocked[person.userid] = (list(fields["users"]), list(fields["conversations"]))
        return {}
