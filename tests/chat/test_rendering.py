from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.rendering import INVISIBLE, initials, message_html, plain_name
from tests.visitor import Document


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ("a & b \"c\" 'd'", "a &amp; b &quot;c&quot; &#x27;d&#x27;"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("a\x00b\x07c\x1bd\x85e", "abcde"),
        ("tab\tstays", "tab\tstays"),
        ("", ""),
    ],
)
def test_a_text_is_shown_as_itself(text, html):
    assert message_html(text) == html


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("see https://example.org/a.", "https://example.org/a", "https://example.org/a"),
        ("(http://example.org/a_(b))", "http://example.org/a_(b)", "http://example.org/a_(b)"),
        ("HTTPS://EXAMPLE.ORG!", "HTTPS://EXAMPLE.ORG", "HTTPS://EXAMPLE.ORG"),
        ("https://example.org/?a=1&b=<2>", "https://example.org/?a=1&b=", "https://example.org/?a=1&b="),
        ("write bob@example.org.", "mailto:bob@example.org", "bob@example.org"),
        ("mailto:bob@example.org", "mailto:bob@example.org", "mailto:bob@example.org"),
        ("call tel:+36123", "tel:+36123", "tel:+36123"),
        ('https://example.org/"onclick="x', "https://example.org/", "https://example.org/"),
    ],
)
def test_an_address_becomes_a_link(text, href, shown):
    (link,) = Document(message_html(text)).all("a")
    assert (link["href"], link.raw) == (href, shown)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "a@b"])
def test_other_schemes_stay_text(text):
    assert "<a" not in message_html(text)


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.from_regex(r"(https?://|<a href=|\"|'|&|@|\w){1,60}"))
def test_whatever_is_said_nothing_but_links_comes_out_and_every_character_is_there(text):
    document = Document(message_html(f"<p>{text}"))
    assert {element.tag for element in document.elements} <= {"a"}
    for link in document.elements:
        assert re.match(r"(https?://|mailto:|tel:)", link["href"], re.IGNORECASE)
        assert link.attributes.keys() == {"href", "rel", "target"}
    unlinked = re.sub(r"</?a\b[^>]*>", "", message_html(text))
    expected = INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    assert unlinked == message_html_of_plain(expected)


def message_html_of_plain(text):
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
        text = text.replace(character, entity)
    return text


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text", ["a@" * 50_000, "http://" * 15_000, "x." * 50_000, "https://e/" + ")" * 100_000, "a" * 100_000]
)
def test_a_text_made_to_take_long_does_not(text):
    assert message_html(text)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Daniel \u202efdp.exe", "Daniel fdp.exe"),
        ("  two \n lines\t", "two lines"),
        ("ze\u200bro\ufeff", "zero"),
        ("\u2066x\u2069\u200f", "x"),
        ("<b>", "<b>"),
        ("ليلى حدّاد", "ليلى حدّاد"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("\u202e\u200b", ""),
    ],
)
def test_a_name_is_one_line_without_what_disguises_it(name, plain):
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Alice Martin", "AM"),
        ("Bob", "B"),
        ("Anna Maria Kis", "AK"),
        ("Kim 🌻🚀", "K"),
        ("🌻", "🌻"),
        ("", "?"),
        ("ß", "SS"),
    ],
)
def test_initials_are_one_or_two_characters(name, letters):
    assert initials(name) == letters
