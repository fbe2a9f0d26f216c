"""`manage.py ozeki …`: what an administrator does about the Ozeki side."""

from __future__ import annotations

from argparse import REMAINDER
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.meeting.check import main as check_server
from chat.meeting.learn import main as learn
from chat.meeting.walk import Server
from chat.ozeki.dialect import Dialect, load
from chat.ozeki.errors import DialectError
from chat.sandbox.__main__ import main as sandbox


def check(arguments: Sequence[str]) -> int:
    """Check the server that the portal is set up for."""
    try:
        dialect = load(settings.OZEKI_DIALECT) if settings.OZEKI_DIALECT else Dialect()
    except DialectError as error:
        raise CommandError(str(error), returncode=2) from error
    server = Server(
        url=settings.OZEKI_URL,
        dialect=dialect,
        listener_url=settings.OZEKI_LISTENER_URL,
        trusted=tuple(settings.OZEKI_TRUST_URLS),
        ca_file=str(settings.OZEKI_CA_FILE) if settings.OZEKI_CA_FILE else None,
    )
    return check_server(arguments, server)


# Each takes the arguments that follow its name.
SUBCOMMANDS: dict[str, Callable[[Sequence[str]], int | None]] = {
    "check": check,
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
