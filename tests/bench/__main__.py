"""`python -m tests.bench [ROW…] [--quick]`: how quick the portal is, beside what Ozeki's own calls take.

Without rows everything is measured, and docs/benchmarks.md is written; with some, they are only printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module

from tests.bench import lounge
from tests.bench.document import Document
from tests.bench.table import Line, Run, table

ROWS = ("echo", "screen", "older", "fanout", "opening", "held", "storm", "least")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"what to measure, of {', '.join(ROWS)}; nothing: all of it")
    parser.add_argument("--quick", action="store_true", help="fewer of everything, to see that it works")
    parser.add_argument("--no-peer", action="store_true", help="without The Lounge")
    chosen = parser.parse_args()
    if unknown := set(chosen.rows) - set(ROWS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    why = "it was not asked for" if chosen.no_peer else lounge.missing()
    document = Document(why_no_peer=why, quick=chosen.quick)
    run = Run(quick=chosen.quick, peer=not why)
    if why:
        print(f"Without The Lounge: {why}", file=sys.stderr)
    for name in chosen.rows or ROWS:
        began = time.monotonic()
        for line in measured(name, run):
            print(" · ".join(line.cells()), file=sys.stderr, flush=True)
            document.lines.append(line)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        if not chosen.rows:
            document.write()  # after each, as all of it takes its time
    if chosen.rows:
        print(table(document.lines))


def measured(name: str, run: Run) -> Iterator[Line]:
    """The lines of a row."""
    measure: Callable[[Run], Iterator[Line]] = import_module(f"tests.bench.{name}").measure
    return measure(run)


if __name__ == "__main__":
    main()
