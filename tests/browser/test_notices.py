"""Notifications, sound and badge: what is told, by which tab, and what takes it away again."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import prefer, sign_in
from tests.browser.steps import (
    conversation_of,
    expect_live,
    history,
    message,
    open_conversation,
    unique,
    wait_for,
    wait_until_quiet,
)
from tests.browser.test_unread import expect_unread, listed, quiet_moment
from tests.device import Device
from tests.processes import wait_until
from tests.sandbox.raw import now
from tests.screenshots import team

WHOLE_CHROMIUM = True  # the one without windows has no notifications
SERVICE_WORKER = True
# What each page has shown, taken away and sounded, kept in the page.
WATCH = """
    globalThis.told = [];
    globalThis.takenAway = [];
    globalThis.notes = 0;
    if (globalThis.Notification) {
        const close = Notification.prototype.close;
        Notification.prototype.close = function () {
            takenAway.push(this.tag);
            return close.call(this);
        };
    }
    if (globalThis.ServiceWorkerRegistration) {
        const show = ServiceWorkerRegistration.prototype.showNotification;
        ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
            told.push({ title, ...options });
            return show.call(this, title, options);
        };
    }
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...when) {
        notes += 1;
        return start.apply(this, when);
    };
"""
NOBODY_LOOKS = "document.hasFocus = () => false;"
PLAIN_HTTP = """
    Object.defineProperty(globalThis, "isSecureContext", { value: false });
    for (const name of ["locks", "serviceWorker"]) delete Navigator.prototype[name];
    delete globalThis.Notification;
"""
# Headless Chromium says no before it is asked.
ASKING = """
    Object.defineProperty(Notification, "permission", { get: () => globalThis.answer ?? "default" });
    Notification.requestPermission = async () => (globalThis.answer = "granted");
