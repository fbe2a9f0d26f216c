"""`manage.py ozeki learn`: reads a network trace of the official client and writes the dialect it speaks."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chat.meeting import trace as traces
from chat.meeting.asking import ask, say
from chat.meeting.findings import Finding
from chat.meeting.learning import learn
from chat.meeting.person import Person
from chat.meeting.trace import TraceError
from chat.meeting.writing import columns, dialect_file, shown
from chat.ozeki.dialect import Dialect, parse

NOT_DONE = 2


def options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py ozeki learn",
        description="Work out a dialect from a network trace (HAR) of the official client; docs/real-server.md says "
        "how to record one. The password is asked for; without it, what needs it stays unknown.",
    )
    parser.add_argument("file", type=Path, help="the trace")
    parser.add_argument("--email", required=True, help="whose sign-in the trace shows")
    parser.add_argument("--write-to", type=Path, default=Path("dialect.toml"), metavar="PATH", help="the file to write")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Print what was found and write the file; the exit status."""
    chosen = options(argv)
    if chosen.write_to.exists() and not chosen.force:
        say(f"{chosen.write_to} is there already; --force writes over it", to=sys.stderr)
        return NOT_DONE
    try:
        trace = traces.read(chosen.file)
        person = Person(
            email=chosen.email,
            password=ask("Password (empty: do without)", secret=True),
            encryption_password=ask("Encryption password (empty: there is none)", secret=True),
        )
        findings = learn(trace, person, Dialect())
        write(chosen.write_to, dialect_file(findings))
    except (TraceError, OSError) as error:
        say(str(error), to=sys.stderr)
        return NOT_DONE
    say("\n".join(table(findings)))
    say(f"\nWritten to {chosen.write_to}. It holds no secret; the trace does, so delete {chosen.file} when done.")
    return 0


def table(findings: Sequence[Finding]) -> list[str]:
    rows = [(finding.sure, finding.field, shown(finding.shown), finding.why) for finding in findings]
    return columns([("Sure", "Field", "Value", "Why"), *rows])


def write(path: Path, text: str) -> None:
    """Put the file there whole. It is read back first, so that what is written can be loaded."""
    parse(text)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
