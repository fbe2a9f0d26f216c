"""bin/run, as a person starts it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT, Service, clean_environment, free_port, wait_until


class Run(Service):
    """bin/run from another folder, with its input closed."""

    name = "bin/run"

    def __init__(self, data_dir: Path, **variables: str) -> None:
        super().__init__()
        self.port = free_port()
        self.variables = {"PORT": str(self.port), "DATA_DIR": str(data_dir), **variables}

    def start(self) -> None:
        self.spawn(["sh", "-c", f"exec '{ROOT}/bin/run' <&-"], **self.variables)

    def wait_until_up(self) -> None:
        self.wait_for(lambda: "Ctrl-C stops it." in self.output())

    def children(self) -> list[int]:
        assert self.process
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def ending(self) -> int:
        assert self.process
        return self.process.wait(40)


@pytest.fixture
def bin_run(tmp_path):
    started = []

    def start(name="data", **variables):
        run = Run(tmp_path / name, **variables)
        started.append(run)
        return run.__enter__()

    yield start
    for run in started:
        run.__exit__()


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_it_says_where_it_is_and_who_one_can_be_and_a_signal_ends_all_of_it_but_not_another_one(bin_run):
    one, other = bin_run("one"), bin_run("other")
    for run, number in ((one, signal.SIGTERM), (other, signal.SIGINT)):
        run.wait_until_up()
        assert f"http://127.0.0.1:{run.port}" in run.output()
        assert "alice@example.org" in run.output()
        assert "alice-password" in run.output()
        children = run.children()
        assert len(children) == 2
        run.process.send_signal(number)
        assert run.ending() == 0
        assert not any(is_alive(pid) for pid in children)
        assert "Traceback" not in run.output()


def test_with_a_server_named_only_the_portal_is_started(bin_run):
    run = bin_run(OZEKI_URL="http://127.0.0.1:9/ozeki/index.php")
    run.wait_until_up()
    assert len(run.children()) == 1
    assert "@example.org" not in run.output()


def test_when_something_it_started_dies_it_ends_the_rest_and_fails(bin_run):
    run = bin_run()
    run.wait_until_up()
    sandbox, portal = run.children()
    os.kill(sandbox, signal.SIGKILL)
    assert run.ending() == 1
    assert "The sandbox has ended unexpectedly." in run.output()
    assert not is_alive(portal)


def test_a_signal_while_it_is_starting_ends_it_too(bin_run):
    run = bin_run()
    wait_until(lambda: bool(run.children()) and (Path(run.variables["DATA_DIR"]) / "secret-key").exists(), "the start")
    run.process.terminate()
    assert run.ending() in (0, -signal.SIGTERM)
    assert "Traceback" not in run.output()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eight"}, "PORT: should be a whole number from 1 to 65535."),
        ({"HOST": "192.0.2.1"}, "HOST=192.0.2.1 is not an address of this machine."),
        ({"OZEKI_URL": "chat.example.org"}, "OZEKI_URL: should be a URL that begins with http:// or https://."),
        ({"OZEKI_DIALECT": "/nowhere.toml"}, "/nowhere.toml"),
        ({"DATABASE_URL": "postgres://127.0.0.1:9/portal"}, "onnection refused"),
    ],
)
def test_what_stands_in_its_way_is_said_without_a_traceback(bin_run, variables, sentence):
    run = bin_run(**variables)
    assert run.ending() == 1
    assert sentence in run.output()
    assert "Traceback" not in run.output()


def test_a_port_in_use_is_said(bin_run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = bin_run(PORT=str(port))
        assert run.ending() == 1
        assert f"Port {port} on 127.0.0.1 is in use" in run.output()


@pytest.fixture
def clone(tmp_path):
    """A fresh clone's bin/, and a PATH with nothing on it but what the helper needs."""
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "dirname", "cat", "cksum"):
        (tools / tool).symlink_to(shutil.which(tool))

    def run():
        environment = clean_environment(PATH=str(tools))
        return subprocess.run([tmp_path / "bin" / "run"], env=environment, capture_output=True, text=True, check=False)

    return tools, run


def test_without_python_one_sentence_says_so(clone):
    _, run = clone
    done = run()
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed")
    assert len(done.stderr.splitlines()) == 1


def test_without_venv_one_sentence_says_what_to_install(clone):
    tools, run = clone
    (tools / "python3").write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n')
    (tools / "python3").chmod(0o755)
    done = run()
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert len(done.stderr.splitlines()) == 1
