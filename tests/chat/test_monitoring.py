"""What the portal says of itself to machines: whether it is ready, what it measured, and its log."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection

import pytest
from channels.layers import channel_layers

from chat import health
from chat.relay import Relay
from chat.stream import Tab
from tests.chat.inside import eventually, sign_in
from tests.ozeki.sockets import raw_server
from tests.processes import METRICS_TOKEN, wait_until

BEARER = f"Bearer {METRICS_TOKEN}"
NOWHERE = "http://127.0.0.1:9/ozeki/index.php"


@pytest.fixture
def ask(portal):
    """Asks the shared portal as a machine does: with no cookie, by whatever name; the status, the headers, the text."""

    def get(path, method="GET", **headers):
        with closing(HTTPConnection("127.0.0.1", portal.port, timeout=30)) as connection:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    return get


# Whether it is ready


@pytest.fixture
def is_ready(make, async_client):
    """The status and what this process's portal says of itself, in front of the sandbox or another server."""

    async def get(**server):
        make(**server)
        response = await async_client.get("/readyz")
        return response.status_code, response.json()

    return get


@pytest.mark.django_db(transaction=True)
async def test_when_all_is_well_it_is_ready_and_says_how_long_each_part_took(is_ready):
    status, said = await is_ready()
    assert status == 200
    assert said["ready"] is True
    for part in ("database", "layer", "ozeki"):
        assert (said[part]["ok"], said[part]["trouble"]) == (True, "")
        assert 0 <= said[part]["ms"] < 2000


@pytest.mark.django_db(transaction=True)
async def test_it_counts_the_relays_and_how_they_hear(make, alice, bob, async_client):
    portal = make()
    relays = [portal.relay((await sign_in(portal, person))[1]) for person in (alice, bob)]
    await eventually(lambda: all(relay.upstream.state == "on" for relay in relays), "both relays")
    await eventually(lambda: all(relay.upstream.listening == "socket" for relay in relays), "both listeners")
    relays[0].upstream.state = "connecting"
    relays[1].upstream._listener.state = "polling"
    said = (await async_client.get("/readyz")).json()
    assert said["relays"] == {"all": 2, "up": 1, "socket": 1, "polling": 1}


@pytest.mark.django_db(transaction=True)
async def test_without_ozeki_it_is_ready_and_says_so(is_ready):
    status, said = await is_ready(url=NOWHERE)
    assert (status, said["ready"]) == (200, True)
    assert (said["ozeki"]["ok"], said["ozeki"]["trouble"]) == (False, "Unreachable")


@pytest.mark.django_db(transaction=True)
async def test_an_ozeki_that_does_not_answer_keeps_nobody_waiting(is_ready, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.2)

    async def say_nothing(reader, writer):
        await reader.read()

    async with raw_server(say_nothing) as port:
        status, said = await is_ready(url=f"http://127.0.0.1:{port}/")
    assert (status, said["ozeki"]["trouble"]) == (200, "TimeoutError")


@pytest.mark.django_db(transaction=True)
async def test_without_its_channel_layer_it_is_ready_and_says_so(is_ready, settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:9/0"]},
        }
    }
    status, said = await is_ready()
    assert (status, said["ready"]) == (200, True)
    assert (said["layer"]["ok"], said["layer"]["trouble"]) == (False, "ConnectionError")
    assert said["database"]["ok"]
    await channel_layers["default"].close_pools()


def test_with_a_database_that_takes_no_writes_it_is_not_ready_until_it_does_again(ask, portal):
    def says(status):
        return lambda: ask("/readyz")[0] == status

    with closing(sqlite3.connect(portal.data_dir / "portal.sqlite3", isolation_level=None)) as database:
        database.execute("begin immediate")
        wait_until(says(503), "the portal to notice")
        said = json.loads(ask("/readyz")[2])
        assert (said["database"]["ok"], said["database"]["trouble"]) == (False, "TimeoutError")
        assert said["ozeki"]["ok"]
        database.execute("rollback")
    wait_until(says(200), "the portal to recover")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("fresh", "times"), [(60.0, 1), (0.0, 20)])
