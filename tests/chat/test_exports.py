from __future__ import annotations

import base64
import hashlib
import json
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.db import OperationalError

from chat import export
from chat.formats import FORMATS, About, disposition
from chat.http import COOKIE
from chat.keyring import Opened
from chat.models import Throttle
from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import Misunderstood, StaleConversation, Unreachable
from chat.ozeki.models import Conversation, Message, Page, Sealed
from chat.ozeki.protocol import Caller
from chat.receipts import Receipts
from chat.station import SignInEndedError
from chat.throttle import EXPORTS
from chat.views import exports
from tests.chat.inside import sign_in
from tests.hostile import WORDS
from tests.processes import ROOT
from tests.visitor import Document

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LAST_LINE = {
    "html": 'data-complete="false"',
    "txt": "!!! This export is not complete",
    "json": '"complete": false',
}
every_format = pytest.mark.parametrize("format", ["html", "txt", "json"])


def path(conversation, format):
    return f"/conversations/{conversation}/export/?format={format}"


def exported(visitor, conversation, format="json"):
    answer = visitor.get(path(conversation, format))
    assert answer.status == 200, answer.html
    return json.loads(answer.html) if format == "json" else answer.html


def fail_after(world, first, calls, fault="500"):
    """Let the person's next `calls` pages come, and none after them."""
    userid = world.userid(first)
    if calls:
        world.break_next("chatconversation", "slow", "downloadpartial", times=calls, seconds=0, userid=userid)
    world.break_next("chatconversation", fault, "downloadpartial", times=99, userid=userid)


@pytest.fixture
def arpad(sandbox):
    return sandbox.people["arpad"]


@pytest.fixture
def long(world):
    """The conversation of 500 messages."""
    return world.between("alice", "arpad")


# What is in the file


def test_an_export_has_every_message_oldest_first(visit, world, long):
    file = exported(visit("arpad"), long)
    assert [(one["id"], one["sender"], one["text"]) for one in file["messages"]] == [
        (one["ID"], one["sender"], one["text"]) for one in world.held(long)
    ]
    assert (file["count"], file["complete"], file["trouble"]) == (500, True, "")


@pytest.mark.parametrize("format", ["html", "txt"])
def test_the_texts_stand_in_their_order(visit, world, long, format):
    file = exported(visit("arpad"), long, format)
    shown = Document(file).one("main").raw if format == "html" else file
    place = 0
    for message in world.held(long):
        place = shown.index(message["text"], place) + len(message["text"])


@every_format
def test_an_empty_conversation_is_a_file_without_messages(visit, world, format):
    file = exported(visit("bob"), world.between("bob", "kim"), format)
    if format == "json":
        assert (file["messages"], file["complete"]) == ([], True)
    else:
        assert "This export is complete: it has 0 messages." in file


def test_an_expired_message_is_a_line_with_its_time_and_without_its_text(visit, world):
    conversation = world.between("alice", "maria")
    expired = next(one for one in world.held(conversation) if one["text"] == "This was only for yesterday.")
    visitor = visit("maria")
    found = next(one for one in exported(visitor, conversation)["messages"] if one["id"] == expired["ID"])
    assert found == {
        "id": expired["ID"],
        "created": expired["Created"].replace(" ", "T") + "Z",
        "expires": expired["ValidUntil"].replace(" ", "T") + "Z",
        "expired": True,
    }
    for format in ("html", "txt"):
        file = exported(visitor, conversation, format)
        assert "This message has expired." in file
        assert expired["text"] not in file


def test_a_message_without_an_end_has_none_in_an_export(visit, world):
    conversation = world.between("bob", "kim")
    id = world.says("bob", conversation, "For good", validuntil="9999-12-31 00:00:00")
    [found] = [one for one in exported(visit("kim"), conversation)["messages"] if one["id"] == id]
    world.sandbox.control("clear", {"conversation": conversation})
    assert found["expires"] is None


def test_a_message_that_cannot_be_opened_is_marked_with_its_cause(visit, world):
    conversation = world.between("alice", "mariaelena")
    visitor = visit("mariaelena")
    locked = [one for one in exported(visitor, conversation)["messages"] if "locked" in one]
    assert [one["locked"] for one in locked] == ["This can't be decrypted with the conversation's key."] * 2
    assert exported(visitor, conversation, "txt").count("[This message can’t be opened.") == 2
    articles = Document(exported(visitor, conversation, "html")).all(".locked")
    assert ["can't be decrypted" in one.text for one in articles] == [True, True]


