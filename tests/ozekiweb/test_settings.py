"""Settings as a fresh process reads them, for the variables a test names."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from channels_redis.core import RedisChannelLayer

from ozekiweb.secret import kept_secret
from tests.processes import ROOT, clean_environment

SHOW = """
import json
from ozekiweb import settings
names = "SITE_URL ALLOWED_HOSTS ALLOWED_ORIGINS CSRF_COOKIE_SECURE CSRF_COOKIE_NAME SECURE_HSTS_SECONDS".split()
shown = {name: getattr(settings, name) for name in names}
print(json.dumps(shown | {"database": settings.DATABASES["default"], "layers": settings.CHANNEL_LAYERS}))
"""


@pytest.fixture
def settings_for(tmp_path):
    def read(**variables):
        environment = clean_environment(DATA_DIR=str(tmp_path), **variables)
        command = [sys.executable, "-c", SHOW]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return read


def test_with_nothing_set_this_machine_is_let_in_by_each_of_its_names(settings_for):
    settings = settings_for()
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert set(settings["ALLOWED_HOSTS"]) == {"localhost", "127.0.0.1", "[::1]"}
    assert "http://localhost:8000" in settings["ALLOWED_ORIGINS"]
    assert not any(origin.endswith(":8001") for origin in settings["ALLOWED_ORIGINS"])
    assert settings["CSRF_COOKIE_SECURE"] is False
    assert settings["SECURE_HSTS_SECONDS"] == 0


def test_a_portal_for_everybody_does_not_let_in_every_name(settings_for):
    settings = settings_for(HOST="0.0.0.0", PORT="9000")
    assert settings["SITE_URL"] == "http://localhost:9000"
    assert set(settings["ALLOWED_HOSTS"]) == {"localhost", "127.0.0.1", "[::1]"}


def test_an_https_site_has_secure_cookies_and_only_its_own_name(settings_for):
    settings = settings_for(SITE_URL="https://Chat.example.org/")
    assert settings["ALLOWED_HOSTS"] == ["chat.example.org"]
    assert settings["ALLOWED_ORIGINS"] == ["https://chat.example.org"]
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert settings["SECURE_HSTS_SECONDS"] > 0


def test_an_address_of_the_network_is_its_own_name(settings_for):
    settings = settings_for(HOST="192.0.2.7")
    assert settings["ALLOWED_ORIGINS"] == ["http://192.0.2.7:8000"]


def test_a_database_of_ones_own_is_used(settings_for):
    assert settings_for()["database"]["ENGINE"].endswith("sqlite3")
    database = settings_for(DATABASE_URL="postgres://portal:pw@db.example.org/portal")["database"]
    assert (database["ENGINE"], database["HOST"]) == ("django.db.backends.postgresql", "db.example.org")


def test_a_database_may_be_a_file_of_this_machine(settings_for):
    database = settings_for(DATABASE_URL="sqlite:////data/x.sqlite3")["database"]
    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.sqlite3", "/data/x.sqlite3")


def test_a_database_may_be_behind_a_socket_of_this_machine(settings_for):
    database = settings_for(DATABASE_URL="postgresql:///db?host=/var/run/postgresql")["database"]
    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.postgresql", "db")
    assert "/var/run/postgresql" in (database["HOST"], database.get("OPTIONS", {}).get("host"))


def test_no_part_of_a_password_is_said_of_an_address_that_does_not_fit(tmp_path):
    address = "postgres://portal:s3cr3t/rest@db.example.org/portal"  # a slash has to be written %2F
    environment = clean_environment(DATA_DIR=str(tmp_path), DATABASE_URL=address)
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout


def test_bad_variables_end_a_command_with_a_line_each_and_no_traceback(tmp_path):
    environment = clean_environment(DATA_DIR=str(tmp_path), PORT="x", SITE_URL="https://chat.example.org/path")
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[1:]] == ["PORT", "SITE_URL"]


def test_processes_that_start_together_agree_on_the_secret_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "data" / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(kept_secret, [path] * 32))
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"]


def test_redis_may_be_silent_for_longer_than_the_channel_layer_waits_for_an_event(settings_for):
    layer = settings_for(REDIS_URL="redis://127.0.0.1:6379/0")["layers"]["default"]
    (host,) = layer["CONFIG"]["hosts"]
    assert host["address"] == "redis://127.0.0.1:6379/0"
    assert host["socket_timeout"] > 2 * RedisChannelLayer.brpop_timeout
