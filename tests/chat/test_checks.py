from __future__ import annotations

import ipaddress
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.checks import ERROR, run_checks


@pytest.fixture(autouse=True)
def sound(settings):
    """A set-up with nothing wrong, which each test breaks in one place."""
    settings.OZEKI_URL = "https://ozeki.example.org/ozeki/index.php"
    settings.OZEKI_LISTENER_URL = "wss://ozeki.example.org:9012"
    settings.OZEKI_DIALECT = settings.OZEKI_CA_FILE = None
    settings.PROCESS_SLOT, settings.PROCESSES, settings.REDIS_URL = "0", 1, ""
    settings.DEBUG, settings.TRUSTED_PROXIES = False, []
    settings.ALERTS_TOKEN = settings.METRICS_TOKEN = ""
    settings.HOST_IS_WILDCARD, settings.SITE_URL_IS_DEFAULT = False, True


@pytest.fixture
def for_people(sound, settings):
    """The same, where people are served: behind a proxy with TLS."""
    settings.SITE_URL, settings.HTTPS, settings.SITE_URL_IS_DEFAULT = "https://chat.example.org", True, False
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]
    settings.OZEKI_URL = "http://127.0.0.1:9/ozeki/index.php"  # which answers nobody


def found(*, deploy=False):
    messages = run_checks(include_deployment_checks=deploy)
    return {message.id: message for message in messages if message.id.startswith("chat.")}


def test_a_sound_set_up_is_not_complained_about():
    assert found() == {}


def test_a_sound_set_up_for_people_is_not_complained_about(for_people):
    assert found(deploy=True) == {}


def test_a_missing_server_is_said(settings):
    settings.OZEKI_URL = ""
    assert list(found()) == ["chat.W001"]


@pytest.mark.parametrize(
    ("url", "complaints"),
    [
        ("http://ozeki.example.org/ozeki/index.php", ["chat.W002"]),
        ("http://localhost/ozeki/index.php", []),
        ("http://127.0.0.1:9080/ozeki/index.php", []),
    ],
)
def test_an_unencrypted_server_is_said_unless_it_is_on_this_machine(settings, url, complaints):
    settings.OZEKI_URL = url
    assert list(found()) == complaints


def test_an_unencrypted_listener_is_said(settings):
    settings.OZEKI_LISTENER_URL = "ws://ozeki.example.org:9012"
    assert list(found()) == ["chat.W002"]


@pytest.mark.parametrize(("name", "value"), [("PROCESS_SLOT", "1"), ("PROCESSES", 2)])
def test_several_processes_without_redis_are_said(settings, name, value):
    setattr(settings, name, value)
    assert list(found()) == ["chat.W003"]
    assert found()["chat.W003"].msg.startswith(name)
    settings.REDIS_URL = "redis://localhost"
    assert found() == {}


def test_a_portal_for_everybody_without_a_name_is_said(settings):
    settings.HOST_IS_WILDCARD = True
    assert list(found()) == ["chat.W004"]
    settings.SITE_URL_IS_DEFAULT = False
    assert found() == {}


@pytest.mark.parametrize("name", ["ALERTS_TOKEN", "METRICS_TOKEN"])
@pytest.mark.parametrize(("token", "complaints"), [("x" * 31, ["chat.W005"]), ("x" * 32, [])])
def test_a_token_that_can_be_guessed_is_said(settings, name, token, complaints):
    setattr(settings, name, token)
    assert list(found()) == complaints


@pytest.mark.parametrize("name", ["ALERTS_BY", "CONCERNS_TO"])
def test_an_email_address_in_place_of_a_userid_is_said_without_it(settings, name):
    setattr(
        settings,
        name,
        {"ALERTS_BY": frozenset({"a" * 32, "maria@example.org"}), "CONCERNS_TO": "maria@example.org"}[name],
    )
    assert list(found()) == ["chat.W013"]
    assert found()["chat.W013"].msg.startswith(name)
    setattr(settings, name, {"ALERTS_BY": frozenset({"a" * 32}), "CONCERNS_TO": "a" * 32}[name])
    assert found() == {}


