"""The 19 calls: which headers and fields each has, and what it does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from chat.sandbox import conversations
from chat.sandbox.conversations import prefer
from chat.sandbox.envelope import OK, OK_WITH_WORDS, Caller, Envelope, Fields, Reply, Rule, check
from chat.sandbox.world import Refusal, World

# The last is deduced: the page's sample is cut before it, and Report needs one.
APIS = (
    "login",
    "availability",
    "conversation",
    "conversationgroup",
    "blocklist",
    "fileserver",
    "friends",
    "notification",
    "reports",
)


@dataclass(frozen=True, slots=True)
class Address:
    """What the login reply claims: the API's base URL, and the host and port of the listener."""

    base: str
    host: str
    listener_port: int


def login(address: Address, world: World, caller: Caller, fields: Fields) -> Reply:
    """p_7105"""
    person = next((person for person in world.people.values() if person.apikey == fields["apikey"]), None)
    if person is None:
        raise Refusal("Wrong user name or password")
    world.tie(caller.stationid, person)
    port = address.listener_port
    return {
        **OK,
        "server": "2.0.0",
        # Only ws is served; the others stand there because the page shows all three, on ports in a row.
        "listeners": {
            "udp": f"udp://{address.host}:{port - 1}",
            "ws": f"ws://{address.host}:{port}",
            "wss": f"wss://{address.host}:{port + 1}",
        },
        "registration": "true",
        "rsakey": person.rsakey,
        "userid": person.userid,
        "fullname": person.fullname,
        "nick": person.nick,
        "urls": {api: f"{address.base}?srv=chatserver&api=chat{api}" for api in APIS},
    }


def available(value: str, world: World, caller: Caller, fields: Fields) -> Reply:
    """p_7106"""
    person = caller.somebody()
    person.chosen, person.shown, person.last_call = value, None, time.monotonic()
    world.announce(person)
    return {**OK}


def friends(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_7201"""
    known = [world.people[userid] for userid in caller.somebody().friends]
    return {
        **OK,
        "friends": {friend.userid: friend.nick for friend in known},
        "availabilities": [
            {
                "friendid": friend.userid,
                "friendname": friend.nick,
                "publickey": friend.publickey,
                "availability": friend.availability(),
            }
            for friend in known
        ],
    }


def notification(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_8037"""
    return {**OK, **caller.somewhere().read()}


def blocklist(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_4866"""
    users, conversations = world.blocked.get(caller.somebody().userid, ([], []))
    return {**OK_WITH_WORDS, "blockedusers": users, "blockedconversations": conversations}


def register_workspace(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_4974"""
    if world.workspaces.setdefault(fields["workspacename"], caller.somebody().userid) != caller.somebody().userid:
        raise Refusal("This workspace name is taken")
    world.changes += 1
    return {**OK}


ENV = ("clientversioncode", "timestamp")
ID = (*ENV, "conversationid")
CURRENT = (*ID, "instance")
FROM = ("firstmessagedate", "firstmessageid", "firstreportdate", "firstreportid")
BEFORE = ("lastmessagedate", "lastmessageid", "lastreportdate", "lastreportid")
SIGNED = ("ozeki-station", "ozeki-user", "ozeki-signature")
STATION = ("ozeki-station",)
NO_STATION = ("ozeki-user", "ozeki-signature")
Key = tuple[str, str, str]


def rules(world: World, address: Address) -> Mapping[Key, Rule]:
    """srv, api and action of every call of this world's dialect, and its rule."""
    first_may_omit = frozenset(BEFORE) if world.dialect.paging.first == "omit" else frozenset[str]()
    about = {
        "list": Rule(SIGNED, ENV, conversations.listing),
        "downloadpartial": Rule(SIGNED, (*CURRENT, *BEFORE, "limit"), conversations.download_partial, first_may_omit),
        "add": Rule(SIGNED, (*CURRENT, "message"), conversations.add),
        "clear": Rule(SIGNED, CURRENT, conversations.clear),
        "favorite": Rule(SIGNED, ID, partial(prefer, "favorite", True)),
        "unfavorite": Rule(SIGNED, ID, partial(prefer, "favorite", False)),
        "setlistitembackgroundcolor": Rule(SIGNED, (*ID, "color"), partial(prefer, "color", conversations.colour)),
        "download": Rule(SIGNED, (*CURRENT, *FROM), conversations.download),
        "mute": Rule(SIGNED, ID, partial(prefer, "muted", True)),
        "unmute": Rule(SIGNED, ID, partial(prefer, "muted", False)),
        "hide": Rule(SIGNED, (*ID, "hideid"), partial(prefer, "hideid", conversations.hide_id)),
        "unhide": Rule(SIGNED, ID, partial(prefer, "hideid", "")),
    }
    return {
        ("chatserver", "chatlogin", "login"): Rule(STATION, ("apikey",), partial(login, address)),
        **{
            ("chatserver", "chatavailability", action.action): Rule(SIGNED, ENV, partial(available, action.value))
            for action in world.dialect.availability.actions
        },
        ("chatserver", "chatfriends", "list"): Rule(SIGNED, ENV, friends),
        ("chatserver", "chatreports", "viewed"): Rule(
            SIGNED, (*CURRENT, "firstmessagedate", "lastmessagedate", "messageids"), conversations.viewed
        ),
        ("chatserver", "chatnotification", "download"): Rule(STATION, ENV, notification),
        **{("chatserver", "chatconversation", action): rule for action, rule in about.items()},
        ("chatserver", "chatblocklist", "blocklist"): Rule(SIGNED, ENV, blocklist),
        ("chatowner", "workspace", "workspaceregister"): Rule(NO_STATION, ("workspacename",), register_workspace),
    }


def answer(world: World, table: Mapping[Key, Rule], envelope: Envelope) -> Reply:
    """Do what the request asks. Raises Refusal, with nothing done."""
    if envelope.fields is None:
        raise Refusal("The body must be one JSON object, with no key twice")
    rule = table.get((envelope.srv, envelope.api, envelope.action))
    if rule is None:
        raise Refusal("There is no such call")
    caller = check(world, envelope, rule)
    if caller.person is not None and caller.station is not None:
        caller.person.last_call = time.monotonic()
        world.announce(caller.person)
    return rule.answer(world, caller, envelope.fields)
