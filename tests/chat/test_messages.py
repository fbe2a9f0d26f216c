from __future__ import annotations

import uuid
from urllib.parse import quote

import pytest

from tests.processes import wait_until


def at(message):
    return message["Created"].replace(" ", "T") + "Z"


def messages_path(conversation, **query):
    return f"/conversations/{conversation}/messages/?" + "&".join(
        f"{name}={quote(value)}" for name, value in query.items()
    )


@pytest.fixture
def long(world):
    """The conversation of 500 messages, and they as the server holds them."""
    conversation = world.between("alice", "arpad")
    return conversation, world.held(conversation)


def walk(visitor, conversation):
    """The ids of all pages, newest page first, as htmx would fetch them."""
    page = visitor.open(conversation)
    pages = [[message.id for message in page.messages]]
    older = page.older
    while older:
        page = visitor.get(older, htmx=True)
        pages.append([message.id for message in page.messages])
        older = page.older
    return pages


def flat(pages):
    return [id for page in reversed(pages) for id in page]


def test_a_conversation_opens_with_its_newest_messages_oldest_first(visit, long):
    conversation, held = long
    shown = visit("alice").open(conversation).messages
    assert [(each.id, each.text, each.sender) for each in shown] == [
        (each["ID"], each["text"], each["sender"]) for each in held[-50:]
    ]


def test_own_messages_are_told_from_others(visit, world, long):
    shown = visit("alice").open(long[0]).messages
    assert {(each.own, each.sender, each.name) for each in shown} == {
        (True, world.userid("alice"), "Alice"),
        (False, world.userid("arpad"), "Árpád"),
    }


def test_all_of_a_long_conversation_can_be_paged_through_once(visit, long):
    conversation, held = long
    assert flat(walk(visit("alice"), conversation)) == [each["ID"] for each in held]


def test_messages_of_one_second_are_neither_lost_nor_doubled_between_pages(visit, world):
    conversation = world.between("robin", "tom")
    for n in range(120):
        world.says(
            "tom", conversation, f"{n}", created="2026-01-05 10:00:00", validuntil="2090-01-01 00:00:00", silent=True
        )
    pages = walk(visit("robin"), conversation)
    assert flat(pages) == world.ids(conversation)
    assert len(pages) > 2


def test_older_messages_are_rows_alone_for_htmx_and_a_page_for_everybody_else(visit, long):
    conversation, held = long
    visitor, path = visit("alice"), messages_path(conversation, before=held[-50]["ID"], at=at(held[-50]))
    part, page = visitor.get(path, htmx=True), visitor.get(path)
    assert (part.is_whole_page, page.is_whole_page) == (False, True)
    expected = [each["ID"] for each in held[-100:-50]]
    assert [each.id for each in part.messages] == [each.id for each in page.messages] == expected
    assert page.document.all("textarea[name=text]")


def test_before_the_first_message_there_is_nothing(visit, long):
    conversation, held = long
    path = messages_path(conversation, before=held[0]["ID"], at=at(held[0]))
    answer = visit("alice").get(path, htmx=True)
    assert (answer.status, answer.html) == (204, "")


@pytest.mark.parametrize("depth", [20, 170])
def test_a_message_is_found_by_its_id_alone(visit, long, depth):
    conversation, held = long
    answer = visit("alice").get(messages_path(conversation, before=held[-depth]["ID"]), htmx=True)
    assert [each.id for each in answer.messages] == [each["ID"] for each in held[-depth - 50 : -depth]]


def test_an_id_that_is_not_in_the_conversation_is_a_conflict(visit, long):
    answer = visit("alice").get(messages_path(long[0], before="00000000-0000-4000-8000-000000000000"), htmx=True)
    assert answer.status == 409
    assert "not in the conversation any more" in answer.alert


@pytest.mark.parametrize("direction", ["before", "after"])
def test_an_id_that_is_not_in_the_conversation_is_a_conflict_whatever_time_is_said(visit, long, direction):
    conversation, held = long
    visitor = visit("alice")
    visitor.open(conversation)
    unknown = {direction: "00000000-0000-4000-8000-000000000000", "at": at(held[-20])}
    answer = visitor.get(messages_path(conversation, **unknown), htmx=True)
    assert answer.status == 409
    assert "not in the conversation any more" in answer.alert


def test_nothing_came_after_a_message_that_nobody_knows(visit, long):
    conversation, held = long
    path = messages_path(conversation, after="00000000-0000-4000-8000-000000000000", at=at(held[-20]))
    assert visit("alice").get(path, htmx=True).status == 409


def test_an_id_with_another_messages_time_is_a_conflict(visit, long):
    conversation, held = long
    answer = visit("alice").get(messages_path(conversation, before=held[-5]["ID"], at=at(held[-90])), htmx=True)
    assert answer.status == 409


@pytest.mark.parametrize(
    "query",
    [
        {"before": ""},
        {"before": "a" * 65},
        {"before": "a/b"},
        {"after": "<b>"},
        {"before": "00000000-0000-4000-8000-000000000000", "at": "yesterday"},
        {"before": "00000000-0000-4000-8000-000000000000", "at": ""},
        {"after": "00000000-0000-4000-8000-000000000000", "at": "2026-13-01T00:00:00Z"},
    ],
)
def test_an_address_that_names_no_message_is_a_bad_request(visit, long, query):
    assert visit("alice").get(messages_path(long[0], **query), htmx=True).status == 400


