"""What a check found, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chat.meeting.candidates import value_of
from chat.meeting.findings import Finding, number
from chat.meeting.writing import columns, shown
from chat.ozeki.dialect import Dialect

# In order of weight. unknown: there was nothing to try it on. failed: it could not be done.
Verdict = Literal["ok", "unknown", "differs", "failed"]
VERDICTS: tuple[Verdict, ...] = ("ok", "unknown", "differs", "failed")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at. `details` are lines below it, `matched` the fields of a reply that are right."""

    verdict: Verdict
    what: str
    why: str = ""
    details: tuple[str, ...] = ()
    matched: frozenset[str] = frozenset()

    @property
    def told(self) -> str:
        """Why, or how many fields of a reply are as they should be."""
        return self.why or (f"{number(len(self.matched), 'field')} as in the reference" if self.matched else "")


def merged(rows: Iterable[Row]) -> list[Row]:
    """Return one row for each thing: the gravest, with everybody's details."""
    found: dict[str, Row] = {}
    for row in rows:
        before = found.get(row.what, row)
        gravest = max(before, row, key=lambda each: VERDICTS.index(each.verdict))
        details = tuple(dict.fromkeys([*before.details, *row.details]))
        found[row.what] = replace(gravest, details=details, matched=before.matched | row.matched)
    return list(found.values())


def judged(held: Dialect, findings: Iterable[Finding]) -> list[Row]:
    """Return what the findings say of the dialect in use."""
    rows = []
    for finding in findings:
        what = f"{finding.field} = {value_of(held, finding.field)}"
        if finding.value == value_of(held, finding.field):
            rows.append(Row("ok", what, finding.why))
        elif finding.value is not None:
            rows.append(Row("differs", what, f"{shown(finding.shown)} would do: {finding.why}"))
        else:
            rows.append(Row("differs" if finding.samples else "unknown", what, finding.why))
    return rows


def table(title: str, rows: Sequence[Row]) -> list[str]:
    """Return the lines of a table under its title; none when there is nothing in it."""
    lines = ["", title] if rows else []
    for row, line in zip(rows, columns([(row.verdict, row.what, row.told) for row in rows]), strict=True):
        lines += [f"  {line}", *(f"           {detail}" for detail in row.details)]
    return lines
