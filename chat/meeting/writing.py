"""Findings as a dialect file, and as a table for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from itertools import groupby
from typing import Any

from chat.meeting.findings import Finding
from chat.ozeki.dialect import Dialect

HEAD = """\
# What `ozeki learn` read from a network trace of the official client. A field that is not here has its default.
"""
WIDTH = 118


def dialect_file(findings: Iterable[Finding]) -> str:
    """Return the TOML of what is known; what is not stands there as a comment."""
    lines = [HEAD]
    order = [table.name for table in fields(Dialect)]
    ordered = sorted(findings, key=lambda finding: order.index(_table(finding)))
    for table, group in groupby(ordered, key=_table):
        lines.append(f"[{table}]")
        for finding in group:
            name = finding.field.partition(".")[2]
            if finding.value is None:
                lines.append(f"# {name}: unknown: {finding.why}")
            else:
                lines += [f"# {finding.sure}: {finding.why}", f"{name} = {toml(finding.value)}"]
        lines.append("")
    return "\n".join(lines)


def _table(finding: Finding) -> str:
    return finding.field.partition(".")[0]


def toml(value: Any) -> str:
    """Return a value of the dialect as TOML: a text, a whole number, or a list of tables."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_inline, value))}]"
    # A JSON string is a TOML one, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(item: Any) -> str:
    return f"{{ {', '.join(f'{name} = {toml(value)}' for name, value in asdict(item).items())} }}"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines: all columns but the last are as wide as their widest cell."""
    widths = [max(map(len, column), default=0) for column in zip(*rows, strict=True)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]


def shown(text: str) -> str:
    """Return a text of a stranger's as it may be printed: one line, no control characters, not long."""
    clean = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return clean if len(clean) <= WIDTH else f"{clean[: WIDTH - 1]}…"
