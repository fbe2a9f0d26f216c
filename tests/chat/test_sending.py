from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processes import wait_until


@pytest.fixture(autouse=True)
def _server_keeps_both(sandbox):
    """The server does not drop a repeated ID: if a message is there once, that is the portal's doing."""
    sandbox.control("repeated", {"keep": "both"})
    yield
    sandbox.control("repeated", {"keep": "first"})


@pytest.fixture
def conversation(world):
    return world.between("arpad", "robin")


@pytest.fixture
def arpad(visit):
    return visit("arpad")


@pytest.fixture
def id():
    return str(uuid.uuid4())


def texts(world, conversation, id):
    """What the server holds under an id."""
    return [each["text"] for each in world.held(conversation) if each["ID"] == id]


def test_a_message_is_sent_under_the_browsers_id_and_comes_back_as_its_row(arpad, world, conversation, id):
    answer = arpad.say(conversation, "Szia!\nRobin", id=id)
    assert (answer.status, answer.is_whole_page) == (201, False)
    (row,) = answer.messages
    assert (row.id, row.text, row.own, row.state, row.name) == (id, "Szia!\nRobin", True, "sent", "Árpád")
    assert texts(world, conversation, id) == ["Szia!\nRobin"]


def test_without_scripts_the_conversation_is_opened_again_at_the_message(arpad, world, conversation, id):
    answer = arpad.say(conversation, "By form", id=id, htmx=False)
    assert (answer.status, answer.location) == (303, f"/conversations/{conversation}/#message-{id}")
    assert texts(world, conversation, id) == ["By form"]


def test_the_form_of_a_page_sends_with_the_id_it_carries(arpad, world, conversation):
    page = arpad.open(conversation)
    form = page.document.one("form.composer")
    id = page.document.one("input[name=id]", form)["value"]
    token = page.document.one("input[name=csrfmiddlewaretoken]", form)["value"]
    fields = {"csrfmiddlewaretoken": token, "id": id, "text": "From\r\nthe form"}
    assert arpad.post(form["action"], fields, csrf=False).status == 303
    assert texts(world, conversation, id) == ["From\nthe form"]


def test_other_words_in_a_form_that_was_sent_come_back_with_an_id_of_their_own(arpad, world, conversation, id):
    assert arpad.say(conversation, "At first", id=id, htmx=False).status == 303
    answer = arpad.say(conversation, "On second thought", id=id, htmx=False)
    assert (answer.status, answer.alert[:33]) == (422, "Your message has arrived already,")
    assert answer.document.one("textarea[name=text]").raw.removeprefix("\n") == "On second thought"
    fresh = answer.document.one("input[name=id]", answer.document.one("form.composer"))["value"]
    assert arpad.say(conversation, "On second thought", id=fresh, htmx=False).status == 303
    assert (texts(world, conversation, id), texts(world, conversation, fresh)) == (["At first"], ["On second thought"])


@pytest.mark.parametrize("text", ["", " \r\n\t ", "x" * 20_001, "é" * 20_001])
def test_an_empty_or_too_long_text_is_refused_in_words(arpad, world, conversation, id, text):
    answer = arpad.say(conversation, text, id=id)
    assert answer.status == 422
    assert answer.alert.startswith("This message is too long" if text.strip() else "Write something first")
    assert texts(world, conversation, id) == []


def test_a_text_of_exactly_the_longest_length_is_sent(arpad, world, conversation, id):
    assert arpad.say(conversation, "é" * 20_000, id=id).status == 201
    assert texts(world, conversation, id) == ["é" * 20_000]


@pytest.mark.parametrize("bad", ["x", "1" * 36, "../../etc", "00000000-0000-1000-8000-000000000000"])
def test_an_id_that_is_no_uuid_of_a_browser_is_refused(arpad, world, conversation, bad):
    before = world.ids(conversation)
    answer = arpad.say(conversation, "With a bad id", id=bad)
    assert (answer.status, "has no proper id" in answer.alert) == (422, True)
    assert world.ids(conversation) == before


def test_without_scripts_a_refused_text_stays_in_the_page(arpad, conversation, id):
    text = "<b>" + "x" * 20_000
    answer = arpad.say(conversation, text, id=id, htmx=False)
    assert (answer.status, answer.is_whole_page) == (422, True)
    assert answer.document.one("textarea[name=text]").raw == text
    assert "too long" in answer.alert


def test_the_id_of_a_message_elsewhere_is_refused(arpad, world, conversation, id):
    assert arpad.say(world.between("arpad", "zsofi"), "There", id=id).status == 201
    answer = arpad.say(conversation, "Here", id=id)
    assert (answer.status, "belongs to another conversation" in answer.alert) == (422, True)
    assert texts(world, conversation, id) == []


def test_the_id_of_somebody_elses_message_is_refused(arpad, visit, world, conversation, id):
    assert visit("robin").say(conversation, "Mine", id=id).status == 201
    assert arpad.say(conversation, "Not mine", id=id).status == 422
    assert texts(world, conversation, id) == ["Mine"]


