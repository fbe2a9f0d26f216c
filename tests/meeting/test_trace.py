"""Files that are no trace, or only nearly one: a sentence, never an exception of another kind."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.meeting import trace
from chat.meeting.learning import learn
from chat.meeting.person import Person
from chat.meeting.trace import TraceError
from chat.ozeki.dialect import Dialect
from tests.meeting.official import EMAIL, PASSWORD, STATION, Official, entry


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traces")


@pytest.fixture(scope="module")
def session() -> Any:
    return Official().session().har()


def written(folder: Path, document: object) -> Path:
    path = folder / "trace.har"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(TraceError) as caught:
        trace.read(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "can't be read as JSON"),
        ("GIF89a", "can't be read as JSON"),
        ('{"log": ' + "[" * 100_000, "can't be read as JSON"),
        ("[" * 100_000 + "]" * 100_000, "can't be read as JSON"),
        ("[1, 2]", "no list of requests"),
        ("{}", "no list of requests"),
        ('{"log": null}', "no list of requests"),
        ('{"log": {"entries": "none"}}', "no list of requests"),
        ('{"log": {"entries": []}}', "no call to an Ozeki server"),
        ('{"log": {"entries": [null, 1, "x", [], {}, {"request": 7}]}}', "no call to an Ozeki server"),
    ],
)
def test_what_is_no_har_is_refused_in_a_sentence(folder: Path, content: str, words: str) -> None:
    assert words in refused(written(folder, content))


def test_a_har_that_is_cut_anywhere_is_refused(folder: Path, session: Any) -> None:
    whole = json.dumps(session)
    for share in (0.01, 0.5, 0.99):
        assert "only a part of one" in refused(written(folder, whole[: int(len(whole) * share)]))


def test_bytes_that_are_no_text_are_refused(folder: Path) -> None:
    path = folder / "binary.har"
    path.write_bytes(b'{"log": "\xff\xfe"}')
    assert "can't be read as JSON" in refused(path)


def test_a_huge_file_is_refused(folder: Path) -> None:
    path = folder / "huge.har"
    with path.open("wb") as file:
        file.truncate(trace.LARGEST + 1)
    assert "larger than 256 MiB" in refused(path)


def test_a_file_that_is_not_there_and_a_folder_are_refused(folder: Path) -> None:
    assert "can't be read" in refused(folder / "nowhere.har")
    assert "can't be read" in refused(folder)


def test_a_trace_of_another_site_is_refused(folder: Path) -> None:
    shop = [
        entry("https://shop.example.org/api/basket?srv=shop&api=add", {}, '{"action": "login", "apikey": "x"}', "{}"),
        entry("https://shop.example.org/?srv=chatserver&api=chatlogin", {}, "", "<html>", method="GET"),
        entry("http://[broken/?srv=chatserver", {}, "", ""),
    ]
    assert "another site" in refused(written(folder, {"log": {"entries": shop}}))


def test_a_trace_that_begins_after_the_sign_in_is_refused(folder: Path, session: Any) -> None:
    late = copy.deepcopy(session)
    late["log"]["entries"] = [
        each for each in late["log"]["entries"] if not each["request"]["url"].endswith("api=chatlogin")
    ]
    assert "begin to record before you sign in" in refused(written(folder, late))


@pytest.mark.parametrize(
    "content",
    [
        {"text": "<html>Please wait</html>"},
        {"text": '{"status": "ERROR", "errormessage": "Wrong user name or password"}'},
        {"text": '{"status": "OK", "userid": "x"}'},
        {"text": "not base64 at all", "encoding": "base64"},
        {},
        None,
    ],
)
def test_a_sign_in_without_a_readable_success_is_none(folder: Path, session: Any, content: Any) -> None:
    broken = copy.deepcopy(session)
    login = next(each for each in broken["log"]["entries"] if each["request"]["url"].endswith("api=chatlogin"))
    login["response"]["content"] = content
    assert "nobody signing in" in refused(written(folder, broken))


def test_calls_of_another_server_and_of_another_person_are_left_out(folder: Path) -> None:
    official = Official().session()
    mine = len(trace.read(official.save(folder / "mine.har")).calls)
    official.call("chatconversation", {"action": "list"}, {})
    official.entries[-1]["request"]["url"] = "https://elsewhere.example.org/?srv=chatserver&api=chatconversation"
    official.reply_userid = "bb" * 16
    official.call("chatconversation", {"action": "list"}, {})
    assert len(trace.read(official.save(folder / "others.har")).calls) == mine


def test_a_byte_order_mark_and_plain_replies_are_read(folder: Path, session: Any) -> None:
    plain = copy.deepcopy(session)
    for each in plain["log"]["entries"]:
        content = each["response"]["content"]
        content["text"] = base64.b64decode(content["text"]).decode()
        del content["encoding"]
    path = folder / "plain.har"
    path.write_text("\ufeff" + json.dumps(plain), encoding="utf-8")
    assert trace.read(path).station == STATION


# Each example makes keys and opens them.
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just([]), st.just({}))


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(st.data())
def test_a_trace_with_anything_in_the_wrong_place_is_learnt_from_or_refused(
    folder: Path, session: Any, data: st.DataObject
) -> None:
    broken = copy.deepcopy(session)
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = broken
        while True:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            key = data.draw(st.sampled_from(list(keys)))
            if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.integers(0, 9)) == 0:
                break
            place = place[key]
        if isinstance(place, dict) and data.draw(st.booleans()):
            del place[key]
        else:
            place[key] = data.draw(SCALARS)
        if not broken.get("log"):
            break
    path = written(folder, broken)
    try:
        found = learn(trace.read(path), Person(EMAIL, PASSWORD), Dialect())
    except TraceError as error:
        assert str(path) in str(error)
    else:
        assert len({finding.field for finding in found}) == len(found) >= 15


BODIES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["ID", "Data", "id", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(st.data())
def test_calls_and_replies_of_any_shape_are_learnt_from(folder: Path, session: Any, data: st.DataObject) -> None:
    official = Official(entries=copy.deepcopy(session["log"]["entries"]))
    for action in ("list", "downloadpartial", "add", "hide", "useravailable"):
        names = ("conversationid", "message", "hideid", "instance", "lastmessagedate", "timestamp")
        fields = {name: data.draw(BODIES) for name in names if data.draw(st.booleans())}
        replied = ("conversations", "conversation", "messages", "reports")
        reply = {name: data.draw(BODIES) for name in replied if data.draw(st.booleans())}
        if data.draw(st.booleans()):
            fields["conversationid"] = "c1" * 16
        official.call("chatconversation", {"action": action, **fields}, reply)
    path = official.save(folder / "shapes.har")
    assert learn(trace.read(path), Person(EMAIL, PASSWORD), Dialect())