"""
# Asked in its turn, as the page asks: Chromium forgets a notification that is just coming up when it is asked.
SHOWN = """async () => {
    const registration = await navigator.serviceWorker.ready;
    const turn = `ozeki:${document.documentElement.dataset.userid ?? ""}:notifications`;
    const all = await navigator.locks.request(turn, () => registration.getNotifications());
    return all.map(({ title, body, tag, data }) => ({ title, body, tag, path: data?.path }));
}"""


@pytest.fixture
def decide(asked):
    """What is decided about a happening in a state, as the names of what is done."""

    def decided(happening, state):
        return asked.evaluate(
            """async ([happening, state]) => {
                const { decide } = await import("/static/js/models/notices.js");
                return Object.entries(decide(happening, state)).filter(([, yes]) => yes).map(([name]) => name);
            }""",
            [happening, state],
        )

    return decided


@pytest.fixture
def is_news(asked):
    """Whether the last of these standings is news after the others. Each may end with when it is seen, milliseconds."""

    def found(*standings):
        return asked.evaluate(
            """async (standings) => {
                const { isNews, remembered } = await import("/static/js/models/notices.js");
                const [first, ...others] = standings.map(([newest, order, unread, at = 0]) => {
                    return { at, now: { newest, order, unread } };
                });
                let before = first.now;
                let news;
                for (const { now, at } of others) {
                    news = isNews(now, before, at);
                    before = remembered(now, before, at);
                }
                return news;
            }""",
            standings,
        )

    return found


WISHES = {"notify": True, "sound": True}


@pytest.mark.parametrize(
    ("happening", "state", "done"),
    [
        ({}, WISHES, ["notify", "sound", "badge"]),
        ({}, {"sound": True}, ["sound", "badge"]),
        ({}, {"notify": True}, ["notify", "badge"]),
        ({}, {}, ["badge"]),
        ({"own": True}, WISHES, []),
        ({"muted": True}, WISHES, []),
        ({"hidden": True}, WISHES, []),
        ({"read": True}, WISHES, []),
        ({}, {**WISHES, "looking": True}, ["badge"]),
        ({}, {**WISHES, "taken": True}, ["badge"]),
        ({"muted": True, "own": True}, {**WISHES, "looking": True}, []),
        ({"alert": True}, WISHES, ["notify", "sound"]),
        ({"alert": True}, {**WISHES, "looking": True}, ["sound"]),
        ({"alert": True}, {**WISHES, "taken": True}, []),
        ({"alert": True}, {}, []),
    ],
)
def test_one_function_decides(decide, happening, state, done):
    assert decide(happening, state) == done


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (("a", 100, ""), ("b", 101, "1"), True),
        (("a", 100, ""), ("b", 100, "1"), True),  # within the same second
        (("a", 100, "1"), ("b", 101, "2"), True),
        (("a", 100, "50+"), ("b", 101, "50+"), True),
        (("a", 100, "1"), ("a", 100, "2"), True),  # by a clock that is behind
        (("", 0, ""), ("a", 100, "1"), True),  # a conversation that was not there
        (("a", 100, ""), ("a", 100, "7"), False),  # counted for the first time
        (("a", 100, "2"), ("a", 100, "2"), False),
        (("a", 100, "2"), ("a", 100, "1"), False),
        (("b", 101, ""), ("a", 100, "1"), False),  # the newest one has gone
        (("a", 100, "2"), ("b", 101, ""), False),
        (("a", 100, ""), ("b", 101, ""), False),
    ],
)
def test_what_is_news(is_news, before, now, expected):
    assert is_news(before, now) is expected


SECOND = 1_000  # milliseconds


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([("b", 101, "", 0), ("b", 101, "1", SECOND)], True),  # counted a little later
        ([("b", 101, "", 0), ("b", 101, "", 9 * SECOND), ("b", 101, "1", 11 * SECOND)], False),  # read elsewhere
        ([("b", 101, "", 0), ("c", 102, "1", 11 * SECOND)], True),
        ([("b", 101, "", 0), ("c", 102, "", 11 * SECOND), ("c", 102, "1", 12 * SECOND)], True),
        ([("b", 101, "", 0), ("b", 101, "1", 11 * SECOND), ("b", 101, "2", 12 * SECOND)], True),
    ],
)
def test_what_was_read_and_is_marked_as_unread_is_no_news(is_news, standings, expected):
    assert is_news(("a", 100, ""), *standings) == expected


# From one tab, about one message


@pytest.fixture
def daniel(sandbox):
    return sandbox.people["daniel"]


@pytest.fixture
def zsofi(sandbox):
    return sandbox.people["zsofi"]


@pytest.fixture
def conversation(daniel, zsofi, sandbox):
    """Daniel's with Zsófi, emptied."""
    conversation = conversation_of(daniel, zsofi)
    sandbox.control("clear", {"conversation": conversation})
    return conversation


@pytest.fixture
def says(zsofi, conversation, sandbox):
    """Zsófi says something; the message's id."""

    def said(text, **others):
        fields = {"from": zsofi.email, "conversation": conversation, "text": text, **others}
        return sandbox.control("say", fields)["id"]

    return said


@pytest.fixture
def tabs(new_page, portal, daniel, conversation):
    """`tabs(3)`: so many tabs of Daniel's, or of another `person`, that nobody looks at, on the page of preferences.
    `wishes` are what is chosen there; the rest of it is as at the beginning."""

    others = []

    def opened(number=1, *scripts, person=daniel, of=conversation, **wishes):
        page = new_page(permissions=["notifications"])
        sign_in(page, portal.url, person)
        wished = {"receipts": True, "enter_sends": True, "notifications": True, "notice_words": True, "sound": True}
        prefer(page.context, portal.url, **{name: "on" for name, wish in (wished | wishes).items() if wish})
        for script in (WATCH, *(scripts or (NOBODY_LOOKS,))):
            page.context.add_init_script(script)
        others.extend(page.context.new_page() for _ in range(number - 1))
        pages = [page, *others]
        for each in pages:
            each.goto("/preferences/")
            expect_live(each)
            wait_until_quiet(each)
            each.locator("#page-title").click()  # from here on it may sound
        shown = f"{portal.url}/conversations/{of}/"
        wait_until(lambda: "data-read-at" in page.context.request.get(shown).text(), "it to count as read")
        return pages

    yield opened
    for other in others:
        other.close()


def told(pages):
    """What they have shown, all together."""
    return [options for page in pages for options in page.evaluate("globalThis.told")]


def chimes(pages):
    return sum(page.evaluate("globalThis.notes") for page in pages) / 2


