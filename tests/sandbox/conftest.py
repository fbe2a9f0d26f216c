"""A sandbox of these tests' own: they break it in ways that others should not meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.processes import Sandbox
from tests.sandbox.raw import Device

SignIn = Callable[[str], Device]


@pytest.fixture(scope="session")
def _shared_server() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def server(_shared_server: Sandbox) -> Iterator[Sandbox]:
    yield _shared_server
    _shared_server.control("faults/clear", {})
    _shared_server.control("repeated", {"keep": "first"})
    _shared_server.control("lively", {"on": False})


@pytest.fixture
def sign_in(server: Sandbox) -> SignIn:
    """A new station of a person, by the name before the @."""
    return lambda first: Device(server, server.people[first])


@pytest.fixture
def alice(sign_in: SignIn) -> Device:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> Device:
    return sign_in("bob")