async def test_however_many_ask_the_server_is_asked_once_as_long_as_that_is_fresh(
    make, async_client, monkeypatch, fresh, times
):
    monkeypatch.setattr(health, "FRESH", fresh)
    asked = []

    async def answer(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            asked.append("again")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()

    async with raw_server(answer) as port:
        make(url=f"http://127.0.0.1:{port}/")
        for _ in range(20):
            assert (await async_client.get("/readyz")).status_code == 200
    assert len(asked) == times


# By which name it is asked


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_a_machine_may_ask_by_any_name(ask, path):
    assert ask(path, Host="10.9.8.7:8000", Authorization=BEARER)[0] == 200


@pytest.mark.parametrize("path", ["/sign-in/", "/livez/", "/metrics/../sign-in/"])
def test_nothing_else_may_be_asked_for_by_another_name(ask, path):
    assert ask(path, Host="10.9.8.7:8000")[0] == 400


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_whoever_wants_the_status_alone_gets_that(ask, path):
    status, _, text = ask(path, "HEAD", Authorization=BEARER)
    assert (status, text) == (200, "")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_nobody_posts_to_them(ask, path):
    assert ask(path, "POST", Authorization=BEARER)[0] in (403, 405)


# Who may read the metrics


@pytest.mark.parametrize(
    "given", ["", "Bearer ", "Bearer wrong", f"Basic {METRICS_TOKEN}", METRICS_TOKEN, BEARER + "x"]
)
def test_without_the_token_nothing_is_shown(ask, given):
    status, headers, text = ask("/metrics", **({"Authorization": given} if given else {}))
    assert (status, headers["WWW-Authenticate"], text) == (401, "Bearer", "")


def test_with_the_token_prometheus_reads_them(ask):
    status, headers, text = ask("/metrics", Authorization=BEARER)
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert "\nprocess_open_fds " in text


async def test_where_no_token_is_set_they_are_not_there(async_client, settings):
    settings.METRICS_TOKEN = ""
    assert (await async_client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 404


# What is measured


class Metrics:
    """What the shared portal measured since this was made."""

    def __init__(self, ask):
        self.ask = ask
        self.before = self.now()

    def now(self):
        text = self.ask("/metrics", Authorization=BEARER)[2]
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return Counter({name: float(value) for name, _, value in lines})

    def rise(self, name):
        """By how much it has risen; `name` with its labels."""
        return self.now()[f"ozeki_web_{name}"] - self.before[f"ozeki_web_{name}"]

    def wait_for(self, name, count=1.0):
        wait_until(lambda: self.rise(name) == count, f"{name} to rise by {count:g}")


@pytest.fixture
def metrics(ask):
    return Metrics(ask)


def test_a_message_is_timed_and_so_is_its_call(visit, world, metrics):
    conversation = world.between("layla", "robin")
    layla = visit("layla")
    assert layla.say(conversation, "Hello").status == 201
    assert metrics.rise('send_seconds_count{outcome="OK"}') == 1
    assert metrics.rise('upstream_call_seconds_count{call="Add",outcome="OK"}') == 1
    assert metrics.rise('request_seconds_count{method="POST",status="201"}') == 1
    assert 0 < metrics.rise('send_seconds_sum{outcome="OK"}') < 10


@pytest.mark.parametrize(
    ("fault", "sent", "called"), [("refuse", "Refused", "Refused"), ("html", "Misunderstood", "Misunderstood")]
)
def test_one_that_does_not_go_out_is_counted_by_what_was_in_its_way(visit, world, metrics, fault, sent, called):
    layla = visit("layla")
    world.break_next("chatconversation", fault, "add", times=2, userid=world.userid("layla"))
    layla.say(world.between("layla", "robin"), "Hello")
    assert metrics.rise(f'send_seconds_count{{outcome="{sent}"}}') == 1
    assert metrics.rise(f'upstream_call_seconds_count{{call="Add",outcome="{called}"}}') >= 1
    assert metrics.rise('send_seconds_count{outcome="OK"}') == 0


def test_a_notice_is_timed_until_each_tab_has_what_it_brought(visit, world, metrics):
    conversation, layla = world.between("layla", "robin"), visit("layla")
    tabs = [layla.tab(conversation), layla.tab(conversation)]
    for tab in tabs:
        tab.until_upstream("on")
    said = world.says("robin", conversation, "Hello")
    for tab in tabs:
        tab.hear_message(said)
    wait_until(lambda: metrics.rise("notice_seconds_count") >= 2, "both tabs to be timed")
    assert 0 < metrics.rise("notice_seconds_sum") < 10


def test_what_no_notice_brought_is_not_timed(visit, metrics):
    layla = visit("layla")
    tab = layla.tab()
    tab.until_upstream("on")
    tab.hear("preferences")
    layla.prefer(theme="dark")
    tab.hear("preferences")
    assert metrics.rise("notice_seconds_count") == 0


def test_sockets_relays_and_tasks_are_counted_while_they_are_there(visit, metrics):
    layla = visit("layla")
    layla.tab().until_upstream("on")
    metrics.wait_for("sockets")
    wait_until(lambda: metrics.now()['ozeki_web_relays{hearing="socket"}'] >= 1, "the relay's listener")
    assert metrics.now()["ozeki_web_relays_up"] >= 1
    assert metrics.rise("tasks") > 0
    layla.tabs.pop().close()
    metrics.wait_for("sockets", 0.0)


def test_a_tab_that_is_closed_is_counted_by_the_reason(visit, metrics):
    layla = visit("layla")
    tab = layla.tab()
    tab.send("nonsense")
    assert tab.close_code() == 4400
    layla.sign_out()
    assert layla.socket().close_code() == 4401
    rises = {code: metrics.rise(f'tabs_closed_total{{code="{code}"}}') for code in (4400, 4401, 4408)}
    assert rises == {4400: 1, 4401: 1, 4408: 0}


def test_a_tab_that_leaves_is_not_counted_as_closed(visit, metrics):
    visit("layla").tab().close()
    metrics.wait_for("sockets", 0.0)
    assert [
        name for name in metrics.now() if "tabs_closed" in name and metrics.now()[name] > metrics.before[name]
    ] == []


def test_a_tab_that_has_to_fetch_afresh_is_counted(visit, metrics):
    layla = visit("layla")
    layla.tab()
    assert metrics.rise("resyncs_total") == 0
    tab = layla.socket()
    tab.hello("another epoch", 7)
    tab.hear("resync")
    assert metrics.rise("resyncs_total") == 1


@pytest.mark.django_db(transaction=True)
async def test_what_waits_for_tabs_is_counted_in_all_and_for_the_slowest(
    make, alice, bob, async_client, settings, monkeypatch
):
    settings.METRICS_TOKEN = METRICS_TOKEN
    monkeypatch.setattr(Relay, "start", lambda relay: None)  # it says nothing itself
    portal = make()
    for person, count in ((alice, 3), (bob, 5)):
        _, account = await sign_in(portal, person)
        relay = portal.relay(account)
        relay.stream.tabs.add(tab := Tab())
        for _ in range(count):
            tab.put("frame")
    text = (await async_client.get("/metrics", headers={"Authorization": BEARER})).content.decode()
    assert "\nozeki_web_queued_frames 8.0\n" in text
    assert "\nozeki_web_longest_queue_frames 5.0\n" in text


def test_a_sign_in_that_ozeki_forgot_is_counted_when_it_is_renewed(visit, sandbox, world, metrics):
    layla, conversation = visit("layla"), world.between("layla", "robin")
    assert layla.say(conversation, "Hello").status == 201
    assert metrics.rise("sign_ins_renewed_total") == 0
    sandbox.control("forget-stations", {})
    assert layla.say(conversation, "Hello again").status == 201
    assert metrics.rise("sign_ins_renewed_total") >= 1


def test_signing_in_is_counted_by_what_became_of_it(browser, sandbox, metrics):
    visitor, layla = browser(), sandbox.people["layla"]
    assert visitor.sign_in(layla, password="wrong").status == 401
    assert visitor.sign_in(layla).status == 303
    assert metrics.rise('sign_ins_total{outcome="SignInRefused"}') == 1
    assert metrics.rise('sign_ins_total{outcome="OK"}') == 1


def test_one_try_too_many_is_counted(browser, metrics):
    visitor = browser()
    fields = {"email": "nobody@example.org", "password": "guess"}
    assert [visitor.submit("/sign-in/", fields).status for _ in range(11)][-2:] == [401, 429]
    assert metrics.rise('throttled_total{purpose="sign-in by account"}') == 1
    assert metrics.rise('sign_ins_total{outcome="Throttled"}') == 1


def test_methods_that_somebody_makes_up_do_not_become_labels(ask, metrics):
    for number in range(3):
        ask("/livez", f"MADEUP{number}")
    assert metrics.rise('request_seconds_count{method="other",status="403"}') == 3


# What none of it tells


@pytest.fixture
def day(visit, world, sandbox):
    """Layla's day, in small: what nobody may read out of it, by name, and the answers she had."""
    conversation, since, layla = world.between("layla", "robin"), world.now(), visit("layla")
    tab = layla.tab(conversation)
    answers = [layla.say(conversation, "the merger is on thursday"), layla.get("/people/?q=Robin")]
    tab.hear_message(world.says("robin", conversation, "burn after reading"))
    person = sandbox.people["layla"]
    stations = {call["station"] for call in sandbox.control(f"calls?since={since}") if call["userid"] == person.userid}
    assert stations
    private = {"e-mail": person.email, "name": person.fullname, "token": layla.token, "her address": layla.address}
    private |= {"what she said": "merger", "what she heard": "burn", "where Ozeki is": sandbox.url}
    return private | {f"station {n}": station for n, station in enumerate(stations)}, answers, conversation, person


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_machines_are_told_nothing_of_anybody(day, ask, path):
    private, _, conversation, person = day
    private |= {"userid": person.userid, "conversation": conversation}
    text = ask(path, Authorization=BEARER)[2]
    assert [name for name, value in private.items() if value in text] == []


# The log


def entries(portal):
    return [json.loads(line) for line in portal.output().splitlines() if line.startswith("{")]


def about(portal, request):
    """What the log says about one request or relay."""
    return [entry for entry in entries(portal) if entry.get("request") == request]


def test_an_answer_names_the_lines_of_what_was_done_for_it_down_to_the_call(day, portal):
    _, (said, people), conversation, _ = day
    lines = about(portal, said.headers["X-Request-ID"])
    assert any(line["logger"] == "chat.ozeki.client" and line["message"].startswith("Add: OK, ") for line in lines)
    (access,) = [line for line in lines if line["logger"] == "ozekiweb.access"]
    assert (access["method"], access["status"]) == ("POST", 201)
    assert access["path"] == f"/conversations/{conversation}/messages/"
    (other,) = [line for line in about(portal, people.headers["X-Request-ID"]) if line["logger"] == "ozekiweb.access"]
    assert other["path"] == "/people/"


def test_the_lines_of_a_relay_belong_together_and_to_whoever_needed_it(visit, world, portal):
    layla = visit("layla")
    layla.tab().until_upstream("on")
    begun = [line for line in entries(portal) if line["logger"] == "chat.relay" and line["message"].endswith(" begins")]
    relay = begun[-1]["message"].split()[1]
    paths = [line.get("path") for line in about(portal, begun[-1]["request"])]
    assert paths[-1] == "/sign-in/"
    world.break_next("chatnotification", "500", userid=world.userid("layla"))
    world.says("robin", world.between("layla", "robin"), "Hello")
    wait_until(lambda: any("listening" in line["message"] for line in about(portal, relay)), "the relay's trouble")
    assert any(line["message"].startswith("Notification: Unreachable: ") for line in about(portal, relay))


def test_the_lines_of_a_tab_belong_together(visit, portal):
    tab = visit("layla").tab()
    tab.send({"type": "nonsense"})
    assert tab.close_code() == 4400

    def of_the_tab():
        said = [line for line in entries(portal) if line["message"] == "a tab sent a malformed frame"]
        return [line for line in about(portal, said[-1]["request"]) if line.get("path") == "/live/"]

    wait_until(lambda: bool(of_the_tab()), "the line at the end of the socket")
    assert [(line["method"], line["status"]) for line in of_the_tab()] == [("WEBSOCKET", 4400)]


def test_a_stranger_does_not_choose_the_id(ask, portal):
    _, headers, _ = ask("/sign-in/", **{"X-Request-ID": "chosen-by-a-stranger"})
    assert headers["X-Request-ID"] != "chosen-by-a-stranger"
    assert about(portal, "chosen-by-a-stranger") == []


def test_a_request_can_not_write_lines_of_its_own(ask, portal):
    before = len(portal.output())
    forged = '/x%0A{"level":"INFO","logger":"chat","request":"-","message":"forged"}%0D%1B[2J%1B[1A%C2%85%E2%80%A8'
    ask(forged, **{"User-Agent": "agent\x1b[2J", "Referer": "http://x/\x1b[2J", "X-Request-ID": "a\x1b[2J"})
    ask("/sign-in/")
    said = portal.output()[before:]
    assert [entry for entry in map(json.loads, said.splitlines()) if entry["message"] == "forged"] == []
    assert "\x1b" not in said
    assert all(entry["message"].isprintable() for entry in map(json.loads, said.splitlines()))


def test_the_log_of_a_day_tells_nothing_private(day, portal):
    private, *_ = day
    del private["where Ozeki is"], private["her address"]
    log = portal.output()
    assert "Add: OK" in log
    assert [name for name, value in private.items() if value in log] == []
