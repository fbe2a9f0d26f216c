"""What browsers load is the code without what only people read."""

from __future__ import annotations

import pytest

from ozekiweb.static import lean
from tests.processes import ROOT


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("/** Says hello. */\nconst a = 1; // one\n", "const a=1;"),
        ("const url = `https://${host}/`; // not a comment inside\n", "const url=`https://${host}/`;"),
        ('const words = "a  b /* c */ d";\n', 'const words="a  b /* c */ d";'),
        ("const slash = /\\/\\*/u;\n", "const slash=/\\/\\*/u;"),
        ("const lines = `one\n  two`;\n", "const lines=`one\n  two`;"),
    ],
)
def test_a_script_keeps_its_meaning(source, kept):
    assert lean("a.js", source).strip() == kept


def test_a_style_sheet_loses_comments_and_indentation_only():
    sheet = "/* Red. */\n.a {\n  color: red;\n\n  & + & {\n    margin: calc(1px + 2px);\n  }\n}\n"
    assert lean("a.css", sheet).strip() == ".a {\ncolor: red;\n& + & {\nmargin: calc(1px + 2px);\n}\n}"


@pytest.mark.parametrize("path", sorted((ROOT / "static").rglob("*.css")), ids=lambda path: path.name)
def test_no_style_sheet_of_ours_hides_a_comment_in_a_string(path):
    strings = path.read_text().split('"')[1::2]
    assert [string for string in strings if "/*" in string or "*/" in string] == []
