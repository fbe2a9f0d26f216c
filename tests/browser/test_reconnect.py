"""Lines break and processes end; when they are back nothing is missing and nothing is there twice."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    composer,
    conversation_of,
    expect_live,
    held_ids,
    history,
    ids,
    ids_downwards,
    message,
    open_conversation,
    row,
    to_beginning,
    unique,
    wait_until_quiet,
    write,
)
from tests.browser.test_accessibility import NARROW
from tests.browser.test_reading import SENT
from tests.processes import Portal, Sandbox, wait_until
from tests.sandbox.raw import now

SERVICE_WORKER = True
LINE_BREAKS = pytest.mark.console(
    "ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INTERNET_DISCONNECTED", "WebSocket", "502", "fetching the script"
)


# What a page does that has missed too much.
REFRESH = """async (id) => {
    const answer = await fetch(`/conversations/${id}/`, { headers: { "HX-Request": "true" } });
    const template = Object.assign(document.createElement("template"), { innerHTML: await answer.text() });
    document.dispatchEvent(new CustomEvent("live:conversation", { detail: template.content }));
}"""
# An event with a message, as the line brings it.
AGAIN = """([id, instance]) => {
    const { dataset } = document.querySelector("#conversation");
    const messages = `<article id="message-${id}" class="message" data-message="${id}" data-sender="x"
        data-created="2026-01-01T00:00:00Z" data-expires="2090-01-01T00:00:00Z" data-state="sent"><header
        class="message__meta"><time class="message__time" datetime="2026-01-01T00:00:00Z"></time></header><div
        class="message__text">Again</div></article>`;
    const event = { conversation: dataset.conversation, instance: instance ?? dataset.instance, messages, order: [id] };
    document.dispatchEvent(new CustomEvent("live:event", { detail: { ...event, rows: "", drop: [] } }));
}"""


@pytest.fixture
def daniel(sandbox):
    """His conversation with Alice may be as long as these tests make it."""
    return sandbox.people["daniel"]


def say(sandbox, sender, talk, count=1):
    """Messages from outside; their ids."""
    said = {"from": sender.email, "conversation": talk}
    return [sandbox.control("say", {**said, "text": unique("Meanwhile")})["id"] for _ in range(count)]


def expect_all_once(page, said):
    for id in said:
        expect(message(page, id)).to_have_count(1)
    shown = ids(page)
    assert [id for id in shown if id in said] == said


@LINE_BREAKS
def test_a_restart_of_the_portal_signs_nobody_out_and_loses_nothing(page_for, alice, bob, sandbox, data_dir):
    talk = conversation_of(alice, bob)
    with Portal(sandbox.url, data_dir) as own:
        pages = [open_conversation(page_for(person, base_url=own.url), talk) for person in (alice, bob)]
        for page in pages:
            wait_until_quiet(page)
        own.kill()
        for page in pages:
            expect(page.locator("html")).not_to_have_attribute("data-live", "on")
        said = say(sandbox, bob, talk, 3)
        own.start()
        for page in pages:
            expect_live(page)
            expect_all_once(page, said)
            assert page.url.endswith(f"/conversations/{talk}/")
        text = unique("Back again")
        write(pages[0], text)
        expect(row(pages[1], text)).to_have_count(1)


@LINE_BREAKS
def test_what_was_to_come_again_when_the_line_broke_comes_by_the_next_one(page_for, alice, daniel, sandbox):
    page, hellos = page_for(alice), []

    def between(line):
        def hear(text):
            said = json.loads(text)
            if said["type"] == "hello":
                hellos.append(said["n"])
            if said["type"] == "resume" and len(hellos) == 1:
                line.close()
            else:
                server.send(text)

        server = line.connect_to_server()
        line.on_message(hear)

    page.route_web_socket("**/live/", between)
    talk = conversation_of(alice, daniel)
    open_conversation(page, talk)
    for _ in range(2):
        expect(message(page, say(sandbox, daniel, talk)[-1])).to_have_count(1)
    page.evaluate("document.dispatchEvent(new CustomEvent('live:again', { detail: 0 }))")
    wait_until(lambda: page.evaluate("1") and len(hellos) == 2, "another line")
    assert hellos[1] == 0
    expect_live(page)


@LINE_BREAKS
def test_what_was_asked_for_again_comes_by_the_next_line_though_what_was_asked_for_before_it_has_come(
    page_for, alice, daniel, sandbox
):
    page, hellos, asked = page_for(alice), [], []

    def between(line):
        def hear(text):
            said = json.loads(text)
            if said["type"] == "hello":
                hellos.append(said["n"])
            if said["type"] != "resume" or said["n"] not in asked[1:]:
                server.send(text)

        def tell(text):
            line.send(text)
            if json.loads(text) in [{"type": "resumed", "n": n} for n in asked[:1]]:
                line.close()

        server = line.connect_to_server()
        line.on_message(hear)
        server.on_message(tell)

    page.route_web_socket("**/live/", between)
    talk = conversation_of(alice, daniel)
    open_conversation(page, talk)
    for _ in range(3):
        expect(message(page, say(sandbox, daniel, talk)[-1])).to_have_count(1)
    n = int(page.locator("html").get_attribute("data-n"))
    asked += [n - 2, n - 1]
    page.evaluate(
        "(asked) => asked.forEach((n) => document.dispatchEvent(new CustomEvent('live:again', { detail: n })))", asked
    )
    wait_until(lambda: page.evaluate("1") and len(hellos) == 2, "another line")
    assert hellos[1] == n - 1
    expect_live(page)


@pytest.mark.parametrize("lacking", [True, False])
def test_a_page_that_lacks_something_that_is_there_is_fetched_anew(page_for, alice, daniel, sandbox, lacking):
    page, lines, asked, talk = page_for(alice), [], [], conversation_of(alice, daniel)

    def between(line):
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/live/", between)
    say(sandbox, daniel, talk)
    open_conversation(page, talk)
    wait_until_quiet(page)
    page.on("request", lambda request: asked.append(request.url))
    there = [*ids(page), *(["another"] if lacking else [])]
    n = int(page.locator("html").get_attribute("data-n")) + 1
    lines[-1].send(json.dumps({"type": "event", "n": n, "conversation": talk, "there": there}))
    expect(page.locator("html")).to_have_attribute("data-n", str(n))
    assert bool([url for url in asked if url.endswith(f"/conversations/{talk}/")]) == lacking


@LINE_BREAKS
def test_what_is_opened_while_all_is_fetched_anew_has_what_came_meanwhile(
    page_for, alice, bob, daniel, sandbox, data_dir
):
    told, held, other = [], [], conversation_of(alice, bob)
    with Portal(sandbox.url, data_dir) as own:
        page = page_for(alice, base_url=own.url)
        page.on("websocket", lambda line: line.on("framesent", lambda text: told.append(json.loads(text))))
        open_conversation(page, conversation_of(alice, daniel))
        wait_until_quiet(page)
        page.route("**/conversations/", lambda route: held.append(route))
        own.kill()
        own.start()
        wait_until(lambda: page.evaluate("1") and held, "the list to be fetched anew")
        page.locator(f'#conversation-list [data-conversation="{other}"] a').click()
        expect(page.locator(f'#conversation[data-conversation="{other}"]')).to_be_visible()
        page.unroute("**/conversations/")  # and those that were held go on
        expect_live(page)
        healed = told.index({"type": "healed"})
        wait_until(
            lambda: page.evaluate("1") and [each for each in told[healed:] if each["type"] == "resume"],
            "what came meanwhile to be asked for",
        )


@LINE_BREAKS
def test_what_was_missed_is_read_out_but_for_ones_own(page_for, alice, daniel, sandbox, data_dir):
    talk = conversation_of(alice, daniel)
    with Portal(sandbox.url, data_dir) as own:
        page = open_conversation(page_for(alice, base_url=own.url), talk)
        own.kill()
        for sender in (daniel, alice, daniel):
            said = say(sandbox, sender, talk)
        own.start()
        expect(message(page, said[-1])).to_have_count(1)
        read_out = page.locator("#new-messages > span")
        expect(read_out).to_have_count(2)
        expect(read_out.nth(1)).to_contain_text(message(page, said[-1]).locator(".message__text").inner_text())


@LINE_BREAKS
def test_what_was_said_while_the_browser_was_offline_is_there_afterwards(page_for, alice, daniel, sandbox):
    talk = conversation_of(alice, daniel)
    page = open_conversation(page_for(alice), talk)
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-live", "off")
    said = say(sandbox, daniel, talk, 3)
    page.context.set_offline(False)
    expect_live(page)
    expect_all_once(page, said)
    assert ids(page)[-3:] == said


@LINE_BREAKS
def test_more_than_a_page_missed_leaves_no_hole(page_for, alice, daniel, sandbox, data_dir):
    """At the end and further up: the portal is away, so that it can't have kept what was missed."""
    talk = conversation_of(alice, daniel)
    with Portal(sandbox.url, data_dir) as own:
        say(sandbox, daniel, talk, 40)
        at_end, further_up = (open_conversation(page_for(alice, base_url=own.url), talk) for _ in range(2))
        for page in (at_end, further_up):
            wait_until_quiet(page)
        history(further_up).evaluate("list => { list.scrollTop = 0; }")
        own.kill()
        said = say(sandbox, daniel, talk, 60)
        own.start()
        for page in (at_end, further_up):
            expect_live(page)
            expect(message(page, said[-1])).to_have_count(1)
            to_beginning(page)
            shown = ids_downwards(page)
            assert len(shown) == len(set(shown))
            assert [id for id in held_ids(sandbox, talk) if id in said] == [id for id in shown if id in said]


