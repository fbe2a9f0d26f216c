"""What every test may ask for: the people, the sandbox and a portal. Nothing here reaches beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.processes import METRICS_TOKEN, RUNNING, Person, Portal, Sandbox


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that may take longer than others come first: at the end one would keep a single process busy."""
    usual = float(items[0].config.getini("timeout")) if items else 0.0
    items.sort(key=lambda item: max([usual, *(mark.args[0] for mark in item.iter_markers("timeout"))]), reverse=True)


@pytest.fixture(autouse=True)
def _unhashed_static_files(settings: Any) -> None:
    """Pages render without collectstatic; the portal process has the hashed ones, and its tests see them."""
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.SERVESTATIC_USE_STATIC_ROOT = False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A test that would talk to another machine fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise PermissionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def _sandbox_process() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def _fresh_sandbox(_sandbox_process: Sandbox) -> None:
    """As it is at the start, for each file of tests."""
    _sandbox_process.control("begin-again", {})


@pytest.fixture
def sandbox(_fresh_sandbox: None, _sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """The shared Ozeki server, in a process of its own and with nothing broken at the start."""
    _sandbox_process.control("faults/clear", {})
    yield _sandbox_process
    _sandbox_process.control("faults/clear", {})


@pytest.fixture(scope="session")
def _portal_process(_sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data_dir = tmp_path_factory.mktemp("portal")
    with Portal(_sandbox_process.url, data_dir, METRICS_TOKEN=METRICS_TOKEN) as portal:
        yield portal


@pytest.fixture(scope="module")
def _fresh_portal(_fresh_sandbox: None, _portal_process: Portal) -> None:
    """With nothing kept from other files of tests but who is signed in."""
    with closing(sqlite3.connect(_portal_process.data_dir / "portal.sqlite3")) as database, database:
        tables = database.execute(
            "select name from sqlite_master where type = 'table' and name like 'chat_%'"
        ).fetchall()
        for (table,) in tables:
            if table != "chat_signin":
                database.execute(f"delete from {table}")


@pytest.fixture
def portal(sandbox: Sandbox, _fresh_portal: None, _portal_process: Portal) -> Portal:
    """The shared portal under Daphne, in front of `sandbox`."""
    return _portal_process


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty folder for a portal of the test's own."""
    return tmp_path / "data"


@pytest.fixture
def alice(sandbox: Sandbox) -> Person:
    return sandbox.people["alice"]


@pytest.fixture
def bob(sandbox: Sandbox) -> Person:
    """Alice's friend."""
    return sandbox.people["bob"]


@pytest.fixture
def charlie(sandbox: Sandbox) -> Person:
    """Nobody's friend, and in nobody's conversation."""
    return sandbox.people["charlie"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Below a failure, what the processes said during the test."""
    report = yield
    for service in RUNNING:
        output = service.output()
        if report.failed:
            said = [line for line in output[service.reported :].splitlines() if not line.startswith('{"ready"')]
            report.sections.append((f"the {service.name}'s output", "\n".join(said[-100:])))
        if report.when == "teardown":
            service.reported = len(output)
    return report
