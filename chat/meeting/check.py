"""`manage.py ozeki check`: meets a real server with the dialect in use and says what fits and what does not."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from chat.meeting import sending
from chat.meeting.asking import ask, say
from chat.meeting.person import Person
from chat.meeting.rows import Row, merged, table
from chat.meeting.walk import Server, Walk
from chat.meeting.writing import shown
from chat.ozeki import crypto
from chat.ozeki.client import Client

FITS, DIFFERS, NOT_DONE = 0, 1, 2


def options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py ozeki check",
        description="Sign in at OZEKI_URL, make the calls that only read, and compare what comes back with the "
        "reference. E-mail address and password are asked for, and kept nowhere.",
    )
    parser.add_argument("--write", action="store_true", help="also send one message, which people will see")
    parser.add_argument("--conversation", metavar="NAME", help="where to: whom it is with, or its id")
    return parser.parse_args(argv)


def main(argv: Sequence[str], server: Server) -> int:
    """Print the tables; the exit status."""
    chosen = options(argv)
    if not server.url:
        return _not_done("OZEKI_URL is not set: there is no server to check")
    email = ask("E-mail address").strip()
    password = ask("Password", secret=True)
    if not (email and password):
        return _not_done("It takes an e-mail address and a password")
    person = Person(email, password, ask("Encryption password (empty: there is none)", secret=True))
    person = replace(person, apikey=crypto.apikey(server.dialect, email=email, password=password))
    to = (chosen.conversation or ask("Send the test message to")) if chosen.write else None
    logging.getLogger("chat").setLevel(logging.CRITICAL)  # what goes wrong stands in the table
    try:
        walk = asyncio.run(_check(server, person, to))
    except OSError as error:
        return _not_done(f"It can't begin: {error}")
    return _tell(walk)


async def _check(server: Server, person: Person, to: str | None) -> Walk:
    client = Client(server.url, trusted=server.trusted, ca_file=server.ca_file)
    try:
        walk = Walk(server, person, client)
        await walk.go()
        if to is not None:
            walk.beyond.append(await _send(walk, to))
    finally:
        await client.aclose()
    return walk


async def _send(walk: Walk, to: str) -> Row:
    if walk.login is None or not sending.ready(walk):
        return Row("failed", sending.WHAT, "not sent: first the dialect must fit")
    try:
        conversation = sending.find(walk.letters.conversations.values(), to, walk.login.userid)
    except sending.NotFoundError as error:
        return Row("failed", sending.WHAT, f"not sent: {error}")
    say(f"“{sending.TEXT}” goes to: {shown(sending.readers(conversation, walk.login.userid))}")
    return await sending.send(walk, conversation)


def _tell(walk: Walk) -> int:
    tables = (
        ("Calls, against the reference", merged(walk.calls)),
        ("Dialect in use, and what the server's own data say", walk.dialect),
        ("Beyond single calls", walk.beyond),
    )
    server = urlsplit(walk.server.url)
    say(server._replace(netloc=server.netloc.rpartition("@")[2]).geturl())  # without a password that is in it
    for title, rows in tables:
        for line in table(title, rows):
            say(line)
    verdicts = [row.verdict for _, rows in tables for row in rows]
    if "failed" in verdicts:
        say("\nNot everything could be done.")
        return NOT_DONE
    if "differs" in verdicts:
        say(f"\n{verdicts.count('differs')} of {len(verdicts)} things differ. docs/real-server.md says what to do.")
        return DIFFERS
    say("\nWhat could be tried fits.")
    return FITS


def _not_done(sentence: str) -> int:
    say(sentence, to=sys.stderr)
    return NOT_DONE