def test_more_than_a_page_missed_leaves_no_hole_above_what_one_wrote_oneself(page_for, alice, daniel, sandbox):
    talk = conversation_of(alice, daniel)
    page = open_conversation(page_for(alice), talk)
    wait_until_quiet(page)
    page.evaluate("addEventListener('live:event', (event) => event.stopImmediatePropagation(), true)")
    said, second = say(sandbox, daniel, talk, 60), now()
    wait_until(lambda: now() > second, "the next second")  # of one second, nobody can tell which was the last
    text = unique("Below all of it")
    expect(write(page, text)).to_have_attribute("data-state", SENT)
    page.evaluate(REFRESH, talk)
    expect(message(page, said[-1])).to_have_count(1)
    to_beginning(page)
    shown = ids_downwards(page)
    assert [id for id in shown if id in said] == said


def test_what_was_dated_before_all_of_a_conversation_is_above_it_when_more_than_a_page_was_missed(
    page_for, alice, sandbox
):
    layla = sandbox.people["layla"]
    talk = conversation_of(alice, layla)
    sandbox.control("clear", {"conversation": talk})
    say(sandbox, layla, talk, 1)
    page = open_conversation(page_for(alice), talk)
    expect(page.locator("[data-message]")).to_have_count(1)
    wait_until_quiet(page)
    page.evaluate("addEventListener('live:event', (event) => event.stopImmediatePropagation(), true)")
    for _ in range(3):
        early = {"from": layla.email, "conversation": talk, "text": unique("Early"), "created": now(seconds=-60)}
        sandbox.control("say", early)
    last = say(sandbox, layla, talk, 49)[-1]
    page.evaluate(REFRESH, talk)
    expect(message(page, last)).to_have_count(1)
    to_beginning(page)
    assert ids_downwards(page) == held_ids(sandbox, talk)


