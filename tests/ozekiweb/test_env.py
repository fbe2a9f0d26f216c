from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from ozekiweb.env import Environment, origin


def test_every_bad_variable_is_reported_at_once_and_without_its_value(tmp_path):
    env = Environment(
        {"PORT": "web", "DEBUG": "perhaps", "OZEKI_URL": "chat.example.org", "SECRET_KEY_FILE": str(tmp_path / "none")}
    )
    env.number("PORT", 8000, within=range(1, 65536))
    env.flag("DEBUG")
    env.url("OZEKI_URL", ("http", "https"))
    env.text("SECRET_KEY")
    with pytest.raises(ImproperlyConfigured) as raised:
        env.finish()
    lines = str(raised.value).splitlines()[1:]
    assert [line.partition(":")[0] for line in lines] == ["PORT", "DEBUG", "OZEKI_URL", "SECRET_KEY_FILE"]
    assert "perhaps" not in str(raised.value)


def test_good_variables_report_nothing():
    env = Environment({"PORT": "80", "DEBUG": "true", "TRUSTED_PROXIES": "10.0.0.0/8, ::1"})
    assert env.number("PORT", 8000, within=range(1, 65536)) == 80
    assert env.flag("DEBUG") is True
    assert [str(network) for network in env.networks("TRUSTED_PROXIES")] == ["10.0.0.0/8", "::1/128"]
    env.finish()


def test_a_value_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    env = Environment({"SECRET_KEY_FILE": str(tmp_path / "key")})
    assert env.text("SECRET_KEY") == "from a file"
    env.finish()


def test_a_value_given_both_ways_is_refused(tmp_path):
    (tmp_path / "key").write_text("from a file")
    env = Environment({"SECRET_KEY": "given", "SECRET_KEY_FILE": str(tmp_path / "key")})
    env.text("SECRET_KEY")
    assert env.problems == ["SECRET_KEY: is set twice, SECRET_KEY_FILE being set too."]


def test_an_empty_variable_is_an_unset_one():
    env = Environment({"PORT": "", "HOST": "  "})
    assert (env.number("PORT", 8000, within=range(1, 65536)), env.text("HOST", "127.0.0.1")) == (8000, "127.0.0.1")
    assert env.problems == []


@pytest.mark.parametrize(
    ("given_as", "origin_is"),
    [
        ("https://Chat.Example.org:443/", "https://chat.example.org"),
        ("http://chat:8000", "http://chat:8000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(given_as, origin_is):
    assert origin(given_as) == origin_is


@pytest.mark.parametrize(
    "value", ["chat.example.org", "ftp://chat", "https://", "https://chat/path", "https://a@b", "http://h:x"]
)
def test_what_is_no_origin_is_refused(value):
    with pytest.raises(ValueError):
        origin(value)


@pytest.mark.parametrize("value", ["sqlite:////data/x.sqlite3", "postgresql:///db?host=/run/postgresql"])
def test_only_where_it_is_said_that_no_host_is_needed_may_it_be_left_out(value):
    schemes = ("sqlite", "postgresql")
    env = Environment({"URL": value})
    assert env.url("URL", schemes, host=False) == value
    assert env.problems == []
    assert env.url("URL", schemes) == ""
    assert env.problems == ["URL: should be a URL that begins with sqlite:// or postgresql://."]


@pytest.mark.parametrize("value", ["mysql:///db", "/data/x.sqlite3", "postgresql://db.example.org:0/db"])
def test_a_url_that_needs_no_host_still_needs_the_rest(value):
    env = Environment({"URL": value})
    assert env.url("URL", ("sqlite", "postgresql"), host=False) == ""
    assert len(env.problems) == 1


@given(st.text())
def test_no_value_whatever_stops_the_report(value):
    env = Environment({"ANY": value.replace("\0", "")})
    for read in (env.flag, env.origin, env.origins, env.networks):
        read("ANY")
    env.url("ANY", ("http",))
    env.number("ANY", 1, within=range(1, 9))
