from __future__ import annotations

import pytest
from django.core.checks import ERROR, run_checks


@pytest.fixture(autouse=True)
def sound(settings):
    """A set-up with nothing wrong, which each test breaks in one place."""
    settings.OZEKI_URL = "https://ozeki.example.org/ozeki/index.php"
    settings.OZEKI_DIALECT = settings.OZEKI_CA_FILE = None
    settings.PROCESS_SLOT, settings.REDIS_URL = "0", ""
    settings.ALERTS_TOKEN = settings.METRICS_TOKEN = ""
    settings.HOST_IS_WILDCARD, settings.SITE_URL_IS_DEFAULT = False, True


def found():
    return {message.id: message for message in run_checks() if message.id.startswith("chat.")}


def test_a_sound_set_up_is_not_complained_about():
    assert found() == {}


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


def test_several_processes_without_redis_are_said(settings):
    settings.PROCESS_SLOT = "1"
    assert list(found()) == ["chat.W003"]
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
