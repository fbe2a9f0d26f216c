from __future__ import annotations

import functools
import io
import json
import logging
import logging.config
import re

import pytest
from django.test import RequestFactory

from chat import trail
from ozekiweb.logging import CONFIG, Redaction, redact
from tests.processes import ROOT


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


def test_nothing_that_the_portal_says_itself_is_taken_for_a_secret():
    for file in [*ROOT.glob("chat/**/*.py"), *ROOT.glob("ozekiweb/**/*.py")]:
        for line in re.findall(r'logger\.\w+\(\s*"([^"]+)"', file.read_text()):
            assert redact(line) == line, file


@pytest.fixture
def through():
    """Logs one record through the handler as configured, with the formatter of that name; the lines that come out."""

    def log(formatter, *arguments, **options):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(Redaction())
        configurator = logging.config.DictConfigurator(CONFIG)
        handler.setFormatter(configurator.configure_formatter(dict(CONFIG["formatters"][formatter])))
        logger = logging.Logger("chat.test")  # noqa: LOG001 (one of its own, so that no other handler sees it)
        logger.addHandler(handler)
        logger.error(*arguments, **options)
        return stream.getvalue().removesuffix("\n").split("\n")

    return log


@pytest.fixture
def logged(through):
    """The object that comes out for machines."""

    def log(*arguments, **options):
        (line,) = through("json", *arguments, **options)
        return json.loads(line)

    return log


def test_a_line_is_one_json_object_with_level_logger_time_and_what_was_added(logged):
    entry = trail.apart("for-whom").run(logged, "took %d ms", 7, extra={"call": "add"})
    assert entry.pop("timestamp").endswith("+00:00")
    assert entry == {
        "level": "ERROR",
        "logger": "chat.test",
        "request": "for-whom",
        "message": "took 7 ms",
        "call": "add",
    }


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


# One line stays one line

FORGED = 'x\n00:00:00 INFO chat [-]: "all is well"\r\x1b[2K\x1b[1Aforged\x00\x85\u2028\u202eover'


@pytest.fixture(params=["json", "plain"])
def lines(request, through):
    """The lines that come out, for machines and for a terminal."""
    return functools.partial(through, request.param)


def test_what_others_wrote_stays_on_the_line_that_quotes_it(lines):
    (line,) = lines("GET %s", FORGED, extra={"path": FORGED})
    assert line.isprintable()
    assert "forged" in line


def test_the_text_of_an_error_can_not_be_taken_for_another_entry(lines):
    try:
        raise ValueError(FORGED)  # noqa: TRY301
    except ValueError:
        said = lines("failed", exc_info=True)
    assert all(line.isprintable() for line in said)
    assert all(line.startswith(" ") for line in said[1:])
    assert "ValueError" in "".join(said)


def test_words_in_any_script_stay_as_they_are(lines):
    (line,) = lines("szűrő, 筛选, تصفية")
    assert "szűrő, 筛选, تصفية" in (line if not line.startswith("{") else json.loads(line)["message"])


def test_what_is_added_to_a_line_loses_its_secrets_too(logged):
    assert "c0ffee" not in json.dumps(logged("refused", extra={"path": "/x/?apikey=c0ffee"}))
