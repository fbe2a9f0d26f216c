from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from chat import history
from chat.keyring import Opened
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Misunderstood, StaleConversation
from chat.ozeki.models import Conversation, Page, Sealed
from chat.ozeki.protocol import Anchor
from chat.receipts import Receipts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONVERSATION = Conversation("c", False, (), (), "", "", 0, "", "i")


def at(minute):
    return NOON + timedelta(minutes=minute)


def sealed(n, *, expired=False):
    return Sealed(f"m{n}", "Message", at(n), datetime(2026 if expired else 2090, 1, 2, tzinfo=UTC), "x")


class Server:
    """An account whose server answers with these pages, then with the last one for ever; it counts the calls."""

    def __init__(self, *pages, reports=None):
        self.dialect, self.pages, self.calls = Dialect(), list(pages), 0
        self._receipts = Receipts(reports=reports or {})
        self.keyring = self
        self.instance = CONVERSATION.instance

    async def ask(self, build, *, about):
        self.calls += 1
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    async def conversations(self, *, fresh):
        return {"c": replace(CONVERSATION, instance=self.instance)}

    def receipts(self, conversation):
        return self._receipts

    def take_reports(self, conversation, reports):
        """These have none."""

    def open(self, conversation, sealed):
        return Opened(sealed, None, "locked")


def page(*numbers, skipped=0, **options):
    return Page(tuple(sealed(n, **options) for n in numbers), (), skipped)


async def walked(server):
    return [[one.id for one in stretch.came] async for stretch in history.walk(server, CONVERSATION)]


# Walking back


async def test_a_walk_goes_back_to_the_first_message():
    server = Server(page(*range(50, 100)), page(*range(50)), page())
    assert [len(ids) for ids in await walked(server)] == [50, 50, 0]


@pytest.mark.parametrize("expired", [False, True], ids=["shown", "expired"])
async def test_a_walk_ends_when_the_server_answers_with_the_same_page_again(expired):
    server = Server(page(*range(50), expired=expired))
    assert len(await walked(server)) == 1
    assert server.calls <= 2 * history.EMPTY_PAGES_WALKED


async def test_a_walk_ends_when_the_server_answers_with_the_same_pages_in_turn():
    server = Server(*[page(*range(50, 100)), page(*range(49, 99))] * 9)
    assert len(await walked(server)) == 2


async def passed(server):
    return [[one.id for one in found.messages] async for found, _ in history.passage(server, CONVERSATION)]


async def test_what_a_page_has_in_common_with_the_one_after_it_comes_once():
    assert await passed(Server(page(*range(50, 100)), page(*range(10, 60)), page())) == [
        [f"m{n}" for n in range(50, 100)],
        [f"m{n}" for n in range(10, 50)],
    ]


async def test_a_server_that_answers_with_the_message_asked_about_has_nothing_older():
    assert len(await passed(Server(page(*range(50)), page(0)))) == 1


async def test_a_server_that_goes_round_in_circles_is_not_taken_for_one_that_has_nothing_older():
    with pytest.raises(Misunderstood):
        await passed(Server(*[page(*range(50, 100)), page(*range(49, 99))] * 9))


@pytest.mark.parametrize("look", [walked, passed])
async def test_where_nothing_comes_the_conversation_may_have_been_cleared(look):
    server = Server(page())
    assert not any(await look(server))
    server.instance = "another"
    with pytest.raises(StaleConversation):
        await look(server)


async def test_a_page_of_few_messages_is_the_first_one():
    assert (await history.newest(Server(page(1, 2)), CONVERSATION)).before is None


async def test_messages_that_could_not_be_read_do_not_hide_that_something_is_older():
    stretch = await history.newest(Server(page(1, 2, skipped=48)), CONVERSATION)
    assert stretch.before == sealed(1)


# The reports asked for with a look


def since(reports):
    return history._since(SimpleNamespace(receipts=lambda _: Receipts(reports=reports)), CONVERSATION, "m5", at(5))


def test_reports_are_asked_for_since_the_first_that_can_speak_of_the_messages_asked_for():
    reports = {"oldest": at(-600), "before": at(4), "later": at(9), "first": at(6), "last": at(90)}
    assert since(reports) == Anchor(at(5), "m5", at(6), "first")


def test_a_report_of_the_messages_own_second_can_speak_of_it():
    assert since({"before": at(4), "same": at(5), "later": at(6)}).reportid == "same"


def test_when_all_known_reports_are_older_those_after_the_newest_are_asked_for():
    assert since({"oldest": at(-600), "newest": at(4), "before": at(3)}) == Anchor(at(5), "m5", at(4), "newest")


def test_where_no_report_is_known_none_is_named():
    assert since({}) == Anchor(at(5), "m5")


def follow(*minutes):
    """Receipts that have heard of reports made then."""
    receipts = Receipts()
    receipts.follow([replace(sealed(minute), id=f"r{minute}", type="viewed") for minute in minutes])
    return receipts


def test_once_all_reports_have_come_only_those_after_the_last_but_one_second_are_asked_for():
    account = Server(Page((), (), 0))
    account.receipts(CONVERSATION).since = follow(1, 4, 5).since
    assert history._since(account, CONVERSATION, "m0", at(0)) == Anchor(at(0), "m0", at(4), "r4")


def test_a_report_dated_in_the_future_hides_none_that_are_still_to_come():
    century = 60 * 24 * 36_500
    assert follow(1, 2, century).since.id == "r2"


def test_a_look_that_brought_no_report_changes_nothing():
    receipts = follow(3, 4)
    receipts.follow([])
    assert receipts.since.id == "r3"
