from __future__ import annotations

import io
import json
import logging
import logging.config

import pytest
from django.test import RequestFactory

from ozekiweb.logging import CONFIG, Redaction, redact


@pytest.mark.parametrize(
    "line",
    [
        "apikey=c0ffee",
        'body {"action": "login", "apikey": "c0ffee"}',
        "headers {'Ozeki-Signature': 'c0ffee', 'Ozeki-Station': 'c0ffee'}",
        "Ozeki-Signature: c0ffee",
        'reply {"secret": "c0ffee=="}',
        '{"ID": "1", "Data": "c0f\\"c0ffee"}',
        "{'password': 'c0ffee', 'encryption_password': 'c0ffee'}",
        "Cookie: ozeki_sign_in=c0ffee; csrftoken=c0ffee",
        "'Set-Cookie': 'ozeki_sign_in=c0ffee; HttpOnly'",
        "Authorization: Bearer c0ffee",
        "csrfmiddlewaretoken=c0ffee&x=1",
        "GET /conversations/?q=c0ffee 200",
        "http://ozeki.example.org/ozeki/index.php?srv=c0ffee",
        "-----BEGIN RSA PRIVATE KEY-----\r\nc0ffee\r\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\r\nc0ffee",
    ],
)
def test_a_secret_never_reaches_the_log(line):
    assert "c0ffee" not in redact(line)


def test_what_is_no_secret_stays():
    line = "chatconversation download: Unreachable after 20000 ms, /conversations/8ca16186/messages/ 502"
    assert redact(line) == line


@pytest.fixture
def logged():
    """Logs one record through the JSON handler as configured; the object that comes out."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction())
    configurator = logging.config.DictConfigurator(CONFIG)
    handler.setFormatter(configurator.configure_formatter(dict(CONFIG["formatters"]["json"])))
    logger = logging.Logger("chat.test")  # noqa: LOG001 (one of its own, so that no other handler sees it)
    logger.addHandler(handler)

    def log(*arguments, **options):
        logger.error(*arguments, **options)
        (line,) = stream.getvalue().splitlines()
        return json.loads(line)

    return log


def test_a_line_is_one_json_object_with_level_logger_time_and_what_was_added(logged):
    entry = logged("took %d ms", 7, extra={"call": "add"})
    assert entry.pop("timestamp").endswith("+00:00")
    assert entry == {"level": "ERROR", "logger": "chat.test", "message": "took 7 ms", "call": "add"}


def test_a_traceback_loses_its_secrets_too(logged):
    try:
        raise ValueError('unexpected reply {"apikey": "c0ffee"}')  # noqa: TRY301
    except ValueError:
        entry = logged("failed", exc_info=True)
    assert "ValueError" in entry["exc_info"]
    assert "c0ffee" not in json.dumps(entry)


def test_the_request_that_django_attaches_is_left_out(logged):
    request = RequestFactory().get("/conversations/", {"q": "c0ffee"})
    entry = logged("Not Found: %s", request.path, extra={"request": request, "status_code": 404})
    assert entry["status_code"] == 404
    assert "c0ffee" not in json.dumps(entry)
