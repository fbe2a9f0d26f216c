"""The real processes that tests run against: the sandbox Ozeki server, and the portal under Daphne."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from ozekiweb.run import portal_command, sandbox_command

ROOT = Path(__file__).resolve().parent.parent
# Another dialect for all that the tests start, as in `TEST_DIALECT=older bin/test tests/browser`.
DIALECT = os.environ.get("TEST_DIALECT") and ROOT / "tests" / "dialects" / f"{os.environ['TEST_DIALECT']}.toml"
PATIENCE = 40.0  # seconds for a process to come up on a busy machine

METRICS_TOKEN = "what the shared portal shows its metrics for"

# What is up now, so that a failing test can show what its processes said.
RUNNING: list[Service] = []


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Return as soon as `condition()` is true; AssertionError that names `what` when it takes too long. What is waited
    for needs the processor more: it is looked at less and less often, by a tenth of the time that has passed."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"waited {seconds:g} s in vain for {what}"
        time.sleep(min(max(waited / 10, 0.02), 0.2))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**variables: str) -> dict[str, str]:
    """Only what a process needs: nothing of the developer's own settings reaches a test."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)} | variables


class Service:
    """One child process whose output is kept. A context manager; may be stopped and started again."""

    name = "process"

    def __init__(self) -> None:
        self.log: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed in __exit__)
        self.process: subprocess.Popen[bytes] | None = None
        self.reported = 0  # how much of its output earlier tests are answerable for

    def spawn(self, command: list[str], **variables: str) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> int:
        """End it as an administrator would; its exit status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process
        self.process.kill()
        self.process.wait(20)

    def wait_for(self, ready: Callable[[], bool]) -> None:
        def ready_or_dead() -> bool:
            assert self.process
            assert self.process.poll() is None, f"the {self.name} ended:\n{self.output()}"
            return ready()

        wait_until(ready_or_dead, f"the {self.name}")

    def cpu_seconds(self) -> float:
        """The CPU it has used since its start; Linux only."""
        assert self.process
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> int:
        """How many files and sockets it has open; Linux only."""
        assert self.process
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def output(self) -> str:
        """What it has said so far."""
        return os.pread(self.log.fileno(), 10_000_000, 0).decode(errors="replace")

    def __enter__(self) -> Any:
        RUNNING.append(self)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process and self.process.poll() is None:
            self.stop()
        RUNNING.remove(self)
        self.log.close()


@dataclass(frozen=True)
class Person:
    email: str
    password: str
    userid: str
    nick: str
    fullname: str
    encryption_password: str


class Sandbox(Service):
    """An Ozeki server with its control interface. `options` are further command-line words, such as --dialect FILE."""

    name = "sandbox"
    url: str
    listener: str
    people: dict[str, Person]  # by what stands before the @ of the e-mail

    def __init__(self, *options: str, quiet: bool = True, fast: bool = True) -> None:
        super().__init__()
        if DIALECT and "--dialect" not in options:
            options = (*options, "--dialect", str(DIALECT))
        self.options = [*options, *(["--quiet"] if quiet else []), *(["--fast"] if fast else [])]
        self.ports = ("0", "0")

    def command(self, *words: str) -> list[str]:
        return sandbox_command(*words)

    def start(self) -> None:
        said = len(self.output())
        ports = ("--port", self.ports[0], "--listener-port", self.ports[1])
        self.spawn(self.command(*ports, "--control", *self.options))
        self.wait_for(lambda: '{"ready"' in self.output()[said:] and self.output().endswith("\n"))
        ready = json.loads(next(line for line in self.output()[said:].splitlines() if line.startswith('{"ready"')))
        self.url, self.listener = ready["url"], ready["listener"]
        self.ports = (str(urlsplit(self.url).port), str(urlsplit(self.listener).port))  # the same after a restart
        self.people = {person["email"].partition("@")[0]: Person(**person) for person in ready["people"]}

    def control(self, path: str, body: object = None) -> Any:
        """POST `body` to /control/`path`, or GET it when there is no body; the JSON that comes back."""
        with closing(HTTPConnection("127.0.0.1", int(self.ports[0]), timeout=20)) as connection:
            if body is None:
                connection.request("GET", f"/control/{path}")
            else:
                connection.request("POST", f"/control/{path}", json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
        assert response.status < 300, f"/control/{path}: {response.status} {text}"
        return json.loads(text) if text else None


class Portal(Service):
    """The portal with its own data folder; `variables` are its environment. Restarts keep port and data."""

    name = "portal"

    def __init__(self, ozeki_url: str, data_dir: Path, *, port: int = 0, **variables: str) -> None:
        super().__init__()
        self.port = port or free_port()
        self.data_dir = data_dir
        self.variables = {
            "OZEKI_URL": ozeki_url,
            "DATA_DIR": str(data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "ozekiweb.settings",
            **({"OZEKI_DIALECT": str(DIALECT)} if DIALECT else {}),
            **variables,
        }
        self.url = variables.get("SITE_URL", f"http://127.0.0.1:{self.port}")

    def start(self) -> None:
        if not (self.data_dir / "static").exists():
            shutil.copytree(prepared(), self.data_dir, copy_function=copied, dirs_exist_ok=True)
        self.spawn(portal_command("127.0.0.1", self.port), **self.variables)
        self.wait_for(self.is_alive)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What its database answers."""
        with closing(sqlite3.connect(self.data_dir / "portal.sqlite3")) as database:
            return database.execute(query).fetchall()

    def is_alive(self) -> bool:
        return answers(self.port, self.url)


def answers(port: int, url: str) -> bool:
    """Whether a portal answers at this port, asked by the name it goes by."""
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/livez", headers={"Host": urlsplit(url).netloc})
            return connection.getresponse().status == 200
    except OSError:
        return False


@functools.cache
def prepared() -> Path:
    """A data folder as a portal begins with, made once: its database, and the static files, which take seconds."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    code = "import django; django.setup(); from ozekiweb.prepare import prepare; prepare()"
    variables = {"DATA_DIR": str(folder), "OZEKI_URL": "http://127.0.0.1:1/", "SECRET_KEY": "not kept"}
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean_environment(DJANGO_SETTINGS_MODULE="ozekiweb.settings", **variables),
        timeout=PATIENCE,
        check=True,
    )
    return folder


def copied(source: str, target: str) -> None:
    """Static files are never written, so they need not be there twice."""
    (os.link if "/static/" in target else shutil.copy2)(source, target)