HOSTILE = (
    "</div></main><script>alert(1)</script>\n2026-01-01 00:00 UTC  Bob: I owe you\u2028!!! not complete\n\u202e\x1b[2J"
)


@pytest.fixture
def hostile(visit, world):
    """Tom, and a conversation in which somebody writes what could pass for the file's own words."""
    conversation = world.between("tom", "robin")
    return visit("tom"), conversation, world.says("robin", conversation, HOSTILE)


def test_what_people_write_is_text_in_html(hostile):
    visitor, conversation, id = hostile
    file = exported(visitor, conversation, "html")
    document = Document(file)
    assert document.all("script") == []
    assert HOSTILE.replace("\u2028", "\n").replace("\x1b", "") in document.one(f"#message-{id}").raw
    assert [each for each in document.elements if each["src"] or (each.tag == "link")] == []


def test_what_people_write_cannot_begin_a_line_of_the_text(hostile):
    visitor, conversation, _ = hostile
    file = exported(visitor, conversation, "txt")
    assert "\x1b" not in file
    lines = file.splitlines()
    assert [line for line in lines if line.startswith(("2026-01-01 00:00 UTC", "!!!"))] == []
    assert "    2026-01-01 00:00 UTC  Bob: I owe you" in lines


def test_what_people_write_is_a_string_in_json(hostile):
    visitor, conversation, id = hostile
    messages = exported(visitor, conversation)["messages"]
    assert next(one["text"] for one in messages if one["id"] == id) == HOSTILE


# How it comes


@every_format
def test_an_export_is_a_download_that_nothing_keeps(visit, long, format):
    headers = visit("arpad").get(path(long, format)).headers
    assert headers["content-disposition"].startswith('attachment; filename="Alice ')
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-messages"] == "500"
    assert headers["content-encoding"] == "gzip"


