"""What the person has seen, told to those who wrote it: each message once, and only if they like."""

from __future__ import annotations

import uuid

import pytest

from tests.sandbox.raw import Device, now


@pytest.fixture
def conversation(world, sandbox):
    """Daniel's with Robin, empty and without reports."""
    conversation = world.between("daniel", "robin")
    sandbox.control("clear", {"conversation": conversation})
    return conversation


@pytest.fixture
def daniel(visit):
    daniel = visit("daniel")
    daniel.prefer(receipts=True)
    return daniel


def report(visitor, conversation, *ids):
    return visitor.post(f"/conversations/{conversation}/reports/", {"message": list(ids)}, htmx=True)


@pytest.fixture
def reported(world):
    """What the server was told since the test began: the number of calls."""
    since = world.now()
    return lambda: len(world.calls(since, "chatreports", userid=world.userid("daniel")))


def state(visitor, conversation, id):
    return next(message.state for message in visitor.open(conversation).messages if message.id == id)


def test_what_was_seen_is_marked_as_viewed_for_its_writer(daniel, visit, world, conversation, reported):
    robin = visit("robin")
    ids = [robin.say(conversation, text).messages[0].id for text in ("One", "Two", "Three")]
    tab = robin.tab(conversation)
    daniel.open(conversation)
    assert report(daniel, conversation, *ids[:2]).status == 204
    tab.hear("event", lambda frame: frame.get("marks", {}).get(ids[1]) == "viewed")
    assert [state(robin, conversation, id) for id in ids] == ["viewed", "viewed", "delivered"]
    assert reported() == 1


def test_looking_at_a_page_reports_nothing(daniel, world, conversation, reported):
    world.says("robin", conversation, "One")
    daniel.open(conversation)
    assert reported() == 0


def test_each_message_is_reported_once(daniel, world, conversation, reported):
    ids = [world.says("robin", conversation, text) for text in ("One", "Two")]
    daniel.open(conversation)
    for batch in (ids[:1], ids[:1], ids[:1] * 3):
        assert report(daniel, conversation, *batch).status == 204
    assert reported() == 1
    assert report(daniel, conversation, *ids).status == 204
    assert reported() == 2


