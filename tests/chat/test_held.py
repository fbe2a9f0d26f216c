from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chat.held import HELD, Change, Held
from chat.history import Stretch
from chat.keyring import Opened
from chat.ozeki.models import Conversation, Sealed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONVERSATION = Conversation("c", False, (), (), "", "", 0, "", "i")


def opened(id, minute=0, data="x"):
    created = NOON + timedelta(minutes=minute)
    return Opened(Sealed(id, "Message", created, created + timedelta(days=7), data), None, "locked")


def stretch(*messages, more=False):
    return Stretch(messages, tuple(each.sealed for each in messages), messages[0].sealed if more else None)


def held(*messages, more=False):
    return Held(CONVERSATION, stretch(*messages, more=more))


def asked(held):
    return frozenset(held.messages)


def test_what_is_new_is_placed_after_what_stands_before_it():
    page = held(opened("a", 1), opened("b", 2))
    new = opened("c", 3)
    assert page.take(stretch(opened("b", 2), new)) == Change(rows=(new,), order=("b", "c"))
    assert list(page.messages) == ["a", "b", "c"]


def test_what_is_known_changes_nothing():
    page = held(opened("a", 1), opened("b", 2))
    assert not page.take(stretch(opened("a", 1), opened("b", 2)), asked=asked(page))


def test_what_arrives_late_is_placed_where_it_belongs():
    page = held(opened("a", 1), opened("c", 3))
    late = opened("b", 2)
    change = page.take(stretch(opened("a", 1), late, opened("c", 3)), asked=asked(page))
    assert change == Change(rows=(late,), order=("a", "b", "c"))


def test_the_servers_order_within_a_second_stands():
    page = held(opened("a", 1))
    change = page.take(stretch(opened("a", 1), opened("z", 1), opened("b", 1)), asked=asked(page))
    assert change.order == ("a", "z", "b")


def test_what_did_not_come_back_is_gone():
    page = held(opened("a", 1), opened("b", 2))
    assert page.take(stretch(opened("a", 1)), asked=asked(page)) == Change(removed=("b",))
    assert list(page.messages) == ["a"]


def test_what_came_in_while_it_was_asked_is_not_gone():
    page = held(opened("a", 1))
    before = asked(page)
    page.take(stretch(opened("own", 2)))
    assert not page.take(stretch(opened("a", 1)), asked=before)
    assert list(page.messages) == ["a", "own"]


def test_a_page_that_was_asked_for_before_leaves_what_came_since_below_its_second():
    page = held(opened("a", 1), opened("b", 1), opened("c", 1))
    assert not page.take(stretch(opened("a", 1), opened("b", 1)))
    assert list(page.messages) == ["a", "b", "c"]


def test_what_is_new_of_a_second_stands_above_what_was_said_in_it_since():
    page = held(opened("a", 1))
    page.say(opened("own", 1))
    change = page.take(stretch(opened("a", 1), opened("b", 1)))
    assert change.order == ("a", "b", "own")


def test_a_page_lacks_what_came_since_in_its_second_and_not_what_is_older():
    page = held(opened("a", 1), opened("b", 1), opened("c", 1))
    assert page.lacking(stretch(opened("b", 1), more=True)) == Change(rows=(opened("c", 1),), order=("b", "c"))
    assert not page.lacking(stretch(opened("b", 1), opened("c", 1), more=True))


def test_what_is_older_than_the_page_stands_above_it():
    page = held(opened("a", 1), opened("b", 1), opened("c", 1))
    page.take(stretch(opened("b", 1), opened("c", 1), opened("d", 1), more=True))
    assert list(page.messages) == ["a", "b", "c", "d"]


def test_what_is_said_stands_below_all_of_its_second():
    page = held(opened("z", 1), opened("later", 2))
    assert page.say(opened("a", 1)).order == ("z", "a", "later")


def test_a_message_that_opens_by_now_is_drawn_again():
    page = held(opened("a", 1, data="x"))
    changed = opened("a", 1, data="y")
    assert page.take(stretch(changed), asked=asked(page)).rows == (changed,)


def test_no_more_than_the_newest_are_held():
    page = held(*(opened(f"{n}", n) for n in range(HELD)))
    page.take(stretch(opened("new", HELD)))
    assert len(page.messages) == HELD
    assert (page.oldest.sealed.id, page.newest.sealed.id) == ("1", "new")


