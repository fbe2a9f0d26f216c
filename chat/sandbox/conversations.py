"""The calls about conversations: list, read, write, report, clear, and how each appears in a person's list."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

from chat.sandbox import lock, shapes
from chat.sandbox.envelope import OK, OK_WITH_WORDS, Caller, Fields, Reply, read_message
from chat.sandbox.records import Conversation, Person
from chat.sandbox.timeline import Item, Timeline, moment
from chat.sandbox.world import Refusal, World


def listing(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_7202"""
    person = caller.somebody()
    mine = [each for each in world.conversations.values() if person.userid in each.participantids]
    return {**OK_WITH_WORDS, "conversations": [describe(world, each, person) for each in mine]}


def describe(world: World, conversation: Conversation, reader: Person) -> Reply:
    """A conversation in a reply, as one participant sees it (p_7202)."""
    wishes = conversation.preferences
    mine = wishes[reader.userid]
    people = [world.people[userid] for userid in conversation.participantids]
    name = conversation.name or next((person.nick for person in people if person is not reader), reader.nick)
    return {
        "id": conversation.id,
        "isgroup": conversation.isgroup,
        "participantids": [person.userid for person in people],
        "participants": [{"userid": person.userid, "username": person.nick} for person in people],
        "displayname": lock.wrap_name(world.dialect, reader.key, name),
        "lastmessageid": conversation.messages.last_id(),
        "lastreportid": conversation.reports.last_id().replace("-", ""),
        "lastaccess": conversation.lastaccess,
        "secret": conversation.secrets[reader.userid],
        "instance": conversation.instance,
        "mutedby": [userid for userid, wish in wishes.items() if wish.muted],
        "favoriteby": [userid for userid, wish in wishes.items() if wish.favorite],
        "hiddenby": [],
        "properties": [
            {
                "userid": reader.userid,
                "ismuted": mine.muted,
                "isfavorite": mine.favorite,
                "hideid": mine.hideid,
                "listitembackgroundcolor": mine.color,
            }
        ],
    }


def current(world: World, caller: Caller, fields: Fields) -> Conversation:
    """The conversation a call is about: the caller's own, in the generation the caller knows."""
    conversation = world.conversation_of(caller.somebody(), fields["conversationid"])
    if fields["instance"] != conversation.instance:
        raise Refusal("The conversation has another instance by now")
    return conversation


def anchor(timeline: Timeline, date: str, id: str) -> tuple[str, str]:
    """A date and an id that belong together. Raises Refusal when one is missing or they contradict what is held."""
    if bool(date) != bool(id):
        raise Refusal("An anchor needs both its date and its id, or neither")
    if timeline.contradicts(date, id):
        raise Refusal("The anchor's date is not the date of what it names")
    return date, id


def is_first_page(messages: Timeline, fields: Fields) -> bool:
    """Is this anchor "now, and the newest I know of", rather than an older message by its own date?"""
    date, id = fields["lastmessagedate"], fields["lastmessageid"]
    if abs(moment(date) - moment(fields["timestamp"])) > timedelta(seconds=2):
        return False
    return id == messages.last_id() or messages.get(id) is None or messages.contradicts(date, id)


def download_partial(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_8072"""
    conversation, limit = current(world, caller, fields), fields["limit"]
    names = ("lastmessagedate", "lastmessageid", "lastreportdate", "lastreportid")
    date, id, report_date, report_id = (fields.get(name, "") for name in names)
    if world.dialect.paging.first == "omit" and not id and "lastmessageid" in fields:
        raise Refusal("The anchors of the first page are left out, not empty")
    if world.dialect.paging.first == "now":
        if not date:
            raise Refusal("The first page is anchored now")
        if is_first_page(conversation.messages, fields):
            date, id, report_date, report_id = "", "", "", ""
    before, reports_before = (
        anchor(conversation.messages, date, id),
        anchor(conversation.reports, report_date, report_id),
    )
    messages = conversation.messages.before(*before, limit)
    world.deliver(conversation, caller.somebody(), messages)
    reports = conversation.reports.before(*reports_before, limit)
    return {**OK, "messages": [item.json() for item in messages], "reports": [item.json() for item in reports]}


def download(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_4861; its reply has neither status nor errormessage"""
    conversation = current(world, caller, fields)
    date, id = anchor(conversation.messages, fields["firstmessagedate"], fields["firstmessageid"])
    report_date, report_id = anchor(conversation.reports, fields["firstreportdate"], fields["firstreportid"])
    messages = conversation.messages.since(date, id)
    world.deliver(conversation, caller.somebody(), messages)
    # Whoever holds no report yet hears of those since the message they begin with.
    reports = conversation.reports.since(report_date or date, report_id)
    return {"messages": [item.json() for item in messages], "reports": [item.json() for item in reports]}


def add(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_8073"""
    conversation = current(world, caller, fields)
    message = read_message(fields["message"], partial(lock.plausible, world.dialect))
    item = Item(message["ID"], message["Type"], message["Created"], message["ValidUntil"], message["Data"])
    echo = world.add(conversation, item, sender=caller.somebody().userid).json()
    del echo["Data"]
    return {**OK, "message": echo}


def viewed(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_8036"""
    conversation, ids = current(world, caller, fields), fields["messageids"]
    dates = [item.created for id in ids if (item := conversation.messages.get(id))]
    if len(dates) != len(ids):
        raise Refusal("messageids names a message that is not in this conversation")
    if fields["firstmessagedate"] > min(dates) or fields["lastmessagedate"] < max(dates):
        raise Refusal("The messages are not between firstmessagedate and lastmessagedate")
    world.view(conversation, caller.somebody(), ids)
    return {**OK}


def clear(world: World, caller: Caller, fields: Fields) -> Reply:
    """p_4857"""
    conversation = current(world, caller, fields)
    world.clear(conversation)
    return {**OK, "conversation": describe(world, conversation, caller.somebody())}


def prefer(name: str, value: object, world: World, caller: Caller, fields: Fields) -> Reply:
    """p_4858 to p_4865: one of the caller's preferences for a conversation; `value` may be computed from the fields."""
    person = caller.somebody()
    conversation = world.conversation_of(person, fields["conversationid"])
    setattr(
        conversation.preferences[person.userid], name, value(world, conversation, fields) if callable(value) else value
    )
    world.list_changed([person.userid])
    return {**OK, "conversation": describe(world, conversation, person)}


def hide_id(world: World, conversation: Conversation, fields: Fields) -> str:
    values = {"instance": conversation.instance, "lastmessageid": f"({shapes.UUID})?"}
    pattern = "".join(
        values[part[1:-1]] if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", world.dialect.hide.id)
    )
    if not re.fullmatch(pattern, fields["hideid"]):
        raise Refusal(f"hideid must be {world.dialect.hide.id}")
    return str(fields["hideid"])


def colour(world: World, conversation: Conversation, fields: Fields) -> str:
    return str(fields["color"])