@LINE_BREAKS
def test_earlier_messages_that_could_not_be_loaded_come_when_the_line_is_back(page_for, alice, sandbox):
    page = open_conversation(page_for(alice), conversation_of(alice, sandbox.people["arpad"]))
    at_first = len(ids(page))
    page.context.set_offline(True)
    history(page).evaluate("list => { list.scrollTop = 0; }")
    retry = page.get_by_role("button", name="Earlier messages could not be loaded. Try again")
    expect(retry).to_be_visible()
    assert len(ids(page)) == at_first
    page.context.set_offline(False)
    expect(page.locator("[data-message]").nth(at_first)).to_be_attached()
    expect(retry).to_have_count(0)


@LINE_BREAKS
def test_from_the_keyboard_one_goes_on_reading_where_earlier_messages_come(page_for, alice, sandbox):
    page = open_conversation(page_for(alice), conversation_of(alice, sandbox.people["arpad"]))
    page.context.set_offline(True)
    history(page).evaluate("list => { list.scrollTop = 0; }")
    retry = page.get_by_role("button", name="Earlier messages could not be loaded. Try again")
    retry.press("Enter")
    expect(retry).to_be_focused()
    page.context.set_offline(False)
    expect(retry).to_have_count(0)
    expect(history(page)).to_be_focused()


