"""Holds the documents to the code."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import get_args, get_origin, get_type_hints

import pytest
from django.urls import URLPattern, get_resolver

from chat import metrics
from chat.ozeki import dialect
from ozekiweb.settings import env
from tests.languages import words_of
from tests.processes import ROOT
from tests.screenshots import IN_USING, OFFLINE

SHORTCUTS = "templates/chat/shortcuts/_shortcuts.html"
PICTURES = ROOT / "docs" / "pictures"
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def addresses(patterns=None, prefix="/", namespace=""):
    """(path as the documents write it, URL name) of every page."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield path, namespace + pattern.name
        else:
            yield from addresses(
                pattern.url_patterns, path, namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            )


def test_settings_names_every_variable_and_no_other():
    documented = re.findall(r"^\| `(\w+)` \|", text_of("docs/settings.md"), re.MULTILINE)
    assert sorted(documented) == sorted(env.names)


def test_the_example_environment_has_every_variable_in_order():
    documented = re.findall(r"^# (\w+)=", text_of(".env.example"), re.MULTILINE)
    assert documented == sorted(env.names)


@pytest.mark.parametrize(("path", "name"), list(addresses()))
def test_architecture_has_every_address(path, name):
    assert re.search(
        rf"^\| `{re.escape(path)}` \| `{re.escape(name)}` \|", text_of("docs/architecture.md"), re.MULTILINE
    )


def test_architecture_names_no_address_that_is_not_there():
    documented = re.findall(r"^\| `(/[^`]*)` \| `", text_of("docs/architecture.md"), re.MULTILINE)
    assert sorted(documented) == sorted(path for path, _ in addresses())


def test_architecture_says_why_each_dependency_is_there():
    pinned = text_of("requirements.txt") + text_of("requirements-dev.txt")
    packages = re.findall(r"^([\w-]+)(?:\[\w+\])?==", pinned, re.MULTILINE)
    reasons = re.findall(
        r"^\| ([\w, -]+) \|", text_of("docs/architecture.md").partition("## Why each")[2], re.MULTILINE
    )
    documented = {name for reason in reasons for name in reason.split(", ")}
    assert documented - {"Package"} == set(packages)


def test_architecture_says_what_each_module_is():
    table = text_of("docs/architecture.md").partition("## What lives where")[2].partition("\n## ")[0]
    modules = {path.stem for package in ("chat", "ozekiweb", "chat/ozeki") for path in (ROOT / package).glob("*.py")}
    assert sorted(name for name in modules - {"__init__"} if not re.search(rf"\b{name}\b", table)) == []


def calls_in_the_product():
    """(calls, where, file, test) of each row of that table in docs/protocol.md."""
    row = r"^\| ([\w /,]+) \| [^|]+ \| ([^|]+) \| `(tests/[\w/.]+)`: `(\w+)` \|$"
    return re.findall(row, text_of("docs/protocol.md"), re.MULTILINE)


def on_screen():
    """All words that stand on the screen."""
    return {re.sub(r"</?\w+>", "", words.one) for domain in ("django", "djangojs") for words in words_of(domain)}


def test_protocol_says_of_every_call_where_it_is_and_which_test_proves_it():
    text = text_of("docs/protocol.md")
    calls = re.findall(r"^\| ([\w /]+) \| chat\w+ \||^\| ([\w /]+) \| workspace ", text, re.MULTILINE)
    rows = calls_in_the_product()
    assert {name for names, *_ in rows for name in names.split(", ")} == {one or other for one, other in calls}
    assert len(calls) == 19
    assert [test for _, _, file, test in rows if f"def {test}(" not in text_of(file)] == []


def test_protocol_says_of_every_call_at_which_address_it_is_and_names_none_that_is_not_there():
    named = {calls: set(re.findall(r"`(/[^`]*)`", where)) for calls, where, *_ in calls_in_the_product()}
    there = {path for path, _ in addresses()}
    assert {calls: paths for calls, paths in named.items() if not paths or paths - there} == {}


def test_protocol_names_only_words_that_stand_on_the_screen():
    named = {words for _, where, *_ in calls_in_the_product() for words in re.findall(r"\*\*(.+?)\*\*", where)}
    assert len(named) > 10
    assert named - on_screen() == set()


def test_the_dialect_in_protocol_is_the_default_one_in_full():
    block = text_of("docs/protocol.md").partition("```toml\n")[2].partition("```")[0]
    assert dialect.parse(block) == dialect.Dialect()
    for table in fields(dialect.Dialect):
        for field in fields(getattr(dialect.Dialect(), table.name)):
            assert re.search(rf"^\[{table.name}\]\n(?:[^\[].*\n)*?{field.name} =", block, re.MULTILINE), (table, field)


def test_protocol_names_every_value_a_dialect_may_have():
    block = text_of("docs/protocol.md").partition("```toml\n")[2].partition("```")[0]
    for table in fields(dialect.Dialect):
        hints = get_type_hints(type(getattr(dialect.Dialect(), table.name)))
        for name, hint in hints.items():
            line = re.search(rf"^\[{table.name}\]\n(?:[^\[].*\n)*?({name} = .*\n)", block, re.MULTILINE)
            if get_origin(hint) is not tuple and line:
                assert [value for value in get_args(hint) if value not in line[1]] == [], (table.name, name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document):
    named = re.findall(r"`((?:chat|ozekiweb|tests|bin|static|docs)/[\w./-]+)`", document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_monitoring_has_every_metric_with_its_kind_and_no_other():
    documented = re.findall(r"^\| `(ozeki_web_\w+)` \| (\w+) \|", text_of("docs/monitoring.md"), re.MULTILINE)
    there = {
        (family.name + ("_total" if family.type == "counter" else ""), family.type)
        for family in metrics.REGISTRY.collect()
    }
    assert sorted(documented) == sorted((name, kind) for name, kind in there if not name.startswith("process_"))


# docs/using.md


def test_using_names_only_words_that_stand_on_the_screen():
    named = re.findall(r"\*\*(.+?)\*\*", text_of("docs/using.md"), re.DOTALL)
    assert len(named) > 20
    assert {" ".join(words.split()) for words in named} - on_screen() == {"bold"}


def test_using_names_only_shortcuts_that_there_are():
    rows = re.findall(r"<tr><th[^>]*>{% translate \"(.+?)\" %}</th><td>(.+?)</td>", text_of(SHORTCUTS))
    there = {(" ".join(re.findall(r"<kbd>(.+?)</kbd>", keys)), words) for words, keys in rows}
    named = re.findall(r"^\| (`.+`) \| (.+) \|$", text_of("docs/using.md"), re.MULTILINE)
    assert len(named) > 10
    assert {(keys.replace("`", ""), words) for keys, words in named} - there == set()


def test_using_shows_every_picture_made_for_it_and_no_other():
    named = re.findall(r"!\[.+\]\(pictures/(.+)\)", text_of("docs/using.md"))
    assert sorted(named) == sorted(picture.name for picture in PICTURES.iterdir())
    assert sorted(named) == sorted(f"{name}.webp" for name in (*IN_USING, OFFLINE))


def test_the_pictures_of_using_are_small():
    sizes = [picture.stat().st_size for picture in PICTURES.iterdir()]
    assert 5_000 < max(sizes) <= 60_000
    assert sum(sizes) <= 600_000


def test_the_readme_stays_short():
    assert 60 <= len(text_of("README.md").splitlines()) <= 100
