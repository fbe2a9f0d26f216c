"""Reporting a concern about somebody to whom `CONCERNS_TO` names: here Zsófi."""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import httpx
import pytest

from chat import concerns
from chat.forms import LONGEST_CONCERN, LONGEST_MESSAGE
from chat.keyring import Opened
from tests.chat.inside import sign_in
from tests.processes import Portal
from tests.visitor import Answer

TEAM = ("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")


@pytest.fixture(scope="module")
def own(_sandbox_process, tmp_path_factory):
    to = _sandbox_process.people["zsofi"].userid
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("concerns"), CONCERNS_TO=to) as portal:
        yield portal


@pytest.fixture
def enter(browser, own, sandbox):
    """A browser signed in as the person called so, at the portal where concerns can be reported."""

    def entered(first):
        visitor = browser(own)
        assert visitor.sign_in(sandbox.people[first]).status == 303
        return visitor

    return entered


@pytest.fixture
def report(world):
    """Reports a concern, about Robin unless told otherwise. Each person may do so five times within the hour."""

    def reported(visitor, concern="He calls me names.", about="robin", **fields):
        userid = world.sandbox.people[about].userid if about in world.sandbox.people else about
        return visitor.post("/concerns/new/", {"userid": userid, "concern": concern, "id": str(uuid.uuid4())} | fields)

    return reported


def form(visitor, world, about="robin", query=""):
    return visitor.get(f"/concerns/new/?userid={world.userid(about)}{query}")


def choices(page):
    """The messages that can go with it, and which of them are chosen."""
    boxes = page.document.all("input[name=message]")
    return [each["value"] for each in boxes], [each["value"] for each in boxes if "checked" in each.attributes]


def in_menu(page):
    """Where the menu of the conversation on a page leads to report a concern; "" when it does not."""
    links = [each["href"] for each in page.document.all("a.menu__item") if each.text == "Report a concern"]
    return links[0] if links else ""


def changed(visitor, conversation):
    """The menu after a preference has changed: as the answer has it, and as a tab is told of it."""
    tab = visitor.tab(conversation)
    wanted = visitor.open(conversation).document.one("button[name=muted]")["value"]
    answer = visitor.post(f"/conversations/{conversation}/preferences/", {"muted": wanted}, htmx=True)
    frame = tab.hear("event", lambda frame: "header" in frame)
    return answer, Answer(httpx.Response(200, html=frame["header"]))


def asked_about(page):
    """Whom one can choose as whom a concern is about: names by userid."""
    links = page.document.all("a.row-link")
    return {parse_qs(each["href"])["userid"][0]: each.text for each in links}


def arrived(world, first):
    """What the person called so has written to Zsófi, in the server's order."""
    return [message["text"] for message in world.held(world.between(first, "zsofi"))]


def written(answer):
    return answer.document.one("#concern").raw.removeprefix("\n")


# Where it is offered


def test_a_friends_card_leads_to_the_form(enter, world):
    card = enter("maria").get(f"/people/{world.userid('robin')}/")
    assert f"/concerns/new/?userid={world.userid('robin')}" in [each["href"] for each in card.document.all("a.button")]


def test_the_menu_of_a_conversation_of_two_leads_to_the_form_about_the_other(enter, world):
    maria, conversation = enter("maria"), world.between("maria", "robin")
    id = world.says("robin", conversation, "You fool")
    page = maria.get(in_menu(maria.open(conversation)))
    assert page.document.one("input[name=userid]")["value"] == world.userid("robin")
    assert id in choices(page)[0]


def test_the_menu_of_a_group_leads_to_a_choice_of_the_others_but_whom_it_goes_to(enter, world):
    alice = enter("alice")
    page = alice.get(in_menu(alice.open(world.between(*TEAM))))
    assert set(asked_about(page)) == {world.userid(first) for first in TEAM} - {
        world.userid("alice"),
        world.userid("zsofi"),
    }


