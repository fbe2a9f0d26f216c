"""`manage.py ozeki …`: what an administrator does about the Ozeki side."""

from __future__ import annotations

from argparse import REMAINDER
from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chat.meeting.learn import main as learn
from chat.sandbox.__main__ import main as sandbox

# Each takes the arguments that follow its name.
SUBCOMMANDS: dict[str, Callable[[Sequence[str]], int | None]] = {
    "learn": learn,
    "sandbox": sandbox,
}


class Command(BaseCommand):
    help = "Tools around the Ozeki server."
    requires_system_checks = ()  # they are for the portal, and these must run before it is set up

    def add_arguments(self, parser: CommandParser) -> None:
        subparsers = parser.add_subparsers(dest="subcommand", required=True)
        for name in SUBCOMMANDS:
            # Options are the subcommand's own business, --help included.
            subparser = subparsers.add_parser(name, add_help=False, prefix_chars="\0")
            subparser.add_argument("arguments", nargs=REMAINDER)

    def handle(self, *, subcommand: str, arguments: Sequence[str], **options: Any) -> None:
        raise SystemExit(SUBCOMMANDS[subcommand](arguments))
