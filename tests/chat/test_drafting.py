from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from chat import drafting
from chat.drafting import DraftError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def drafted(**fields):
    said = {"to": ["bob@example.org"], "text": "Hello"} | fields
    return drafting.from_json(json.dumps(said).encode())


def wrong_field(**fields):
    with pytest.raises(DraftError) as error:
        drafted(**fields)
    assert error.value.words
    return error.value.field


def test_a_draft_without_more_has_no_link_and_is_kept_for_a_week():
    draft = drafted()
    assert (draft.to, draft.text, draft.link) == (("bob@example.org",), "Hello", "")
    assert draft.expires == NOON + timedelta(days=7)


def test_null_is_as_good_as_absent():
    assert drafted(link=None, expires=None) == drafted()


def test_everyone_is_a_word_and_not_a_name():
    assert drafted(to="everyone").to is None
    assert drafted(to=["everyone"]).to == ("everyone",)


@pytest.mark.parametrize("to", [None, "", "bob@example.org", [], {}, 5, [5], [None], [["x"]], True, ["x"] * 1_001])
def test_people_are_a_list_of_names(to):
    assert wrong_field(to=to) == "to"


def test_a_thousand_names_are_fine_and_the_same_one_counts_once():
    assert len(drafted(to=[f"{n}" for n in range(1_000)]).to) == 1_000
    assert drafted(to=["a", "b", "a"]).to == ("a", "b")


@pytest.mark.parametrize("text", [None, "", " \r\n\t", "\x00\x07", 5, ["x"], {"x": 1}, "x" * 2_001])
def test_a_text_has_something_to_say_and_an_end(text):
    assert wrong_field(text=text) == "text"


def test_a_text_keeps_its_lines_and_loses_what_draws_nothing():
    assert drafted(text="  One\r\nTwo\rThree\x00\x1b[31m\n").text == "One\nTwo\nThree[31m"
    assert drafted(text="ő" * 2_000).text == "ő" * 2_000


@pytest.mark.parametrize(
    "link",
    [
        "http://example.org",
        "https://example.org:8443/a/b?c=d&e=f#g",
        "HTTPS://EXAMPLE.ORG/",
        "http://intranet/",
        "http://[::1]:8000/",
        "https://example.org/" + "x" * 1_980,
        "https://példa.hu/út",
    ],
)
def test_a_link_leads_to_a_page_of_a_host(link):
    assert drafted(link=link).link == link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:bob@example.org",
        "ftp://example.org",
        "//example.org",
        "/alerts/",
        "example.org",
        "http:",
        "http://",
        "http:///path",
        "https://:443/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://[::1/",
        "https://bank.example@evil.example/",
        "https://bank.example:pw@evil.example/",
        "https://example.org\\@evil.example/",
        "https://example.org/ a",
        "https://example.org/\ta",
        "https://example.org/\u202egnp.exe",
        "https://exam\u200bple.org/",
        'https://example.org/"onclick="',
        "https://example.org/<script>",
        "https://example.org/" + "x" * 1_981,
        5,
        True,
        False,
        [],
        ["https://example.org"],
        {},
    ],
)
def test_any_other_link_is_refused(link):
    assert wrong_field(link=link) == "link"


@pytest.mark.parametrize("end", ["2026-06-01T12:00:01Z", "2026-06-01T12:00:01+00:00", "2027-06-02T12:00:00Z"])
def test_an_end_is_a_moment_in_utc_within_a_year(end):
    assert drafted(expires=end).expires == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    "end",
    [
        "2026-06-01T12:00:00Z",
        "2026-06-01T11:59:59Z",
        "2027-06-02T12:00:01Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2026-06-02T12:00:00",
        "2026-06-02T12:00:00+02:00",
        "2026-06-02",
        "tomorrow",
        "",
        0,
        1_780_000_000,
        False,
        [],
        {},
    ],
)
def test_any_other_end_is_refused(end):
    assert wrong_field(expires=end) == "expires"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b"[" * 60_000, b'{"a":' * 60_000, b"1" * 60_000]
)
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(DraftError) as error:
        drafting.from_json(body)
    assert error.value.field == ""


@pytest.mark.parametrize("name", ["to", "text", "link"])
def test_half_a_character_is_refused(name):
    value = '["\\ud800"]' if name == "to" else '"\\ud800"'
    with pytest.raises(DraftError):
        drafting.from_json(f'{{"to": ["x"], "text": "x", "{name}": {value}}}'.encode())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.sampled_from(["to", "text", "link", "expires"]), each),
    )
)
def test_whatever_comes_is_a_draft_or_a_reasoned_refusal(said):
    try:
        draft = drafting.from_json(json.dumps(said).encode())
    except DraftError as error:
        assert error.words
    else:
        assert draft.text
        assert draft.link.lower().startswith(("http://", "https://")) or not draft.link


# The form


def written(**fields):
    form = QueryDict(mutable=True)
    form.update({"to": "bob@example.org", "text": "Hello", "link": "", "days": "7"} | fields)
    return drafting.from_form(form)


def test_the_form_names_people_as_they_are_pasted():
    assert written(to=" a@x, b@x;c@x\r\n\n d@x a@x ").to == ("a@x", "b@x", "c@x", "d@x")


def test_the_form_says_everyone_by_a_choice():
    assert written(to="", everyone="on").to is None


@pytest.mark.parametrize("days", ["1", "7", "30"])
def test_the_form_keeps_it_as_long_as_chosen(days):
    assert written(days=days).expires == NOON + timedelta(days=int(days))


def test_blanks_around_a_pasted_link_do_no_harm():
    assert written(link=" https://example.org/ ").link == "https://example.org/"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("to", {"to": ""}),
        ("to", {"everyone": "on"}),
        ("to", {"to": " ".join(f"{n}" for n in range(1_001))}),
        ("text", {"text": " "}),
        ("link", {"link": "javascript:alert(1)"}),
        ("days", {"days": "2"}),
        ("days", {"days": "-7"}),
        ("days", {"days": ""}),
    ],
)
def test_a_form_with_a_mistake_is_refused(field, fields):
    with pytest.raises(DraftError) as error:
        written(**fields)
    assert (error.value.field, bool(error.value.words)) == (field, True)
