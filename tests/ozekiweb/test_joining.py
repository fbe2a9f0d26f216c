"""Modules and sheets that travel together mean what they meant apart."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from ozekiweb import joining
from ozekiweb.joining import homes, script, sheet

PAGE = "export const one=1;let count=0;export function add(){return(count+=1)}"


@pytest.fixture
def joined(monkeypatch):
    """`joined(entries, sources)`: what is served of each source."""

    def served(entries, sources):
        monkeypatch.setattr(joining, "ENTRIES", entries)
        found = homes(sources.__getitem__)
        return {name: script(name, found, sources.__getitem__) for name in sources if found.get(name, name) == name}

    return served


def refused(joined, entries, sources):
    with pytest.raises(ImproperlyConfigured) as error:
        joined(entries, sources)
    return str(error.value)


def test_a_module_holds_what_it_imports_and_that_is_served_no_more(joined):
    sources = {"js/a.js": 'import{one}from"./lib/b.js";export const two=one+1;', "js/lib/b.js": PAGE}
    assert list(joined(("js/a.js",), sources)) == ["js/a.js"]


def test_what_two_would_hold_is_the_first_ones_and_the_other_imports_it(joined):
    sources = {
        "js/a.js": 'import{one}from"./b.js";export const two=one+1;',
        "js/b.js": PAGE,
        "js/deep/c.js": 'import{one as single}from"../b.js";import"../d.js";export const three=single;',
        "js/d.js": "const hidden=1;",
    }
    served = joined(("js/a.js", "js/deep/c.js"), sources)
    assert list(served) == ["js/a.js", "js/deep/c.js"]
    assert 'from"../a.js"' in served["js/deep/c.js"]


def test_a_module_loaded_on_demand_is_found_in_the_file_that_holds_it(joined):
    sources = {
        "js/a.js": 'export const load=()=>import("./parts/b.js");',
        "js/idle.js": 'import"./parts/b.js";',
        "js/parts/b.js": PAGE,
        "js/alone.js": 'import{one}from"./parts/b.js";import("./parts/b.js");import("./other.js");',
        "js/other.js": "",
    }
    served = joined(("js/idle.js", "js/a.js"), sources)
    assert 'import("./idle.js")' in served["js/a.js"]
    assert served["js/alone.js"] == 'import{one}from"./idle.js";import("./idle.js");import("./other.js");'


def test_modules_that_import_each_other_are_refused(joined):
    sources = {
        "js/a.js": 'import{b}from"./b.js";export const a=1;',
        "js/b.js": 'import{a}from"./a.js";export const b=1;',
    }
    assert refused(joined, ("js/a.js",), sources).startswith("js/a.js imports js/b.js imports js/a.js")


def test_two_exports_of_one_name_are_refused(joined):
    sources = {"js/a.js": 'import"./b.js";export const a=1;', "js/b.js": "export const a=2;"}
    assert "exports a, too" in refused(joined, ("js/a.js",), sources)


@pytest.mark.parametrize(
    "line",
    [
        'import*as all from"./b.js";',
        'import b from"./b.js";',
        "export default 1;",
        "export let a=1;",
        "export{a};",
        'export*from"./b.js";',
    ],
)
def test_what_it_does_not_know_is_refused_with_the_place(joined, line):
    assert refused(joined, ("js/a.js",), {"js/a.js": line, "js/b.js": PAGE}).startswith("js/a.js: ")


def test_words_that_only_look_like_imports_stay(joined):
    source = 'const words="import {this}";const o={};o.import=1;o.export=2;'
    assert source in joined(("js/a.js",), {"js/a.js": source})["js/a.js"]


def test_a_sheet_has_those_it_imports_in_their_places():
    sources = {
        "css/app.css": '@import "a.css";\n@import "b.css";\n.c {}\n',
        "css/a.css": ".a {}\n",
        "css/b.css": ".b {}\n",
    }
    assert sheet("css/app.css", sources.__getitem__) == ".a {}\n.b {}\n.c {}\n"