def test_a_client_that_unpacks_nothing_gets_the_file_as_it_is(visit, long):
    answer = visit("arpad").get(path(long, "json"), **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert json.loads(answer.html)["count"] == 500


@pytest.mark.parametrize(
    ("title", "plain", "full"),
    [
        ("Bob", "Bob", "Bob"),
        ("Árpád", "Arpad", "Árpád"),
        ("../../etc/passwd", "etc-passwd", "etc-passwd"),
        ('a"b\\c', "a-b-c", "a-b-c"),
        ("evil\r\nSet-Cookie: a=b", "evil Set-Cookie- a=b", "evil Set-Cookie- a=b"),
        ("a\uff02; filename=\uff02b\uff3c\uff0fc", "a-; filename=-b-c", "a\uff02; filename=\uff02b\uff3c\uff0fc"),
        ("gnp.\u202eexe", "gnp.exe", "gnp.exe"),
        ("ليلى", "conversation", "ليلى"),
        ("🚀", "conversation", "🚀"),
        ("", "conversation", "conversation"),
        ("...", "conversation", "conversation"),
        ("x" * 5000, "x" * 80, "x" * 80),
    ],
)
def test_a_file_is_named_after_its_conversation_whatever_that_is_called(title, plain, full):
    header = disposition(title, NOON, "txt")
    assert header.isascii()
    assert header.isprintable()
    match = re.fullmatch(r"attachment; filename=\"([^\"\\]*)\"; filename\*=UTF-8''([\w.~%-]+)", header)
    assert match
    assert (match[1], unquote(match[2])) == (f"{plain} 2026-01-01.txt", f"{full} 2026-01-01.txt")


TRICKS = (
    *(
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\con",
        "\\\\evil\\share",
        "....//",
        "~/.ssh/id",
        "%2e%2e%2f",
        ".",
    ),
    *(
        "a\r\nX: y",
        "a\x00.exe",
        'a"; filename="b.exe',
        "a; filename*=UTF-8''b.exe",
        "a\u202etxt.exe",
        "a\u2028b",
        "..",
        "-rf",
        " ",
    ),
    *(
        "\uff0e\uff0e\uff0fetc",
        "a\uff02; filename=b",
        "\u2024\u2024/etc",
        "a" * 5_000,
        "\U0001f33b" * 500,
        "%00",
        "$(id)",
        "`id`",
        "|id",
    ),
    *WORDS,
)


def test_no_title_makes_a_file_name_that_is_more_than_a_name():
    for title in TRICKS:
        header = disposition(title, NOON, "html")
        names = re.fullmatch(r"attachment; filename=\"([^\"]+)\"; filename\*=UTF-8''([\w.~%-]+)", header, re.ASCII)
        assert names, header
        for name in (names[1], unquote(names[2])):
            assert name.endswith(" 2026-01-01.html")
            assert not re.search(r"[/\\:*?\"<>|%\x00-\x1f\x7f-\x9f\u2028\u202e]", name), name
            assert name[0] not in " .-"
            assert len(name) < 100


def test_without_a_format_there_is_a_page_that_offers_three(visit, long):
    page = visit("arpad").get(f"/conversations/{long}/export/")
    links = [link["href"] for link in page.document.all("a.button") if "format=" in link["href"]]
    assert links == ["?format=html", "?format=txt", "?format=json"]


@pytest.mark.parametrize("format", ["", "exe", "HTML", "../html", "x" * 5000])
def test_another_format_is_refused_in_words(visit, long, format):
    answer = visit("arpad").get(path(long, format))
    assert answer.status == 422
    assert "html, txt or json" in answer.alert


@every_format
def test_nobody_exports_what_is_not_theirs(visit, long, format):
    visitor = visit("charlie")
    assert visitor.get(path(long, format)).status == 404
    assert visitor.get(f"/conversations/{long}/export/").status == 404


def test_whoever_is_signed_out_is_asked_to_sign_in(browser, long):
    answer = browser().get(path(long, "html"))
    assert (answer.status, answer.location.partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.django_db(transaction=True)
async def test_a_person_with_too_many_exports_is_told_to_wait(make, arpad, long, async_client):
    async_client.cookies[COOKIE], account = await sign_in(make(), arpad)
    assert (await async_client.get(path(long, "txt"))).status_code == 200
    await Throttle.objects.filter(key=EXPORTS._key(account.userid)).aupdate(count=EXPORTS.count)
    response = await async_client.get(path(long, "txt"))
    assert response.status_code == 429
    assert "many exports" in response.content.decode()


# When the server fails


@every_format
@pytest.mark.parametrize("calls", [5, 14], ids=["while-looking-back", "half-way"])
def test_a_file_during_which_the_server_fails_says_so_at_its_end(visit, world, long, format, calls):
    visitor = visit("arpad")
    fail_after(world, "arpad", calls)
    answer = visitor.get(path(long, format))
    assert answer.status == 200
    end = answer.html[-500:]
    assert LAST_LINE[format] in end
    assert "The chat server can't be reached." in end.replace("&#x27;", "'")


def test_a_json_file_that_ends_early_is_still_json_and_has_what_came_before(visit, world, long):
    visitor = visit("arpad")
    fail_after(world, "arpad", 14, "refuse")
    file = exported(visitor, long)
    assert [one["id"] for one in file["messages"]] == world.ids(long)[:150]
    assert (file["count"], file["complete"]) == (150, False)
    assert "fault: refuse" in file["trouble"]


@pytest.mark.django_db(transaction=True)
async def test_a_file_during_which_the_database_fails_says_so_at_its_end(make, arpad, long, async_client, monkeypatch):
    async_client.cookies[COOKIE], _ = await sign_in(make(), arpad)
    asked = []

    async def alive(key, *, used):
        asked.append(key)
        if len(asked) > 15:
            raise OperationalError
        return True

    monkeypatch.setattr(exports.vault, "alive", alive)
    response = await async_client.get(path(long, "json"))
    file = json.loads(b"".join([piece async for piece in response.streaming_content]))
    assert (len(file["messages"]), file["complete"]) == (file["count"], False)
    assert 0 < file["count"] < 500
    assert file["trouble"] == "The portal's database can't be used right now. Try again in a moment."


def test_a_html_file_that_ends_early_is_a_whole_page(visit, world, long):
    visitor = visit("arpad")
    fail_after(world, "arpad", 14)
    html = exported(visitor, long, "html")
    assert html.rstrip().endswith("</body>\n</html>")
    assert len(Document(html).all("article")) == 150


def test_when_not_even_the_newest_page_comes_there_is_no_file(visit, world, long):
    visitor = visit("arpad")
    fail_after(world, "arpad", 0)
    answer = visitor.get(path(long, "txt"))
    assert answer.status == 502
    assert "content-disposition" not in answer.headers
    assert "can't be reached" in answer.alert


def test_after_a_failure_the_next_export_is_complete(visit, world, sandbox, long):
    visitor = visit("arpad")
    fail_after(world, "arpad", 14)
    assert not exported(visitor, long)["complete"]
    sandbox.control("faults/clear", {})
    assert exported(visitor, long)["complete"]


def test_a_conversation_cleared_during_its_export_ends_the_file(visit, world, sandbox):
    conversation = world.between("zsofi", "robin")
    for n in range(120):
        world.says("robin", conversation, f"{n}", silent=True)
    visitor = visit("zsofi")
    world.break_next("chatconversation", "slow", "downloadpartial", times=3, seconds=0, userid=world.userid("zsofi"))
    world.break_next("chatconversation", "slow", "downloadpartial", seconds=1, userid=world.userid("zsofi"))
    with visitor.http.stream("GET", path(conversation, "json")) as response:
        sandbox.control("clear", {"conversation": conversation})
        file = json.loads(response.read())
    assert not file["complete"]
    assert "cleared" in file["trouble"]


def test_who_signs_out_meanwhile_gets_no_more_of_the_file(visit, world, long):
    visitor = visit("arpad")
    fault = {"times": 99, "seconds": 0.1, "userid": world.userid("arpad")}
    world.break_next("chatconversation", "slow", "downloadpartial", **fault)
    with visitor.http.stream("GET", path(long, "json")) as response:
        assert visitor.sign_out().status in (302, 303)
        file = json.loads(response.read())
    assert (file["complete"], file["trouble"]) == (False, "You are signed out.")
    assert file["count"] < 500


def test_who_hangs_up_ends_the_export(visit, world, long):
    visitor, since = visit("arpad"), world.now()

    def calls():
        return len(world.calls(since, "chatconversation", "downloadpartial", world.userid("arpad")))

    fault = {"times": 99, "seconds": 0.1, "userid": world.userid("arpad")}
    world.break_next("chatconversation", "slow", "downloadpartial", **fault)
    with visitor.http.stream("GET", path(long, "json")) as response:
        next(response.iter_raw())
    hung_up = calls()
    assert len(exported(visitor, long)["messages"]) == 500  # takes longer than the rest of the first would have
    whole = 20
    assert calls() <= hung_up + 1 + whole
    assert hung_up < whole - 3


# The two walks, against a server that is made up


CONVERSATION = Conversation("c", False, ("me", "other"), (), "last", "", 0, "", "i")


def sealed(n, *, size=1):
    return Sealed(f"m{n}", "Message", NOON + timedelta(minutes=n), datetime(2090, 1, 1, tzinfo=UTC), "x" * size)


class Server:
    """An account whose server has `count` messages of `size` characters, made when they are asked for."""

    def __init__(self, count, *, size=1):
        self.dialect, self.userid, self.nick, self.keyring = Dialect(), "me", "Me", self
        self.count, self.size, self.instance, self.calls = count, size, "i", 0
        self.gone: set[int] = set()
        self.malformed: dict[str, int] = {}  # by the anchor of the page
        self.known_friends = {}
        self.again = 0  # how many from the anchor on come once more
        self.before_call = lambda call: None

    async def ask(self, build, *, about):
        body = json.loads(build(Caller("me", "station", lambda *_: "")).body)
        self.calls += 1
        self.before_call(self.calls)
        anchor = body["lastmessageid"]
        end = int(anchor[1:]) + self.again if anchor else self.count
        skipped = self.malformed.get(anchor, 0)
        numbers = range(max(0, end - 50 + skipped), end)
        return Page(tuple(sealed(n, size=self.size) for n in numbers if n not in self.gone), (), skipped)

    async def conversations(self, *, fresh):
        return {"c": SimpleNamespace(instance=self.instance)}

    def read(self, conversation, sealed):
        message = Message("other", sealed.data)
        return Opened(sealed, message)

    def receipts(self, conversation):
        return Receipts()


async def always():
    return True


async def entries(server):
    plan = await export.plan(server, CONVERSATION, wanted=always)
    return [entry async for page in export.entries(server, CONVERSATION, plan) for entry in page]


async def numbers(server):
    return [entry.id or f"{entry.count} missing" for entry in await entries(server)]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 101, 149])
