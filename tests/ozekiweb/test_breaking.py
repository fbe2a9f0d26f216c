"""An application whose answers break down on their way, served as the portal is."""

from __future__ import annotations

import sys
from contextlib import closing
from http.client import HTTPConnection, IncompleteRead

import pytest

from tests.processes import Service, free_port

PATIENCE = 10  # seconds


async def application(scope, receive, send):
    """Begins its answer, but not on the first page, and breaks down."""
    if scope["path"] != "/":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"so far", "more_body": True})
    raise RuntimeError("on its way")


@pytest.fixture
def port(data_dir):
    with Broken(data_dir) as broken:
        yield broken.port


class Broken(Service):
    name = "broken"

    def __init__(self, data_dir):
        super().__init__()
        self.port, self.data_dir = free_port(), data_dir

    def start(self):
        self.data_dir.mkdir()
        where = ("-b", "127.0.0.1", "-p", str(self.port))
        command = [sys.executable, "-m", "ozekiweb.serve", *where, f"{__name__}:application"]
        self.spawn(command, DATA_DIR=str(self.data_dir), DJANGO_SETTINGS_MODULE="ozekiweb.settings")
        self.wait_for(lambda: "Listening on" in self.output())


def answer(port, path):
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def test_an_answer_that_breaks_down_on_its_way_is_cut_off_and_so_is_the_next(port):
    for _ in range(2):
        with pytest.raises(IncompleteRead) as cut:
            answer(port, "/begun")
        assert cut.value.partial == b"so far"


def test_one_that_breaks_down_before_it_begins_is_an_error(port):
    assert answer(port, "/")[0] == 500
