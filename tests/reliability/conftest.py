"""Portals to be broken on purpose, and the browsers of tests/chat."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.chat.conftest import browser, visit, world
from tests.processes import Person, Portal, Sandbox
from tests.proxy import Proxy
from tests.visitor import Visitor

__all__ = ["browser", "visit", "world"]


@pytest.fixture(scope="module")
def own(_fresh_sandbox: None, _sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal for one file of tests, each of which leaves it running."""
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("own")) as portal:
        yield portal


@pytest.fixture(scope="module")
def line(_fresh_sandbox: None, _sandbox_process: Sandbox) -> Iterator[Proxy]:
    """Between a portal and the Ozeki server."""
    with Proxy(_sandbox_process.url) as line:
        yield line


@pytest.fixture
def talk(world: Any) -> str:
    return world.between("alice", "bob")


@pytest.fixture
def alice_there(own: Portal, browser: Callable[[Portal], Visitor], alice: Person) -> Visitor:
    """Alice, signed in at the portal that is broken."""
    visitor = browser(own)
    assert visitor.sign_in(alice).status == 303
    return visitor


@contextmanager
def locked(portal: Portal) -> Iterator[sqlite3.Connection]:
    """Somebody else is writing, and does not come to an end."""
    with closing(sqlite3.connect(portal.data_dir / "portal.sqlite3", isolation_level=None)) as other:
        other.execute("begin exclusive")
        yield other
        other.execute("rollback")