def test_what_somebody_said_in_a_group_can_be_reported_from_there(enter, world, report):
    team, bob = world.between(*TEAM), enter("bob")
    id = world.says("kim", team, "You are all fools")
    page = bob.get(f"/concerns/new/?conversation={team}&userid={world.userid('kim')}")
    assert id in choices(page)[0]
    assert report(bob, about="kim", conversation=team, message=id).status == 201
    assert arrived(world, "bob")[-1].endswith("> You are all fools")


def test_the_menu_still_leads_there_after_a_preference_has_changed(enter, world):
    conversation = world.between("layla", "robin")
    for page in changed(enter("layla"), conversation):
        assert in_menu(page) == f"/concerns/new/?conversation={conversation}"


def test_the_menu_of_the_conversation_with_whom_concerns_go_to_does_not_lead_there(enter, world):
    maria, hers = enter("maria"), world.between("maria", "zsofi")
    assert not in_menu(maria.open(hers))
    assert maria.get(f"/concerns/new/?conversation={hers}").status == 404


def test_without_anybody_to_report_to_no_menu_leads_there(visit, world):
    maria, conversation = visit("maria"), world.between("maria", "robin")
    for page in (maria.open(conversation), *changed(maria, conversation)):
        assert not in_menu(page)
    assert maria.get(f"/concerns/new/?conversation={conversation}").status == 404


def test_there_is_no_way_to_report_those_who_get_the_reports_to_themselves(enter, world):
    maria = enter("maria")
    assert "Report a concern" not in maria.get(f"/people/{world.userid('zsofi')}/").html
    assert form(maria, world, "zsofi").status == 404


def test_without_anybody_to_report_to_it_is_offered_nowhere(visit, world, report):
    maria = visit("maria")
    assert "Report a concern" not in maria.get(f"/people/{world.userid('robin')}/").html
    assert 'data-concerns="' not in maria.get("/").html
    assert form(maria, world).status == 404
    assert report(maria).status == 404


def test_it_is_not_offered_to_those_who_have_no_conversation_with_whom_it_would_go_to(enter, world, report):
    for first in ("charlie", "zsofi"):  # nobody's friend, and she herself
        visitor = enter(first)
        assert 'data-concerns="' not in visitor.get("/").html
        assert form(visitor, world).status == 404
        assert report(visitor).status == 404


@pytest.mark.parametrize("about", ["charlie", "maria", "nobody", "", "x" * 5_000, "../..", "\x00", "<b>"])
def test_only_friends_and_companions_can_be_reported(enter, world, report, about):
    before = arrived(world, "maria")
    assert report(enter("maria"), about=about).status == 404
    assert arrived(world, "maria") == before


def test_whoever_is_signed_out_is_asked_to_sign_in(browser, own, world, report):
    visitor = browser(own)
    assert form(visitor, world).location.startswith("/sign-in/?next=")
    answer = report(visitor, "What I wrote")
    assert (answer.status, answer.document.one("textarea[name=concern]").raw) == (401, "What I wrote")


# The form


def test_the_form_says_whom_it_is_about_and_who_gets_it(enter, world):
    words = form(enter("maria"), world, "tom").html
    assert "&lt;b&gt;Tom&lt;/b&gt;" in words
    assert world.userid("tom") in words
    assert "Zsófi" in words


def test_the_form_offers_what_they_said_in_the_conversation_with_them_alone_and_nothing_else(enter, world):
    conversation = world.between("maria", "robin")
    theirs, mine = world.says("robin", conversation, "You fool"), world.says("maria", conversation, "Stop it")
    offered, chosen = choices(form(enter("maria"), world))
    assert theirs in offered
    assert mine not in offered
    assert chosen == []


def test_a_message_that_the_address_names_is_chosen_already(enter, world):
    id = world.says("robin", world.between("maria", "robin"), "You fool")
    assert choices(form(enter("maria"), world, query=f"&message={id}"))[1] == [id]


def test_a_link_can_choose_neither_the_words_nor_the_id(enter, world):
    id = str(uuid.uuid4())
    page = form(enter("maria"), world, query=f"&id={id}&concern=Forged")
    assert written(page) == ""
    assert id not in page.html.replace(f"&amp;id={id}", "")


