"""What changed for a person, told to tabs that already show it: through lost notices, other tabs and skewed clocks."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from chat import history, sending
from chat import news as news_module
from chat.news import News
from chat.ozeki.models import Notices
from chat.sidebar import Sidebar
from chat.stream import Stream, Tab
from tests.chat.inside import sign_in, until
from tests.processes import wait_until
from tests.sandbox.raw import Device, now, written
from tests.visitor import messages

LONG = {"validuntil": "2090-01-01 00:00:00"}


@pytest.fixture
def conversation(world, sandbox):
    """Layla's with Robin, empty and without reports."""
    conversation = world.between("layla", "robin")
    sandbox.control("clear", {"conversation": conversation})
    return conversation


@pytest.fixture
def other(world, sandbox):
    """Layla's with Zsófi, emptied afterwards: what is said in it may be dated in the future."""
    other = world.between("layla", "zsofi")
    yield other
    sandbox.control("clear", {"conversation": other})


@pytest.fixture
def layla(visit):
    return visit("layla")


@pytest.fixture
def robins_phone(sandbox):
    return Device(sandbox, sandbox.people["robin"])


def listening(visitor, world, conversation):
    """A tab that has heard something: its relay has caught up, and nothing is under way."""
    tab = visitor.tab(conversation)
    tab.hear_message(world.says("robin", conversation, "Before", **LONG))
    return tab


@contextmanager
def slowly(visitor, world, conversation, text):
    """Something that the server has, and answers late."""
    world.break_next("chatconversation", "slow", "add", accepts=True, seconds=1.5, userid=world.userid("layla"))
    since = world.now()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(visitor.say, conversation, text)
        wait_until(lambda: world.calls(since, "chatconversation", "add"), "it to be there")
        yield answer


def marked(id, state="delivered"):
    return lambda frame: frame.get("marks", {}).get(id) == state


def read(phone, layla):
    """Robin's phone fetches what is there: the server says so in a report."""
    assert phone.page(phone.conversation(layla))["messages"]


def test_who_writes_where_it_was_cleared_without_a_word_sees_it_as_it_is(layla, world, sandbox, conversation):
    tab = listening(layla, world, conversation)
    world.break_next("chatnotification", "slow", times=9, seconds=5.0, userid=world.userid("layla"))
    sandbox.control("clear", {"conversation": conversation})
    said = layla.say(conversation, "To nobody?")
    assert said.status == 201
    tab.hear("event", lambda frame: frame.get("reset"))
    assert [each.id for each in layla.open(conversation).messages] == [said.messages[0].id]


# Several tabs


def test_a_message_that_another_tabs_page_brought_first_reaches_a_tab_that_was_there_before(layla, world, conversation):
    tab = listening(layla, world, conversation)
    world.break_next("chatnotification", "slow", times=9, seconds=1.0, userid=world.userid("layla"))
    id = world.says("robin", conversation, "Who sees it first?")
    assert id in [each.id for each in layla.open(conversation).messages]
    event = tab.hear("event", lambda frame: id in frame.get("order", ()))
    assert [each.id for each in messages(event["messages"])] == [id]


