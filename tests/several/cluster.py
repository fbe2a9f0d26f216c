"""Several portals with an nginx before them and one PostgreSQL and one Redis behind: what a larger site runs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import redis

from tests.engines import Nginx, PostgreSQL, Redis
from tests.processes import PATIENCE, ROOT, Portal, clean_environment, free_port


class Cluster:
    """`count` portals, each with its own `PROCESS_SLOT`. A context manager.

    A visitor may go to `front`, which sends each request to whichever portal, or to one of `portals` itself, where a
    test has to know which one it is: the site is the same.
    """

    def __init__(
        self, ozeki_url: str, folder: Path, *, count: int = 2, by_person: bool = False, **variables: str
    ) -> None:
        self.redis = Redis()
        self.postgres = PostgreSQL()
        self.front = Nginx(free_port(), by_person=by_person)
        shared = {
            "SITE_URL": self.front.url,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "TRUSTED_PROXIES": "127.0.0.1",
            "SECRET_KEY": "the same in all",
            **variables,
        }
        self.portals = [
            Portal(ozeki_url, folder / str(slot), PROCESS_SLOT=str(slot), **shared) for slot in range(count)
        ]
        self.front.portals = self.portals
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.enter_context(self.redis)
            opened.enter_context(self.postgres)
            self._migrate()
            for portal in self.portals:
                opened.enter_context(portal)
            opened.enter_context(self.front)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        for portal in self.portals:  # all at once: each gives what is under way ten seconds
            if portal.process:
                portal.process.terminate()
        self._opened.close()

    def kill(self) -> None:
        """Kill one of them, each in its turn."""
        self.portals.append(self.portals.pop(0))
        self.portals[-1].kill()

    def start(self) -> None:
        """Start the one that was killed."""
        self.portals[-1].start()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        return self.postgres.ask(query)

    def joined(self) -> int:
        """How many of the portals hear the others."""
        with redis.Redis.from_url(self.redis.url) as asked:
            return asked.zcard("ozekiweb:group:portals")  # type: ignore[return-value]

    def _migrate(self) -> None:
        variables = self.portals[0].variables | {"DATA_DIR": str(self.portals[0].data_dir.parent)}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=clean_environment(**variables), timeout=PATIENCE, check=True)
