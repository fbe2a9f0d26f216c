from __future__ import annotations

import socket
from functools import partial
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.consumers import MOST_SOCKETS
from tests.processes import wait_until
from tests.sandbox.raw import Device
from tests.visitor import messages


@pytest.fixture
def conversation(world):
    """Maria's with Zsófi, quiet here."""
    return world.between("maria", "zsofi")


@pytest.fixture
def other(world):
    return world.between("maria", "robin")


@pytest.fixture
def maria(visit):
    return visit("maria")


def test_a_tab_is_welcomed_and_told_nothing_it_already_has(maria):
    page = maria.get("/")
    tab = maria.socket()
    welcome = tab.hello(*page.seen)
    epoch, n = page.seen
    assert (welcome["epoch"], welcome["n"] >= n) == (epoch, True)  # something may have been counted meanwhile
    assert "resync" not in [frame["type"] for frame in tab.all_so_far()]


def test_a_welcome_names_the_sign_in_that_the_page_was_made_for_and_no_other(maria, visit):
    def signed_in(visitor):
        page = visitor.get("/")
        welcome = visitor.socket().hello(*page.seen)
        return page.document.one("html")["data-signin"], welcome["signin"]

    here, there = signed_in(maria), signed_in(visit("maria"))
    assert here[0] == here[1] != there[0] == there[1]


def test_a_message_reaches_the_open_conversation_with_its_row_and_place(maria, world, conversation):
    page = maria.open(conversation)
    tab = maria.tab(conversation)
    id = world.says("zsofi", conversation, "Szia Maria!")
    event = tab.hear("event", lambda frame: "messages" in frame)
    (row,) = messages(event["messages"])
    assert (row.id, row.text, row.name, row.own) == (id, "Szia Maria!", "Zsófi", False)
    assert event["conversation"] == conversation
    assert event["order"] == [*[each.id for each in page.messages[-1:]], id]
    assert f'data-conversation="{conversation}"' in event["rows"]


def test_a_conversation_just_opened_is_not_fetched_again(maria, world, conversation):
    world.says("zsofi", conversation, "Unread")
    tab = maria.tab(conversation)
    tab.hear_message(world.says("zsofi", conversation, "And one more"))
    assert not [frame for frame in tab.all_so_far() if "reset" in frame]


def test_a_message_sent_in_another_browser_arrives_too(maria, visit, conversation):
    tab = maria.tab(conversation)
    answer = visit("zsofi").say(conversation, "By browser")
    assert tab.hear_message(answer.messages[0].id).text == "By browser"


def test_a_tab_that_shows_something_else_gets_the_number_and_the_row_only(visit, world):
    shown, other = (world.between("mariaelena", first) for first in ("robin", "zsofi"))
    tab = visit("mariaelena").tab(shown)
    world.says("zsofi", other, "Not for this tab")
    assert tab.hear_row(other).keys() == {"type", "n", "rows"}


def test_a_tab_is_told_what_it_shows_from_the_moment_it_says_so(maria, world, conversation, other):
    tab = maria.tab(other)
    maria.open(conversation)
    tab.show(conversation)
    tab.all_so_far()
    id = world.says("zsofi", conversation, "Now for this tab")
    assert tab.hear_message(id).text == "Now for this tab"


def test_events_are_numbered_without_a_gap(maria, world, conversation):
    tab = maria.tab(conversation)
    for n in range(5):
        tab.hear_message(world.says("zsofi", conversation, f"{n}"))
    assert tab.numbers == list(range(tab.numbers[0], tab.numbers[0] + len(tab.numbers)))


def test_a_tab_that_missed_numbers_gets_them_again(maria, world, conversation):
    tab = maria.tab(conversation)
    epoch, n = tab.heard[0]["epoch"], tab.heard[0]["n"]
    ids = [world.says("zsofi", conversation, text) for text in ("first", "second")]
    for id in ids:
        tab.hear_message(id)
    tab.send({"type": "resume", "epoch": epoch, "n": n})
    tab.all_so_far()
    missed = list(range(n + 1, tab.numbers[-1] + 1))
    assert tab.numbers[-len(missed) :] == missed
    assert tab.numbers.count(n + 1) == 2
    last = [frame for frame in tab.heard if frame["type"] == "event"][-1]
    assert [frame for frame in tab.heard[tab.heard.index(last) :] if frame["type"] == "resumed"] == [
        {"type": "resumed", "n": n}
    ]


