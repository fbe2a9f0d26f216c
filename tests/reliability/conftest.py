"""Portals to be broken on purpose, and the browsers of tests/chat."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.chat.conftest import browser, visit, world
from tests.processes import Portal, Sandbox

__all__ = ["browser", "visit", "world"]


@pytest.fixture(scope="session")
def prepared(_portal_process: Portal, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes data folders for portals of the tests' own: with the static files there are, and nobody signed in."""

    def made() -> Path:
        folder = tmp_path_factory.mktemp("own")
        (folder / "static").symlink_to(_portal_process.data_dir / "static")
        with (
            closing(sqlite3.connect(_portal_process.data_dir / "portal.sqlite3")) as there,
            closing(sqlite3.connect(folder / "portal.sqlite3")) as here,
        ):
            there.backup(here)
            with here:
                here.execute("delete from chat_signin")
        return folder

    return made


@pytest.fixture(scope="module")
def own(_fresh_sandbox: None, _sandbox_process: Sandbox, prepared: Callable[[], Path]) -> Iterator[Portal]:
    """A portal for one file of tests, each of which leaves it running."""
    with Portal(_sandbox_process.url, prepared()) as portal:
        yield portal
