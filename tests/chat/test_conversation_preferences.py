"""Favourite, muted, hidden, a colour: asked for in one tab, right in all of them, and taken back as easily."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from chat import conversation_preferences
from tests.processes import ROOT, Portal
from tests.sandbox.raw import Device

CHANGES = [
    ({"favorite": "on"}, "favorite"),
    ({"favorite": "off"}, "unfavorite"),
    ({"muted": "on"}, "mute"),
    ({"muted": "off"}, "unmute"),
    ({"hidden": "on"}, "hide"),
    ({"hidden": "off"}, "unhide"),
    ({"color": "#bae1ff"}, "setlistitembackgroundcolor"),
]
AS_IT_WAS = {"favorite": "off", "muted": "off", "hidden": "off", "color": "#ffffff"}
NOT_PREFERENCES = [
    {},
    {"favorite": ""},
    {"favorite": "yes"},
    {"favorite": "ON"},
    {"muted": "on", "loud": "on"},
    {"hidden": "on\n"},
    {"color": ""},
    {"color": "red"},
    {"color": "#fff"},
    {"color": "#BAE1FF"},
    {"color": "#bae1ff;"},
    {"color": "#bae1ff00"},
    {"color": "#bae1fg"},
    {"color": "url(#bae1ff)"},
    {"color": "#" + "0" * 100_000},
    {"color": "#12345\u0663"},
    {"favorite": "on", "color": "none"},
]


@pytest.fixture
def phone(sandbox):
    """Another client of Kim's."""
    return Device(sandbox, sandbox.people["kim"])


@pytest.fixture
def talk(world, phone):
    """Kim's conversation with Robin, left as it was found."""
    id = world.between("kim", "robin")
    yield id
    phone.sign_in()  # a test may have made the server forget it
    for action in ("unfavorite", "unmute", "unhide"):
        phone.call("chatconversation", action, conversationid=id)
    phone.call("chatconversation", "setlistitembackgroundcolor", conversationid=id, color="#ffffff")


@pytest.fixture
def kim(visit):
    return visit("kim")


def prefer(visitor, conversation, fields, *, htmx=True, query=""):
    return visitor.post(f"/conversations/{conversation}/preferences/{query}", fields, htmx=htmx)


def as_held(phone, sandbox):
    return phone.conversation(sandbox.people["robin"])["properties"][0]


def row_of(answer, conversation):
    """The row's marks; None when it is not listed."""
    rows = [row for row in answer.rows if row["data-conversation"] == conversation]
    names = ("data-favorite", "data-muted", "data-color")
    return {name: rows[0][name] for name in names if name in rows[0].attributes} if rows else None


def dropped(conversation):
    return lambda frame: conversation in frame.get("drop", ())


def headed(conversation, words):
    return lambda frame: frame.get("conversation") == conversation and words in frame.get("header", "")


# Doing it


@pytest.mark.parametrize(("wish", "action"), CHANGES)
def test_each_preference_is_its_own_call(kim, world, talk, wish, action):
    since = world.now()
    assert prefer(kim, talk, wish).status == 200
    about = [call["action"] for call in world.calls(since, "chatconversation", userid=world.userid("kim"))]
    assert [name for name in about if name not in ("list", "downloadpartial")] == [action]


def test_several_are_done_together(kim, talk, phone, sandbox):
    prefer(kim, talk, {"favorite": "on", "muted": "on", "color": "#123abc"})
    mine = as_held(phone, sandbox)
    assert (mine["isfavorite"], mine["ismuted"], mine["listitembackgroundcolor"]) == (True, True, "#123abc")


def test_the_answer_has_the_row_and_the_header(kim, talk):
    answer = prefer(kim, talk, {"muted": "on", "color": "#bae1ff"})
    assert not answer.is_whole_page
    assert row_of(answer, talk) == {"data-muted": "", "data-color": "#bae1ff"}
    header = answer.document.one("#conversation-header")
    assert "Unmute" in [button.text for button in answer.document.all(".menu__item") if button.is_in(header)]


def test_a_plain_form_comes_back_to_the_conversation(kim, talk):
    answer = prefer(kim, talk, {"muted": "on"}, htmx=False)
    assert (answer.status, urlsplit(answer.location).path) == (303, f"/conversations/{talk}/")
    assert row_of(kim.get(answer.location), talk) == {"data-muted": ""}


