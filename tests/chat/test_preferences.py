"""The person's own preferences."""

from __future__ import annotations

import asyncio

import pytest
from django.utils import translation

from chat import consumers, preferences
from chat import relay as relays
from chat.models import Person
from chat.stream import Tab
from tests.chat.inside import PATIENCE, sign_in, until
from tests.processes import Portal

BEGINNING = {
    "opens_at": "unread",
    "receipts": "on",
    "enter_sends": "on",
    "theme": "",
    "density": "",
    "text_size": "",
    "language": "",
    "time_format": "",
    "notifications": "on",
    "notice_words": "on",
}
ATTRIBUTES = ("theme", "density", "text", "language", "time", "opens", "enter", "notify", "notify-words", "sound")


@pytest.fixture
def maria(visit):
    maria = visit("maria")
    maria.post("/preferences/", BEGINNING)
    yield maria
    maria.post("/preferences/", BEGINNING)


def chosen(visitor):
    """What the form has: the value of a choice, and "on" for a box that is ticked."""
    checked = [each for each in visitor.get("/preferences/").document.all("input") if "checked" in each.attributes]
    return {each["name"]: each["value"] or ("on" if each["type"] == "checkbox" else "") for each in checked}


def sent(page):
    """All that the form of a page sends when nothing is changed in it."""
    inputs = [one for one in page.document.all("input") if one.is_in(page.document.one("form.preferences"))]
    fields = [one for one in inputs if one["type"] == "hidden" or "checked" in one.attributes]
    return {one["name"]: one["value"] or ("on" if one["type"] == "checkbox" else "") for one in fields}


def attributes(page):
    """What a page's style sheets and scripts are told."""
    root = page.document.one("html")
    return {name: root[f"data-{name}"] for name in ATTRIBUTES if f"data-{name}" in root.attributes}


# What is kept


def test_at_the_beginning_everything_is_as_the_device_has_it(maria):
    assert chosen(maria) == BEGINNING
    assert attributes(maria.get("/")) == {"notify": "on"}


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("opens_at", "latest", {"opens": "latest", "notify": "on"}),
        ("theme", "light", {"theme": "light", "notify": "on"}),
        ("theme", "dark", {"theme": "dark", "notify": "on"}),
        ("density", "compact", {"density": "compact", "notify": "on"}),
        ("text_size", "small", {"text": "small", "notify": "on"}),
        ("text_size", "larger", {"text": "larger", "notify": "on"}),
        ("language", "hu", {"language": "hu", "notify": "on"}),
        ("time_format", "12", {"time": "12", "notify": "on"}),
        ("time_format", "24", {"time": "24", "notify": "on"}),
        ("enter_sends", False, {"enter": "line", "notify": "on"}),
        ("notifications", False, {}),
        ("notice_words", False, {"notify": "on", "notify-words": "off"}),
        ("sound", True, {"notify": "on", "sound": "on"}),
    ],
)
def test_what_is_chosen_is_in_the_html_of_every_page(maria, field, value, shown):
    assert maria.prefer(**{field: value}).status == 303
    for path in ("/", "/people/", "/preferences/", "/conversations/nowhere/"):
        assert attributes(maria.get(path)) == shown


def test_what_is_chosen_is_kept_for_every_browser(maria, visit):
    answer = maria.prefer(receipts=False, theme="dark", language="hu")
    assert (answer.status, answer.location) == (303, "/preferences/?saved")
    kept = {name: value for name, value in BEGINNING.items() if name != "receipts"} | {
        "theme": "dark",
        "language": "hu",
    }
    assert chosen(maria) == chosen(visit("maria")) == kept


def test_that_it_was_saved_is_said_when_it_was_and_not_before(maria):
    def said(path):
        document = maria.get(path).document
        return document.one(".page-actions__outcome").text

    assert said("/preferences/") == ""
    assert said(maria.prefer(theme="dark").location) == "Saved."


def test_while_the_chat_server_does_not_answer_one_chooses_all_the_same(maria, world):
    world.break_next("chatconversation", "500", "list", times=99, userid=world.userid("mariaelena"))
    assert maria.get(maria.prefer(theme="dark").location).status == 200
    assert chosen(maria)["theme"] == "dark"