def test_a_tab_that_comes_back_gets_what_it_missed(maria, world, conversation):
    watching, leaving = maria.tab(conversation), maria.tab(conversation)
    seen = leaving.heard[0]["epoch"], leaving.heard[0]["n"]
    leaving.close()
    id = world.says("zsofi", conversation, "While you were away")
    watching.hear_message(id)
    back = maria.socket()
    back.hello(*seen, conversation=conversation)
    assert back.hear_message(id).text == "While you were away"


@pytest.mark.parametrize(
    "seen", [("0123456789abcdef", 0), ("", 0), (None, None), ("current", 10_000), ("current", "1")]
)
def test_a_tab_whose_past_is_not_known_is_told_to_fetch_afresh(maria, seen):
    epoch, n = maria.get("/").seen
    tab = maria.socket()
    tab.hello(epoch if seen[0] == "current" else seen[0], seen[1])
    resync = tab.hear("resync")
    assert (resync["epoch"], resync["n"] >= n) == (epoch, True)


def test_a_burst_of_messages_is_fetched_in_few_calls(maria, world, conversation):
    tab, userid = maria.tab(conversation), world.userid("maria")
    tab.hear_message(world.says("zsofi", conversation, "Before"))
    since = world.now()
    world.break_next("chatnotification", "slow", seconds=1.0, userid=userid)  # however slow this machine says them
    ids = [world.says("zsofi", conversation, f"Burst {n}") for n in range(30)]
    for id in ids:
        tab.hear_message(id)
    downloads = world.calls(since, "chatconversation", userid=userid)
    assert len([call for call in downloads if call["action"].startswith("download")]) < 10


def test_two_tabs_share_one_station_and_both_get_the_message(maria, world, conversation):
    since = world.now()
    tabs = [maria.tab(conversation), maria.tab(conversation)]
    id = world.says("zsofi", conversation, "To both")
    assert [tab.hear_message(id).text for tab in tabs] == ["To both", "To both"]
    calls = [call for call in world.sandbox.control(f"calls?since={since}") if call["userid"] == world.userid("maria")]
    assert len({call["station"] for call in calls}) == 1


def test_two_sign_ins_have_a_station_each_and_both_get_the_message(maria, visit, world, conversation):
    since = world.now()
    tabs = [maria.tab(conversation), visit("maria").tab(conversation)]
    id = world.says("zsofi", conversation, "To both")
    assert [tab.hear_message(id).text for tab in tabs] == ["To both", "To both"]
    calls = world.calls(since, "chatnotification", userid=world.userid("maria"))
    assert len({call["station"] for call in calls}) == 2


def test_what_one_says_reaches_ones_other_tab_once(maria, conversation):
    tab = maria.tab(conversation)
    id = maria.say(conversation, "From the first tab").messages[0].id
    assert tab.hear_message(id).own
    last = maria.say(conversation, "And another").messages[0].id
    tab.hear_message(last)
    assert [frame.get("messages", "").count(f'id="message-{id}"') for frame in tab.heard].count(1) == 1


def test_clearing_elsewhere_resets_the_open_conversation(maria, world, sandbox, other, conversation):
    tab, elsewhere = maria.tab(other), maria.tab(conversation)
    world.says("robin", other, "To be cleared")
    sandbox.control("clear", {"conversation": other})
    assert tab.hear("event", lambda frame: frame.get("reset"))["conversation"] == other
    elsewhere.hear_row(other)
    assert not [frame for frame in elsewhere.all_so_far() if frame.get("reset")]
    assert maria.open(other).messages == []


def test_what_was_cleared_does_not_come_back_when_it_is_said_again(maria, world, sandbox, other):
    id = maria.say(other, "To be cleared").messages[0].id
    tab = maria.tab(other)
    sandbox.control("clear", {"conversation": other})
    tab.hear("event", lambda frame: frame.get("reset"))
    assert maria.say(other, "To be cleared", id=id).status == 201
    last = maria.say(other, "After that").messages[0].id
    tab.hear_message(last)
    assert not [frame for frame in tab.heard if id in frame.get("messages", "")]
    assert world.ids(other) == [last]


def test_a_friends_presence_changes_their_row(maria, world, sandbox):
    robin = world.between("maria", "robin")
    tab = maria.tab()
    try:
        for presence in ("busy", "in a meeting"):
            sandbox.control("presence", {"email": "robin@example.org", "availability": presence})
            tab.hear_row(robin, lambda html, presence=presence: f'data-presence="{presence}"' in html)
    finally:
        sandbox.control("presence", {"email": "robin@example.org", "availability": "available"})


def test_a_preference_changed_on_another_device_changes_the_row(maria, sandbox, conversation):
    tab, phone = maria.tab(), Device(sandbox, sandbox.people["maria"])
    for action, marked in (("favorite", True), ("unfavorite", False)):
        phone.call("chatconversation", action, conversationid=conversation)
        tab.hear_row(conversation, lambda html, marked=marked: ("data-favorite" in html) == marked)


