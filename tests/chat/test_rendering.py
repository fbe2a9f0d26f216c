from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import rendering
from chat.emoji import is_emoji
from chat.rendering import INVISIBLE, LINE_END, initials, is_long, message_html, plain_name
from tests.visitor import Document


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ("a & b \"c\" 'd'", "a &amp; b &quot;c&quot; &#x27;d&#x27;"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("one\x0btwo\x0cthree\x85four\u2028five\u2029six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("a\x00b\x07c\x1bd\x9fe", "abcde"),
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


def test_a_link_goes_to_the_end_of_an_address_however_long_it_is():
    address = f"https://example.org/?state={'a' * 5_000}&b=(c)"
    (link,) = Document(message_html(f"({address}) is long")).all("a")
    assert (link["href"], link.raw) == (address, address)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "a@b"])
def test_other_schemes_stay_text(text):
    assert "<a" not in message_html(text)


CODE_AND_QUOTES = (
    "`code`",
    "a `b c` d",
    "```x = 1```",
    "```\nx = 1\n\n  y\n```",
    "before\n```python\nx\n``` \nafter",
    "```c++\nx```",
    "> quoted",
    "> one\n>two\n>\n> > three\nanswer",
    "> `code` and https://example.org/",
)


@pytest.mark.parametrize("text", CODE_AND_QUOTES)
def test_the_marks_of_code_and_quotes_are_kept_but_marked(text):
    html = message_html(text)
    (shown,) = [element.raw for element in Document(f"<div>{html}</div>").all("div")]
    assert shown == text
    assert Document(html).all(".message__mark")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("`code`", "code"),
        ("``code``", "code"),
        ("say `https://example.org` <- this", "https://example.org"),
        ("`<b>`", "<b>"),
        ("(`f(x)`)", "f(x)"),
        ("```a``` in a line", "a"),
    ],
)
def test_backticks_in_a_line_are_code(text, code):
    document = Document(message_html(text))
    assert document.one("code").raw == code
    assert not document.all("a")
    assert not document.all("pre")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```\na\n  b\n```", "a\n  b"),
        ("```a\nb```", "b"),
        ("```a b\nc```", "a b\nc"),
        ("```a = 1```", "a = 1"),
        ("```\n\na\n\n```\nafter", "\na\n"),
        ("before\n```sh\n> `x` https://example.org\n```", "> `x` https://example.org"),
        ("```\n```js\n```", "```js"),
    ],
)
def test_a_fence_makes_a_block_of_code(text, code):
    document = Document(message_html(text))
    assert document.one("code", document.one(".message__code")).raw == code
    assert not document.all("a")
    assert not document.all("blockquote")


def test_the_language_of_a_block_is_no_part_of_its_code():
    document = Document(message_html("```c++\nint x;\n```"))
    assert document.one(".message__language").raw == "c++"
    assert document.one("code").raw == "int x;"


@pytest.mark.parametrize(
    "text",
    [
        "`",
        "``",
        "```",
        "` a `",
        "`one\ntwo`",
        "`unclosed",
        "``two`",
        "```\nunclosed",
        "```\n```",
        "``` ```",
        "``````",
        "text ```\nx\n``` text",
    ],
)
def test_backticks_that_enclose_nothing_stay_text(text):
    assert message_html(text) == message_html_of_plain(text)


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("> one", ["> one"]),
        (">one", [">one"]),
        ("> one\n> two\nanswer", ["> one\n> two\n"]),
        ("> one\nanswer\n> two", ["> one\n", "> two"]),
        ("> one\n\n> two", ["> one\n", "> two"]),
        (">> nested\n> > too", [">> nested\n> > too"]),
        ("> ```\n> x\n> ```", ["> ```\n> x\n> ```"]),
    ],
)
def test_lines_that_begin_with_an_angle_are_a_quote(text, quotes):
    assert [quote.raw for quote in Document(message_html(text)).all("blockquote")] == quotes


@pytest.mark.parametrize("text", ["a > b", " > a", ">:(", "><", "-> so", "><img src=x>"])
def test_other_angles_stay_text(text):
    assert message_html(text) == message_html_of_plain(text)


