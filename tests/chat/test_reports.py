"""What the person has seen, told to those who wrote it: each message once, and only if they like."""

from __future__ import annotations

import uuid

import pytest

from tests.sandbox.raw import Device, now


@pytest.fixture
def conversation(world, sandbox):
    """Kim's with Robin, empty and without reports."""
    conversation = world.between("kim", "robin")
    sandbox.control("clear", {"conversation": conversation})
    return conversation


@pytest.fixture
def kim(visit):
    kim = visit("kim")
    prefer(kim, receipts=True)
    return kim


def prefer(visitor, *, receipts):
    assert visitor.post("/preferences/", {"receipts": "on"} if receipts else {}).status == 303


def report(visitor, conversation, *ids):
    return visitor.post(f"/conversations/{conversation}/reports/", {"message": list(ids)}, htmx=True)


@pytest.fixture
def reported(world):
    """What the server was told since the test began: the number of calls."""
    since = world.now()
    return lambda: len(world.calls(since, "chatreports", userid=world.userid("kim")))


def state(visitor, conversation, id):
    return next(message.state for message in visitor.open(conversation).messages if message.id == id)


def test_what_was_seen_is_marked_as_viewed_for_its_writer(kim, visit, world, conversation, reported):
    robin = visit("robin")
    ids = [robin.say(conversation, text).messages[0].id for text in ("One", "Two", "Three")]
    tab = robin.tab(conversation)
    kim.open(conversation)
    assert report(kim, conversation, *ids[:2]).status == 204
    tab.hear("event", lambda frame: frame.get("marks", {}).get(ids[1]) == "viewed")
    assert [state(robin, conversation, id) for id in ids] == ["viewed", "viewed", "delivered"]
    assert reported() == 1


def test_looking_at_a_page_reports_nothing(kim, world, conversation, reported):
    world.says("robin", conversation, "One")
    kim.open(conversation)
    assert reported() == 0


def test_each_message_is_reported_once(kim, world, conversation, reported):
    ids = [world.says("robin", conversation, text) for text in ("One", "Two")]
    kim.open(conversation)
    for batch in (ids[:1], ids[:1], ids[:1] * 3):
        assert report(kim, conversation, *batch).status == 204
    assert reported() == 1
    assert report(kim, conversation, *ids).status == 204
    assert reported() == 2