def shown(page):
    """The notifications that are there now."""
    return page.evaluate(SHOWN)


def expect_shown(page, number):
    wait_until(lambda: len(shown(page)) == number, f"{number} notifications")


def test_one_of_three_tabs_tells_of_a_message(tabs, conversation, says):
    pages, text = tabs(3), unique("Are you there?")
    id = says(text)
    expect_shown(pages[0], 1)
    for page in pages:
        expect_unread(page, conversation, "1")
        quiet_moment(page)
    assert shown(pages[0]) == [
        {"title": "Zsófi", "body": text, "tag": conversation, "path": f"/conversations/{conversation}/#message-{id}"}
    ]
    assert (len(told(pages)), chimes(pages)) == (1, 1)


def test_a_tab_that_is_gone_is_no_reason_for_silence(tabs, says):
    first, second = tabs(2)
    says("One")
    expect_shown(second, 1)
    first.close()
    says("Two")
    wait_until(lambda: [each["body"] for each in shown(second)] == ["Two"], "the second message")


def test_what_comes_up_while_another_tab_takes_something_away_stays(tabs):
    """Chromium may lose it when both happen at once; one try in six did, so there are twenty."""
    first, second = tabs(2)
    second.evaluate(
        """async () => {
            const { takeAway } = await import("/static/js/elements/notifier.js");
            (async () => { while (!globalThis.over) await takeAway("nothing"); })();
        }"""
    )
    first.evaluate(
        """async () => {
            const { show } = await import("/static/js/elements/notifier.js");
            for (let n = 0; n < 20; n += 1) await show("Here", { tag: `${n}` });
        }"""
    )
    second.evaluate("() => { globalThis.over = true; }")
    assert len(shown(first)) == 20


def test_a_burst_is_one_notification_and_one_sound(tabs, conversation, says):
    [page] = tabs()
    for n in range(20):
        says(f"Line {n}")
    expect_unread(page, conversation, "20")
    wait_until(lambda: [each["body"] for each in shown(page)] == ["Line 19"], "the last line")
    assert [options["renotify"] for options in told([page])].count(True) == chimes([page]) < 5


def test_an_answer_that_takes_long_is_not_told_after_a_later_one(tabs, conversation, says):
    [page] = tabs()
    held = []

    def hold(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/notice/", hold)
    says("One")
    wait_until(lambda: page.wait_for_timeout(20) or held, "the first question")
    says("Two")
    expect_unread(page, conversation, "2")
    quiet_moment(page)
    route, answer = held[0]
    route.fulfill(response=answer)
    wait_until(lambda: [each["body"] for each in shown(page)] == ["Two"], "the later one")
    quiet_moment(page)
    assert [each["body"] for each in shown(page)] == ["Two"]


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "WebSocket")
def test_after_an_absence_many_conversations_are_one_notification(tabs, alice, bob, sandbox):
    [page] = tabs(person=alice, of=conversation_of(alice, bob))
    page.context.set_offline(True)
    expect(page.locator("html")).not_to_have_attribute("data-live", "on", timeout=60_000)
    for first in ("bob", "robin", "zsofi", "layla", "kim"):
        sandbox.control("say", {"from": f"{first}@example.org", "to": alice.email, "text": "Where are you?"})
    page.context.set_offline(False)
    expect_live(page)
    expect_shown(page, 1)
    [notification] = shown(page)
    assert notification["body"] == "New messages in 5 conversations"


def test_what_is_looked_at_calls_for_nobody(tabs, conversation, says):
    away, looked_at = tabs(2, "document.hasFocus = () => location.pathname.startsWith('/conversations/');")
    for n in range(40):
        says(f"Line {n}", silent=True)
    open_conversation(looked_at, conversation)
    wait_until_quiet(looked_at)
    history(looked_at).evaluate("list => { list.scrollTop = 0; }")
    says("Below what is read")
    listed(away, conversation).locator(".conversation__unread").wait_for()
    for page in (away, looked_at):
        quiet_moment(page)
    assert (told([away, looked_at]), chimes([away, looked_at])) == ([], 0)


