"""The people one may talk to, their cards, and their keys."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from chat import people
from chat.models import SeenKey
from tests.chat.inside import sign_in
from tests.processes import wait_until

WARNING = "Their encryption key has changed"
AT_FIRST = {"robin": "available", "zsofi": "available", "kim": "away", "maximiliana": "away"}
KEY, OTHER_KEY = (base64.b64encode(text).decode() for text in (b"one key", b"another key"))


def fingerprint(publickey):
    digest = hashlib.sha256(base64.b64decode(publickey)).hexdigest()
    return " ".join(digest[n : n + 4] for n in range(0, 64, 4))


@pytest.fixture
def maria(visit):
    return visit("maria")


@pytest.fixture
def rekey(world):
    """Gives a person another public key, for the length of a test."""
    before = {}

    def changed(first, publickey):
        person = world.sandbox.people[first]
        was = world.sandbox.control("publickey", {"email": person.email, "publickey": publickey})
        before.setdefault(person.email, was["publickey"])

    yield changed
    for email, publickey in before.items():
        world.sandbox.control("publickey", {"email": email, "publickey": publickey})


@pytest.fixture
def presence(world):
    """Says how a person shows, for the length of a test."""
    firsts = set()

    def shown(first, availability):
        firsts.add(first)
        email = world.sandbox.people[first].email
        world.sandbox.control("presence", {"email": email, "availability": availability})

    yield shown
    for first in tuple(firsts):
        shown(first, AT_FIRST.get(first))


def listed(visitor, path="/people/", **options):
    """The names in the list, by userid, in its order."""
    document = visitor.get(path, **options).document
    rows = [each["data-person"] for each in document.all("li[data-person]")]
    return dict(zip(rows, [each.text for each in document.all("a.people__name")], strict=True))


def card(visitor, world, first):
    return visitor.get(f"/people/{world.userid(first)}/")


def is_warned(visitor, userid):
    """Whether the list says that a person's key has changed."""
    document = visitor.get("/people/").document
    row = document.one(f"li[data-person={userid}]")
    return any(each.is_in(row) for each in document.all(".people__warning"))


def accept(visitor, world, first, shown):
    return visitor.post(f"/people/{world.userid(first)}/", {"accept": shown})


# The list


def test_the_list_has_every_friend_and_nobody_else(maria, world):
    friends = set(world.sandbox.people) - {"maria", "charlie"}
    assert set(listed(maria)) == {world.userid(first) for first in friends}


def test_who_is_available_stands_first_and_who_is_away_last_each_by_name(maria, presence):
    there = {"zsofi": "available", "alice": "available", "kim": "on a boat", "tom": "", "bob": "offline"}
    for first, availability in there.items():
        presence(first, availability)
    names = [name for name in listed(maria).values() if name[:3] in ("Zsó", "Ali", "Kim", "<b>", "Bob")]
    assert [name[:3] for name in names] == ["Ali", "Zsó", "Kim", "<b>", "Bob"]


def test_names_are_text_and_disguise_nothing(maria, world):
    page = maria.get("/people/")
    assert "<script>alert(1)" not in page.html
    assert "\u202e" not in page.html
    assert listed(maria)[world.userid("tom")] == '<b>Tom</b> & "Co" <script>alert(1)</script>'


def test_the_list_is_narrowed_by_a_word_accents_and_case_aside(maria, world):
    assert set(listed(maria, "/people/?q=ARP")) == {world.userid("arpad")}


@pytest.mark.parametrize("word", ["nobody", "<b>x", "x" * 3_000, "\u202e"])
def test_a_word_that_fits_nobody_is_said_as_it_was_typed(maria, word):
    page = maria.get(f"/people/?q={word}")
    assert page.status == 200
    assert page.document.all("li[data-person]") == [] or word == "\u202e"
    assert "<b>x" not in page.html


def test_with_htmx_the_list_alone_is_answered(maria):
    answer = maria.get("/people/", htmx=True)
    assert not answer.is_whole_page
    assert len(answer.document.all("li[data-person]")) > 5


def test_a_person_is_one_step_away_from_the_conversation_with_them_if_there_is_one(maria, world):
    links = [each["href"] for each in maria.get("/people/").document.all("a.button")]
    assert f"/conversations/{world.between('maria', 'robin')}/" in links
    assert f"/conversations/{world.between('maria', 'bob')}/" not in links


def test_the_persons_menu_leads_to_the_list(maria):
    assert "/people/" in [each["href"] for each in maria.get("/").document.all("a.menu__item")]


def test_whoever_is_signed_out_sees_nobody(browser, world):
    for path in ("/people/", f"/people/{world.userid('bob')}/"):
        assert browser().get(path).location.startswith("/sign-in/")


def test_a_change_of_presence_is_told_to_every_tab(maria, presence):
    tab = maria.tab()
    presence("bob", "on a boat")  # there is no conversation with Bob, so no row of the sidebar changes
    tab.hear("event", lambda frame: frame.get("people"))
    wait_until(lambda: "on a boat" in maria.get("/people/").html, "the list to have it")


# The card


