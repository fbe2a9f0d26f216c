"""The same portal in front of servers that differ in everything Ozeki's pages leave open."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest

from tests.processes import ROOT, Portal, Sandbox
from tests.visitor import Visitor

DIALECTS = sorted((ROOT / "tests" / "dialects").glob("*.toml"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], tuple[Sandbox, Portal]]]:
    """Starts each pair when it is first asked for, in whatever order the tests come, and keeps it to the end."""
    with ExitStack() as running:

        @cache
        def start(dialect: Path) -> tuple[Sandbox, Portal]:
            sandbox = running.enter_context(Sandbox("--dialect", str(dialect)))
            folder = tmp_path_factory.mktemp("dialect")
            portal = running.enter_context(Portal(sandbox.url, folder, OZEKI_DIALECT=str(dialect)))
            return sandbox, portal

        yield start


@pytest.fixture(params=DIALECTS, ids=lambda path: path.stem)
def pair(request: pytest.FixtureRequest, pairs: Callable[[Path], tuple[Sandbox, Portal]]) -> tuple[Sandbox, Portal]:
    """A server and a portal that were told the same dialect."""
    return pairs(request.param)


def visitor(portal: Portal, sandbox: Sandbox, name: str) -> Visitor:
    person = sandbox.people[name]
    visitor = Visitor(portal)
    assert visitor.sign_in(person).status == 303
    return visitor


def test_two_people_hear_each_other(pair: tuple[Sandbox, Portal]) -> None:
    sandbox, portal = pair
    ids = sorted(sandbox.people[name].userid for name in ("alice", "bob"))
    conversation = hashlib.md5(";".join(ids).encode()).hexdigest()
    with closing(visitor(portal, sandbox, "alice")) as alice, closing(visitor(portal, sandbox, "bob")) as bob:
        tab = alice.tab(conversation)
        said = bob.say(conversation, "Hallo, Welt! Ő is itt van 👋")
        assert said.status == 201, said.html
        heard = tab.hear_message(said.messages[0].id)
        assert (heard.text, heard.name, heard.own) == ("Hallo, Welt! Ő is itt van 👋", "Bob", False)
        assert [message.text for message in bob.open(conversation).messages if message.own][-1] == heard.text


def test_history_is_read_back_to_its_beginning_page_by_page(pair: tuple[Sandbox, Portal]) -> None:
    sandbox, portal = pair
    with closing(visitor(portal, sandbox, "alice")) as alice:
        long = max(
            (row["data-conversation"] for row in alice.get("/").rows),
            key=lambda id: len(sandbox.control(f"conversations/{id}")["messages"]),
        )
        page = alice.open(long)
        read = page.messages
        while page.older:
            page = alice.get(page.older, htmx=True)
            read = page.messages + read
            assert len(page.messages) in (50, 0)
        held = [message["ID"] for message in sandbox.control(f"conversations/{long}")["messages"]]
        assert [message.id for message in read] == held
        assert not [message for message in read if message.state == "locked"]


def test_a_wrong_password_is_refused(pair: tuple[Sandbox, Portal]) -> None:
    sandbox, portal = pair
    with closing(Visitor(portal)) as stranger:
        assert stranger.sign_in(sandbox.people["alice"], password="wrong").status == 401