def test_a_repeated_message_is_sent_once(arpad, world, conversation, id):
    answers = [arpad.say(conversation, "Once", id=id) for _ in range(3)]
    assert [(answer.status, [each.id for each in answer.messages]) for answer in answers] == [(201, [id])] * 3
    assert texts(world, conversation, id) == ["Once"]


def test_an_id_in_capitals_is_the_same_id(arpad, world, conversation, id):
    assert [arpad.say(conversation, "Once", id=each).status for each in (id, id.upper())] == [201, 201]
    assert [each["ID"].lower() for each in world.held(conversation)].count(id) == 1


def test_two_requests_with_one_id_at_once_send_it_once(arpad, world, conversation, id):
    csrf = arpad.csrf
    world.break_next("chatconversation", "slow", "add", seconds=0.5, userid=world.userid("arpad"))
    fields = {"text": "Twice at once", "id": id, "csrfmiddlewaretoken": csrf}

    def post(_):
        return arpad.post(f"/conversations/{conversation}/messages/", fields, htmx=True, csrf=False).status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(post, range(4))) == [201] * 4
    assert texts(world, conversation, id) == ["Twice at once"]


@pytest.mark.parametrize("accepts", [True, False], ids=["accepted", "not-accepted"])
@pytest.mark.parametrize("fault", ["lose", "500", "html", "cut", "empty"])
def test_an_answer_that_leaves_the_outcome_open_ends_with_the_message_there_once(
    arpad, world, conversation, id, fault, accepts
):
    world.break_next("chatconversation", fault, "add", accepts=accepts, userid=world.userid("arpad"))
    answer = arpad.say(conversation, fault, id=id)
    assert (answer.status, [each.id for each in answer.messages]) == (201, [id])
    assert texts(world, conversation, id) == [fault]


def test_a_message_that_a_proxy_waits_for_no_longer_is_not_sent_again_before_it_is_asked_for(
    arpad, world, conversation, id
):
    since = world.now()
    world.break_next("chatconversation", "504", "add", userid=world.userid("arpad"))
    failed = arpad.say(conversation, "Late", id=id)
    assert (failed.status, failed.alert) == (504, "The chat server can't be reached: it did not answer in time.")
    assert len(world.calls(since, "chatconversation", "add")) == 1
    assert arpad.say(conversation, "Late", id=id).status == 201
    assert texts(world, conversation, id) == ["Late"]


def test_a_message_that_could_not_be_sent_can_be_sent_later_under_its_id(arpad, world, conversation, id):
    world.break_next("chatconversation", "500", "add", times=2, userid=world.userid("arpad"))
    failed = arpad.say(conversation, "Later", id=id)
    assert (failed.status, failed.alert) == (502, "The chat server can't be reached.")
    assert texts(world, conversation, id) == []
    assert arpad.say(conversation, "Later", id=id).status == 201
    assert texts(world, conversation, id) == ["Later"]


def test_a_message_whose_outcome_stayed_open_is_not_doubled_later(arpad, world, conversation, id):
    userid = world.userid("arpad")
    world.break_next("chatconversation", "500", "add", accepts=True, userid=userid)
    world.break_next("chatconversation", "500", "downloadpartial", times=9, userid=userid)
    assert arpad.say(conversation, "Open", id=id).status == 502
    world.sandbox.control("faults/clear", {})
    assert arpad.say(conversation, "Open", id=id).status == 201
    assert texts(world, conversation, id) == ["Open"]


def test_a_message_whose_outcome_stayed_open_is_not_sent_again_when_it_had_arrived_and_has_expired_since(
    arpad, world, conversation, id
):
    userid = world.userid("arpad")
    world.break_next("chatconversation", "500", "add", times=9, userid=userid)
    assert arpad.say(conversation, "For a minute", id=id).status == 502
    world.sandbox.control("faults/clear", {})
    world.says("arpad", conversation, "For a minute", id=id, validuntil="2026-01-05 09:00:00", silent=True)
    since = world.now()
    answer = arpad.say(conversation, "For a minute", id=id)
    assert (answer.status, answer.document.one("article")["data-instance"]) == (201, "gone")
    assert world.calls(since, "chatconversation", "add", userid) == []
    assert texts(world, conversation, id) == ["For a minute"]


def test_a_message_whose_outcome_stayed_open_is_looked_for_first_though_the_look_was_refused(
    arpad, world, conversation, id
):
    userid = world.userid("arpad")
    world.break_next("chatconversation", "lose", "add", userid=userid)
    world.break_next("chatconversation", "refuse", "downloadpartial", userid=userid)
    assert arpad.say(conversation, "Lost", id=id).status == 409
    since = world.now()
    assert arpad.say(conversation, "Lost", id=id).status == 201
    assert world.calls(since, "chatconversation", "add", userid) == []
    assert texts(world, conversation, id) == ["Lost"]