def test_whoever_hides_the_open_conversation_is_led_to_the_start_page(kim, talk):
    plain = prefer(kim, talk, {"hidden": "on"}, htmx=False)
    assert (plain.status, urlsplit(plain.location).path) == (303, "/")
    prefer(kim, talk, {"hidden": "off"})
    assert urlsplit(prefer(kim, talk, {"hidden": "on"}).headers["HX-Redirect"]).path == "/"
    assert row_of(kim.get("/"), talk) is None


def test_the_same_twice_is_as_good_as_once(kim, talk, phone, sandbox):
    assert [prefer(kim, talk, {"favorite": "on"}).status for _ in range(2)] == [200, 200]
    assert as_held(phone, sandbox)["isfavorite"]


def test_two_tabs_that_do_the_same_at_once_agree(kim, world, talk):
    tabs = [kim.tab(talk), kim.tab()]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: prefer(kim, talk, {"favorite": "on", "muted": "on"}), range(2)))
    assert [answer.status for answer in answers] == [200, 200]
    for tab in tabs:
        assert "data-muted" in tab.hear_row(talk, lambda html: "data-favorite" in html and "data-muted" in html)["rows"]
    assert row_of(kim.get("/"), talk) == {"data-favorite": "", "data-muted": ""}


# Undoing it


@pytest.mark.parametrize(("wish", "action"), [change for change in CHANGES if "off" not in change[0].values()])
def test_what_was_done_is_offered_to_be_undone(kim, talk, wish, action):
    answer = prefer(kim, talk, wish)
    form = answer.document.one("form.done")
    assert form["action"] == f"/conversations/{talk}/preferences/"
    (name,) = wish
    undo = answer.document.one(f"input[name={name}]", form)
    assert undo["value"] == AS_IT_WAS[name]
    undone = prefer(kim, talk, {name: undo["value"]})
    assert row_of(undone, talk) == {}


@pytest.mark.parametrize(("wish", "action"), [change for change in CHANGES if "off" not in change[0].values()])
def test_the_page_after_a_plain_form_has_the_same_offer(kim, talk, wish, action):
    page = kim.get(prefer(kim, talk, wish, htmx=False).location)
    (name,) = wish
    form = page.document.one("form.done")
    assert page.document.one("#done")["role"] == "status"
    assert page.document.one(f"input[name={name}]", form)["value"] == AS_IT_WAS[name]


def test_a_colour_is_undone_to_the_one_before(kim, talk):
    prefer(kim, talk, {"color": "#ffb3ba"})
    answer = prefer(kim, talk, {"color": "#baffc9"})
    assert answer.document.one("input[name=color]", answer.document.one("form.done"))["value"] == "#ffb3ba"


def test_what_is_so_already_is_not_offered_again(kim, talk):
    address = prefer(kim, talk, {"muted": "on"}, htmx=False).location
    prefer(kim, talk, {"muted": "off"})
    assert kim.get(address).document.all("form.done") == []


@pytest.mark.parametrize(
    "query",
    [
        "undo=muted%3Doff",
        "undo=muted%3Doff&of=nothing",
        "undo=loud%3Don&of={talk}",
        "undo=color%3D%3Cscript%3E&of={talk}",
        "undo={talk}&of={talk}",
        "undo=%00&of=%00",
        "undo=" + "muted%3Doff%26" * 400 + "&of={talk}",
    ],
)
def test_an_address_that_offers_nonsense_offers_nothing(kim, talk, query):
    prefer(kim, talk, {"muted": "on"})
    answer = kim.get(f"/?{query.format(talk=talk)}")
    assert answer.status == 200
    assert answer.document.all("form.done") == []


def test_nobody_is_offered_what_is_about_a_conversation_of_others(visit, world):
    theirs = world.between("alice", "bob")
    answer = visit("charlie").get(f"/?undo=favorite%3Don&of={theirs}")
    assert (answer.status, answer.document.all("form.done")) == (200, [])


# Telling


def test_other_tabs_have_the_row_and_the_header_at_once_without_asking_the_server(kim, world, talk):
    showing, elsewhere = kim.tab(talk), kim.tab()
    for tab in (showing, elsewhere):
        tab.all_so_far()
    prefer(kim, talk, {"muted": "on"})
    assert "data-muted" in elsewhere.hear_row(talk)["rows"]
    assert showing.hear("event", headed(talk, "Unmute"))
    assert [frame for frame in elsewhere.all_so_far() if "header" in frame] == []


