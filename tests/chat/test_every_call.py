"""All 19 calls, made by what a person does on pages, against servers of several dialects."""

from __future__ import annotations

import uuid
from contextlib import closing

from tests.chat.conftest import World
from tests.chat.test_dialects import pair, pairs, visitor  # noqa: F401 (fixtures)
from tests.processes import Portal, Sandbox, wait_until
from tests.visitor import Visitor

CALLS = {
    "chatlogin": {"login"},
    "chatavailability": {"useravailable"},
    "chatfriends": {"list"},
    "chatreports": {"viewed"},
    "chatnotification": {"download"},
    "chatconversation": {
        *("list", "downloadpartial", "download", "add", "clear"),
        *("favorite", "unfavorite", "mute", "unmute", "hide", "unhide", "setlistitembackgroundcolor"),
    },
    "chatblocklist": {"blocklist"},
    "workspace": {"workspaceregister"},
}


def do(person: Visitor, path: str, **fields: str) -> None:
    answer = person.post(path, fields)
    assert answer.status in (201, 204, 303), (path, fields, answer.html)


def a_day(person: Visitor, world: World) -> None:
    """Everything the portal offers, once."""
    long, talk = world.between("alice", "arpad"), world.between("alice", "bob")
    person.tab(long).hear_message(world.says("arpad", long, "Good morning!"))
    world.says("bob", talk, "Good morning from me, too!")
    others = [message.id for message in person.open(talk).messages if not message.own]
    do(person, "/availability/", action="useravailable")
    do(person, f"/conversations/{talk}/reports/", message=others[-1])
    do(person, f"/conversations/{talk}/messages/", text="Good morning to you!", id=str(uuid.uuid4()))
    for name in ("favorite", "muted", "hidden"):
        do(person, f"/conversations/{talk}/preferences/", **{name: "on"})
        do(person, f"/conversations/{talk}/preferences/", **{name: "off"})
    do(person, f"/conversations/{talk}/preferences/", color="#bae1ff")
    do(person, f"/conversations/{talk}/clear/", confirm="clear")
    do(person, "/workspaces/new/", workspacename=f"w{uuid.uuid4().hex[:8]}.ozeki.chat")
    for page in ("/people/", "/conversations/hidden/"):
        assert person.get(page).status == 200


def test_a_day_makes_every_call_and_none_is_refused(pair: tuple[Sandbox, Portal]) -> None:  # noqa: F811
    sandbox, portal = pair
    world = World(sandbox)
    before = world.now()

    def accepted() -> dict[str, set[str]]:
        made: dict[str, set[str]] = {}
        for call in sandbox.control(f"calls?since={before}"):
            assert call["refused"] is None, call
            made.setdefault(call["api"], set()).add(call["action"])
        return made

    with closing(visitor(portal, sandbox, "alice")) as alice:
        a_day(alice, world)
        wait_until(lambda: accepted() == CALLS, "the calls that nobody waits for")