def test_what_another_device_has_reported_is_not_reported_again(kim, visit, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    for visitor in (kim, visit("kim")):
        visitor.open(conversation)
        assert report(visitor, conversation, id).status == 204
    assert reported() == 1


def test_a_report_that_failed_can_be_sent_again(kim, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    kim.open(conversation)
    world.break_next("chatreports", "500", userid=world.userid("kim"))
    assert report(kim, conversation, id).status == 502
    assert report(kim, conversation, id).status == 204
    assert reported() == 2


def test_ones_own_messages_are_not_reported(kim, world, conversation, reported):
    elsewhere = world.says("kim", conversation, "Mine, from my phone")
    here = kim.say(conversation, "Mine").messages[0].id
    kim.open(conversation)
    assert report(kim, conversation, elsewhere, here).status == 204
    assert reported() == 0


def test_a_message_that_can_not_be_opened_was_not_viewed(kim, world, conversation, reported):
    id = world.says("robin", conversation, data="bm90IGNpcGhlcnRleHQ=")
    kim.open(conversation)
    assert report(kim, conversation, id).status == 204
    assert reported() == 0


def test_whoever_wants_it_so_sends_no_receipts(kim, world, conversation, reported):
    prefer(kim, receipts=False)
    id = world.says("robin", conversation, "One")
    kim.open(conversation)
    assert report(kim, conversation, id).status == 204
    assert reported() == 0
    prefer(kim, receipts=True)
    assert report(kim, conversation, id).status == 204
    assert reported() == 1


def test_messages_that_this_sign_in_has_not_opened_yet_are_looked_up(kim, visit, world, conversation, reported):
    id = world.says("robin", conversation, "Seen in a tab whose portal has been restarted")
    assert report(visit("kim"), conversation, id).status == 204
    assert reported() == 1


# What is refused


def test_nobody_reports_in_conversations_of_others(visit, world):
    theirs = world.between("alice", "bob")
    since = world.now()
    assert report(visit("charlie"), theirs, world.ids(theirs)[-1]).status == 404
    assert world.calls(since, "chatreports") == []


def test_messages_of_another_conversation_are_not_reported(kim, world, conversation, reported):
    other = world.between("kim", "zsofi")
    elsewhere = world.says("zsofi", other, "Elsewhere")
    kim.open(other)
    assert report(kim, conversation, elsewhere).status == 404
    assert reported() == 0


def test_what_is_no_message_does_not_keep_others_from_being_reported(kim, visit, world, conversation, reported):
    id = world.says("robin", conversation, "Seen")
    kim.open(conversation)
    assert report(kim, conversation, str(uuid.uuid4()), id).status == 204
    assert reported() == 1


@pytest.mark.parametrize(
    ("ids", "status"),
    [
        ([], 422),
        ([""], 422),
        (["no id"], 422),
        (["<script>"], 422),
        (["é"], 422),
        (["x" * 65], 422),
        (["x" * 100_000], 422),
        ([str(uuid.uuid4())], 404),
    ],
    ids=["none", "empty", "words", "markup", "accent", "long", "huge", "unknown"],
)
def test_what_names_no_message_is_refused_in_words(kim, world, conversation, reported, ids, status):
    kim.open(conversation)
    answer = report(kim, conversation, *ids)
    assert (answer.status, bool(answer.alert)) == (status, True)
    assert reported() == 0


def test_more_messages_than_can_be_seen_at_once_are_refused(kim, world, conversation, reported):
    id = world.says("robin", conversation, "Seen")
    kim.open(conversation)
    assert report(kim, conversation, id, *(str(uuid.uuid4()) for _ in range(200))).status == 422
    assert report(kim, conversation, id, *(str(uuid.uuid4()) for _ in range(2_000))).status == 400
    assert report(kim, conversation, id, *(str(uuid.uuid4()) for _ in range(199))).status == 204
    assert reported() == 1


def test_reports_are_not_read(kim, conversation):
    assert kim.get(f"/conversations/{conversation}/reports/").status == 405


# Groups


def test_in_a_group_the_writer_learns_by_name_who_has_seen_it(visit, world, sandbox):
    team = world.between("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
    alice = visit("alice")
    id = alice.say(team, "All hands at ten", id=str(uuid.uuid4())).messages[0].id
    tab = alice.tab(team)
    created = next(each["Created"] for each in world.held(team) if each["ID"] == id)
    for first, words in (("bob", "Seen by Bob"), ("zsofi", "Seen by Bob, Zsófi")):
        phone = Device(sandbox, sandbox.people[first])
        known = next(each for each in phone.call("chatconversation", "list")["conversations"] if each["id"] == team)
        span = {"firstmessagedate": created, "lastmessagedate": created, "messageids": [id]}
        named = {"conversationid": team, "instance": known["instance"]}
        assert phone.call("chatreports", "viewed", **named, **span)["status"] == "OK"
        frame = tab.hear("event", lambda frame, words=words: frame.get("seen", {}).get(id) == words)
        assert frame["marks"][id] == "viewed"
    document = alice.open(team).document
    article = document.one(f"#message-{id}")
    state = document.one(".message__state", article)
    assert (state["title"], state.text) == ("Seen by Bob, Zsófi", "Seen by Bob, Zsófi")


def test_with_one_partner_who_has_seen_it_goes_without_saying(kim, visit, conversation):
    robin = visit("robin")
    id = robin.say(conversation, "Only you").messages[0].id
    tab = robin.tab(conversation)
    kim.open(conversation)
    report(kim, conversation, id)
    frame = tab.hear("event", lambda frame: frame.get("marks", {}).get(id) == "viewed")
    assert "seen" not in frame
    document = robin.open(conversation).document
    assert document.one(".message__state", document.one(f"#message-{id}")).text == "Viewed"


def test_a_message_that_expired_meanwhile_is_reported_all_the_same(kim, world, conversation, reported):
    id = world.says("robin", conversation, "Quick", validuntil=now(seconds=2))
    kim.open(conversation)
    assert report(kim, conversation, id).status == 204
    assert reported() == 1