def test_a_locked_message_arrives_as_a_locked_row(maria, world, conversation):
    tab = maria.tab(conversation)
    arrived = tab.hear_message(world.says("zsofi", conversation, data="bm90IGNpcGhlcnRleHQ="))
    assert arrived.state == "locked"


def test_a_hostile_message_arrives_as_plain_text(maria, world, conversation):
    tab = maria.tab(conversation)
    id = world.says("zsofi", conversation, "<script>alert(1)</script>")
    assert tab.hear_message(id).text == "<script>alert(1)</script>"
    assert "<script>alert" not in str(tab.heard)


def test_a_message_dated_in_the_past_is_put_in_its_place(visit, world):
    conversation = world.between("layla", "zsofi")
    dates = {"created": "2026-01-05 10:00:00", "validuntil": "2090-01-01 00:00:00"}
    first = world.says("zsofi", conversation, "first", **dates)
    last = world.says("zsofi", conversation, "last")
    tab = visit("layla").tab(conversation)
    late = world.says("zsofi", conversation, "late", **(dates | {"created": "2026-01-05 11:00:00"}))
    event = tab.hear("event", lambda frame: late in frame.get("order", ()))
    assert [id for id in event["order"] if id in (first, late, last)] == [first, late, last]


def test_a_viewed_message_is_marked_so(maria, visit, world, sandbox, conversation):
    tab = maria.tab(conversation)
    id = maria.say(conversation, "Have you seen this?").messages[0].id
    visit("zsofi").open(conversation)
    tab.hear("event", lambda frame: frame.get("marks", {}).get(id) == "delivered")


def test_nothing_said_while_the_servers_sockets_were_down_is_missed(maria, world, sandbox, conversation):
    tab = maria.tab(conversation)
    tab.hear_message(world.says("zsofi", conversation, "Before"))
    sandbox.control("drop-sockets", {})
    id = world.says("zsofi", conversation, "Meanwhile")
    assert tab.hear_message(id).text == "Meanwhile"


def test_what_no_notice_told_of_is_found_after_a_reconnect(maria, world, sandbox, conversation):
    tab = maria.tab(conversation)
    tab.hear_message(world.says("zsofi", conversation, "Before"))
    id = world.says("zsofi", conversation, "Unannounced", silent=True)
    sandbox.control("drop-sockets", {})
    assert tab.hear_message(id).text == "Unannounced"


def test_a_forgotten_station_signs_in_again_by_itself_and_goes_on(maria, world, sandbox, conversation):
    tab, userid = maria.tab(conversation), world.userid("maria")
    tab.hear_message(world.says("zsofi", conversation, "Before"))
    since = world.now()
    sandbox.control("forget-stations", {})
    maria.say(conversation, "This finds it out")
    tab.hear_message(world.says("zsofi", conversation, "Afterwards"))
    assert len([call for call in world.calls(since, "chatlogin") if not call["refused"]]) >= 1
    assert world.calls(since, "chatnotification", userid=userid)


def test_nothing_said_while_the_station_was_forgotten_is_missed(maria, world, sandbox, conversation, other):
    tab = maria.tab(conversation)
    tab.hear_message(world.says("zsofi", conversation, "Before"))
    sandbox.control("forget-stations", {})
    id = world.says("zsofi", conversation, "To a forgotten station")
    maria.say(other, "This finds it out")
    world.says("robin", other, "And this makes the portal ask")
    assert tab.hear_message(id).text == "To a forgotten station"


def test_a_server_that_fails_a_while_is_told_and_nothing_is_missed(maria, world, conversation):
    tab = maria.tab(conversation)
    tab.hear_message(world.says("zsofi", conversation, "Before"))
    world.break_next("chatnotification", "500", userid=world.userid("maria"))
    id = world.says("zsofi", conversation, "During")
    tab.hear("upstream", lambda frame: frame["state"] == "connecting")
    world.says("zsofi", conversation, "A later hint")
    tab.hear("upstream", lambda frame: frame["state"] == "on")
    assert tab.hear_message(id).text == "During"


def test_signing_in_tells_friends_that_the_person_is_here_once(visit, world):
    since = world.now()
    told = partial(world.calls, since, "chatavailability", "useravailable", world.userid("maria"))
    maria = visit("maria")
    wait_until(lambda: bool(told()), "the friends to be told")
    maria.tab().all_so_far()
    assert len(told()) == 1


