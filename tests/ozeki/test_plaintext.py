from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.ozeki import plaintext
from chat.ozeki.dialect import Dialect, Message, Report
from chat.ozeki.errors import CANNOT_DECRYPT, Locked

from .samples import ALICE

JSON = Dialect()
NAMED = Dialect(message=Message(sender="From", text="Body"), report=Report("By", "Ids"))
TEXT = Dialect(message=Message(format="text"))


@settings(deadline=None, max_examples=50)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@pytest.mark.parametrize("dialect", [JSON, NAMED])
def test_what_is_composed_is_read(dialect, text):
    message = plaintext.read(dialect, plaintext.compose(dialect, sender=ALICE, text=text))
    assert (message.sender, message.text) == (ALICE, text)


@settings(deadline=None, max_examples=50)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_plain_text_is_itself_and_has_no_sender(text):
    assert plaintext.compose(TEXT, sender=ALICE, text=text) == text.encode()
    message = plaintext.read(TEXT, text.encode())
    assert (message.sender, message.text) == (None, text)


def test_the_json_names_are_the_dialects():
    assert plaintext.compose(NAMED, sender=ALICE, text="é") == f'{{"From":"{ALICE}","Body":"é"}}'.encode()


def test_names_are_matched_without_regard_to_case_and_unknown_ones_ignored():
    message = plaintext.read(NAMED, json.dumps({"x": [1], "FROM": ALICE, "body": "hello"}).encode())
    assert (message.sender, message.text) == (ALICE, "hello")


@pytest.mark.parametrize("text", ["hello", "", "[1]", "42", '"hi"', '{"text":', "[" * 100_000])
def test_what_is_no_json_object_is_shown_as_it_is(text):
    message = plaintext.read(JSON, text.encode())
    assert (message.sender, message.text) == (None, text)


def test_json_without_the_text_is_shown_as_json():
    inner = f'{{"sender":"{ALICE}","files":["x"]}}'
    message = plaintext.read(JSON, inner.encode())
    assert (message.sender, message.text) == (ALICE, inner)


@pytest.mark.parametrize("sender", ["", "<b>", "x" * 65, 3, None, ["a"]])
def test_a_sender_that_is_no_userid_is_none(sender):
    assert plaintext.read(JSON, json.dumps({"sender": sender, "text": "x"}).encode()).sender is None


def test_lone_surrogates_become_u_fffd():
    assert plaintext.read(JSON, b'{"text":"a\\ud800b"}').text == "a\ufffdb"
    assert plaintext.compose(JSON, sender=ALICE, text="\ud800").decode() == f'{{"sender":"{ALICE}","text":"\ufffd"}}'
    assert plaintext.compose(TEXT, sender=ALICE, text="\ud800") == "\ufffd".encode()


@pytest.mark.parametrize("dialect", [JSON, TEXT])
def test_bytes_that_are_no_text_are_locked(dialect):
    with pytest.raises(Locked) as locked:
        plaintext.read(dialect, b"\xff\xfe")
    assert locked.value.cause == CANNOT_DECRYPT


@settings(deadline=None, max_examples=50)
@given(content=st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_any_bytes_are_read_or_locked(content):
    plaintext.read_report(JSON, content)
    with contextlib.suppress(Locked):
        plaintext.read(JSON, content).text.encode()


@pytest.mark.parametrize(
    ("inner", "read"),
    [
        ({"sender": ALICE, "messageid": "m"}, (ALICE, ("m",))),
        ({"Sender": ALICE, "MessageId": ["m", 3, "n"]}, (ALICE, ("m", "n"))),
        ({"sender": "<b>", "messageid": None}, (None, ())),
        ([], (None, ())),
    ],
)
def test_a_report_names_its_reader_and_the_messages(inner, read):
    assert plaintext.read_report(JSON, json.dumps(inner).encode()) == read


def test_a_reports_names_are_the_dialects():
    assert plaintext.read_report(NAMED, json.dumps({"by": ALICE, "ids": ["m"]}).encode()) == (ALICE, ("m",))


def test_a_report_that_is_no_text_says_nothing():
    assert plaintext.read_report(JSON, b"\xff") == (None, ())
