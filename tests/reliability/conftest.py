"""Portals to be broken on purpose, and the browsers of tests/chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chat.conftest import browser, visit, world
from tests.processes import Portal, Sandbox

__all__ = ["browser", "visit", "world"]


@pytest.fixture(scope="module")
def own(_fresh_sandbox: None, _sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal for one file of tests, each of which leaves it running."""
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("own")) as portal:
        yield portal