def test_what_another_device_has_reported_is_not_reported_again(daniel, visit, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    for visitor in (daniel, visit("daniel")):
        visitor.open(conversation)
        assert report(visitor, conversation, id).status == 204
    assert reported() == 1


def test_a_report_that_failed_can_be_sent_again(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    world.break_next("chatreports", "500", userid=world.userid("daniel"))
    assert report(daniel, conversation, id).status == 502
    assert report(daniel, conversation, id).status == 204
    assert reported() == 2


def test_ones_own_messages_are_not_reported(daniel, world, conversation, reported):
    elsewhere = world.says("daniel", conversation, "Mine, from my phone")
    here = daniel.say(conversation, "Mine").messages[0].id
    daniel.open(conversation)
    assert report(daniel, conversation, elsewhere, here).status == 204
    assert reported() == 0


def test_a_message_that_can_not_be_opened_was_not_viewed(daniel, world, conversation, reported):
    id = world.says("robin", conversation, data="bm90IGNpcGhlcnRleHQ=")
    daniel.open(conversation)
    assert report(daniel, conversation, id).status == 204
    assert reported() == 0


def test_whoever_wants_it_so_sends_no_receipts(daniel, world, conversation, reported):
    daniel.prefer(receipts=False)
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    assert report(daniel, conversation, id).status == 204
    assert reported() == 0
    daniel.prefer(receipts=True)
    assert report(daniel, conversation, id).status == 204
    assert reported() == 1


def test_messages_that_this_sign_in_has_not_opened_yet_are_looked_up(daniel, visit, world, conversation, reported):
    id = world.says("robin", conversation, "Seen in a tab whose portal has been restarted")
    assert report(visit("daniel"), conversation, id).status == 204
    assert reported() == 1


# Without scripts


def mark(visitor, conversation, id, **options):
    """Mark as read, as the button of a page without scripts does."""
    return visitor.post(f"/conversations/{conversation}/read/", {"message": id}, **options)


def test_the_button_that_marks_as_read_reports_the_page_up_to_its_message(daniel, visit, world, conversation, reported):
    robin = visit("robin")
    ids = [robin.say(conversation, text).messages[0].id for text in ("One", "Two")]
    daniel.open(conversation)
    ids.append(robin.say(conversation, "Said while Daniel reads").messages[0].id)
    tab = robin.tab(conversation)
    assert mark(daniel, conversation, ids[1]).status == 303
    tab.hear("event", lambda frame: frame.get("marks", {}).get(ids[1]) == "viewed")
    assert [state(robin, conversation, id) for id in ids] == ["viewed", "viewed", "delivered"]
    assert reported() == 1


def test_what_the_portal_holds_no_more_is_looked_up(daniel, visit, world, conversation, reported):
    id = world.says("robin", conversation, "On a page from before the portal was restarted")
    assert mark(visit("daniel"), conversation, id).status == 303
    assert reported() == 1


def test_what_is_marked_as_read_twice_is_reported_once(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    assert [mark(daniel, conversation, id).status for _ in range(2)] == [303, 303]
    assert reported() == 1


def test_scripts_that_mark_as_read_report_what_was_seen_by_themselves(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    assert mark(daniel, conversation, id, htmx=True).status == 204
    assert reported() == 0
    assert report(daniel, conversation, id).status == 204
    assert reported() == 1


def test_whoever_wants_no_receipts_marks_as_read_without_any(daniel, world, conversation, reported):
    daniel.prefer(receipts=False)
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    assert mark(daniel, conversation, id).status == 303
    assert reported() == 0


def test_marking_as_unread_reports_nothing(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    assert daniel.post(f"/conversations/{conversation}/read/", {"unread": id}).status == 303
    assert reported() == 0


def test_when_the_server_is_away_nothing_is_marked_and_it_can_be_tried_again(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "One")
    daniel.open(conversation)
    world.break_next("chatreports", "500", userid=world.userid("daniel"))
    assert mark(daniel, conversation, id).status == 502
    assert daniel.open(conversation).document.one("#conversation")["data-read"] != id
    assert mark(daniel, conversation, id).status == 303
    assert daniel.open(conversation).document.one("#conversation")["data-read"] == id
    assert reported() == 2


# What is refused


def test_nobody_reports_in_conversations_of_others(visit, world):
    theirs = world.between("alice", "bob")
    since = world.now()
    assert report(visit("charlie"), theirs, world.ids(theirs)[-1]).status == 404
    assert world.calls(since, "chatreports") == []


def test_marking_as_read_in_conversations_of_others_reports_nothing(visit, world):
    theirs = world.between("alice", "bob")
    since = world.now()
    assert mark(visit("charlie"), theirs, world.ids(theirs)[-1]).status == 404
    assert world.calls(since, "chatreports") == []


def test_marking_a_message_of_another_conversation_as_read_reports_nothing(daniel, world, conversation, reported):
    other = world.between("daniel", "zsofi")
    elsewhere = world.says("zsofi", other, "Elsewhere")
    daniel.open(other)
    assert mark(daniel, conversation, elsewhere).status == 404
    assert reported() == 0


def test_messages_of_another_conversation_are_not_reported(daniel, world, conversation, reported):
    other = world.between("daniel", "zsofi")
    elsewhere = world.says("zsofi", other, "Elsewhere")
    daniel.open(other)
    assert report(daniel, conversation, elsewhere).status == 404
    assert reported() == 0


def test_what_is_no_message_does_not_keep_others_from_being_reported(daniel, visit, world, conversation, reported):
    id = world.says("robin", conversation, "Seen")
    daniel.open(conversation)
    assert report(daniel, conversation, str(uuid.uuid4()), id).status == 204
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
def test_what_names_no_message_is_refused_in_words(daniel, world, conversation, reported, ids, status):
    daniel.open(conversation)
    answer = report(daniel, conversation, *ids)
    assert (answer.status, bool(answer.alert)) == (status, True)
    assert reported() == 0


def test_more_messages_than_can_be_seen_at_once_are_refused(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "Seen")
    daniel.open(conversation)
    assert report(daniel, conversation, id, *(str(uuid.uuid4()) for _ in range(200))).status == 422
    assert report(daniel, conversation, id, *(str(uuid.uuid4()) for _ in range(2_000))).status == 400
    assert report(daniel, conversation, id, *(str(uuid.uuid4()) for _ in range(199))).status == 204
    assert reported() == 1


def test_reports_are_not_read(daniel, conversation):
    assert daniel.get(f"/conversations/{conversation}/reports/").status == 405


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


def test_with_one_partner_who_has_seen_it_goes_without_saying(daniel, visit, conversation):
    robin = visit("robin")
    id = robin.say(conversation, "Only you").messages[0].id
    tab = robin.tab(conversation)
    daniel.open(conversation)
    report(daniel, conversation, id)
    frame = tab.hear("event", lambda frame: frame.get("marks", {}).get(id) == "viewed")
    assert "seen" not in frame
    document = robin.open(conversation).document
    assert document.one(".message__state", document.one(f"#message-{id}")).text == "Viewed"


def test_a_message_that_expired_meanwhile_is_reported_all_the_same(daniel, world, conversation, reported):
    id = world.says("robin", conversation, "Quick", validuntil=now(seconds=2))
    daniel.open(conversation)
    assert report(daniel, conversation, id).status == 204
    assert reported() == 1


def test_what_came_with_more_reports_than_a_page_has_is_marked_too(visit, world, sandbox, conversation):
    phone = Device(sandbox, sandbox.people["daniel"])
    phone.sign_in()
    talk = phone.conversation(sandbox.people["robin"])
    ids = []
    for at in range(30):  # each is reported twice: as delivered, then as viewed
        ids.append(world.says("robin", conversation, f"Message {at}"))
        (newest,) = phone.page(talk, limit=1)["messages"]
        named = {"conversationid": talk["id"], "instance": talk["instance"], "messageids": [newest["ID"]]}
        dates = {"firstmessagedate": newest["Created"], "lastmessagedate": newest["Created"]}
        assert phone.call("chatreports", "viewed", **named, **dates)["status"] == "OK"
    tab = visit("robin").tab(conversation)
    tab.hear("event", lambda frame: frame.get("marks", {}).get(ids[0]) == "viewed")