def test_a_box_that_is_not_sent_is_not_ticked_and_a_choice_that_is_not_sent_stays(maria):
    maria.prefer(theme="dark", sound=True)
    assert maria.post("/preferences/", {"receipts": "on"}).status == 303
    boxes = {"enter_sends", "notifications", "notice_words"}
    assert chosen(maria) == {name: value for name, value in BEGINNING.items() if name not in boxes} | {"theme": "dark"}


@pytest.mark.parametrize(("field", "value"), [("theme", "dark"), ("sound", "on"), ("receipts", None)])
def test_a_page_that_was_open_before_leaves_what_was_chosen_elsewhere(maria, field, value):
    fields = sent(maria.get("/preferences/"))
    maria.post("/preferences/", {name: one for name, one in (BEGINNING | {field: value}).items() if one is not None})
    maria.post("/preferences/", fields | {"density": "compact"})
    now = chosen(maria)
    assert (now.get(field), now["density"]) == (value, "compact")


def test_a_page_that_was_open_before_changes_back_what_is_chosen_in_it(maria):
    fields = sent(maria.get("/preferences/")) | {"theme": "dark"}
    maria.prefer(theme="light", sound=True)
    assert maria.post("/preferences/", fields).status == 303
    assert (chosen(maria)["theme"], chosen(maria)["sound"]) == ("dark", "on")


def test_signing_in_again_leaves_what_was_chosen(maria, visit):
    maria.prefer(density="compact")
    maria.sign_out()
    again = visit("maria")
    assert chosen(again)["density"] == "compact"
    again.post("/preferences/", BEGINNING)


def test_what_one_person_chooses_is_theirs_alone(maria, visit):
    maria.prefer(theme="dark", receipts=False)
    zsofi = visit("zsofi")
    assert attributes(zsofi.get("/")) == {"notify": "on"}
    assert chosen(zsofi)["receipts"] == "on"


def test_a_page_of_nobody_has_nobodys_preferences(maria, browser):
    maria.prefer(theme="dark")
    page = browser().get("/sign-in/")
    assert attributes(page) == {}
    assert page.document.one("meta[name=color-scheme]")["content"] == "light dark"


@pytest.mark.parametrize(
    ("theme", "scheme", "media"),
    [
        ("", "light dark", ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]),
        ("light", "light", ["all", "not all"]),
        ("dark", "dark", ["not all", "all"]),
    ],
)
def test_the_browser_is_told_the_theme_before_it_has_any_style_sheet(maria, theme, scheme, media):
    maria.prefer(theme=theme)
    document = maria.get("/").document
    assert document.one("meta[name=color-scheme]")["content"] == scheme
    assert [each["media"] for each in document.all("meta[name=theme-color]")] == media


def test_the_shortcuts_say_what_enter_does(maria):
    def keys():
        return [cell.text for cell in maria.get("/shortcuts/").document.all("td")]

    assert "Ctrl Enter" not in keys()
    maria.prefer(enter_sends=False)
    assert "Ctrl Enter" in keys()
    assert "Shift Enter" not in keys()


def test_the_persons_menu_leads_there(maria):
    assert "/preferences/" in [link["href"] for link in maria.get("/").document.all("a.menu__item")]


# What is not


def test_only_a_signed_in_person_has_preferences(browser):
    answer = browser().get("/preferences/")
    assert (answer.status, answer.location) == (302, "/sign-in/?next=%2Fpreferences%2F")
    assert browser().post("/preferences/", BEGINNING).location == "/sign-in/"


def test_a_form_of_another_site_changes_nothing(maria):
    assert maria.post("/preferences/", {"theme": "dark"}, csrf=False).status == 403
    assert chosen(maria) == BEGINNING


@pytest.mark.parametrize("field", [name for name, value in BEGINNING.items() if value != "on"])
@pytest.mark.parametrize("value", ["sepia", "Dark", " ", "\0", "1; drop table", "é" * 100_000])
def test_what_is_not_offered_can_not_be_chosen(maria, field, value):
    answer = maria.post("/preferences/", {**BEGINNING, "receipts": "", "sound": "on", field: value})
    assert answer.status == 422
    assert answer.is_whole_page
    assert answer.alert == "Nothing was saved: choose from what is offered."
    assert "checked" in answer.document.one("input[name=sound]").attributes  # what was right need not be chosen again
    assert chosen(maria) == BEGINNING


