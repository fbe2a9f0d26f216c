"""`manage.py ozeki …`: what an administrator does about the Ozeki side."""

from __future__ import annotations

from argparse import REMAINDER, ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from chat.meeting.check import main as check_server
from chat.meeting.learn import main as learn
from chat.meeting.walk import Server
from chat.ozeki.dialect import Dialect, load
from chat.ozeki.errors import DialectError
from chat.throttle import forgive as forget_tries


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


def forgive(arguments: Sequence[str]) -> int:
    """Let people who tried too often sign in again at once."""
    parser = ArgumentParser(prog="manage.py ozeki forgive", description=forgive.__doc__)
    parser.add_argument("subject", nargs="+", help="an e-mail address, or the address of a browser or a script")
    for subject in parser.parse_args(arguments).subject:
        try:
            counted = async_to_sync(forget_tries)(subject)
        except Error as error:
            advice = "Does this command see the portal's DATABASE_URL and DATA_DIR?"
            raise CommandError(f"The database can't be used: {error}. {advice}", returncode=2) from error
        print(f"{subject}: " + ("may try again." if counted else "no tries were counted."))
    return 0


def sandbox(arguments: Sequence[str]) -> int:
    """Run an Ozeki Chat server to try and test against."""
    from chat.sandbox.__main__ import main  # Daphne, which the others need not wait for

    return main(arguments)


INTERRUPTED = 130  # as shells have it for Ctrl-C

# Each takes the arguments that follow its name.
SUBCOMMANDS: dict[str, Callable[[Sequence[str]], int | None]] = {
    "check": check,
    "forgive": forgive,
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
        try:
            raise SystemExit(SUBCOMMANDS[subcommand](arguments))
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