def test_an_address_without_a_place_leads_to_the_conversation(visit, long):
    answer = visit("alice").get(f"/conversations/{long[0]}/messages/")
    assert (answer.status, answer.location) == (302, f"/conversations/{long[0]}/")


def test_what_came_after_a_message_comes_without_it(visit, long):
    conversation, held = long
    answer = visit("alice").get(messages_path(conversation, after=held[-4]["ID"], at=at(held[-4])), htmx=True)
    assert [each.id for each in answer.messages] == [each["ID"] for each in held[-3:]]


def test_after_the_last_message_there_is_nothing(visit, long):
    conversation, held = long
    answer = visit("alice").get(messages_path(conversation, after=held[-1]["ID"], at=at(held[-1])), htmx=True)
    assert answer.status == 204


def test_a_cleared_conversation_has_no_older_messages_to_give(visit, world, sandbox):
    conversation = world.between("tom", "zsofi")
    for n in range(60):
        world.says("tom", conversation, f"{n}", silent=True)
    visitor = visit("tom")
    older = visitor.open(conversation).older
    sandbox.control("clear", {"conversation": conversation})
    world.says("tom", conversation, "Fresh")
    wait_until(lambda: [each.text for each in visitor.open(conversation).messages] == ["Fresh"], "the cleared page")
    assert [each.text for each in visitor.get(older, htmx=True).messages] == []


def test_a_message_that_the_server_holds_twice_is_shown_and_counted_once(visit, world, sandbox):
    conversation = world.between("bob", "kim")
    bob = visit("bob")
    tab = bob.tab(conversation)
    sandbox.control("repeated", {"keep": "both"})
    id = str(uuid.uuid4())
    for _ in range(2):
        world.says("kim", conversation, "Twice", id=id)
    sandbox.control("repeated", {"keep": "first"})
    assert world.ids(conversation).count(id) == 2
    tab.hear_message(id)
    page = bob.open(conversation)
    assert [each.id for each in page.messages].count(id) == 1
    tab.hear_row(conversation, lambda html: 'data-unread="1"' in html)


def test_an_expired_message_is_never_shown(visit, world):
    conversation = world.between("alice", "maria")
    expired = next(each for each in world.held(conversation) if each["text"] == "This was only for yesterday.")
    assert expired["ID"] not in flat(walk(visit("maria"), conversation))


def test_a_page_of_nothing_but_expired_messages_does_not_hide_those_before_it(visit, world):
    conversation = world.between("daniel", "robin")
    kept = world.says(
        "daniel", conversation, "Older, but lasting", created="2026-01-05 09:00:00", validuntil="2090-01-01 00:00:00"
    )
    for n in range(60):
        stamps = {"created": f"2026-01-06 09:{n:02}:00", "validuntil": "2026-01-07 09:00:00"}
        world.says("daniel", conversation, "Gone", silent=True, **stamps)
    assert [each.id for each in visit("daniel").open(conversation).messages] == [kept]


def oddities(visit, world):
    return visit("alice").open(world.between("alice", "mariaelena")).messages


def test_a_message_that_cannot_be_opened_is_a_locked_row_with_its_time_and_cause(visit, world):
    locked = [each for each in oddities(visit, world) if each.state == "locked"]
    assert len(locked) == 2
    for each in locked:
        assert (each.text.strip(), each.name) == ("", "Unknown sender")
        assert each.created
        assert each.cause.endswith("This can't be decrypted with the conversation's key.")


def test_one_message_that_cannot_be_opened_does_not_hide_the_next(visit, world):
    assert "And this one is ordinary again." in [each.text for each in oddities(visit, world)]


def test_a_sender_who_is_no_participant_is_unknown(visit, world):
    stranger = next(each for each in oddities(visit, world) if each.text.startswith("I am not in this conversation"))
    assert (stranger.name, stranger.sender, stranger.own) == ("Unknown sender", "", False)


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ 7|add:1 }} {% now 'Y' %}",
    "a\u202eb\u2066c\u200bd\ufeffe",
    "zero\u200d\u200cwidth " + "\u0301" * 200,
    "&lt;b&gt; &amp; \"quotes\" 'too'",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_as_the_text_it_is(visit, world, text):
    conversation = world.between("robin", "maximiliana")
    id = world.says("maximiliana", conversation, text)
    answer = visit("robin").open(conversation)
    assert next(each for each in answer.messages if each.id == id).text == text
    assert "<script>alert" not in answer.html
    assert "<img" not in answer.html


def test_a_lone_surrogate_is_replaced(visit, world, sandbox):
    conversation = world.between("robin", "maximiliana")
    sender = world.userid("maximiliana")
    id = world.says("maximiliana", conversation, plaintext=f'{{"sender": "{sender}", "text": "half \\ud83d"}}')
    answer = visit("robin").open(conversation)
    assert next(each for each in answer.messages if each.id == id).text == "half \ufffd"


def test_a_text_of_a_hundred_kilobytes_is_shown_in_full(visit, world):
    conversation = world.between("robin", "kim")
    text = "word " * 20_000
    id = world.says("kim", conversation, text)
    answer = visit("robin").open(conversation)
    assert next(each for each in answer.messages if each.id == id).text == text


def test_a_link_is_one_that_tells_the_other_site_nothing(visit, world):
    conversation = world.between("robin", "maximiliana")
    world.says("maximiliana", conversation, "See https://example.org/a?b=c&d, or not.")
    link = visit("robin").open(conversation).document.one("a[href=https://example.org/a?b=c&d]")
    assert (link["rel"], link["target"]) == ("noopener noreferrer nofollow", "_blank")