@pytest.mark.parametrize("fields", [{"userid": "x"}, {"last_signed_in": "1970-01-01"}, {"availability": "gone"}])
def test_what_is_no_preference_is_ignored(maria, fields):
    assert maria.post("/preferences/", BEGINNING | fields).status == 303
    assert chosen(maria) == BEGINNING


def test_of_a_choice_sent_twice_the_last_counts(maria):
    maria.post("/preferences/", {**BEGINNING, "theme": ["dark", "light"]})
    assert chosen(maria)["theme"] == "light"


@pytest.mark.parametrize("query", ["?theme=dark", "?saved=%00", "?" + "x" * 5_000, "?saved&saved"])
def test_looking_changes_nothing_whatever_the_address_says(maria, query):
    assert maria.get(f"/preferences/{query}").status == 200
    assert chosen(maria) == BEGINNING


def test_there_is_nothing_to_delete(maria):
    headers = {"X-CSRFToken": maria.csrf, "Origin": maria.portal.url}
    assert maria.http.delete("/preferences/", headers=headers).status_code == 405


# The language


def language(page):
    return page.document.one("html")["lang"], page.headers["content-language"]


def test_pages_are_in_the_language_of_the_browser_until_one_is_chosen(maria):
    hungarian = {"Accept-Language": "hu-HU,hu;q=0.9,en;q=0.8"}
    assert language(maria.get("/", **hungarian)) == ("hu", "hu")
    assert language(maria.get("/", **{"Accept-Language": "tlh"})) == ("en", "en")
    maria.prefer(language="en")
    assert language(maria.get("/", **hungarian)) == ("en", "en")
    maria.prefer(language="hu")
    assert language(maria.get("/", **{"Accept-Language": "en"})) == ("hu", "hu")


def test_a_chosen_language_is_that_of_parts_and_of_trouble_too(maria):
    maria.prefer(language="hu")
    assert maria.get("/conversations/", htmx=True).headers["content-language"] == "hu"
    assert language(maria.get("/conversations/nowhere/")) == ("hu", "hu")
    assert maria.post("/preferences/", {"theme": "sepia"}).headers["content-language"] == "hu"


def test_a_language_taken_back_leaves_what_arrives_to_the_browser_too(browser, world, sandbox, data_dir):
    conversation = world.between("maria", "zsofi")
    with Portal(sandbox.url, data_dir) as portal:
        visitor = browser(portal)
        visitor.sign_in(sandbox.people["maria"])
        visitor.prefer(language="hu")
        portal.stop()
        portal.start()
        tab = visitor.tab()  # a page in Hungarian has begun the relay
        world.says("zsofi", conversation, "Szia!")
        tab.hear_row(conversation, lambda row: ">olvasatlan<" in row)
        visitor.prefer(language="")
        tab.hear("preferences", lambda frame: frame["attributes"]["language"] == "")
        world.says("zsofi", conversation, "Hello!")
        tab.hear_row(conversation, lambda row: ">unread<" in row)