CLASSES = {"", "message__code", "message__mark", "message__language"}
PIECES = st.sampled_from(
    ["`", "```", "\n", ">", "> ", " ", "a", "<b>", "&", "https://e.org/", "a@b.org", "\t", "\u2028"]
)


@given(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.from_regex(r"(https?://|<a href=|\"|'|&|@|\w){1,60}")
    | st.lists(PIECES, max_size=40).map("".join)
)
def test_whatever_is_said_nothing_else_comes_out_and_every_character_is_there(text):
    html = message_html(text)
    document = Document(html)
    assert {element.tag for element in document.elements} <= {"a", "code", "pre", "blockquote", "span"}
    for element in document.elements:
        if element.tag == "a":
            assert re.match(r"(https?://|mailto:|tel:)", element["href"], re.IGNORECASE)
            assert element.attributes.keys() == {"href", "rel", "target"}
        else:
            assert element.attributes.keys() <= {"class"}
            assert element["class"] in CLASSES
    bare = re.sub(r"</?(?:a|code|pre|blockquote|span)\b[^>]*>", "", html)
    assert bare == message_html_of_plain(INVISIBLE.sub("", LINE_END.sub("\n", text)))


def message_html_of_plain(text):
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
        text = text.replace(character, entity)
    return text


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        *("a@" * 50_000, "http://" * 15_000, "x." * 50_000, "https://e/" + ")" * 100_000, "a" * 100_000),
        *("https://e/" + ".)" * 50_000, "https://e/" + "(" * 50_000 + ")" * 50_001, "mailto:" * 15_000),
        *("`" * 100_000, "` " * 50_000, "`a " * 30_000, "`a" + " " * 100_000, "``a`" * 25_000, "`" * 99_999 + "a"),
        *("```a\n" * 20_000, "```\n" * 25_000, "```\n" + "``` x\n" * 15_000, "```" + " " * 100_000 + "x"),
        *("> a\n" * 25_000, ">" * 100_000, ">\n" * 50_000, "> `a\n" * 20_000, "```a" * 25_000, "```a\nb```\n" * 9_000),
    ],
)
def test_a_text_made_to_take_long_does_not(text):
    assert message_html(text)


def test_a_text_of_megabytes_is_shown_as_it_is_without_links():
    line = "<b> https://example.org/ `code`\n"
    short, endless = message_html(line), message_html(line * 100_000)
    assert "<a" in short
    assert endless == message_html_of_plain(line * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        *("🌻", "🌻🌻", " 😂\n", "🌻" * 6, "❤", "❤️", "☺️", "✔️", "©️", "🅰️", "⭐"),
        *("👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "❤️‍🔥", "👩🏽‍⚕️", "🧑🏻‍❤️‍💋‍🧑🏼", "👁️‍🗨️", "🇭🇺", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#️⃣"),
        "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ❤️‍🔥 🇭🇺",
    ],
)
def test_a_few_emoji_are_emoji(text):
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1", "12", "#", "*", "a", "🌻!", "ok 👍", "🌻" * 7, "→", "©", "🇭", "\u200d", "\ufe0f", "`🌻`", "ليلى"],
)
def test_anything_else_is_not(text):
    assert not is_emoji(text)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["🌻" * 100_000, "👍🏽" * 59, "👩\u200d" * 60, "❤️" * 60, " " * 100_000 + "x"])
def test_emoji_made_to_take_long_do_not(text):
    assert not is_emoji(text)


@pytest.mark.parametrize(
    ("text", "long"),
    [("a" * 2_000, False), ("a" * 2_001, True), ("\n" * 30, False), ("\n" * 31, True), ("\x0b" * 31, True)],
)
def test_what_takes_much_room_is_long(text, long):
    assert is_long(text) is long


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


def test_a_giant_name_is_made_plain_and_not_kept():
    rendering.forget_names()
    assert rendering.plain_name("a" * 100_000 + "\u202e") == "a" * 100_000
    assert rendering.plain_name("Ann\u202ea") == "Anna"
    assert rendering._plain.cache_info().currsize == 1