def test_another_sign_in_follows_row_header_and_all(kim, visit, talk):
    other = visit("kim")
    tab = other.tab(talk)
    tab.all_so_far()
    prefer(kim, talk, {"favorite": "on", "color": "#ffb3ba"})
    tab.hear_row(talk, lambda html: "data-favorite" in html and "#ffb3ba" in html)
    tab.hear("event", headed(talk, "Remove from favourites"))


def test_what_another_client_does_reaches_the_open_conversations_menu(kim, talk, phone):
    tab = kim.tab(talk)
    tab.all_so_far()
    phone.call("chatconversation", "mute", conversationid=talk)
    tab.hear_row(talk, lambda html: "data-muted" in html)
    tab.hear("event", headed(talk, "Unmute"))


def test_who_comes_and_goes_is_told_in_the_header(kim, sandbox, talk):
    tab = kim.tab(talk)
    tab.all_so_far()
    robin = sandbox.people["robin"].email
    sandbox.control("presence", {"email": robin, "availability": "in a meeting"})
    tab.hear("event", headed(talk, "in a meeting"))
    sandbox.control("presence", {"email": robin, "availability": None})
    assert "in a meeting" not in tab.hear("event", headed(talk, "Robin"))["header"]


def test_a_message_alone_sends_no_header(kim, world, talk):
    tab = kim.tab(talk)
    tab.hear_message(world.says("robin", talk, "Nothing but words"))
    assert [frame for frame in tab.all_so_far() if "header" in frame] == []


def test_a_hidden_conversation_leaves_every_tab_and_comes_back_with_a_message(kim, world, talk):
    tabs = [kim.tab(), kim.tab(talk)]
    prefer(kim, talk, {"hidden": "on"})
    for tab in tabs:
        tab.hear("event", dropped(talk))
    world.says("robin", talk, "Are you there?")
    for tab in tabs:
        tab.hear_row(talk)
    assert any(headed(talk, "Hide")(frame) for frame in tabs[1].all_so_far())
    assert row_of(kim.get("/"), talk) == {}


def test_ones_own_words_bring_a_hidden_conversation_back(kim, talk):
    tab = kim.tab(talk)
    prefer(kim, talk, {"hidden": "on"})
    tab.hear("event", dropped(talk))
    assert kim.say(talk, "I changed my mind").status == 201
    tab.hear_row(talk)


def test_unhiding_brings_it_back_everywhere(kim, visit, talk):
    tabs = [kim.tab(), visit("kim").tab(talk)]
    prefer(kim, talk, {"hidden": "on"})
    for tab in tabs:
        tab.hear("event", dropped(talk))
    prefer(kim, talk, {"hidden": "off"})
    for tab in tabs:
        tab.hear_row(talk)


def test_hiding_includes_a_message_this_portal_has_not_heard_of(kim, world, talk):
    kim.tab(talk).all_so_far()
    world.says("robin", talk, "Silently", silent=True)
    assert prefer(kim, talk, {"hidden": "on"}).status == 200
    assert row_of(kim.get("/"), talk) is None


def test_after_a_restart_of_the_portal_rows_are_as_the_server_has_them(sandbox, data_dir, browser, talk, phone):
    with Portal(sandbox.url, data_dir) as portal:
        kim = browser(portal)
        kim.sign_in(sandbox.people["kim"])
        tab = kim.tab(talk)
        before = kim.open(talk).seen
        portal.stop()
        phone.call("chatconversation", "favorite", conversationid=talk)
        portal.start()
        tab.close()
        tab = kim.socket()
        tab.hello(*before, conversation=talk)
        tab.hear("resync")
        assert row_of(kim.get("/conversations/", htmx=True), talk) == {"data-favorite": ""}
        assert "Remove from favourites" in kim.open(talk).html
        kim.close()


def test_after_the_socket_was_lost_rows_are_compared(kim, sandbox, talk, phone, world):
    tab = kim.tab(talk)
    tab.hear_message(world.says("robin", talk, "Before"))
    world.break_next("chatnotification", "refuse", times=2, userid=None)
    phone.call("chatconversation", "mute", conversationid=talk)
    sandbox.control("drop-sockets", {})
    tab.hear_row(talk, lambda html: "data-muted" in html)


# What goes wrong


@pytest.mark.parametrize("fields", NOT_PREFERENCES, ids=lambda fields: repr(fields)[:40])
@pytest.mark.parametrize("htmx", [True, False])
def test_anything_else_is_refused_before_the_server_hears_of_it(kim, world, talk, fields, htmx):
    kim.get("/")
    since = world.now()
    answer = prefer(kim, talk, fields, htmx=htmx)
    assert answer.status == 422
    assert answer.headers["HX-Reswap"] == "none"
    assert answer.alert
    done = world.calls(since, "chatconversation", userid=world.userid("kim"))
    assert {call["action"] for call in done} <= {"list", "downloadpartial"}


