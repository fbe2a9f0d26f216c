"""Prepares the portal: what it needs answers, the database has this version's tables, the static files are made.

bin/run does this before it serves, in a process that can be ended at any moment: the next one does what is left undone.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ozekiweb import locks

LOOK = 0.2  # seconds
PATIENCE = 5.0  # seconds for Redis to answer
ADVISORY = 0x6F7A656B69  # PostgreSQL names such locks by a number


class UnpreparedError(Exception):
    """Why the portal can't start: a sentence for the person who starts it."""


def prepare(*, production: bool = False) -> None:
    """All of it. `production`: also say what is wrong with a portal that is for people.

    Raises UnpreparedError, CommandError (what `manage.py check` finds), DatabaseError or OSError.
    """
    call_command("check", deploy=production, stdout=StringIO())  # warnings go to stderr
    reach_database()
    reach_redis()
    with alone():
        warn_of_newer_tables()
        call_command("migrate", interactive=False, verbosity=0)
        make_static_files()
    connection.close()


def reach_database() -> None:
    """Raises UnpreparedError unless the database can be opened."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise UnpreparedError(f"DATABASE_URL: the database can't be opened. {_on_one_line(error)}") from None


def reach_redis() -> None:
    """Raises UnpreparedError unless Redis takes something and gives it back. Once it runs, the portal does without."""
    from chat.health import tell  # not before django.setup()

    try:
        asyncio.run(asyncio.wait_for(tell(), PATIENCE))
    except TimeoutError:
        raise UnpreparedError("REDIS_URL: Redis does not answer.") from None
    except Exception as error:  # each kind of layer has its own
        raise UnpreparedError(f"REDIS_URL: Redis can't be used. {_on_one_line(error)}") from None


@contextmanager
def alone() -> Iterator[None]:
    """In here, no other process prepares the same database, on whatever host, or the same folder."""
    with ExitStack() as held:
        folders = {settings.DATA_DIR}
        if connection.vendor == "sqlite":
            folders.add(Path(settings.DATABASES["default"]["NAME"]).parent)
        for folder in sorted(folders):
            held.callback(os.close, _taken(partial(locks.take, folder / "preparing.lock")))
        if connection.vendor == "postgresql":
            _taken(_take_in_postgresql)
            held.callback(connection.close)  # the lock goes with the connection
        yield


def _take_in_postgresql() -> bool | None:
    # Asked again and again: whoever waited inside of PostgreSQL would keep some migrations from ending.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY])
        return cursor.fetchone()[0] or None


def _taken(take: Callable[[], int | None]) -> int:
    """What `take` gives, as soon as that is not None."""
    if (lock := take()) is None:
        print("Another process is preparing the portal; waiting for it.", file=sys.stderr, flush=True)
        while (lock := take()) is None:
            time.sleep(LOOK)
    return lock


def warn_of_newer_tables() -> None:
    """Say so when a newer version has changed the tables: this one may not know what to put into them."""
    loader = MigrationLoader(connection)
    newer = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
    if newer:
        names = ", ".join(f"{app}.{name}" for app, name in newer)
        sentence = f"The database's tables are a newer version's ({names}): docs/self-hosting.md says how to go back."
        print(sentence, file=sys.stderr, flush=True)


def make_static_files() -> None:
    """Hash and compress them, unless they are as they were: other processes may be reading these very files."""
    made_from, sources = settings.DATA_DIR / "static-from", _fingerprint()
    if not made_from.exists() or made_from.read_text() != sources:
        made_from.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0)
        made_from.write_text(sources)


def _fingerprint() -> str:
    """What stands for the static files' sources and for what makes something else of them."""
    found = [Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])]
    sources = hashlib.sha256()
    for path in [*sorted(found), settings.BASE_DIR / "requirements.txt", *sorted(Path(__file__).parent.glob("*.py"))]:
        facts = path.stat()
        sources.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return sources.hexdigest()


def _on_one_line(error: Exception) -> str:
    """What a driver says, as one line with a full stop; without its questions, which it indents."""
    said = [line for line in str(error).splitlines() if not line.startswith("\t")]
    return " ".join(" ".join(said).split()).rstrip(".") + "."


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ozekiweb.settings")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # to end without a traceback
    try:
        django.setup()
        prepare(production="--production" in sys.argv)
    except (ImproperlyConfigured, CommandError, UnpreparedError) as error:
        sys.exit(str(error))
    except DatabaseError as error:
        sys.exit(f"The database can't be prepared. {_on_one_line(error)}")
    except OSError as error:
        sys.exit(f"The portal can't be prepared. {_on_one_line(error)}")
