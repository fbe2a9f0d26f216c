"""`python -m tests.bench [ROW…] [--quick]`: how quick the portal is, beside what Ozeki's own calls take.

Without rows everything is measured, and docs/benchmarks.md is written; with some, they are only printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module

from tests.bench.table import Line, table

ROWS = ("echo", "screen", "older", "fanout", "opening", "held", "storm")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="what to measure; nothing: all of it")
    parser.add_argument("--quick", action="store_true", help="fewer of everything, to see that it works")
    chosen = parser.parse_args()
    lines: list[Line] = []
    for name in chosen.rows or ROWS:
        began = time.monotonic()
        measure: Callable[[bool], Iterator[Line]] = import_module(f"tests.bench.{name}").measure
        for line in measure(chosen.quick):
            print(f"{' · '.join(line.cells())}", file=sys.stderr, flush=True)
            lines.append(line)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(table(lines))


if __name__ == "__main__":
    main()