def test_a_page_that_took_long_lacks_nothing_that_another_tabs_page_brought_meanwhile(layla, world, conversation):
    read = {"message": world.says("robin", conversation, "At first sight", **LONG)}
    assert layla.post(f"/conversations/{conversation}/read/", read, htmx=True).status == 204
    world.says("robin", conversation, "Before", **LONG)
    row = f"li[data-conversation={conversation}]"

    def counted():  # and nothing looks at it any more
        before, pages = world.now(), [layla.get("/") for _ in range(3)]
        asked = world.calls(before, "chatconversation", "downloadpartial")
        return not asked and pages[-1].document.one(row)["data-unread"]

    wait_until(counted, "what the start page has counted")
    since = world.now()
    world.break_next("chatconversation", "slow", "downloadpartial", seconds=1.5, userid=world.userid("layla"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(layla.open, conversation)
        wait_until(lambda: world.calls(since, "chatconversation", "downloadpartial"), "the slow page's call")
        since = world.now()
        id = world.says("robin", conversation, "Meanwhile")
        wait_until(
            lambda: world.calls(since, "chatconversation", "list", world.userid("layla")), "the notice to be heard"
        )
        assert id in [each.id for each in layla.open(conversation).messages]
        page = slow.result()
    assert id not in [each.id for each in page.messages]
    tab = layla.socket()
    tab.hello(*page.seen, conversation=conversation)
    tab.hear_message(id)


def test_a_page_of_what_a_tab_already_shows_tells_it_nothing(layla, world, conversation):
    tab = listening(layla, world, conversation)
    before = tab.all_so_far()[-1]
    layla.open(conversation)
    after = tab.all_so_far()
    assert [frame for frame in after[after.index(before) + 1 :] if "messages" in frame or "reset" in frame] == []


def test_a_message_that_is_sent_again_stays_where_it_stands_among_those_of_its_second(layla, world, conversation):
    tab = listening(layla, world, conversation)
    id = str(uuid.uuid4())
    assert layla.say(conversation, "Said", id=id).status == 201
    created = world.held(conversation)[-1]["Created"]
    after = world.says("robin", conversation, "In the same second", created=created)
    tab.hear_message(after)
    assert layla.say(conversation, "Said", id=id).status == 201
    last = str(uuid.uuid4())
    assert layla.say(conversation, "Last", id=last).status == 201
    event = tab.hear("event", lambda frame: last in frame.get("order", ()))
    assert event["order"] == [after, last]


def test_what_was_said_moves_nowhere_though_its_answer_comes_after_more_than_a_page(layla, world, conversation):
    tab = listening(layla, world, conversation)
    with slowly(layla, world, conversation, "Said") as answer:
        own, created = (world.held(conversation)[-1][field] for field in ("ID", "Created"))
        tab.hear_message(own)
        for _ in range(2):  # each less than a page: of more than that, tabs are told nothing but to ask anew
            after = [world.says("robin", conversation, f"{n}", created=created, silent=n < 29) for n in range(30)]
            tab.hear_message(after[-1])
        assert answer.result().status == 201
    orders = [frame["order"] for frame in tab.all_so_far() if own in frame.get("order", ())]
    assert orders and not [order for order in orders if after[-1] in order[: order.index(own)]]


# Marks


@pytest.mark.parametrize("direction", ["before", "after"])
def test_a_mark_that_came_with_a_page_of_other_messages_reaches_the_tab(
    layla, world, sandbox, conversation, robins_phone, direction
):
    tab = listening(layla, world, conversation)
    world.break_next("chatnotification", "500", times=99, userid=world.userid("layla"))
    own = layla.say(conversation, "Have you got this?").messages[0]
    tab.hear_message(own.id)
    read(robins_phone, sandbox.people["layla"])
    layla.get(f"/conversations/{conversation}/messages/?{direction}={own.id}&at={own.created}", htmx=True)
    assert tab.hear("event", marked(own.id))["conversation"] == conversation


def test_a_mark_whose_notice_was_lost_arrives_with_the_next_one(
    layla, world, sandbox, conversation, other, robins_phone
):
    tab = listening(layla, world, conversation)
    own = layla.say(conversation, "Have you got this?").messages[0]
    tab.hear_message(own.id)
    tab.all_so_far()
    world.break_next("chatnotification", "lose", userid=world.userid("layla"))
    read(robins_phone, sandbox.people["layla"])
    tab.hear("upstream", lambda frame: frame["state"] == "connecting")
    world.says("zsofi", other, "A later hint")
    tab.hear("event", marked(own.id))


# Expired messages


def test_a_conversation_whose_newest_message_expired_is_left_alone_when_others_talk(layla, world, conversation, other):
    world.says("robin", conversation, "Lasting", created=now(hours=-3), **LONG)
    world.says("robin", conversation, "Gone", created=now(hours=-2), validuntil=now(hours=-1))
    layla.say(other, "Nothing is unread here from now on")
    tab = layla.tab(conversation)
    world.says("zsofi", other, "Elsewhere", created=now(minutes=1))
    tab.hear_row(other, lambda html: 'data-unread="1"' in html)
    since = world.now()
    world.says("zsofi", other, "And again", created=now(minutes=2))
    tab.hear_row(other, lambda html: 'data-unread="2"' in html)
    tab.all_so_far()
    calls = world.calls(since, "chatconversation", userid=world.userid("layla"))
    assert [call["action"] for call in calls if call["action"] != "list"] == ["downloadpartial"]  # to count it


def test_a_late_message_moves_a_conversation_whose_newest_one_expired_nowhere(layla, world, conversation):
    def order():
        rows = layla.get("/").rows
        return int(next(row["data-order"] for row in rows if row["data-conversation"] == conversation))

    first = world.says("robin", conversation, "Lasting", created=now(hours=-4), **LONG)
    gone = datetime.now(UTC) - timedelta(hours=2)
    world.says("robin", conversation, "Gone", created=written(gone), validuntil=now(hours=-1))
    wait_until(lambda: order() == int(gone.timestamp()), "the portal to have heard of it")
    tab, before = layla.tab(conversation), order()
    late = world.says("robin", conversation, "Late", created=now(hours=-3), **LONG)
    event = tab.hear("event", lambda frame: late in frame.get("order", ()))
    assert event["order"] == [first, late]
    assert f'data-conversation="{conversation}"' not in event.get("rows", "")
    assert order() == before


# Clocks that go wrong


def test_a_message_dated_before_all_that_are_shown_arrives_before_them(layla, world, conversation):
    tab = layla.tab(conversation)
    shown = world.says("robin", conversation, "By the right clock", created="2026-01-05 11:00:00", **LONG)
    tab.hear_message(shown)
    behind = world.says("robin", conversation, "By a clock that is behind", created="2026-01-05 10:00:00", **LONG)
    event = tab.hear("event", lambda frame: behind in frame.get("order", ()))
    assert event["order"] == [behind, shown]


def test_more_than_a_page_at_once_comes_whole_and_in_order(layla, world, conversation):
    for n in range(60):
        world.says("robin", conversation, f"Before {n}", silent=True)
    tab = layla.tab(conversation)
    said = [world.says("robin", conversation, f"{n}", silent=n < 79) for n in range(80)]
    event = tab.hear("event", lambda frame: said[-1] in frame.get("order", ()))
    assert event["order"][-80:] == said
    assert [each.id for each in messages(event["messages"])][-80:] == said


def test_a_page_that_overflows_takes_nothing_away_from_the_tab(layla, world, conversation):
    for n in range(48):
        world.says("robin", conversation, f"{n}", silent=True)
    tab = layla.tab(conversation)
    for n in range(5):
        tab.hear_message(world.says("robin", conversation, f"And {n}"))
    frames = tab.all_so_far()
    assert not [frame for frame in frames if "removed" in frame or "reset" in frame]


# In this process


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("meanwhile", ["page", "list"])
async def test_a_row_moves_also_where_its_message_was_known_before_the_notice(make, sandbox, world, other, meanwhile):
    _, account = await sign_in(make(), sandbox.people["layla"])
    conversation = (await account.conversations())[other]
    account.current = True
    stream = Stream()
    sidebar = Sidebar(account, stream)
    news, tab = News(account, stream, sidebar), Tab()
    await sidebar.compare()
    tab.conversation = other
    stream.tabs.add(tab)
    if meanwhile == "list":
        await news.look(other)
    world.says("zsofi", other, "Known already", **LONG)
    if meanwhile == "list":
        await account.conversations(fresh=True)
    else:
        await news.opened(conversation, await history.newest(account, conversation), round=news.round)
    await news.catch_up(Notices(conversations=(other,)), everything=False)
    await until(tab, lambda frame: f'data-conversation="{other}"' in frame.get("rows", ""))


@pytest.mark.django_db(transaction=True)
async def test_a_tab_whose_line_was_lost_is_told_of_what_only_another_tabs_page_brought(
    make, sandbox, world, conversation, other, monkeypatch
):
    monkeypatch.setattr(news_module, "ON_ITS_WAY", 0.0)
    _, account = await sign_in(make(), sandbox.people["layla"])
    shown = (await account.conversations())[conversation]
    account.current = True
    stream, lost = Stream(), Tab(conversation)
    news = News(account, stream, Sidebar(account, stream))

    async def opened():
        await news.opened(shown, await history.newest(account, shown), round=news.round)

    await opened()
    n = stream.n
    world.says("zsofi", other, "While the line is lost", **LONG)
    await news.catch_up(Notices(conversations=(other,)), everything=False)
    id = world.says("robin", conversation, "Missed", **LONG)
    await opened()
    stream.tabs.add(lost)
    for event in stream.since(stream.epoch, n):
        lost.put(event.frame(lost))
    await news.look(conversation)
    await until(lost, lambda frame: frame.get("reset") or id in frame.get("order", ()))


@pytest.mark.django_db(transaction=True)
async def test_a_tab_whose_page_another_process_made_hears_what_the_first_one_made_here_shows(
    make, sandbox, world, conversation, settings
):
    settings.REDIS_URL = "redis://of-several-processes"
    _, account = await sign_in(make(), sandbox.people["layla"])
    shown = (await account.conversations())[conversation]
    account.current = True
    stream, tab = Stream(), Tab(conversation)
    news = News(account, stream, Sidebar(account, stream))
    stream.tabs.add(tab)
    id = world.says("robin", conversation, "Only here", **LONG)
    await news.opened(shown, await history.newest(account, shown), round=news.round)
    await news.catch_up(Notices(conversations=(conversation,)), everything=False)
    await until(tab, lambda frame: id in frame.get("there", ()))


@pytest.mark.django_db(transaction=True)
async def test_what_was_said_since_a_page_was_asked_for_is_told_in_the_order_that_the_page_brought(
    make, sandbox, world, conversation
):
    _, account = await sign_in(make(), sandbox.people["layla"])
    shown = (await account.conversations())[conversation]
    account.current = True
    stream, tab = Stream(), Tab(conversation)
    news = News(account, stream, Sidebar(account, stream))
    world.says("robin", conversation, "Before", **LONG)
    await news.opened(shown, await history.newest(account, shown), round=news.round)
    stream.tabs.add(tab)
    theirs = world.says("robin", conversation, "Theirs", **LONG)
    page = await history.newest(account, shown)
    own = str(uuid.uuid4())
    assert news.said(shown, (await sending.say(account, shown, text="Own", id=own)).opened)
    await news.opened(shown, page, round=news.round)
    for _ in range(stream.n):
        told = await until(tab, lambda frame: "order" in frame)
    assert told["order"] == [theirs, own]
