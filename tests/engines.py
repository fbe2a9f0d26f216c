"""The engines between and behind several portals, each started for tests on a free port: nginx, PostgreSQL, Redis."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.processes import ROOT, Portal, Service, answers, clean_environment, free_port

SITE = ROOT / "deploy" / "nginx" / "ozeki-web.conf"
SBIN = "/usr/sbin:/usr/local/sbin"  # not on everybody's PATH

# What nginx needs around a site file. Everything it writes is in its folder.
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
# The sign-in's token, whatever its cookie is called.
PERSON = """
map $http_cookie $ozeki_web_person {
    "~ozeki_sign_in=(?<token>[^;]+)" $token;
    default $remote_addr;
}
"""


def need(*programs: str) -> None:
    """Skip the test, and say why, where this machine has not all of these; with CI=true go on, and fail."""
    found = {"nginx": _nginx(), "postgres": _postgres("postgres")}
    lacking = [name for name in programs if not (found[name] if name in found else shutil.which(name))]
    if lacking and os.environ.get("CI") != "true":
        pytest.skip(f"this machine has no {', '.join(lacking)}")


def _nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:{SBIN}")


def _postgres(program: str) -> str | None:
    """Debian keeps a version's programs in a folder of its own."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return str(installed[-1]) if installed else shutil.which(program)


class Redis(Service):
    """A Redis that keeps nothing on disk: after a restart it has forgotten who listens."""

    name = "Redis"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        said = len(self.output())
        self.spawn(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        )
        self.wait_for(lambda: "Ready to accept connections" in self.output()[said:])


class PostgreSQL(Service):
    """A PostgreSQL with an empty database. It refuses to be root's: then it is the user `postgres`'."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.folder = Path(tempfile.mkdtemp())
        self.data = self.folder / "data"
        self.user = ["setpriv", "--pdeathsig=INT"]  # it ends with the tests, however they do
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.user += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def start(self) -> None:
        if not self.data.exists():
            words = ["-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
            self._run("initdb", *words)
        said = len(self.output())
        # Without fsync: it has to outlive its own end, and not the machine's.
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.spawn([*self.user, str(_postgres("postgres")), "-D", str(self.data), *words])
        self.wait_for(lambda: "ready to accept connections" in self.output()[said:])

    def _run(self, program: str, *words: str) -> None:
        command = [*self.user, str(_postgres(program)), *words]
        subprocess.run(command, cwd=self.folder, env=clean_environment(), stdout=self.log, stderr=self.log, check=True)

    def stop(self) -> int:
        """End it without waiting until everybody has left, as its unit does."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload]

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        shutil.rmtree(self.folder)


class Nginx(Service):
    """nginx with the repository's own site file, in front of some portals. Without TLS, which has a port of its own
    there: tests of that are others. `strips`: it lets no websocket pass; `by_person`: it sends each sign-in's requests
    to one process as long as that is there, which nothing but the cost depends on."""

    name = "nginx"

    def __init__(self, port: int, *, strips: bool = False, by_person: bool = False) -> None:
        super().__init__()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.strips = strips
        self.by_person = by_person
        self.portals: Sequence[Portal] = ()
        self.folder = Path(tempfile.mkdtemp())

    def start(self) -> None:
        self.write()
        self.spawn([str(_nginx()), "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")])
        self.wait_for(self.is_alive)

    def write(self) -> None:
        """Write its files, as the portals are now."""
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(AROUND.format(folder=self.folder, user=user))
        (self.folder / "site.conf").write_text(self._site())

    def _site(self) -> str:
        servers = "\n".join(f"    server 127.0.0.1:{portal.port};" for portal in self.portals)
        text = SITE.read_text(encoding="utf-8")
        for pattern, ours in (
            (r"(?m)^ *ssl_.*\n", ""),
            (r" *listen \[::\].*\n", ""),
            (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
            (r"listen 443 ssl http2;", f"listen 127.0.0.1:{self.port};"),
            (r"/var/log/nginx", str(self.folder)),
            (r"(    server 127\.0\.0\.1:\d+;\n)+", servers + "\n"),
            *([(r"\$http_upgrade;", '"";')] if self.strips else []),
            *([(r"least_conn;", "hash $ozeki_web_person consistent;"), (r"\Z", PERSON)] if self.by_person else []),
        ):
            text, found = re.subn(pattern, lambda _, ours=ours: ours, text)
            assert found, f"{SITE.name} has no {pattern} any more"
        return text

    def reload(self) -> None:
        """Take the files anew; who is connected stays so."""
        assert self.process
        self.write()
        self.process.send_signal(signal.SIGHUP)

    def is_alive(self) -> bool:
        return answers(self.port, self.url)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        shutil.rmtree(self.folder)