def test_a_tab_that_is_looked_at_and_busy_is_reckoned_with(tabs, conversation, says):
    away, looked_at = tabs(2, "document.hasFocus = () => location.pathname.startsWith('/conversations/');")
    open_conversation(looked_at, conversation)
    wait_until_quiet(looked_at)
    looked_at.evaluate("setTimeout(() => { const end = Date.now() + 4_000; while (Date.now() < end); })")
    says("To be read in a moment")
    listed(away, conversation).locator(".conversation__unread").wait_for()
    for page in (away, looked_at):
        quiet_moment(page)
    assert (told([away, looked_at]), chimes([away, looked_at])) == ([], 0)


def test_what_stands_on_a_page_that_nobody_looks_at_is_told(tabs, conversation, says):
    [page] = tabs()
    open_conversation(page, conversation)
    says("Over here")
    expect_shown(page, 1)


def test_a_conversation_beside_the_one_looked_at_is_told(tabs, daniel, sandbox, says):
    [page] = tabs(1, "document.hasFocus = () => true;")
    open_conversation(page, conversation_of(daniel, sandbox.people["robin"]))
    wait_until_quiet(page)
    says("Over here")
    expect_shown(page, 1)


def test_ones_own_words_from_elsewhere_are_no_news(tabs, conversation, daniel, sandbox, says):
    [page] = tabs()
    mine = {"from": daniel.email, "conversation": conversation, "text": "From my phone"}
    second = now()
    sandbox.control("say", {**mine, "created": second})
    says("Hers", created=second)
    expect_shown(page, 1)
    sandbox.control("say", {**mine, "text": "And again"})
    quiet_moment(page)
    assert [options["body"] for options in told([page])] == ["Hers"]


def test_a_muted_conversation_is_silent(tabs, conversation, daniel, sandbox, says):
    [page] = tabs()
    phone = Device(sandbox, daniel)
    phone.call("chatconversation", "mute", conversationid=conversation)
    try:
        expect(listed(page, conversation).get_by_role("img", name="Muted")).to_be_visible()
        says("Psst")
        expect_unread(page, conversation, "1")
        quiet_moment(page)
        assert (told([page]), chimes([page])) == ([], 0)
    finally:
        phone.call("chatconversation", "unmute", conversationid=conversation)


def test_hiding_a_conversation_takes_its_notification_away_until_a_message_brings_it_back(tabs, conversation, says):
    [page] = tabs()
    says("Before")
    expect_shown(page, 1)
    page.evaluate(
        """conversation => fetch(`/conversations/${conversation}/preferences/`, {
            method: "POST",
            headers: { "HX-Request": "true", "X-CSRFToken": document.body.dataset.csrf },
            body: new URLSearchParams({ hidden: "on" }),
        })""",
        conversation,
    )
    expect(listed(page, conversation)).to_have_count(0)
    wait_until(lambda: page.evaluate("takenAway") == [conversation], "it to be taken away")
    expect(page).to_have_title("Preferences · Ozeki Web")
    says("After")
    wait_until(lambda: [each["body"] for each in shown(page)] == ["After"], "the message that brought it back")


def test_reading_on_another_device_takes_the_notification_away(tabs, page_for, conversation, daniel, says):
    [page] = tabs()
    says("Read me")
    expect_shown(page, 1)
    open_conversation(page_for(daniel), conversation)
    expect_unread(page, conversation, None)
    expect_shown(page, 0)


def test_the_one_notification_for_many_stays_until_nothing_is_unread(tabs, page_for, alice, bob, sandbox):
    robin = sandbox.people["robin"]
    talks = [conversation_of(robin, person) for person in (alice, bob)]
    [page] = tabs(person=robin, of=talks[0])
    for person in (alice, bob):
        sandbox.control("say", {"from": person.email, "to": robin.email, "text": "Read me"})
    expect_shown(page, 2)
    page.evaluate("async () => (await navigator.serviceWorker.ready).showNotification('Many', { tag: 'many' })")
    expect_shown(page, 3)
    device = open_conversation(page_for(robin), talks[0])
    expect_shown(page, 2)
    assert {each["tag"] for each in shown(page)} == {talks[1], "many"}
    open_conversation(device, talks[1])
    expect_shown(page, 0)


def test_who_wants_no_words_gets_none(tabs, says):
    [page] = tabs(notice_words=False)
    says("A secret")
    expect_shown(page, 1)
    assert [(each["title"], each["body"]) for each in shown(page)] == [("Zsófi", "New message")]


