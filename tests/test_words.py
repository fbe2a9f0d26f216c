"""Holds the catalogues of words to the sources, and the sources to them: nothing that people read is left out."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser

import polib
import pytest
from django.template.base import Lexer, TokenType

from tests.languages import FUNCTIONS, IN_SCRIPT, SOURCES, languages, po_file, script_file, script_of, words_of
from tests.processes import ROOT

AGAIN = "run `python -m tests.languages`, which says what is left to translate"
CATALOGUES = [(language, domain) for language in languages() for domain in SOURCES]
MARKS = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|</?\w+>|https?://|\d{2,}")


def catalogue(language, domain):
    return polib.pofile(str(po_file(language, domain)))


def translations(entry):
    return [*entry.msgstr_plural.values()] or [entry.msgstr]


# The catalogues


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_catalogue_has_the_words_of_the_sources_and_no_others(language, domain):
    kept = {(entry.msgid, entry.msgid_plural) for entry in catalogue(language, domain)}
    plurals = {words.one: words.more for words in words_of(domain) if words.more}
    assert kept == {(words.one, plurals.get(words.one, "")) for words in words_of(domain)}, AGAIN


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_every_word_is_translated(language, domain):
    assert [entry.msgid for entry in catalogue(language, domain) if not entry.translated() or entry.fuzzy] == []


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_translation_has_the_same_placeholders_and_tags(language, domain):
    def marks(text):
        return sorted(MARKS.findall(text.replace("20,000", "20 000")))

    for entry in catalogue(language, domain):
        for translation in translations(entry):
            assert marks(translation) == marks(entry.msgid_plural or entry.msgid), entry.msgid


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_what_a_catalogue_compiles_to_is_there(language, domain):
    compiled = po_file(language, domain).with_suffix(".mo")
    assert compiled.read_bytes() == catalogue(language, domain).to_binary(), AGAIN


@pytest.mark.parametrize("language", languages())
def test_browsers_get_what_the_catalogue_has(language):
    assert script_file(language).read_text(encoding="utf-8") == script_of(language), AGAIN


@pytest.mark.parametrize("domain", SOURCES)
def test_hungarian_is_set_in_hungarian(domain):
    told = [words for entry in catalogue("hu", domain) for words in translations(entry)]
    assert [words for words in told if re.search(r"[\"'“]|\.\.\.|\s[,.;:?!…]", words)] == []
    assert [words for words in told if words.count("„") != words.count("”")] == []


# Templates

SPOKEN = {"alt", "aria-label", "content", "label", "placeholder", "title"}
NOT_SPOKEN = {"code", "kbd", "script", "style"}
# Names, units, and examples of what is no language.
AS_IT_IS = {"UTC", "JSON", "https://", "alice.ozeki.chat"}
# What a page fills into attributes of its base.
ATTRIBUTES = {"app", "hx-history-elt"}


class Spoken(HTMLParser):
    """What a page says to people: its text, and the attributes that are read or shown."""

    def __init__(self, html):
        super().__init__()
        self.words, self.silent = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.silent += tag in NOT_SPOKEN
        spoken = SPOKEN - {"content"} if tag == "meta" else SPOKEN
        said = [(name, (value or "").strip()) for name, value in attrs]
        self.words += [words for name, words in said if name in spoken or (name.startswith("data-") and " " in words)]

    def handle_endtag(self, tag):
        self.silent -= tag in NOT_SPOKEN

    def handle_data(self, data):
        self.words += [] if self.silent else [data]


def bare(template):
    """A template without its tags, its variables, and what stands in {% blocktranslate %}."""
    text, translating = "", False
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            translating = name == "blocktranslate" or (translating and name != "endblocktranslate")
        elif token.token_type == TokenType.TEXT and not translating:
            text += token.contents
        elif token.token_type == TokenType.VAR:
            text += " "
    return text


def left_out(template):
    words = re.split(r"[\s·]+", " ".join(Spoken(bare(template)).words))
    return [word for word in words if re.search(r"[^\W\d_]", word) and word not in AS_IT_IS | ATTRIBUTES]


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_untranslated(path):
    assert left_out(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ('<a title="Help" href="/help/">{% translate "Help" %}</a>', ["Help"]),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %} there", ["there"]),
        ('<p data-off="No connection." data-id="7"></p>', ["No", "connection."]),
        ("<kbd>Ctrl</kbd> <!-- a note --> {# another #} <b class='x'>12:30 UTC</b>", []),
    ],
)
def test_untranslated_words_of_a_template_are_found(template, words):
    assert left_out(template) == words


# Python

NOT_FOR_PEOPLE = {"agents.py", "checks.py", "metrics.py"}  # browsers' names, and what administrators are told
FOR_PEOPLE = [
    path
    for path in sorted([*(ROOT / "chat").glob("*.py"), *(ROOT / "chat" / "views").glob("*.py")])
    if path.name not in NOT_FOR_PEOPLE
]
SENTENCE = re.compile(r"[A-Z][\w'’]*( .*)?[.?!:…]|[A-Z][\w'’]* .*", re.DOTALL)


def sentences(source):
    """Constants that look like words for people and are not translated; docstrings and what is logged are for us."""
    tree = ast.parse(source)
    fine = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in FUNCTIONS | {"warning", "info", "error", "compile"}:
                fine |= {id(argument) for argument in node.args}
        elif isinstance(node, ast.Expr):
            fine.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            fine |= {id(value) for value in node.values}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in fine
        if SENTENCE.fullmatch(node.value)
    ]


@pytest.mark.parametrize("path", FOR_PEOPLE, ids=lambda path: path.name)
def test_python_says_nothing_untranslated(path):
    assert sentences(path.read_text(encoding="utf-8")) == []


def test_untranslated_words_of_python_are_found():
    source = '"""Docs."""\nerror = "Write something."\nproblem(request, 404, "Not here")\nfine = _("Write it.")\n'
    assert sentences(source) == ["Write something.", "Not here"]


# Scripts

SCRIPTS = [path for path in sorted((ROOT / "static" / "js").rglob("*.js")) if "words" not in path.parts]
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
WORDS = re.compile(r"[A-Z][a-z’']+([ …:.].*)?|[A-Za-z]+( [a-z]+)+[.?!…]?")
# What browsers call things.
NAMES = {"Alt", "End", "Enter", "Escape", "Home", "Main", "Notification", "Other", "Shift", "light dark", "not all"}
EMOJI = {"emoji.js", "emoji-hu.js"}  # tables of words


def said(script):
    """Literals of a script that look like words for people and are not translated."""
    code = re.sub(r"/\*.*?\*/", "", re.sub(r"(?<!:)//.*", "", script), flags=re.DOTALL)
    literals = [
        one or re.sub(r"\$\{.*?\}", "", other).strip() for one, other in LITERAL.findall(IN_SCRIPT.sub("", code))
    ]
    return [words for words in literals if WORDS.fullmatch(words) and words not in NAMES]


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path.name not in EMOJI], ids=lambda path: path.name)
def test_a_script_says_nothing_untranslated(path):
    assert said(path.read_text(encoding="utf-8")) == []


def test_untranslated_words_of_a_script_are_found():
    script = (
        '// A "Note".\nsay("Not now."); say(gettext("Later")); title = "Help";\nkey === "Enter"; `${n} new messages`'
    )
    assert said(script) == ["Not now.", "Help", "new messages"]


UNKNOWABLE = re.compile(
    r"""\bgettext\(\s*(?!\s|"(?:[^"\\]|\\.)*",?\s*\))"""
    r"""|\bngettext\(\s*(?!\s|"(?:[^"\\]|\\.)*",\s*"(?:[^"\\]|\\.)*",)"""
)


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path.name != "page.js"], ids=lambda path: path.name)
def test_a_script_translates_only_words_that_the_catalogue_can_know(path):
    assert UNKNOWABLE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("call", ["gettext(words)", 'gettext("a" + b)', "gettext(`${a}`)", 'ngettext("a", more, n)'])
def test_a_call_with_other_words_is_found(call):
    assert UNKNOWABLE.search(call)


def pictures(name):
    lines = re.split("`", (ROOT / "static" / "js" / "models" / name).read_text(encoding="utf-8"))[1::2]
    return [line.split()[0] for group in lines for line in group.splitlines()]


def test_each_emoji_has_its_words_in_hungarian():
    assert len(pictures("emoji.js")) > 200
    assert pictures("emoji-hu.js") == pictures("emoji.js")