def test_a_browser_that_is_wrong_about_its_network_does_not_hold_up_what_one_says(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(write(page, unique("There is one"))).to_have_attribute("data-state", SENT)
    expect_live(page)


def test_a_clock_that_is_set_back_leaves_no_line_unwatched(page_for, alice, bob):
    page = page_for(alice)
    page.clock.install()
    with page.expect_websocket() as line:
        open_conversation(page, conversation_of(alice, bob))
    page.clock.set_system_time(datetime.now(UTC) - timedelta(hours=1))
    with line.value.expect_event("framesent", lambda frame: "ping" in frame):
        page.clock.run_for(6_000)


@pytest.mark.console("404", "409")  # what is being read is cleared
def test_what_was_being_fetched_when_the_line_broke_holds_up_nothing_on_the_next(page_for, alice, sandbox):
    talk = conversation_of(alice, sandbox.people["zsofi"])
    page = open_conversation(page_for(alice), talk)
    wait_until_quiet(page)
    path, lost = f"**/conversations/{talk}/", []  # with the network that its answer was to come by
    page.route(path, lambda route: route.continue_() if lost else lost.append(route))
    with page.expect_request(path):
        sandbox.control("clear", {"conversation": talk})
    page.evaluate("dispatchEvent(new Event('online'))")
    said = sandbox.control("say", {"from": "zsofi@example.org", "conversation": talk, "text": "On the next"})["id"]
    expect(message(page, said)).to_be_visible()
    expect_live(page)


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "htmx:")
def test_that_the_portal_cannot_be_reached_is_said_until_the_line_is_back(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    page.context.set_offline(True)
    page.get_by_label("Conversation menu").click()
    page.get_by_role("button", name="Add to favourites").click()
    expect(alert(page)).to_contain_text("can't be reached")
    page.context.set_offline(False)
    expect_live(page)
    expect(alert(page)).to_have_text("")


@pytest.mark.console("ERR_INTERNET_DISCONNECTED")
def test_a_page_beside_the_conversations_does_not_promise_to_send_what_is_written_there(page_for, alice, bob):
    page = page_for(alice)
    page.goto("/workspaces/new/")
    expect_live(page)
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("This device is offline. Nothing can be sent from this page")
    page.context.set_offline(False)
    expect_live(page)
    page.locator(f'#conversation-list [data-conversation="{conversation_of(alice, bob)}"] a').click()
    expect(composer(page)).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("What you write is kept and sent")
    page.context.set_offline(False)
    expect_live(page)


@pytest.mark.parametrize("options", [{}, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("beside", ["", "messages/search/"], ids=["conversation", "search"])
@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "htmx:")
def test_what_failed_without_a_line_does_not_cover_what_is_said_of_the_line(page_for, alice, bob, beside, options):
    page = open_conversation(page_for(alice, **options), conversation_of(alice, bob))
    if beside:
        page.goto(page.url + beside)
        expect_live(page)
    page.context.set_offline(True)
    line = page.locator("#connection")
    expect(line).not_to_have_text("")
    if beside:
        page.get_by_label("Words to look for").fill("lunch")
        page.keyboard.press("Enter")
    else:
        page.get_by_label("Conversation menu").click()
        page.get_by_role("button", name="Mute").click()
    expect(alert(page)).to_contain_text("can't be reached")
    above, below = line.bounding_box(), alert(page).bounding_box()
    assert above["y"] + above["height"] <= below["y"]
    page.context.set_offline(False)
    expect_live(page)


@pytest.mark.console("500")
def test_what_fails_after_going_back_does_not_cover_what_is_said_of_the_line_either(page_for, alice, bob):
    page, lines = page_for(alice), []

    def between(line):
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/live/", between)
    open_conversation(page, talk := conversation_of(alice, bob))
    page.locator(f'#conversation-list [data-conversation]:not([data-conversation="{talk}"]) a').first.click()
    expect(page.locator(f'#conversation:not([data-conversation="{talk}"])')).to_be_attached()
    page.reload()  # what was shown before is not kept: it comes anew, and the banner with it
    expect_live(page)
    lines[-1].send(json.dumps({"type": "upstream", "state": "off"}))
    line = page.locator("#connection")
    expect(line).to_contain_text("The chat server is not answering")
    page.go_back()
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", talk)
    expect(line).to_contain_text("The chat server is not answering")
    page.route("**/preferences/", lambda route: route.fulfill(status=500))
    page.get_by_label("Conversation menu").click()
    page.get_by_role("button", name="Mute").click()
    expect(alert(page)).to_contain_text("did not work")
    above, below = line.bounding_box(), alert(page).bounding_box()
    assert above["y"] + above["height"] <= below["y"]


def test_dropped_sockets_of_the_chat_server_lose_nothing(page_for, alice, daniel, sandbox):
    talk = conversation_of(alice, daniel)
    page = open_conversation(page_for(alice), talk)
    for _ in range(2):
        sandbox.control("drop-sockets", {})
        expect_all_once(page, say(sandbox, daniel, talk, 2))
    expect_live(page)


def test_a_chat_server_that_forgot_the_stations_is_asked_again_quietly(page_for, alice, daniel, sandbox):
    talk = conversation_of(alice, daniel)
    page = open_conversation(page_for(alice), talk)
    sandbox.control("forget-stations", {})
    sandbox.control("drop-sockets", {})
    expect_all_once(page, say(sandbox, daniel, talk, 2))
    assert page.url.endswith(f"/conversations/{talk}/")


@LINE_BREAKS
def test_a_chat_server_that_is_away_is_announced_and_comes_back(page_for, data_dir, tmp_path):
    with Sandbox("--data", str(tmp_path / "sandbox")) as own_sandbox:
        alice, bob = own_sandbox.people["alice"], own_sandbox.people["bob"]
        talk = conversation_of(alice, bob)
        with Portal(own_sandbox.url, data_dir) as own:
            page = open_conversation(page_for(alice, base_url=own.url), talk)
            banner = page.get_by_role("status").filter(has_text="chat server")
            expect(banner).to_have_count(0)
            own_sandbox.stop()
            expect(banner).to_be_visible(timeout=30_000)
            expect_live(page)  # the portal itself is there
            own_sandbox.start()
            said = say(own_sandbox, bob, talk)
            expect_all_once(page, said)
            expect(banner).to_have_count(0)
            text = unique("Welcome back")
            expect(write(page, text)).to_have_attribute("data-state", "sent")


@pytest.mark.parametrize(
    ("known", "ids", "expected"),
    [
        ("abc", "bcd", "bcd"),  # a new one
        ("abc", "xbc", "xbc"),  # one that came late
        ("", "ab", "ab"),
        ("abcd", "bxc", "bxcd"),  # an older event: its new one after what it follows
        ("abcd", "ab", "abcd"),  # nothing new in it
        ("cde", "abc", "abcde"),  # it begins with what is older than the page
        ("abcL", "cba", "cbaL"),  # not older, but one's own was put last by its answer
        ("ab", "yz", "yz"),  # it knows nothing of what is here
    ],
)
def test_what_an_event_knows_nothing_of_stays_last(asked, known, ids, expected):
    script = """async ([known, ids]) => {
        const { woven } = await import("/static/js/models/rows.js");
        return woven(known, ids).join("");
    }"""
    assert asked.evaluate(script, [list(known), list(ids)]) == expected


@pytest.mark.parametrize("lacking", [False, True], ids=["all there", "one lacking"])
def test_an_event_that_comes_again_moves_nothing_that_came_after_it(page_for, alice, daniel, sandbox, lacking):
    talk = conversation_of(alice, daniel)
    say(sandbox, daniel, talk, 5)
    page = open_conversation(page_for(alice), talk)
    before = ids(page)
    page.evaluate(
        """([above, id, lacking]) => {
            const { conversation, instance } = document.querySelector("#conversation").dataset;
            const row = document.querySelector(`#message-${id}`);
            const detail = { conversation, instance, messages: row.outerHTML, order: [above, id], rows: "", drop: [] };
            if (lacking) row.remove();
            document.dispatchEvent(new CustomEvent("live:event", { detail }));
        }""",
        [*before[-4:-2], lacking],
    )
    assert ids(page)[-len(before) :] == before  # older ones may have come meanwhile


def test_what_ended_before_a_line_brings_it_is_not_shown(page_for, alice, bob):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    shown = page.evaluate(
        """() => {
            const { conversation, instance } = document.querySelector("#conversation").dataset;
            const row = document.querySelector("message-list > [data-message]").cloneNode(true);
            Object.assign(row, { id: "message-late" });
            Object.assign(row.dataset, { message: "late", expires: new Date(Date.now() - 300_000).toISOString() });
            const detail = { conversation, instance, messages: row.outerHTML, order: ["late"], rows: "", drop: [] };
            document.dispatchEvent(new CustomEvent("live:event", { detail }));
            return Boolean(document.querySelector("#message-late"));
        }"""
    )
    assert not shown


@pytest.mark.parametrize(("instance", "placed"), [(None, 1), ("what it was before", 0)])
def test_what_a_line_brings_again_is_placed_only_in_the_conversation_as_it_is(page_for, alice, bob, instance, placed):
    page = open_conversation(page_for(alice), conversation_of(alice, bob))
    id, later = (str(uuid.uuid4()) for _ in range(2))
    page.evaluate(AGAIN, [id, instance])
    page.evaluate(AGAIN, [later, None])
    expect(message(page, later)).to_have_count(1)
    expect(message(page, id)).to_have_count(placed)