def test_an_empty_page_has_no_ends_and_takes_the_first_message():
    page = held()
    assert (page.oldest, page.newest) == (None, None)
    assert page.take(stretch(opened("a"))).order == ("a",)


def test_what_falls_out_of_a_full_page_is_not_gone():
    page = held(*(opened(f"{n}", n) for n in range(HELD)))
    newer = stretch(*(opened(f"{n}", n) for n in range(2, HELD + 2)), more=True)
    change = page.take(newer, asked=asked(page))
    assert [each.sealed.id for each in change.rows] == [f"{HELD}", f"{HELD + 1}"]
    assert change.removed == ()
    assert list(page.messages) == [f"{n}" for n in range(2, HELD + 2)]


def test_what_is_missing_from_the_middle_of_a_full_page_is_gone():
    page = held(*(opened(f"{n}", n) for n in range(HELD)))
    newer = stretch(*(opened(f"{n}", n) for n in range(1, HELD + 1) if n != 20), more=True)
    assert page.take(newer, asked=asked(page)).removed == ("20",)


def test_a_page_is_the_whole_conversation_until_something_older_is_known_of():
    few = held(opened("a", 1))
    few.take(stretch(opened("b", 2)))
    assert few.whole
    assert not held(*(opened(f"{n}", n) for n in range(HELD)), more=True).whole
    full = held(*(opened(f"{n}", n) for n in range(HELD)))
    assert full.whole
    full.take(stretch(opened("new", HELD)))
    assert not full.whole


def test_nothing_lies_unseen_between_what_is_held_and_what_came_when_they_share_a_message():
    page = held(opened("a", 1), opened("b", 2))
    assert page.joins(stretch(opened("b", 2), opened("c", 3)))
    assert held().joins(stretch(opened("c", 3)))
    assert not page.joins(stretch(opened("c", 3), opened("d", 4)))


def test_a_page_that_begins_further_on_leaves_something_unseen_though_it_has_ones_own_message():
    page = held(opened("a", 1), opened("own", 9))
    assert not page.joins(stretch(opened("g", 7), opened("h", 8), opened("own", 9), more=True))
    assert page.joins(stretch(opened("a", 1), opened("h", 8), opened("own", 9), more=True))
    assert page.joins(stretch(opened("g", 7), opened("h", 8), opened("own", 9)))


def test_an_expired_message_is_known_though_it_is_not_shown():
    lasting, expired = opened("a", 1), opened("b", 2)
    page = Held(CONVERSATION, Stretch((lasting,), (lasting.sealed, expired.sealed)))
    assert (page.newest, page.came) == (lasting, {"a", "b"})


def test_what_is_too_old_to_be_held_is_not_told_as_new():
    page = held(*(opened(f"m{at}", at) for at in range(10, 60)), more=True)
    later = [opened(f"m{at}", at) for at in range(7, 57)]  # fetched before the newest three had come
    assert not page.take(stretch(*later, more=True))


def test_what_the_server_puts_in_another_order_than_it_was_known_in_is_told_as_that_order():
    first, second = opened("first", 1), opened("second", 1)
    page = held(opened("a", 0), first, second)
    change = page.take(stretch(opened("a", 0), second, first), asked=asked(page))
    assert change == Change(order=("a", "second", "first"))
    assert not page.take(stretch(opened("a", 0), second, first), asked=asked(page))


def test_another_order_is_told_also_of_those_that_more_than_a_page_pushes_out():
    page = held(opened("a", 1))
    for id in ("later", "earlier"):
        page.say(opened(id, 1))
    many = [opened(f"{n}", 2) for n in range(HELD)]
    change = page.take(stretch(opened("a", 1), opened("earlier", 1), opened("later", 1), *many), asked=asked(page))
    assert change.order[:3] == ("a", "earlier", "later")


def test_a_page_joins_nothing_only_where_nothing_is_older_than_the_page():
    page = [opened(f"m{at}", at) for at in range(50)]
    assert held().joins(stretch(*page))
    assert not held().joins(stretch(*page, more=True))


def test_more_at_once_than_is_held_is_placed_all_the_same():
    page = held(*(opened(f"old {n}", n) for n in range(HELD)), more=True)
    new = [opened(f"new {n}", HELD + n) for n in range(3 * HELD)]
    change = page.take(stretch(*page.messages.values(), *new), asked=asked(page))
    assert change == Change(rows=tuple(new), order=(f"old {HELD - 1}", *(each.sealed.id for each in new)))
    assert list(page.messages) == [each.sealed.id for each in new[-HELD:]]
