from __future__ import annotations

from dataclasses import fields
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from chat.ozeki.dialect import Action, Dialect, fill, load, parse
from chat.ozeki.errors import DialectError

# What everybody has who names no dialect.
DEFAULTS = """
[apikey]
digest = "sha256"
template = "{email}:{password}"
[signature]
scheme = "rsa-sha256"
encoding = "base64"
over = "body"
[key]
passphrase = "{password}"
[secret]
padding = "oaep-sha1"
encoding = "raw"
[message]
cipher = "aes-256-cbc"
format = "json"
sender = "sender"
text = "text"
validfor = 604800
[report]
sender = "sender"
messageid = "messageid"
[listener]
url = "auto"
hello = "{station}"
[paging]
first = "empty"
[hide]
id = "{instance};{lastmessageid}"
[availability]
actions = [{ action = "useravailable", label = "Available", value = "available" }]
"""

LISTED = {
    "apikey.digest": "md5 sha1 sha256 sha512 none",
    "signature.scheme": "rsa-sha256 rsa-sha1 rsa-md5 hmac-sha256 hmac-sha1 hmac-md5 none",
    "signature.encoding": "base64 hex",
    "signature.over": "body timestamp+body",
    "secret.padding": "oaep-sha1 oaep-sha256 pkcs1v15",
    "secret.encoding": "raw hex base64",
    "message.cipher": "aes-256-cbc aes-256-cfb aes-256-ctr aes-256-gcm",
    "message.format": "json text",
    "listener.url": "auto off",
    "paging.first": "empty omit now",
}
PLACEHOLDERS = {
    "apikey.template": "{email} {password} {userid}",
    "key.passphrase": "{password} {email} {apikey} {encryption_password} {md5:password} {sha256:password}",
    "listener.hello": "{station} {userid}",
    "hide.id": "{instance} {lastmessageid}",
}
NAMES = ["message.sender", "message.text", "report.sender", "report.messageid"]


def value_of(dialect, path):
    table, name = path.split(".")
    return getattr(getattr(dialect, table), name)


def test_the_defaults_are_those_of_the_reference():
    assert parse(DEFAULTS) == parse("") == Dialect()


def test_a_file_with_every_default_names_every_field():
    written = {line.split(" = ")[0] for line in DEFAULTS.splitlines() if " = " in line}
    for table in get_type_hints(Dialect).values():
        assert {field.name for field in fields(table)} <= written


def test_every_field_with_listed_values_is_covered_here():
    listed = {
        f"{table}.{name}"
        for table, kind in get_type_hints(Dialect).items()
        for name, rule in get_type_hints(kind).items()
        if get_origin(rule) is Literal
    }
    assert listed == LISTED.keys()
    for path, values in LISTED.items():
        table, name = path.split(".")
        assert list(get_args(get_type_hints(get_type_hints(Dialect)[table])[name])) == values.split()


@pytest.mark.parametrize(("path", "value"), [(path, value) for path in LISTED for value in LISTED[path].split()])
def test_every_listed_value_is_accepted(path, value):
    assert value_of(parse(f'{path} = "{value}"'), path) == value


@pytest.mark.parametrize("path", LISTED)
@pytest.mark.parametrize("value", ['"rot13"', '""', "1", "true", "[]", "{}"])
def test_any_other_value_is_refused_by_name(path, value):
    with pytest.raises(DialectError) as refusal:
        parse(f"{path} = {value}")
    assert path in str(refusal.value)
    assert LISTED[path] in str(refusal.value)
    assert value.strip('"') in str(refusal.value).replace("True", "true")


@pytest.mark.parametrize(("path", "placeholders"), PLACEHOLDERS.items())
def test_every_placeholder_is_accepted_and_others_are_not(path, placeholders):
    assert value_of(parse(f'{path} = "a {placeholders} z"'), path) == f"a {placeholders} z"
    assert value_of(parse(f'{path} = ""'), path) == ""
    with pytest.raises(
        DialectError, match=rf"{path} is 'x\{{secret\}}'; allowed: .*\{{{placeholders.split()[0][1:-1]}"
    ):
        parse(f'{path} = "x{{secret}}"')
    with pytest.raises(DialectError, match=path):
        parse(f"{path} = 3")


@pytest.mark.parametrize("path", NAMES)
def test_a_name_is_any_text_but_not_none(path):
    assert value_of(parse(f'{path} = "Naïve key"'), path) == "Naïve key"
    for value in ('""', "1", "[]"):
        with pytest.raises(DialectError, match=path):
            parse(f"{path} = {value}")


def test_one_json_key_cannot_hold_both_the_sender_and_the_text():
    with pytest.raises(DialectError, match=r"message\.sender and message\.text"):
        parse('message.sender = "TEXT"')


@pytest.mark.parametrize("value", ["0", "-1", "9999999999", "true", "1.5", '"60"'])
def test_a_lifetime_is_a_number_of_seconds(value):
    assert parse("message.validfor = 60").message.validfor == 60
    with pytest.raises(DialectError, match=r"message\.validfor .*allowed: a whole number from 1 to"):
        parse(f"message.validfor = {value}")


def test_availabilities_are_a_list_of_actions():
    dialect = parse('availability.actions = [{ action = "useraway", label = "Away", value = "away" }]')
    assert dialect.availability.actions == (Action("useraway", "Away", "away"),)
    assert parse("availability.actions = []").availability.actions == ()


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("availability.actions = 3", r"availability\.actions is 3; it must be a list"),
        ("availability.actions = [3]", r"availability\.actions\[0\] is 3; it must be a table"),
        ('availability.actions = [{ action = "a", value = "b" }]', r"availability\.actions\[0\]\.label is missing"),
        (
            'availability.actions = [{ action = "a", label = "b", value = "c", icon = "d" }]',
            r"availability\.actions\[0\]\.icon is unknown",
        ),
        (
            'availability.actions = [{ action = "", label = "b", value = "c" }]',
            r"availability\.actions\[0\]\.action is ''",
        ),
        ("[cipher]", r"cipher is unknown; a dialect may hold apikey, signature"),
        ('[apikey]\nhash = "md5"', r"apikey\.hash is unknown; apikey may hold digest, template"),
        ('apikey = "md5"', r"apikey is 'md5'; it must be a table"),
        ("[apikey", "not valid TOML"),
        ('[apikey]\ndigest = "md5"\ndigest = "md5"', "not valid TOML"),
    ],
)
def test_what_is_unknown_missing_or_malformed_is_refused_by_name(toml, named):
    with pytest.raises(DialectError, match=named):
        parse(toml)


def test_a_file_is_loaded_and_named_in_its_errors(tmp_path):
    path = tmp_path / "dialect.toml"
    path.write_text('\ufeff[apikey]\r\ndigest = "md5"\r\n', encoding="utf-8")
    assert load(path).apikey.digest == "md5"
    path.write_bytes(b'apikey.digest = "\xff"')
    with pytest.raises(DialectError, match=r"dialect\.toml"):
        load(path)
    path.write_text("paging.first = 1")
    with pytest.raises(DialectError, match=r"dialect\.toml: paging\.first is 1"):
        load(path)
    with pytest.raises(DialectError, match=r"nowhere: No such file or directory$"):
        load(tmp_path / "nowhere")


def test_a_template_is_filled_once():
    assert fill("{a}:{b}", {"a": "{b}", "b": "{a}"}) == "{b}:{a}"
    assert fill("{md5:password}{", {"md5:password": "x"}) == "x{"
