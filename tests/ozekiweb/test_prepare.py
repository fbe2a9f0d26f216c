"""What happens before people are served: one process at a time prepares, and what is interrupted is finished."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing

import psycopg
import pytest

from ozekiweb import locks
from ozekiweb.prepare import ADVISORY
from tests.engines import PostgreSQL, Redis, need
from tests.processes import ROOT, Portal, Service, clean_environment, copied, prepared, wait_until

WAITING = "Another process is preparing the portal; waiting for it."


class Preparation(Service):
    """`ozekiweb.prepare`, as bin/run starts it."""

    name = "preparation"

    def __init__(self, data_dir, *words, **variables):
        super().__init__()
        self.words = words
        self.variables = {"DATA_DIR": str(data_dir), "OZEKI_URL": "http://127.0.0.1:9/", **variables}

    def start(self):
        self.spawn([sys.executable, "-m", "ozekiweb.prepare", *self.words], **self.variables)

    def ending(self):
        assert self.process
        return self.process.wait(40)


@pytest.fixture
def ready(data_dir):
    """A folder in which all is prepared."""
    shutil.copytree(prepared(), data_dir, copy_function=copied)
    return data_dir


def test_while_another_one_prepares_it_waits(data_dir):
    lock = locks.take(data_dir / "preparing.lock")
    with Preparation(data_dir) as preparation:
        wait_until(lambda: WAITING in preparation.output(), "it to wait")
        assert not (data_dir / "static").exists()
        os.close(lock)
        assert preparation.ending() == 0
    assert (data_dir / "static" / "staticfiles.json").exists()


def test_a_migration_that_was_interrupted_is_finished_by_the_next_start(ready):
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "chat", "0001"],
        cwd=ROOT,
        env=clean_environment(DATA_DIR=str(ready), OZEKI_URL="http://127.0.0.1:9/"),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with closing(sqlite3.connect(ready / "portal.sqlite3", isolation_level=None)) as database:

        def changes():
            return database.execute("select count(*) from django_migrations where app = 'chat'").fetchone()[0]

        database.execute("begin immediate")
        with Preparation(ready) as preparation:
            wait_until(lambda: is_held(ready / "preparing.lock"), "it to begin")
            preparation.kill()
            assert changes() == 1
            database.execute("rollback")
            preparation.start()
            assert preparation.ending() == 0
        assert changes() == 3


def is_held(path):
    """Whether another process has this lock."""
    lock = locks.take(path)
    if lock is not None:
        os.close(lock)
    return lock is None


def test_it_says_what_looks_wrong_with_a_portal_for_people_and_goes_on(ready):
    with Preparation(ready, "--production", SITE_URL="https://chat.example.org", PROCESSES="2") as preparation:
        assert preparation.ending() == 0
        assert "(chat.W003) PROCESSES says that there are several processes" in preparation.output()
        assert "(chat.W009) SITE_URL is https" in preparation.output()


def test_tables_of_a_newer_version_are_said(ready):
    with closing(sqlite3.connect(ready / "portal.sqlite3")) as database, database:
        database.execute(
            "insert into django_migrations (app, name, applied) values ('chat', '0099_later', '2030-01-01')"
        )
    with Preparation(ready) as preparation:
        assert preparation.ending() == 0
        assert "The database's tables are a newer version's (chat.0099_later)" in preparation.output()


def test_static_files_that_others_read_are_left_alone_until_their_sources_change(ready):
    def made():
        return (ready / "static" / "staticfiles.json").stat().st_mtime_ns

    before = made()
    with Preparation(ready) as preparation:
        assert preparation.ending() == 0
        assert made() == before
        (ready / "static-from").write_text("other sources")
        preparation.start()
        assert preparation.ending() == 0
        assert made() > before


def test_a_slot_that_another_process_has_is_refused(sandbox, data_dir):
    with Portal(sandbox.url, data_dir, PROCESS_SLOT="a/b"):
        second = Portal(sandbox.url, data_dir, PROCESS_SLOT="a/b")
        with pytest.raises(AssertionError, match="PROCESS_SLOT a/b is taken by another process with this DATA_DIR"):
            second.__enter__()
        assert second.process.returncode == 1
        second.__exit__()
        with Portal(sandbox.url, data_dir, PROCESS_SLOT="c") as third:
            assert third.is_alive()


# With the engines of a larger site


@pytest.fixture(scope="module")
def engines():
    need("postgres", "redis-server")


@pytest.fixture(scope="module")
def postgres(engines):
    with PostgreSQL() as postgres:
        yield postgres


@pytest.fixture
def database(postgres):
    """The URL of an empty database, made for the test."""
    name = f"portal_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return postgres.url.removesuffix("postgres") + name


def test_while_another_host_prepares_the_same_database_it_waits(database, data_dir):
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [ADVISORY])
        with Preparation(data_dir, DATABASE_URL=database) as preparation:
            wait_until(lambda: WAITING in preparation.output(), "it to wait")
            assert not _exists(database, "django_migrations")
            other.close()
            assert preparation.ending() == 0


def test_one_that_is_killed_in_the_middle_of_a_migration_leaves_nothing_half_done(database, data_dir):
    with psycopg.connect(database) as other, Preparation(data_dir, DATABASE_URL=database) as preparation:
        # The last table of the second migration is being made by somebody else: there it stays.
        other.execute("create table chat_alertfor ()")
        wait_until(lambda: _waits(database), "it to wait for the table")
        preparation.kill()
        other.rollback()
        assert not _exists(database, "chat_person")
        preparation.start()
        assert preparation.ending() == 0
        assert _exists(database, "chat_alertfor")


def _exists(database, table):
    with psycopg.connect(database) as asking:
        return asking.execute("select to_regclass(%s)", [table]).fetchone()[0] is not None


def _waits(database):
    with psycopg.connect(database) as asking:
        query = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        return asking.execute(query).fetchone() is not None


@pytest.mark.parametrize(
    ("user", "name", "words"),
    [
        ("postgres:a-secret", "nowhere", 'FATAL: database "nowhere" does not exist.'),
        ("nobody:a-secret", "postgres", 'FATAL: role "nobody" does not exist.'),
    ],
)
def test_a_database_that_lets_nobody_in_is_said(postgres, data_dir, user, name, words):
    url = f"postgres://{user}@127.0.0.1:{postgres.port}/{name}"
    with Preparation(data_dir, DATABASE_URL=url) as preparation:
        assert preparation.ending() == 1
        (line,) = preparation.output().splitlines()
        assert line.startswith("DATABASE_URL: the database can't be opened.")
        assert line.endswith(words)
        assert "a-secret" not in line


def test_a_redis_that_lets_nobody_in_is_said(engines, data_dir):
    with Redis() as redis:
        subprocess.run(["redis-cli", "-p", str(redis.port), "config", "set", "requirepass", "right"], check=True)
        url = f"redis://:a-secret@127.0.0.1:{redis.port}/0"
        with Preparation(data_dir, REDIS_URL=url) as preparation:
            assert preparation.ending() == 1
            (line,) = preparation.output().splitlines()
            assert line == "REDIS_URL: Redis can't be used. invalid username-password pair or user is disabled."