def test_in_a_group_it_says_who(tabs, sandbox, alice):
    [page] = tabs(person=alice, of=team(sandbox))
    sandbox.control("say", {"from": "robin@example.org", "text": "Lunch?", "conversation": team(sandbox)})
    expect_shown(page, 1)
    assert [(each["tag"], each["body"]) for each in shown(page)] == [(team(sandbox), "Robin: Lunch?")]


def test_a_long_message_is_cut_and_what_looks_like_markup_stays_text(tabs, says):
    [page] = tabs()
    says("<b>" + "word " * 100)
    expect_shown(page, 1)
    [notification] = shown(page)
    assert notification["body"].startswith("<b>word word")
    assert 190 < len(notification["body"]) <= 201


def test_who_wants_nothing_gets_nothing(tabs, conversation, says):
    [page] = tabs(notifications=False, sound=False)
    says("Psst")
    expect_unread(page, conversation, "1")
    quiet_moment(page)
    assert (told([page]), chimes([page])) == ([], 0)


def test_what_is_chosen_counts_at_once_in_a_tab_that_is_open(tabs, conversation, says):
    first, second = tabs(2, notifications=False)
    first.locator("input[name=notifications]").check()
    first.get_by_role("button", name="Save").click()
    first.wait_for_url("**/preferences/?saved")
    expect(second.locator("html")).to_have_attribute("data-notify", "on")
    says("Now")
    expect_shown(second, 1)


def test_without_permission_nothing_is_shown_nor_asked_for_and_the_sound_remains(tabs, says):
    [page] = tabs(1, NOBODY_LOOKS, ASKING)
    says("Psst")
    wait_until(lambda: chimes([page]) == 1, "the sound")
    assert told([page]) == []
    assert page.evaluate("Notification.permission") == "default"


def test_on_plain_http_one_of_three_tabs_sounds(tabs, conversation, says):
    pages = tabs(3, NOBODY_LOOKS, PLAIN_HTTP)
    says("Are you there?")
    wait_until(lambda: chimes(pages) == 1, "the sound")
    for page in pages:
        expect_unread(page, conversation, "1")
        quiet_moment(page)
    assert (told(pages), chimes(pages)) == ([], 1)


def test_signing_out_leaves_no_words_behind(tabs, says):
    [page] = tabs()
    says("A secret")
    expect_shown(page, 1)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    expect_shown(page, 0)


@pytest.mark.console("401")  # what was seen just before may be told of just after
@pytest.mark.parametrize("how", ["here", "elsewhere"])
def test_signing_out_takes_the_number_off_the_installed_app(tabs, page_for, daniel, says, how):
    [page] = tabs(1, "navigator.setAppBadge = async (number) => { localStorage.number = number; };")
    says("A secret")
    wait_for(page, "localStorage.number === '1'")
    if how == "here":
        page.get_by_role("button", name="Sign out").click()
    else:
        elsewhere = page_for(daniel)
        elsewhere.goto("/sign-ins/")
        elsewhere.get_by_role("button", name="Sign out everywhere else").click()
    page.wait_for_url("**/sign-in/**")
    assert page.evaluate("localStorage.number") == "0"


def test_a_click_on_what_is_about_no_message_leaves_the_page_as_it_is(tabs):
    [page] = tabs()
    page.locator("#page-title").evaluate("() => (globalThis.loaded = 'once')")
    permission(page).get_by_role("button", name="Try it").click()
    expect_shown(page, 1)
    worker = click(page)
    expect_shown(page, 0)
    quiet_moment(page)
    assert (page.evaluate("globalThis.loaded"), worker.evaluate("globalThis.opened")) == ("once", None)


# Alerts


def test_an_alert_is_told_and_putting_it_away_takes_the_notification_with_it(tabs, daniel):
    [page] = tabs()
    text = unique("The file server restarts at six.")
    alert(page, text)
    expect_shown(page, 1)
    [notification] = shown(page)
    assert (notification["title"], notification["body"]) == ("Alert", text)
    assert chimes([page]) == 1
    page.get_by_role("button", name="Got it").click()
    expect_shown(page, 0)