def test_a_message_that_was_sent_stays_sent_though_the_look_for_it_is_refused(arpad, world, conversation, id):
    userid = world.userid("arpad")
    assert arpad.say(conversation, "Sent", id=id).status == 201
    world.break_next("chatconversation", "refuse", "downloadpartial", userid=userid)
    answers = [arpad.say(conversation, "Sent", id=id) for _ in range(2)]
    assert [(answer.status, [each.id for each in answer.messages]) for answer in answers] == [(201, [id])] * 2
    assert texts(world, conversation, id) == ["Sent"]


def test_a_sent_message_is_said_to_be_sent_though_the_list_cannot_be_fetched_just_then(visit, world, conversation, id):
    userid = world.userid("arpad")
    world.break_next("chatnotification", "500", times=99, userid=userid)  # so that each request asks for the list
    arpad = visit("arpad")
    fields = {"text": "Said", "id": id, "csrfmiddlewaretoken": arpad.csrf}
    world.break_next("chatconversation", "slow", "add", seconds=1.0, userid=userid)
    since = world.now()
    with ThreadPoolExecutor(1) as pool:
        path = f"/conversations/{conversation}/messages/"
        answer = pool.submit(arpad.post, path, fields, htmx=True, csrf=False)
        wait_until(lambda: world.calls(since, "chatconversation", "add", userid), "the message to be there")
        world.break_next("chatconversation", "500", "list", times=99, userid=userid)
        assert answer.result().status == 201
    assert texts(world, conversation, id) == ["Said"]


def test_a_refused_message_is_told_in_the_servers_words_and_can_be_sent_again(arpad, world, conversation, id):
    world.break_next("chatconversation", "refuse", "add", userid=world.userid("arpad"))
    refused = arpad.say(conversation, "Again", id=id)
    assert (refused.status, refused.alert) == (409, "The chat server refused this: fault: refuse")
    assert texts(world, conversation, id) == []
    assert arpad.say(conversation, "Again", id=id).status == 201
    assert texts(world, conversation, id) == ["Again"]


def test_without_scripts_a_failed_text_stays_in_the_page_under_its_id(arpad, world, conversation, id):
    world.break_next("chatconversation", "refuse", "add", userid=world.userid("arpad"))
    page = arpad.say(conversation, "Keep me", id=id, htmx=False)
    form = page.document.one("form.composer")
    assert (page.status, page.document.one("textarea[name=text]").raw) == (409, "Keep me")
    assert page.document.one("input[name=id]", form)["value"] == id


def test_without_scripts_a_text_is_kept_when_the_server_is_gone(arpad, world, conversation, id):
    world.break_next("chatconversation", "500", times=99, userid=world.userid("arpad"))
    page = arpad.say(conversation, "Keep <me>", id=id, htmx=False)
    assert (page.status, page.alert) == (502, "The chat server can't be reached.")
    assert page.document.one("textarea[name=text]").raw == "Keep <me>"


def test_a_message_into_a_conversation_just_cleared_elsewhere_is_sent_into_what_is_there_now(
    arpad, world, conversation, sandbox, id
):
    arpad.tab(conversation)
    sandbox.control("clear", {"conversation": conversation})
    assert arpad.say(conversation, "After the clearing", id=id).status == 201
    assert texts(world, conversation, id) == ["After the clearing"]


def test_forgotten_stations_do_not_stand_in_a_messages_way(arpad, world, conversation, sandbox, id):
    arpad.open(conversation)
    sandbox.control("forget-stations", {})
    assert arpad.say(conversation, "Still here", id=id).status == 201
    assert texts(world, conversation, id) == ["Still here"]


def test_a_password_changed_elsewhere_ends_the_sign_in(arpad, world, conversation, sandbox, id):
    arpad.open(conversation)
    sandbox.control("forget-stations", {})
    world.break_next("chatlogin", "refuse", "login")
    answer = arpad.say(conversation, "Who am I?", id=id)
    assert (answer.status, answer.headers["hx-redirect"]) == (401, "/sign-in/")
    assert not arpad.is_signed_in


@pytest.mark.parametrize("text", ["Who am I?\nAnd <where>?", ""])
def test_without_scripts_a_text_is_kept_when_the_sign_in_has_ended(arpad, browser, world, conversation, id, text):
    csrf, token = arpad.csrf, arpad.token
    arpad.sign_out()
    arpad.http.cookies.set("ozeki_sign_in", token, domain="127.0.0.1")
    fields = {"text": text, "id": id, "csrfmiddlewaretoken": csrf}
    answer = arpad.post(f"/conversations/{conversation}/messages/", fields, csrf=False)
    if text:
        assert (answer.status, answer.alert) == (401, "You are signed out.")
        assert answer.document.one("textarea[name=text]").raw == text
    else:
        assert (answer.status, answer.location) == (302, "/sign-in/")
    assert texts(world, conversation, id) == []