def test_it_can_be_about_what_was_said_in_a_group(enter, world):
    team = world.between("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
    id = world.says("kim", team, "You are all fools")
    page = form(enter("alice"), world, "kim", f"&conversation={team}&message={id}")
    assert choices(page)[1] == [id]


def test_a_message_far_back_can_be_chosen(enter, world):
    long, arpad = world.between("alice", "arpad"), world.userid("arpad")
    theirs = [message["ID"] for message in world.held(long) if message["sender"] == arpad]
    id = theirs[-60]  # not on the newest page
    offered, chosen = choices(form(enter("alice"), world, "arpad", f"&message={id}"))
    assert chosen == [id]
    assert len(offered) < 52


def test_a_conversation_that_is_none_of_theirs_is_not_looked_into(enter, world, report):
    maria, foreign = enter("maria"), world.between("alice", "bob")
    assert form(maria, world, query=f"&conversation={foreign}").status == 404
    assert report(maria, conversation=foreign).status == 404
    assert maria.get(f"/concerns/new/?conversation={foreign}").status == 404


@pytest.mark.parametrize("about", ["maria", "tom", "charlie", "zsofi", "x" * 5_000, "<b>", "\x00"])
def test_a_concern_about_a_conversation_is_only_about_who_else_is_in_it(enter, world, report, about):
    maria, conversation = enter("maria"), world.between("maria", "robin")
    userid = world.userid(about) if about in world.sandbox.people else about
    before = arrived(world, "maria")
    assert maria.get(f"/concerns/new/?{urlencode({'conversation': conversation, 'userid': userid})}").status == 404
    assert report(maria, about=about, conversation=conversation).status == 404
    assert arrived(world, "maria") == before


def test_a_concern_about_a_group_that_names_nobody_is_not_sent(enter, world, report):
    before = arrived(world, "robin")
    assert report(enter("robin"), about="", conversation=world.between(*TEAM)).status == 404
    assert arrived(world, "robin") == before


# Reporting


def test_it_arrives_as_a_message_that_names_whom_it_is_about_and_quotes_what_was_chosen(enter, world, report):
    id = world.says("robin", world.between("maria", "robin"), "You fool\n> not quoted")
    day = next(each["Created"] for each in world.held(world.between("maria", "robin")) if each["ID"] == id)
    answer = report(enter("maria"), "He calls me names.\r\nAgain.", message=id)
    assert answer.status == 201
    assert f"/conversations/{world.between('maria', 'zsofi')}/" in answer.html
    assert "Your concern has arrived" in answer.html
    assert (
        f"Concern about Robin\nUser id: {world.userid('robin')}\n\nHe calls me names.\nAgain.\n\n"
        "Messages chosen by the reporter:\n\n"
        f"{day} UTC, Robin ({world.userid('robin')}):\n> You fool\n> > not quoted"
    ) in arrived(world, "maria")


def test_it_needs_no_messages(enter, world, report):
    assert report(enter("maria"), "Just so.").status == 201
    assert f"Concern about Robin\nUser id: {world.userid('robin')}\n\nJust so." in arrived(world, "maria")


def test_the_reporters_other_tabs_have_it_at_once(enter, world, report):
    layla = enter("layla")
    tab = layla.tab(world.between("layla", "zsofi"))
    id = str(uuid.uuid4())
    report(layla, id=id)
    assert "He calls me names." in tab.hear_message(id).text


def test_the_same_form_sent_twice_is_one_message(enter, world, report):
    arpad, id = enter("arpad"), str(uuid.uuid4())
    before = len(arrived(world, "arpad"))
    assert [report(arpad, id=id).status, report(arpad, id=id).status] == [201, 201]
    assert len(arrived(world, "arpad")) == before + 1


def test_other_words_in_a_form_that_was_sent_are_not_taken_for_arrived(enter, world, report):
    kim, id = enter("kim"), str(uuid.uuid4())
    assert report(kim, "At first", id=id).status == 201
    answer = report(kim, "On second thought", id=id)
    assert answer.status == 422
    assert "Your concern has arrived already" in answer.alert
    assert written(answer) == "On second thought"
    fresh = answer.document.one("input[name=id]")["value"]
    assert report(kim, "On second thought", id=fresh).status == 201
    assert [text.rpartition("\n")[2] for text in arrived(world, "kim")[-2:]] == ["At first", "On second thought"]


def test_a_form_without_an_id_is_sent_too(enter, world, report):
    assert report(enter("kim"), "No id", id="").status == 201
    assert arrived(world, "kim")[-1].endswith("No id")


@pytest.mark.parametrize(("first", "fault"), [("tom", "lose"), ("maximiliana", "500"), ("daniel", "html")])
def test_an_answer_that_got_lost_leaves_it_there_once(enter, world, report, first, fault):
    visitor, id = enter(first), str(uuid.uuid4())
    world.break_next("chatconversation", fault, "add", userid=world.userid(first))
    for _ in range(2):
        report(visitor, "Once", id=id)
    assert len([text for text in arrived(world, first) if text.endswith("Once")]) == 1


def test_when_the_server_is_away_what_was_written_comes_back_with_its_id(enter, world, report):
    bob, id = enter("bob"), str(uuid.uuid4())
    world.break_next("chatconversation", "500", "add", times=2, userid=world.userid("bob"))
    answer = report(bob, "Nobody hears", id=id)
    assert answer.status == 502
    assert "can't be reached" in answer.alert
    assert (written(answer), answer.document.all("input[name=id]")[-1]["value"]) == ("Nobody hears", id)
    assert report(bob, "Nobody hears", id=id).status == 201


def test_what_was_written_without_scripts_comes_back_with_whom_it_is_about_when_nothing_can_be_asked(
    enter, world, report
):
    bob = enter("bob")
    world.break_next("chatconversation", "500", times=99, userid=world.userid("bob"))
    page = report(bob, concern="He calls\nme names.")
    assert (page.status, page.alert) == (502, "The chat server can't be reached.")
    world.sandbox.control("faults/clear", {})
    form = page.document.one("form[method=post]")
    fields = {each["name"]: each["value"] for each in page.document.all("input[type=hidden]") if each.is_in(form)}
    fields["concern"] = page.document.one("textarea[name=concern]").raw
    assert fields["userid"] == world.userid("robin")
    assert bob.post(form["action"], fields, csrf=False).status == 201
    arrived = world.held(world.between("bob", "zsofi"))[-1]
    assert (arrived["ID"], "He calls\nme names." in arrived["text"]) == (fields["id"], True)


def test_a_refusal_is_in_the_servers_words_and_keeps_what_was_written(enter, world, report):
    bob = enter("bob")
    world.break_next("chatconversation", "refuse", "add", userid=world.userid("bob"))
    answer = report(bob, "Refused")
    assert answer.status == 409
    assert "The chat server refused this" in answer.alert
    assert written(answer) == "Refused"


@pytest.mark.parametrize(("concern", "words"), [
    ("", "Write what it is about first."),
    (" \n ", "Write what it is about first."),
    ("x" * (LONGEST_CONCERN + 1), "too long: it has 5001 characters"),
    ("x" * 1_000_000, "too long: it has 1000000 characters"),
], ids=["empty", "blank", "long", "huge"])  # fmt: skip
def test_nothing_and_too_much_are_said_and_not_sent(enter, world, report, concern, words):
    mariaelena, before = enter("mariaelena"), arrived(world, "mariaelena")
    answer = report(mariaelena, concern)
    assert answer.status == 422
    assert words in answer.alert
    assert written(answer) == concern
    assert arrived(world, "mariaelena") == before


def test_a_message_of_another_conversation_can_not_be_sent_along(enter, world, report):
    mariaelena, before = enter("mariaelena"), arrived(world, "mariaelena")
    foreign = world.says("bob", world.between("alice", "bob"), "Between us")
    answer = report(mariaelena, message=foreign)
    assert answer.status == 422
    assert "not in this conversation any more" in answer.alert
    assert written(answer) == "He calls me names."
    assert arrived(world, "mariaelena") == before


@pytest.mark.parametrize("message", ["<b>", "x" * 65, "", "a b", "\x00"])
def test_what_is_no_id_of_a_message_is_refused(enter, report, message):
    assert report(enter("mariaelena"), message=message).status == 422


def test_more_messages_than_fifty_are_refused(enter, report):
    assert report(enter("mariaelena"), message=[str(uuid.uuid4()) for _ in range(51)]).status == 422


@pytest.mark.parametrize("id", ["x", "x" * 5_000, str(uuid.UUID(int=0)), "<b>"])
def test_what_is_no_id_of_a_form_is_refused_and_keeps_what_was_written(enter, report, id):
    answer = report(enter("mariaelena"), id=id)
    assert (answer.status, written(answer)) == (422, "He calls me names.")


def test_the_id_of_another_message_is_refused(enter, world, report):
    robin, id = enter("robin"), str(uuid.uuid4())
    assert robin.say(world.between("alice", "robin"), "Hello", id=id).status == 201
    answer = report(robin, about="alice", id=id)
    assert answer.status == 422
    assert "belongs to another message" in answer.alert


def test_it_needs_a_form_of_this_site(enter, world):
    fields = {"userid": world.userid("robin"), "concern": "Forged"}
    assert enter("maria").post("/concerns/new/", fields, csrf=False).status == 403


def test_after_five_within_the_hour_one_has_to_wait_and_keeps_what_was_written(enter, world, report):
    alice = enter("alice")
    assert [report(alice, f"Number {n}").status for n in range(5)] == [201] * 5
    answer = report(alice, "Number six")
    assert (answer.status, written(answer)) == (429, "Number six")
    assert "within the hour" in answer.alert
    assert not [text for text in arrived(world, "alice") if "Number six" in (text or "")]


def test_what_did_not_arrive_is_none_of_the_five(enter, world, report):
    layla = enter("layla")
    world.break_next("chatconversation", "500", "add", times=10, userid=world.userid("layla"))
    assert [report(layla, "Nobody hears").status for _ in range(5)] == [502] * 5
    assert report(layla, "At last").status == 201


def test_what_is_refused_is_one_of_the_five(enter, world, report):
    mariaelena = enter("mariaelena")
    world.break_next("chatconversation", "refuse", "add", times=5, userid=world.userid("mariaelena"))
    assert [report(mariaelena, "Refused").status for _ in range(6)] == [409] * 5 + [429]


# Whom it can be about


@pytest.mark.django_db(transaction=True)
async def test_companions_can_be_reported_be_they_friends_or_not(make, sandbox, world):
    _, account = await sign_in(make(), sandbox.people["alice"])
    team = await account.conversation(world.between(*TEAM))
    assert concerns.people(account, [team], friends=[])[world.userid("kim")] == "Kim 🌻🚀"
    assert world.userid("tom") not in concerns.people(account, [team], friends=[])


# The message


@pytest.fixture
async def quoted(make, sandbox, world):
    """Alice's account, a conversation, and a message of it."""
    _, account = await sign_in(make(), sandbox.people["alice"])
    where = await account.conversation(world.between("alice", "bob"))
    found, _missing = await concerns.messages(account, where, world.userid("bob"), [])
    return account, where, next(one for one in found if one.message)


@pytest.mark.django_db(transaction=True)
async def test_what_is_too_long_for_a_message_is_cut_and_says_so(quoted):
    account, where, opened = quoted
    long = replace(opened, message=replace(opened.message, text="y" * 19_000))
    words = {"userid": "u", "name": "n" * 5_000, "words": "x" * LONGEST_CONCERN}
    text = concerns.compose(account, where, **words, chosen=[long, long])
    assert len(text) == LONGEST_MESSAGE
    assert "x" * LONGEST_CONCERN in text
    assert text.endswith("[Cut here: a message can hold no more.]")


@pytest.mark.django_db(transaction=True)
async def test_a_message_that_can_not_be_opened_is_quoted_as_such(quoted):
    account, where, opened = quoted
    locked = Opened(opened.sealed, None)
    text = concerns.compose(account, where, userid="u", name="n", words="x", chosen=[locked])
    assert text.endswith("> (This message can't be opened.)")