def test_one_name_with_two_values_is_refused(kim, talk):
    assert prefer(kim, talk, {"favorite": ["on", "off"]}).status == 422


def test_a_form_without_its_token_does_nothing(kim, talk):
    kim.get("/")
    answer = kim.post(f"/conversations/{talk}/preferences/", {"favorite": "on"}, csrf=False)
    assert answer.status == 403
    assert row_of(kim.get("/"), talk) == {}


@pytest.mark.parametrize("id", ["0" * 32, "x", "a" * 64])
def test_a_conversation_that_is_not_there_is_not_found(kim, id):
    for htmx in (True, False):
        answer = prefer(kim, id, {"favorite": "on"}, htmx=htmx)
        assert answer.status == 404
        assert "not there any more" in answer.alert


def test_nobody_prefers_anything_about_a_conversation_of_others(visit, world):
    theirs = world.between("alice", "bob")
    since = world.now()
    assert prefer(visit("charlie"), theirs, {"muted": "on"}).status == 404
    assert world.calls(since, "chatconversation", "mute") == []


def test_who_is_signed_out_is_asked_to_sign_in(kim, talk):
    kim.get("/")
    kim.sign_out()
    answer = prefer(kim, talk, {"muted": "on"})
    assert (answer.status, answer.headers["HX-Redirect"]) == (401, "/sign-in/")


def test_the_servers_refusal_is_told_in_its_own_words(kim, world, talk):
    world.break_next("chatconversation", "refuse", "mute", times=2, userid=world.userid("kim"))
    answer = prefer(kim, talk, {"muted": "on"})
    assert answer.status == 409
    assert "refused" in answer.alert
    assert row_of(kim.get("/"), talk) == {}


def test_a_server_out_of_reach_is_told(kim, world, talk):
    world.break_next("chatconversation", "500", "favorite", times=9, userid=world.userid("kim"))
    answer = prefer(kim, talk, {"favorite": "on"})
    assert answer.status == 502
    assert "can't be reached" in answer.alert


def test_a_station_that_the_server_forgot_is_no_obstacle(kim, sandbox, talk, phone):
    kim.get("/")
    sandbox.control("forget-stations", {})
    assert prefer(kim, talk, {"favorite": "on"}).status == 200
    phone.sign_in()
    assert as_held(phone, sandbox)["isfavorite"]


def test_other_ways_of_asking_are_not_allowed(kim, talk):
    assert kim.http.delete(f"/conversations/{talk}/preferences/", headers={"X-CSRFToken": kim.csrf}).status_code in (
        403,
        405,
    )


# The palette


def test_the_palette_is_a_page_of_its_own_and_a_part_for_scripts(kim, talk):
    page, part = (kim.get(f"/conversations/{talk}/preferences/", htmx=htmx) for htmx in (False, True))
    assert (page.is_whole_page, part.is_whole_page) == (True, False)
    for answer in (page, part):
        buttons = answer.document.all("button[name=color]")
        assert len({button["value"] for button in buttons}) == len(buttons) == 9
        assert answer.document.one("input[type=color]")["name"] == "color"


def test_the_palette_shows_which_colour_it_is(kim, talk):
    prefer(kim, talk, {"color": "#bae1ff"})
    answer = kim.get(f"/conversations/{talk}/preferences/")
    pressed = [button["value"] for button in answer.document.all("button[aria-pressed=true]")]
    assert pressed == ["#bae1ff"]
    assert answer.document.one("input[type=color]")["value"] == "#bae1ff"


def test_the_style_sheet_has_the_palettes_colours():
    swatches = re.findall(r'\[value="(#\w+)"\] { --swatch: (#\w+); }', (ROOT / "static/css/palette.css").read_text())
    assert swatches == [(value, value) for value, _ in conversation_preferences.PALETTE]


def test_the_palette_of_others_is_not_there(visit, world):
    assert visit("charlie").get(f"/conversations/{world.between('alice', 'bob')}/preferences/").status == 404


def test_the_address_of_an_offer_says_nothing_of_what_was_written(kim, talk):
    query = parse_qs(urlsplit(prefer(kim, talk, {"muted": "on"}, htmx=False).location).query)
    assert query == {"undo": ["muted=off"], "of": [talk]}