async def test_every_length_is_exported_whole(count):
    assert await numbers(Server(count)) == [f"m{n}" for n in range(count)]


async def test_a_long_conversation_takes_no_more_memory_than_a_short_one():
    async def peak(count):
        server = Server(count, size=2_000)
        tracemalloc.start()
        plan = await export.plan(server, CONVERSATION, wanted=always)
        written = 0
        async for page in export.entries(server, CONVERSATION, plan):
            written += len(FORMATS["json"].entries(page, written))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert written > count * 2_000
        return highest

    assert await peak(5_000) < 1.5 * await peak(500)


async def test_what_arrives_during_an_export_is_not_in_it():
    server = Server(120)
    plan = await export.plan(server, CONVERSATION, wanted=always)
    server.count = 130
    found = [entry.id async for page in export.entries(server, CONVERSATION, plan) for entry in page]
    assert found == [f"m{n}" for n in range(120)]


async def test_messages_that_are_gone_at_the_second_look_are_marked():
    server = Server(120)
    plan = await export.plan(server, CONVERSATION, wanted=always)
    server.gone = {30, 31}
    found = [entry async for page in export.entries(server, CONVERSATION, plan) for entry in page]
    assert [entry.count for entry in found if entry.kind == "missing"] == [2]
    assert len(found) == 119