@pytest.mark.parametrize(
    ("redis", "database", "made", "complaints"),
    [
        ("redis://redis.example.org", "sqlite3", False, ["chat.W006"]),
        ("redis://redis.example.org", "postgresql", True, ["chat.W007"]),
        ("redis://redis.example.org", "postgresql", False, []),
        ("redis://127.0.0.1:6379/0", "sqlite3", True, []),
    ],
)
def test_what_several_hosts_do_not_share_is_said(for_people, settings, monkeypatch, redis, database, made, complaints):
    settings.REDIS_URL, settings.SECRET_KEY_IS_MADE = redis, made
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", f"django.db.backends.{database}")
    assert list(found(deploy=True)) == complaints


@pytest.mark.parametrize(
    ("url", "complaints"), [("http://chat.example.org", ["chat.W008"]), ("http://localhost:8000", [])]
)
def test_passwords_that_travel_unencrypted_are_said(for_people, settings, url, complaints):
    settings.SITE_URL, settings.HTTPS = url, False
    settings.SECURE_HSTS_SECONDS, settings.CSRF_COOKIE_SECURE = 0, False  # as they follow from that
    said = [message.id for message in run_checks(include_deployment_checks=True) if not message.is_silenced()]
    assert said == complaints


@pytest.mark.parametrize(
    ("networks", "complaints"), [([], ["chat.W009"]), (["0.0.0.0/0"], ["chat.W010"]), (["10.0.0.0/8"], [])]
)
def test_proxies_that_are_not_named_or_too_many_are_said(for_people, settings, networks, complaints):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(network) for network in networks]
    assert list(found(deploy=True)) == complaints


@pytest.mark.parametrize(
    ("url", "complaints"), [("https://chat.example.org", ["chat.W011"]), ("http://127.0.0.1:8000", [])]
)
def test_debugging_in_front_of_people_is_said(settings, url, complaints):
    settings.DEBUG, settings.SITE_URL = True, url
    assert list(found()) == complaints


@pytest.fixture
def server_at():
    """A server that says it is another time than here, by so many seconds; its URL."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever).start()

        def at(seconds):
            class Answer(BaseHTTPRequestHandler):
                def do_HEAD(self):
                    self.send_response(200)
                    self.end_headers()

                def date_time_string(self, timestamp=None):
                    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)

                def log_message(self, *_):
                    pass

            server.RequestHandlerClass = Answer
            return f"http://127.0.0.1:{server.server_port}/ozeki/index.php"

        yield at
        server.shutdown()


@pytest.mark.parametrize(("seconds", "words"), [(-300, "ahead of"), (300, "behind"), (5, None)])
def test_a_clock_that_is_off_is_said(for_people, settings, server_at, seconds, words):
    settings.OZEKI_URL = server_at(seconds)
    said = found(deploy=True)
    assert list(said) == (["chat.W012"] if words else [])
    assert not words or words in said["chat.W012"].msg


def test_a_good_dialect_file_is_fine(settings, tmp_path):
    settings.OZEKI_DIALECT = tmp_path / "dialect.toml"
    settings.OZEKI_DIALECT.write_text('[apikey]\ndigest = "md5"\n')
    assert found() == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[apikey]\ndigest = "md4"\n', "apikey.digest"),
        ('[apikey]\ncolour = "red"\n', "apikey.colour"),
        ("[nonsense]\n", "nonsense"),
    ],
)
def test_a_bad_dialect_file_is_an_error_that_names_the_field(settings, tmp_path, text, named):
    settings.OZEKI_DIALECT = tmp_path / "dialect.toml"
    settings.OZEKI_DIALECT.write_text(text)
    (message,) = found().values()
    assert message.level == ERROR
    assert named in message.msg


def test_a_file_that_is_not_there_is_an_error(settings, tmp_path):
    settings.OZEKI_DIALECT = settings.OZEKI_CA_FILE = tmp_path / "missing"
    assert sorted(found()) == ["chat.E001", "chat.E002"]


def test_a_file_without_certificates_is_an_error(settings, tmp_path):
    settings.OZEKI_CA_FILE = tmp_path / "ca.pem"
    settings.OZEKI_CA_FILE.write_text("no certificate")
    assert list(found()) == ["chat.E002"]