def test_signing_in_does_not_wait_until_the_friends_are_told(browser, world, sandbox):
    visitor = browser()
    visitor.http.timeout = 10  # the portal's patience with the server is longer
    world.break_next("chatavailability", "hang", userid=world.userid("maria"))
    assert visitor.sign_in(sandbox.people["maria"]).status == 303


# Who may come in, and how they must behave


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "http://127.0.0.1:1", "null", "same host without port"]
)
def test_a_page_of_another_origin_is_not_let_in(maria, portal, origin):
    if origin and origin.startswith("same"):
        origin = f"http://{urlsplit(portal.url).hostname}"
    with pytest.raises(InvalidStatus) as refused:
        maria.socket(origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("cookie", ['p={"theme":"dark"}', "a[b]=1", "n=Jürgen", "flag", 'q="', "=", ";;"])
def test_cookies_of_other_sites_on_the_same_host_stand_in_nobodys_way(maria, cookie):
    seen = maria.get("/").seen
    assert maria.socket(cookie=cookie).hello(*seen)["type"] == "welcome"


def test_whoever_is_not_signed_in_is_told_to_sign_in(browser):
    assert browser().socket().close_code() == 4401


def test_a_made_up_token_is_told_to_sign_in(browser):
    visitor = browser()
    visitor.http.cookies.set("ozeki_sign_in", "A" * 43, domain="127.0.0.1")
    assert visitor.socket().close_code() == 4401


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        '"hello"',
        "null",
        "{}",
        b"\x00",
        '{"type": "unknown"}',
        '{"type": "show", "conversation": null}',
        '{"type": "hello", "epoch": "", "n": 0, "conversation": null, "visible": "yes"}',
        '{"type": "hello", "epoch": "", "n": 0, "conversation": 7, "visible": true}',
        '{"type": "hello", "epoch": "", "n": 0, "conversation": "' + "a" * 65 + '", "visible": true}',
        '{"type": "ping", "more": "' + "x" * 4096 + '"}',
        "[" * 4000,
    ],
    ids=range(13),
)
def test_a_frame_that_our_pages_do_not_send_closes_the_socket(maria, frame):
    tab = maria.socket()
    tab.send(frame)
    assert tab.close_code() == 4400


def test_a_second_hello_closes_the_socket(maria):
    tab = maria.tab()
    tab.send({"type": "hello", "epoch": "", "n": 0, "conversation": None, "visible": True})
    assert tab.close_code() == 4400


def test_a_flood_of_frames_closes_the_socket_and_no_other(maria):
    calm, flooding = maria.tab(), maria.tab()
    for _ in range(70):
        flooding.send({"type": "ping"})
    assert flooding.close_code() == 4429
    assert calm.all_so_far()


def test_a_conversation_that_is_not_theirs_tells_a_tab_nothing(visit, world):
    charlie, theirs = visit("charlie"), world.between("robin", "tom")
    tab = charlie.socket()
    tab.hello(*charlie.get("/").seen, conversation=theirs)
    watching = visit("tom").tab(theirs)
    watching.hear_message(world.says("robin", theirs, "Between us"))
    told = {frame["type"] for frame in tab.all_so_far() if frame != {"type": "alerts", "html": ""}}
    assert told <= {"welcome", "upstream", "preferences", "pong", "resumed"}


def test_tabs_that_vanish_without_a_goodbye_are_noticed(maria, world, conversation):
    vanishing, staying = maria.tab(conversation), maria.tab(conversation)
    vanishing.socket.socket.shutdown(socket.SHUT_RDWR)
    staying.hear_message(world.says("zsofi", conversation, "Still here?"))


def test_one_person_has_so_many_sockets_and_no_more_and_others_have_theirs(visit):
    greedy, other = visit("kim"), visit("maria")
    sockets = [greedy.socket() for _ in range(MOST_SOCKETS)]
    assert greedy.socket().close_code() == 4429
    assert visit("kim").socket().close_code() == 4429
    assert other.tab().all_so_far()
    sockets.pop().close()
    seen = greedy.get("/").seen

    def let_in() -> bool:
        try:
            return greedy.socket().hello(*seen)["type"] == "welcome"
        except ConnectionClosed:
            return False

    wait_until(let_in, "room for another socket")


def test_a_giant_frame_closes_the_socket_and_no_other(maria):
    calm, large, giant = maria.tab(), maria.socket(), maria.socket()
    large.send("x" * 100_000)
    assert large.close_code() == 4400
    with pytest.raises(ConnectionClosed):  # Daphne cuts the line at once
        for _ in range(20):
            giant.send("x" * 3 * 1024 * 1024)
        giant.read()
    assert calm.all_so_far()
