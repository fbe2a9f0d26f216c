"""Talks with the administrator. On a terminal secrets are not echoed; else each answer is a line of standard input."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import TextIO


def ask(question: str, *, secret: bool = False) -> str:
    """Return the answer; "" when there is none."""
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        return getpass(f"{question}: ") if secret else input(f"{question}: ")
    except (EOFError, UnicodeDecodeError):
        return ""


def say(text: str, *, to: TextIO | None = None) -> None:
    """Print it at once; what the terminal can't show (somebody's name, perhaps) becomes a question mark."""
    file = to or sys.stdout
    encoding = file.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=file, flush=True)
