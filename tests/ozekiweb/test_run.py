"""bin/run, as a person starts it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from ozekiweb.run import can_listen
from tests.processes import ROOT, Service, clean_environment, free_port, wait_until


class Run(Service):
    """bin/run from another folder, with its input closed."""

    name = "bin/run"

    def __init__(self, data_dir: Path, *words: str, **variables: str) -> None:
        super().__init__()
        self.words = words
        self.variables = {"PORT": str(free_port()), "DATA_DIR": str(data_dir), **variables}
        self.port = int(self.variables["PORT"]) if self.variables["PORT"].isdigit() else 0

    def start(self) -> None:
        self.spawn(["sh", "-c", f"exec '{ROOT}/bin/run' \"$@\" <&-", "sh", *self.words], **self.variables)

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

    def start(name="data", *words, **variables):
        run = Run(tmp_path / name, *words, **variables)
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
        ({"PORT": "65535", "PROCESSES": "2"}, "PROCESSES: there are not as many ports from PORT on."),
        ({"HOST": "192.0.2.1"}, "HOST=192.0.2.1 is not an address of this machine."),
        ({"OZEKI_URL": "chat.example.org"}, "OZEKI_URL: should be a URL that begins with http:// or https://."),
        ({"OZEKI_DIALECT": "/nowhere.toml"}, "/nowhere.toml"),
        ({"DATA_DIR": "/proc/portal"}, "DATA_DIR: /proc/portal cannot be used"),
        ({"DATABASE_URL": "postgres://127.0.0.1:9"}, "DATABASE_URL: names no database"),
        ({"DATABASE_URL": "postgres://portal:a-secret@127.0.0.1:9/portal"}, "port 9 failed: Connection refused.\n"),
        ({"DATABASE_URL": "sqlite:////nowhere/portal.sqlite3"}, "can't be opened. unable to open database file.\n"),
        ({"REDIS_URL": "redis://:a-secret@127.0.0.1:9/0"}, "REDIS_URL: Redis can't be used. Error 111 connecting"),
        ({"REDIS_URL": "redis://127.0.0.1:a-secret/0"}, "REDIS_URL: should be a URL that begins with redis://"),
    ],
)
def test_what_stands_in_its_way_is_said_without_a_traceback(bin_run, variables, sentence):
    run = bin_run(**variables)
    assert run.ending() == 1
    assert sentence in run.output()
    assert "Traceback" not in run.output()
    assert "a-secret" not in run.output()


FOR_PEOPLE = {"OZEKI_URL": "https://127.0.0.1:9/ozeki/index.php", "SITE_URL": "https://chat.example.org"}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"OZEKI_URL": ""}, "Not fit for people: OZEKI_URL is not set."),
        ({"SITE_URL": "", "DEBUG": "true"}, "Not fit for people: SITE_URL is not set, DEBUG is on."),
    ],
)
def test_in_production_it_refuses_what_is_only_for_trying_it_out(bin_run, variables, sentence):
    run = bin_run("data", "--production", **FOR_PEOPLE | variables)
    assert run.ending() == 1
    assert sentence in run.output()


def first_of_two_free_ports() -> int:
    """Below those that the system gives to anybody who asks for one."""
    while True:
        port = random.randrange(20_000, 30_000)
        if can_listen("127.0.0.1", port) and can_listen("127.0.0.1", port + 1):
            return port


@pytest.fixture
def two(bin_run, tmp_path):
    """Two processes for people, when they are up; as systemd starts them."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        ports = {"PROCESSES": "2", "PORT": str(first_of_two_free_ports())}
        run = bin_run("data", "--production", NOTIFY_SOCKET=str(tmp_path / "notify"), **FOR_PEOPLE, **ports)
        run.wait_until_up()
        systemd.settimeout(20)
        run.told = systemd.recv(100)
        yield run


def test_several_processes_are_served_on_ports_in_a_row_and_end_together(two):
    assert two.told == b"READY=1"
    for port in (two.port, two.port + 1):
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"GET /sign-in/ HTTP/1.1\r\nHost: chat.example.org\r\nConnection: close\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 200")
    children = two.children()
    assert len(children) == 2
    two.process.terminate()
    assert two.ending() == 0
    assert not any(is_alive(pid) for pid in children)


def test_when_one_of_several_processes_dies_all_end_for_systemd_to_start_them(two):
    first, second = two.children()
    os.kill(second, signal.SIGKILL)
    assert two.ending() == 1
    assert f"The portal on port {two.port + 1} has ended unexpectedly." in two.output()
    assert not is_alive(first)


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

    def run(*before):
        environment = clean_environment(PATH=str(tools))
        command = [*before, tmp_path / "bin" / "run"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

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


def test_a_user_who_may_not_install_is_told_who_may(clone, tmp_path):
    tmp_path.chmod(0o555)
    dropped = "-dac_override"
    before = [shutil.which("setpriv"), "--bounding-set", dropped, "--inh-caps", dropped] if os.geteuid() == 0 else []
    done = clone[1](*before)
    tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tmp_path} is not ready to run, and this user may not write there: run bin/install")
    assert len(done.stderr.splitlines()) == 1
