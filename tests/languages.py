"""`python -m tests.languages` makes the catalogues of words anew: what the sources say, what is translated of it, and
what the portal and browsers read.

A catalogue is a .po file, edited by people: `django` has the words of templates and Python, `djangojs` those of
scripts. Beside each is what it compiles to, and `static/js/words/` has a script with the second for browsers.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import django
import polib
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import override
from django.utils.translation.template import templatize
from django.views.i18n import JavaScriptCatalog

from chat.ozeki.dialect import Dialect
from chat.ozeki.errors import CANNOT_DECRYPT
from tests.processes import ROOT

LOCALE = ROOT / "locale"
SOURCES = {"django": ("chat/**/*.py", "ozekiweb/**/*.py", "templates/**/*.html"), "djangojs": ("static/js/**/*.js",)}
FUNCTIONS = {"_", *(n + name for n in ("", "n") for name in ("gettext", "gettext_lazy", "gettext_noop"))}
IN_SCRIPT = re.compile(r'\bn?gettext\(\s*("(?:[^"\\]|\\.)*")(?:,\s*("(?:[^"\\]|\\.)*"))?')
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
# Of what Django's own script has, the two functions that the pages use.
SCRIPT = """\
{
  const catalog = %s;
  const plural = (n) => Number(%s);
  globalThis.django = {
    gettext: (words) => [catalog[words] ?? words].flat()[0],
    ngettext: (one, more, n) =>
      Array.isArray(catalog[one]) ? catalog[one][plural(n)] : (catalog[one] ?? (n === 1 ? one : more)),
  };
}
"""
METADATA = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


class Words(NamedTuple):
    """Words for people, as a source has them; `more` is their plural, "" when they have none."""

    file: str
    line: int
    one: str
    more: str


def words_in(path: Path) -> Iterator[Words]:
    """The words that are marked for translation in a source."""
    text, file = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
    found = {".py": in_python, ".html": in_template, ".js": in_script}[path.suffix](text)
    for line, one, more in found:
        yield Words(file, line, one, more)


def in_python(text: str) -> Iterator[tuple[int, str, str]]:
    """Calls of gettext in Python: line, words and their plural."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            one, more, *_ = [argument.value for argument in node.args if isinstance(argument, ast.Constant)] + ["", ""]
            if one:
                yield node.lineno, str(one), str(more) if node.func.id.startswith("n") else ""


def in_template(text: str) -> Iterator[tuple[int, str, str]]:
    """The same in a template, as Django itself reads one."""
    for number, line in enumerate(templatize(text).splitlines(), 1):
        call: list[str] = []
        for token in tokenize.generate_tokens(StringIO(line.strip()).readline):
            if token.type == tokenize.NAME and token.string in FUNCTIONS:
                call = [token.string]
            elif token.type == tokenize.STRING and call:
                call.append(ast.literal_eval(token.string))
            elif token.string == ")" and len(call) > 1:
                yield number, call[1], call[2] if len(call) > 2 else ""
                call = []


def in_script(text: str) -> Iterator[tuple[int, str, str]]:
    """The same in a script."""
    for match in IN_SCRIPT.finditer(text):
        one, more = match.groups()
        yield text.count("\n", 0, match.start()) + 1, ast.literal_eval(one), ast.literal_eval(more or '""')


def words_of(domain: str) -> list[Words]:
    """All the words of a catalogue, in the order of the sources."""
    paths = sorted(path for pattern in SOURCES[domain] for path in ROOT.glob(pattern) if "words" not in path.parts)
    found = [words for path in paths for words in sorted(words_in(path))]
    if domain == "django":  # chat.ozeki knows no Django
        found += [Words("chat/ozeki/dialect.py", 0, one.label, "") for one in Dialect().availability.actions]
        found += [Words("chat/ozeki/errors.py", 0, CANNOT_DECRYPT, "")]
    return found


def po_file(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def script_file(language: str) -> Path:
    return ROOT / "static" / "js" / "words" / f"{language}.js"


def updated(po: polib.POFile, found: list[Words]) -> polib.POFile:
    """A catalogue of exactly these words, with what `po` has of their translations."""
    fresh = polib.POFile(wrapwidth=120)
    fresh.metadata = po.metadata
    known = {entry.msgid: entry for entry in po if not entry.obsolete}
    for words in found:
        entry = fresh.find(words.one) or polib.POEntry(msgid=words.one)
        if entry not in fresh:
            fresh.append(entry)
            before = known.get(words.one, entry)
            entry.msgstr, entry.msgstr_plural, entry.tcomment = before.msgstr, before.msgstr_plural, before.tcomment
        if words.more and not entry.msgid_plural:
            entry.msgid_plural, entry.msgstr = words.more, ""
            entry.msgstr_plural = entry.msgstr_plural or {0: "", 1: ""}
        if PLACEHOLDER.search(words.one + words.more):
            entry.flags = ["python-format"]
        comment = comment_above(words)
        entry.comment = entry.comment or comment
        if (words.file, "") not in entry.occurrences:
            entry.occurrences.append((words.file, ""))
    return fresh


def comment_above(words: Words) -> str:
    """What the line above tells translators."""
    line = (ROOT / words.file).read_text(encoding="utf-8").splitlines()[max(0, words.line - 2)]
    comment = re.search(r"Translators: (.*?)\s*(?:#\}|$)", line)
    return f"Translators: {comment[1]}" if comment and words.line > 1 else ""


def script_of(language: str) -> str:
    """The script that tells browsers the words of a language, as Django reads them from the compiled catalogue."""
    with override(language):
        view = JavaScriptCatalog()
        view.get(HttpRequest())  # which loads the words
        catalog, plural = view.get_catalog(), view.get_plural()
    return SCRIPT % (json.dumps(catalog, ensure_ascii=False, indent=2, sort_keys=True), plural)


def languages() -> list[str]:
    """All but English, in which the sources are."""
    return [language for language, _ in settings.LANGUAGES if language != settings.LANGUAGE_CODE]


def main() -> None:
    for language in languages():
        for domain in SOURCES:
            path = po_file(language, domain)
            po = polib.pofile(str(path)) if path.exists() else polib.POFile()
            po.metadata = po.metadata or METADATA | {"Language": language}
            po = updated(po, words_of(domain))
            path.parent.mkdir(parents=True, exist_ok=True)
            po.save(str(path))
            po.save_as_mofile(str(path.with_suffix(".mo")))
            left = [entry for entry in po if not entry.translated()]
            sys.stdout.write(f"{path.relative_to(ROOT)}: {len(po)} words, {len(left)} to translate\n")
        script_file(language).write_text(script_of(language), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ozekiweb.settings")
    django.setup()
    main()
