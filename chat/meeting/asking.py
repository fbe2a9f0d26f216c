"""Asks the administrator. On a terminal secrets are not echoed; else each answer is a line of standard input."""

from __future__ import annotations

import sys
from getpass import getpass


def ask(question: str, *, secret: bool = False) -> str:
    """Return the answer; "" when there is none."""
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        return getpass(f"{question}: ") if secret else input(f"{question}: ")
    except (EOFError, UnicodeDecodeError):
        return ""