def test_a_card_has_the_name_the_userid_and_the_fingerprint(maria, world, rekey):
    rekey("layla", KEY)
    page = card(maria, world, "layla").document
    facts = dict(zip([each.text for each in page.all("dt")], [each.text for each in page.all("dd")], strict=True))
    assert (facts["Name"], facts["User id"]) == ("ليلى", world.userid("layla"))
    assert fingerprint(KEY) in facts["Key fingerprint"]


def test_ones_own_fingerprint_is_the_one_that_friends_see(maria, visit, world):
    own = maria.get("/people/").document.one("code.fingerprint").text
    assert own == card(visit("robin"), world, "maria").document.one("code.fingerprint").text


def test_a_card_leads_to_the_conversation_or_says_that_there_is_none(maria, world):
    with_one, without = card(maria, world, "robin"), card(maria, world, "bob")
    assert f"/conversations/{world.between('maria', 'robin')}/" in with_one.html
    assert "has no conversation with them yet" not in with_one.html
    assert "has no conversation with them yet" in without.html
    assert "Write to them" not in without.html


@pytest.mark.parametrize("who", ["charlie", "maria", "nobody", "0" * 32, "x" * 64])
def test_there_is_a_card_of_friends_only(maria, world, who):
    userid = world.sandbox.people[who].userid if who in world.sandbox.people else who
    assert maria.get(f"/people/{userid}/").status == 404
    assert maria.post(f"/people/{userid}/", {"accept": "x"}).status == 404


@pytest.mark.parametrize("userid", ["x" * 65, "a.b", "%2e%2e", "%00", "a%20b", "<b>"])
def test_an_address_that_names_no_person_is_not_there(maria, userid):
    assert maria.get(f"/people/{userid}/").status == 404


# Keys


def test_a_key_that_is_seen_for_the_first_time_is_no_change(visit, world):
    arpad = visit("arpad")  # nobody's key changes while he looks
    assert WARNING not in arpad.get("/people/").html
    assert WARNING not in card(arpad, world, "daniel").html


def test_a_changed_key_is_warned_of_on_the_card_and_in_the_list_until_it_is_accepted(maria, world, rekey):
    userid = world.userid("daniel")
    listed(maria)
    rekey("daniel", OTHER_KEY)
    wait_until(lambda: WARNING in card(maria, world, "daniel").html, "the warning")
    before, now, *_ = [each.text for each in card(maria, world, "daniel").document.all("code.fingerprint")]
    assert before != now == fingerprint(OTHER_KEY)
    assert is_warned(maria, userid)
    answer = accept(maria, world, "daniel", fingerprint(OTHER_KEY))
    assert (answer.status, answer.location) == (303, f"/people/{userid}/")
    assert WARNING not in card(maria, world, "daniel").html
    assert not is_warned(maria, userid)


def test_what_one_person_accepted_is_not_accepted_for_another(maria, visit, world, rekey):
    layla = visit("layla")
    rekey("kim", KEY)
    for visitor in (maria, layla):
        wait_until(lambda visitor=visitor: fingerprint(KEY) in card(visitor, world, "kim").html, "the key")
        accept(visitor, world, "kim", fingerprint(KEY))
    rekey("kim", OTHER_KEY)
    for visitor in (maria, layla):
        wait_until(lambda visitor=visitor: WARNING in card(visitor, world, "kim").html, "the warning")
    accept(maria, world, "kim", fingerprint(OTHER_KEY))
    assert WARNING not in card(maria, world, "kim").html
    assert WARNING in card(layla, world, "kim").html


@pytest.mark.parametrize("shown", [fingerprint(KEY), "", "x" * 5_000, fingerprint(OTHER_KEY).upper()])
def test_only_the_key_that_is_there_now_can_be_accepted(maria, world, rekey, shown):
    rekey("bob", KEY)
    wait_until(lambda: fingerprint(KEY) in card(maria, world, "bob").html, "the key")
    accept(maria, world, "bob", fingerprint(KEY))
    rekey("bob", OTHER_KEY)
    answer = accept(maria, world, "bob", shown)
    assert answer.status == 409
    assert "Compare it again" in answer.alert
    assert WARNING in answer.html


def test_a_key_that_is_none_is_said_and_is_no_change(maria, world, rekey):
    rekey("tom", "no key at all!")
    wait_until(lambda: "shows no key for them" in card(maria, world, "tom").html, "the words")
    assert WARNING not in card(maria, world, "tom").html


def test_a_changed_key_comes_to_every_tab(maria, rekey):
    tab = maria.tab()
    rekey("bob", OTHER_KEY)
    tab.hear("event", lambda frame: frame.get("people"))


@pytest.mark.django_db(transaction=True)
async def test_a_key_is_remembered_once_for_each_who_sees_it(make, sandbox):
    _, account = await sign_in(make(), sandbox.people["maria"])
    first, again = await people.cards(account), await people.cards(account)
    assert first == again
    assert await SeenKey.objects.filter(userid=account.userid).acount() == len(first)


@pytest.mark.django_db(transaction=True)
async def test_the_fingerprint_is_that_of_the_key_itself(make, sandbox):
    _, account = await sign_in(make(), sandbox.people["maria"])
    for friend in (await account.friends()).values():
        der = base64.b64decode(friend.publickey)
        assert load_der_public_key(der).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == der