def test_an_alert_in_front_of_the_person_only_sounds(tabs):
    [page] = tabs(1, "document.hasFocus = () => true;")
    alert(page, "Look here")
    wait_until(lambda: chimes([page]) == 1, "the sound")
    assert told([page]) == []


def alert(page, text):
    """One comes over the page's line, as tests/browser/test_alerts.py has it come."""
    id = str(uuid.uuid4())
    html = f"""<article id="alert-{id}" class="alert-banner" data-alert="{id}">
        <p><span class="alert-banner__title"> Alert </span></p><p class="alert-banner__text">{text}</p>
        <form method="post" action="/alerts/{id}/seen/"><button>Got it</button></form></article>"""
    page.evaluate("html => document.dispatchEvent(new CustomEvent('live:alerts', { detail: { html } }))", html)


# On the page of preferences


def permission(page):
    return page.locator("#permission")


def test_the_page_of_preferences_asks_when_told_to_and_tries_it_out(tabs):
    [page] = tabs(1, ASKING)
    expect(permission(page)).to_contain_text("has not been asked yet")
    permission(page).get_by_role("button", name="Try it").click()
    expect(permission(page)).to_contain_text("The sound was played.")
    expect(permission(page)).not_to_contain_text("A notification was shown.")
    permission(page).get_by_role("button", name="Allow notifications").click()
    expect(permission(page)).to_contain_text("lets the portal show notifications")
    expect(permission(page).get_by_role("button", name="Allow notifications")).to_be_hidden()
    permission(page).get_by_role("button", name="Try it").click()
    expect(permission(page)).to_contain_text("A notification was shown.")
    assert [each["tag"] for each in shown(page)] == ["trial"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (PLAIN_HTTP, "the portal's address is plain http"),
        ("delete globalThis.Notification;", "This browser offers no notifications."),
        ("Object.defineProperty(Notification, 'permission', { get: () => 'denied' });", "To allow them, open the"),
    ],
)
def test_the_page_of_preferences_says_why_there_are_none(tabs, script, words):
    [page] = tabs(1, script)
    expect(permission(page)).to_contain_text(words)
    expect(permission(page).get_by_role("button", name="Allow notifications")).to_be_hidden()
    permission(page).get_by_role("button", name="Try it").click()
    expect(permission(page)).to_contain_text("The sound was played.")


# A click


def click(page):
    """As the person does on the one notification there is. A worker may open windows only after a real click."""
    [worker] = page.context.service_workers
    worker.evaluate(
        """async () => {
            clients.openWindow = async (url) => (globalThis.opened = `${url}`);
            const [notification] = await registration.getNotifications();
            dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }"""
    )
    return worker


def test_a_click_goes_to_the_message_in_the_tab_that_shows_conversations(tabs, conversation, daniel, sandbox, says):
    beside, page = tabs(2)
    open_conversation(page, conversation_of(daniel, sandbox.people["robin"]))
    id = says("Here")
    expect_shown(page, 1)
    click(page)
    page.wait_for_url(f"**/conversations/{conversation}/#message-{id}")
    expect(message(page, id)).to_be_in_viewport()
    assert beside.url.endswith("/preferences/")
    expect_shown(page, 0)


def test_a_click_goes_to_the_message_on_the_page_that_shows_it_without_loading_it_again(tabs, conversation, says):
    [page] = tabs()
    for n in range(40):
        says(f"Line {n}", silent=True)
    open_conversation(page, conversation)
    wait_until_quiet(page)
    history(page).evaluate("list => { list.scrollTop = 0; }")
    page.evaluate("globalThis.loaded = 'once'")
    id = says("Here")
    expect_shown(page, 1)
    click(page)
    expect(message(page, id)).to_be_in_viewport()
    assert page.evaluate("globalThis.loaded") == "once"


def test_a_click_opens_the_message_where_no_conversations_are_shown(tabs, conversation, says):
    [page] = tabs()
    id = says("Here")
    expect_shown(page, 1)
    worker = click(page)
    wait_until(lambda: worker.evaluate("globalThis.opened"), "the window")
    assert worker.evaluate("globalThis.opened").endswith(f"/conversations/{conversation}/#message-{id}")
    assert page.url.endswith("/preferences/")