@pytest.mark.parametrize("again", [1, 20])
async def test_what_two_pages_have_in_common_is_written_and_counted_once(again):
    server = Server(120)
    server.again = again
    plan = await export.plan(server, CONVERSATION, wanted=always)
    assert plan.total == 120
    assert await numbers(server) == [f"m{n}" for n in range(120)]


async def test_malformed_messages_are_marked_as_missing():
    server = Server(120)
    server.malformed = {"": 1, "m71": 3}
    found = [entry.count for entry in await entries(server) if entry.kind == "missing"]
    assert found == [3, 1]


async def test_a_page_of_nothing_but_malformed_messages_ends_the_export_and_is_not_taken_for_the_first():
    server = Server(120)
    server.malformed = {"m70": 50}
    plan = await export.plan(server, CONVERSATION, wanted=always)
    assert isinstance(plan.trouble, Misunderstood)
    with pytest.raises(Misunderstood):
        await entries(server)


async def test_a_conversation_that_was_cleared_is_not_taken_for_one_with_messages_missing():
    server = Server(120)
    plan = await export.plan(server, CONVERSATION, wanted=always)
    server.instance, server.gone = "another", set(range(120))
    with pytest.raises(StaleConversation):
        [page async for page in export.entries(server, CONVERSATION, plan)]


async def test_what_could_be_looked_back_over_is_exported_when_the_server_recovers():
    server = Server(220)

    def fail(call):
        if call == 3:
            raise Unreachable

    server.before_call = fail
    plan = await export.plan(server, CONVERSATION, wanted=always)
    found = []
    with pytest.raises(Unreachable):
        async for page in export.entries(server, CONVERSATION, plan):
            found += [entry.id for entry in page]
    assert found == [f"m{n}" for n in range(120, 220)]


def test_the_web_page_allows_its_own_style_and_no_other():
    page = (ROOT / "templates" / "chat" / "exports" / "file.html").read_text(encoding="utf-8")
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page


async def test_an_export_that_is_not_wanted_any_more_is_not_looked_back_over_to_the_end():
    server = Server(1_000)

    async def wanted():
        return server.calls < 3

    await export.plan(server, CONVERSATION, wanted=wanted)
    assert server.calls == 3


async def test_a_file_that_was_begun_says_so_when_the_server_accepts_the_sign_in_no_more():
    server = Server(120)
    plan = await export.plan(server, CONVERSATION, wanted=always)

    def ended(call):
        raise SignInEndedError

    server.before_call = ended
    about = About("c", "Bob", (), "Me", NOON)
    pieces = exports._pieces(server, CONVERSATION, plan, FORMATS["json"], about)
    file = json.loads("".join([piece async for piece in pieces]))
    assert (file["complete"], file["trouble"]) == (False, "You are signed out.")


@pytest.mark.parametrize(("malformed", "complete"), [({}, True), ({"m70": 3}, False)])
async def test_a_file_in_which_something_is_missing_is_not_complete(monkeypatch, malformed, complete):
    async def alive(key, *, used):
        return True

    server = Server(120)
    server.key, server.malformed = "", malformed
    monkeypatch.setattr(exports.vault, "alive", alive)
    plan = await export.plan(server, CONVERSATION, wanted=always)
    about = About("c", "Bob", (), "Me", NOON)
    pieces = exports._pieces(server, CONVERSATION, plan, FORMATS["json"], about)
    file = json.loads("".join([piece async for piece in pieces]))
    assert (file["complete"], file["count"]) == (complete, 120)