def test_caches_know_what_the_language_hangs_on(maria):
    vary = {name.strip() for name in maria.get("/").headers["vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= vary
    assert "Cookie" in maria.get("/conversations/", htmx=True).headers["vary"]


def test_one_persons_language_is_not_the_next_ones(maria, browser):
    maria.prefer(language="hu")
    maria.get("/")
    assert language(browser().get("/sign-in/")) == ("en", "en")


# Other tabs


def test_every_tab_of_the_person_is_told_at_once_in_other_browsers_too(maria, visit):
    here, there = maria.tab(), visit("maria").tab()
    maria.prefer(theme="dark", enter_sends=False, language="hu")
    for tab in (here, there):
        told = tab.hear("preferences", lambda frame: frame["attributes"]["theme"] == "dark")
        assert told["attributes"]["language"] == "hu"
        assert told["attributes"]["enter"] == "line"
        assert told["attributes"]["sound"] == ""


def test_the_next_page_has_what_was_chosen_elsewhere_while_a_tab_is_open(maria, visit):
    there = visit("maria")
    tab = there.tab()
    assert attributes(there.get("/")) == {"notify": "on"}
    maria.prefer(density="compact")
    tab.hear("preferences", lambda frame: frame["attributes"]["density"] == "compact")
    assert attributes(there.get("/"))["density"] == "compact"


def test_a_tab_is_told_when_it_comes_for_its_page_may_be_old(maria):
    assert maria.tab().hear("preferences")["attributes"]["theme"] == ""


def test_other_peoples_tabs_are_told_nothing_of_it(maria, visit):
    tab = visit("zsofi").tab()
    tab.hear("preferences")
    maria.prefer(theme="dark")
    visit("zsofi").prefer()
    tab.hear("preferences")
    assert len([frame for frame in tab.all_so_far() if frame["type"] == "preferences"]) == 2


# In this process


@pytest.fixture
def inside(transactional_db, make):
    return make()


@pytest.fixture
async def account(inside, sandbox):
    _, account = await sign_in(inside, sandbox.people["maria"])
    return account


async def welcomed(relay):
    """A tab that has been told what the person prefers."""
    tab = Tab()
    relay.attach(tab, None, None)
    await until(tab, lambda frame: frame["type"] == "preferences")
    return tab


async def test_who_has_never_signed_in_here_has_what_everybody_begins_with(account):
    assert await Person.objects.acount() == 0
    person = await account.preferences()
    assert (person.receipts, person.enter_sends, person.sound, person.opens_at) == (True, True, False, "unread")


async def test_who_has_never_signed_in_here_can_choose(account):
    await account.prefer({"theme": "dark"})
    assert (await account.preferences()).theme == "dark"
    assert (await Person.objects.aget()).last_signed_in is not None


async def test_a_language_that_there_is_no_more_is_left_to_the_browser(account):
    await account.prefer({"language": "tlh"})
    assert preferences.language(await account.preferences()) == ""


async def test_only_while_a_tab_is_told_of_changes_nothing_is_looked_up(account, inside):
    relay = inside.relay(account)
    tab = await welcomed(relay)
    known = await account.preferences()
    assert await account.preferences() is known
    relay.detach(tab)
    assert await account.preferences() is not known


async def test_what_was_looked_up_before_a_change_does_not_undo_it(account, monkeypatch):
    account.told_of_preferences = True
    found, go = asyncio.Event(), asyncio.Event()
    of = preferences.of

    async def late(userid):
        person = await of(userid)
        found.set()
        await go.wait()
        return person

    with monkeypatch.context() as slow:
        slow.setattr(preferences, "of", late)
        look = asyncio.create_task(account.preferences())
        await found.wait()
    await account.prefer({"theme": "dark"})
    go.set()
    assert (await look).theme == ""
    assert (await account.preferences()).theme == "dark"


async def test_a_change_whose_event_was_lost_is_found_within_a_minute(account, inside, monkeypatch):
    monkeypatch.setattr(relays, "RECHECK", 0.1)
    tab = await welcomed(inside.relay(account))
    await preferences.keep(account.userid, {"theme": "dark"})
    await until(tab, lambda frame: frame["type"] == "preferences" and frame["attributes"]["theme"] == "dark")


async def test_what_a_relay_says_is_in_the_language_of_the_browser_and_then_of_the_person(account, inside):
    spoken = asyncio.Queue()

    async def speak():
        await spoken.put(translation.get_language())

    with translation.override("hu"):
        relay = inside.relay(account)
        await welcomed(relay)
    relay.news.count = speak
    relay.count()
    assert await asyncio.wait_for(spoken.get(), PATIENCE) == "hu"
    await account.prefer({"language": "en"})
    relay.changed("preferences", "")
    async with asyncio.timeout(PATIENCE):
        relay.count()
        while await spoken.get() != "en":
            relay.count()


@pytest.mark.parametrize(
    ("header", "language"), [("hu, en;q=0.5", "hu"), ("tlh", "en"), ("", "en"), ("x" * 9_999, "en")]
)
def test_a_socket_is_in_the_language_of_its_browser(header, language):
    assert consumers._language({"headers": [(b"accept-language", header.encode())]}) == language
