"""The portal's database is locked, full, or read-only: what needs it says so, everything else goes on, and it heals."""

from __future__ import annotations

import json
import os
import resource
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import pytest

from tests.processes import Portal, wait_until
from tests.reliability.conftest import locked

WORDS = "The portal's database can't be used right now. Try again in a moment."


class Unprivileged(Portal):
    """One that may write only what the modes of files let it, also when it is root's."""

    def spawn(self, command, **variables):
        dropped = "-dac_override,-dac_read_search"
        first = ["setpriv", "--bounding-set", dropped, "--inh-caps", dropped] if os.geteuid() == 0 else []
        super().spawn([*first, *command], **variables)


@pytest.fixture(scope="module")
def own(_fresh_sandbox, _sandbox_process, tmp_path_factory):
    """A portal for all these tests, each of which leaves it running."""
    with Unprivileged(_sandbox_process.url, tmp_path_factory.mktemp("own")) as portal:
        yield portal


@contextmanager
def full(portal):
    """No file of the portal's may grow any more, as on a disk that is full."""
    limits = resource.prlimit(portal.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(portal.process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    yield
    resource.prlimit(portal.process.pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def read_only(portal):
    """Nobody may write the database's files."""
    files = list(portal.data_dir.glob("portal.sqlite3*"))
    for file in files:
        file.chmod(0o444)
    yield
    for file in files:
        file.chmod(0o644)


def test_while_the_database_is_locked_people_read_and_hear_and_what_they_say_waits(own, alice_there, world, talk):
    tab = alice_there.tab(talk)
    tab.until_upstream("on")
    with ThreadPoolExecutor() as threads:
        with locked(own):
            answer = threads.submit(alice_there.say, talk, "Said while it is locked")
            began = time.monotonic()
            assert tab.hear_message(world.says("bob", talk, "Heard while it is locked"))
            assert alice_there.open(talk).messages
            assert not answer.done()
            wait_until(lambda: time.monotonic() > began + 5, "five seconds to be over")
            assert tab.all_so_far()
            assert alice_there.tab(talk).all_so_far()
        assert answer.result().status == 201
    assert world.ids(talk).count(answer.result().messages[0].id) == 1


@pytest.mark.parametrize("broken", [full, read_only])
def test_where_nothing_can_be_kept_that_is_said_in_words_and_all_else_goes_on(broken, own, alice_there, world, talk):
    tab, id = alice_there.tab(talk), str(uuid.uuid4())
    tab.until_upstream("on")
    csrf = alice_there.csrf
    with broken(own):
        assert tab.hear_message(world.says("bob", talk, "Heard nonetheless"))
        assert alice_there.open(talk).messages
        assert alice_there.tab(talk).all_so_far()
        part = alice_there.say(talk, "Kept by the browser", id=id)
        page = alice_there.post(
            f"/conversations/{talk}/messages/",
            {"text": "Not lost", "id": str(uuid.uuid4()), "csrfmiddlewaretoken": csrf},
            csrf=False,
        )
        assert (part.status, part.alert) == (503, WORDS)
        assert (page.status, page.alert, page.document.one("textarea[name=text]").raw) == (503, WORDS, "Not lost")
        assert world.ids(talk).count(id) == 0
    wait_until(lambda: alice_there.say(talk, "Kept by the browser", id=id).status == 201, "the database to be writable")
    assert world.ids(talk).count(id) == 1


@pytest.mark.parametrize("broken", [full, read_only])
def test_who_signs_in_where_nothing_can_be_kept_is_told_so(broken, own, browser, bob):
    visitor = browser(own)
    with broken(own):
        answer = visitor.sign_in(bob)
        assert (answer.status, answer.alert) == (503, WORDS)
    wait_until(lambda: visitor.sign_in(bob).status == 303, "the database to be writable")


def test_without_file_descriptors_it_waits_and_heals_and_does_not_spin(own, alice_there, talk):
    pid = own.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    tab = alice_there.tab(talk)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (own.descriptors(), limits[1]))
    try:
        before = own.cpu_seconds()
        with ThreadPoolExecutor(20) as threads:
            asking = [threads.submit(own.is_alive) for _ in range(20)]
            tab.all_so_far()
            began = time.monotonic()
            wait_until(lambda: time.monotonic() > began + 3, "three seconds to be over")
            assert tab.all_so_far()
            spent = own.cpu_seconds() - before
            assert own.process.poll() is None
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
            assert spent < 2
            [answer.result() for answer in asking]
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    wait_until(own.is_alive, "the portal to take people in again")
    assert alice_there.open(talk).messages


@pytest.mark.parametrize("broken", [full, read_only])
def test_a_load_balancer_is_told_when_nothing_can_be_kept(broken, own):
    def ready():
        with closing(HTTPConnection("127.0.0.1", own.port, timeout=10)) as connection:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            return response.status, json.load(response)["database"]["trouble"]

    wait_until(lambda: ready() == (200, ""), "the portal to be ready")
    with broken(own):
        wait_until(lambda: ready() == (503, "OperationalError"), "the portal to notice")
    wait_until(lambda: ready() == (200, ""), "the portal to recover")
