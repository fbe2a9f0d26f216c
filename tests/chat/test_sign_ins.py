"""The list of one's sessions, and signing one of them out from another."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.processes import Portal

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def here(visit):
    return visit("daniel")


@pytest.fixture
def there(browser, sandbox):
    """The same person, in another browser at another address."""
    visitor = browser()
    visitor.http.headers["User-Agent"] = FIREFOX
    assert visitor.sign_in(sandbox.people["daniel"]).status == 303
    return visitor


def rows(visitor):
    """What the list says of each sign-in, by its id."""
    document = visitor.get("/sign-ins/").document
    return {each["data-sign-in"]: each.text for each in document.all("li[data-sign-in]")}


def row_of(other, visitor):
    """The id under which `visitor` sees the sign-in of `other`, known by its address."""
    return next(id for id, words in rows(visitor).items() if other.address in words)


def end(visitor, which, **options):
    return visitor.post("/sign-ins/", {"end": which}, **options)


def test_each_sign_in_is_listed_with_browser_address_and_dates(here, there):
    words = rows(here)[row_of(there, here)]
    assert words.startswith("Firefox on Linux")
    assert there.address in words
    assert re.search(r"last used \d{4}-\d\d-\d\d \d\d:\d\d UTC · since \d{4}-\d\d-\d\d \d\d:\d\d UTC", words)


def test_the_one_that_looks_is_marked_and_has_no_button(here, there):
    listed = rows(here)
    assert [here.address in words for words in listed.values() if "this browser" in words] == [True]
    buttons = [each["value"] for each in here.get("/sign-ins/").document.all("button[name=end]")]
    assert set(buttons) == set(listed) - {row_of(here, here)} | {"others"}


def test_with_one_sign_in_there_is_nothing_to_sign_out(here):
    end(here, "others")
    assert here.get("/sign-ins/").document.all("button[name=end]") == []


@pytest.mark.parametrize(("agent", "name"), [
    ("curl/8.5.0", "curl/8.5.0"),
    ("<b>x</b>", "<b>x</b>"),
    ("y" * 3_000, "y" * 60),
])  # fmt: skip
def test_a_browser_that_says_something_else_is_shown_as_it_says_in_plain_words(here, browser, sandbox, agent, name):
    other = browser()
    other.http.headers["User-Agent"] = agent
    other.sign_in(sandbox.people["daniel"])
    page = here.get("/sign-ins/")
    words = rows(here)[row_of(other, here)]
    assert words.startswith(f"{name} ")
    assert "<b>x</b>" not in page.html


def test_signing_out_there_closes_its_sockets_at_once_and_leaves_this_browser_alone(here, there):
    mine, tabs = here.tab(), [there.tab(), there.tab(visible=False)]
    answer = end(here, row_of(there, here))
    assert (answer.status, answer.location) == (303, "/sign-ins/")
    assert [tab.close_code(5) for tab in tabs] == [4401, 4401]
    assert not there.is_signed_in
    assert here.is_signed_in
    assert mine.all_so_far()
    assert there.address not in " ".join(rows(here).values())


def test_it_is_signed_out_in_a_process_beside_this_one_too(portal, sandbox, here, browser):
    with Portal(sandbox.url, portal.data_dir, PROCESS_SLOT="1") as second:
        elsewhere = browser(second)
        assert elsewhere.sign_in(sandbox.people["daniel"]).status == 303
        end(here, row_of(elsewhere, here))
        assert not elsewhere.is_signed_in


def test_everywhere_else_is_every_other_browser_of_this_person_and_no_one_elses(here, there, visit):
    robin = visit("robin")
    assert end(here, "others").location == "/sign-ins/"
    assert (here.is_signed_in, there.is_signed_in, robin.is_signed_in) == (True, False, True)
    assert len(rows(here)) == 1


def test_everywhere_else_is_nothing_wrong_when_there_is_nothing_else(here):
    end(here, "others")
    assert end(here, "others").status == 303
    assert here.is_signed_in


def test_tabs_elsewhere_are_told_when_one_signs_in_and_when_one_signs_out(here, browser, sandbox):
    tab = here.tab()
    other = browser()
    other.sign_in(sandbox.people["daniel"])
    tab.hear("event", lambda frame: frame.get("signins"))
    other.sign_out()
    tab.hear("event", lambda frame: frame.get("signins"))


def test_tabs_elsewhere_are_told_when_one_is_signed_out_from_the_list(here, there, browser, sandbox):
    third = browser()
    third.sign_in(sandbox.people["daniel"])
    tab = third.tab()
    end(here, row_of(there, here))
    tab.hear("event", lambda frame: frame.get("signins"))


def test_what_tabs_are_told_of_a_sign_in_has_no_content(here, browser, sandbox):
    tab = here.tab()
    browser().sign_in(sandbox.people["daniel"])
    frame = tab.hear("event", lambda frame: "signins" in frame)
    assert frame == {"type": "event", "n": frame["n"], "signins": True}


def test_only_the_persons_own_tabs_are_told(here, visit, browser, sandbox):
    mine, theirs = here.tab(), visit("robin").tab()
    browser().sign_in(sandbox.people["daniel"])
    mine.hear("event", lambda frame: frame.get("signins"))
    visit("robin")
    theirs.hear("event", lambda frame: frame.get("signins"))
    assert len([frame for frame in theirs.all_so_far() if "signins" in frame]) == 1


def test_one_may_sign_out_this_browser_too(here):
    end(here, row_of(here, here))
    assert not here.is_signed_in


def test_nobody_elses_sign_in_can_be_ended_or_seen(here, visit):
    robin = visit("robin")
    theirs = row_of(robin, robin)
    assert theirs not in rows(here)
    assert end(here, theirs).status == 404
    assert robin.is_signed_in


@pytest.mark.parametrize("which", ["", "x", "0", str(uuid.UUID(int=0)), "x" * 5_000, "' OR 1=1 --", "\x00", "OTHERS"])
@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_no_sign_in_of_ones_own_ends_nothing(here, there, which, htmx):
    answer = end(here, which, htmx=htmx)
    assert answer.status == 404
    assert "no such sign-in" in answer.html
    assert (here.is_signed_in, there.is_signed_in) == (True, True)


def test_ending_one_twice_is_said_and_harms_nothing(here, there):
    which = row_of(there, here)
    assert [end(here, which).status, end(here, which).status] == [303, 404]


def test_while_the_chat_server_does_not_answer_one_signs_out_there_all_the_same(here, there, world):
    world.break_next("chatconversation", "500", "list", times=99, userid=world.userid("daniel"))
    page = here.get("/sign-ins/")
    assert (page.status, "The chat server is not answering" in page.html) == (200, True)
    assert end(here, row_of(there, here)).status == 303
    assert not there.is_signed_in


def test_it_needs_a_form_of_this_site(here, there):
    assert here.post("/sign-ins/", {"end": "others"}, csrf=False).status == 403
    assert there.is_signed_in


def test_whoever_is_signed_out_sees_no_list(browser):
    assert browser().get("/sign-ins/").location.startswith("/sign-in/")
    assert browser().post("/sign-ins/", {"end": "others"}).location == "/sign-in/"


def test_the_persons_menu_leads_to_the_list(here):
    assert "/sign-ins/" in [each["href"] for each in here.get("/").document.all("a.menu__item")]


def test_the_page_shows_nothing_that_opens_a_sign_in(here, there):
    page = here.get("/sign-ins/").html
    assert here.token not in page
    assert there.token not in page
    assert not re.search(r"\b[0-9a-f]{64}\b", re.sub(r"[^<]*fingerprint[^<]*", "", page))
