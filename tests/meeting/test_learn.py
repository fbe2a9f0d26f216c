"""`ozeki learn` as a process: what it prints, what it writes, and what it keeps to itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

from chat.meeting.candidates import vary
from chat.ozeki.dialect import Dialect, load
from tests.meeting.commands import ozeki
from tests.meeting.official import EMAIL, ENCRYPTION_PASSWORD, PASSWORD, Official, entry

SPOKEN = vary(
    Dialect(),
    ("apikey.digest", "signature.scheme", "key.passphrase", "secret.padding", "message.cipher", "message.text"),
    ("md5", "rsa-sha1", "{encryption_password}", "pkcs1v15", "aes-256-ctr", "body"),
)
TYPED = f"{PASSWORD}\n{ENCRYPTION_PASSWORD}\n"


def test_the_dialect_is_written_and_loads(tmp_path: Path) -> None:
    Official(SPOKEN).session().save(tmp_path / "session.har")
    done = ozeki("learn", "session.har", "--email", EMAIL, typed=TYPED, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert load(tmp_path / "dialect.toml") == SPOKEN
    assert "likely   message.cipher        aes-256-ctr " in done.stdout
    assert "delete session.har" in done.stdout


def test_no_secret_of_the_trace_is_printed_or_written(tmp_path: Path) -> None:
    official = Official(SPOKEN).session()
    official.save(tmp_path / "session.har")
    for typed in (TYPED, ""):
        done = ozeki("learn", "session.har", "--email", EMAIL, "--force", typed=typed, folder=tmp_path)
        said = done.stdout + done.stderr + (tmp_path / "dialect.toml").read_text(encoding="utf-8")
        assert "message.cipher" in said
        assert [secret for secret in official.secrets() if secret in said] == []
    assert sorted(os.listdir(tmp_path)) == ["data", "dialect.toml", "session.har"]


def test_what_is_unknown_is_a_comment_and_keeps_its_default(tmp_path: Path) -> None:
    Official(SPOKEN, apikey="another").session().save(tmp_path / "session.har")
    done = ozeki("learn", "session.har", "--email", EMAIL, typed=TYPED, folder=tmp_path)
    assert done.returncode == 0
    assert "\nunknown  apikey.digest " in done.stdout
    assert "\n# digest: unknown: none of " in (tmp_path / "dialect.toml").read_text(encoding="utf-8")
    assert load(tmp_path / "dialect.toml").apikey == Dialect().apikey


def test_a_file_that_is_there_is_written_over_only_when_told_to(tmp_path: Path) -> None:
    Official().session().save(tmp_path / "session.har")
    mine = tmp_path / "mine.toml"
    mine.write_text("# mine\n")
    words = ("learn", "session.har", "--email", EMAIL, "--write-to", "mine.toml")
    done = ozeki(*words, typed=TYPED, folder=tmp_path)
    assert (done.returncode, mine.read_text()) == (2, "# mine\n")
    assert "--force" in done.stderr
    assert ozeki(*words, "--force", typed=TYPED, folder=tmp_path).returncode == 0
    assert load(mine) == Dialect()


def test_bad_traces_are_a_sentence_and_leave_no_file(tmp_path: Path) -> None:
    whole = Official().session().save(tmp_path / "whole.har").read_text(encoding="utf-8")
    (tmp_path / "cut.har").write_text(whole[: len(whole) // 2], encoding="utf-8")
    shop = {"log": {"entries": [entry("https://shop.example.org/basket", {}, "{}", "{}")]}}
    (tmp_path / "shop.har").write_text(json.dumps(shop), encoding="utf-8")
    for name, words in (("cut", "only a part"), ("shop", "another site"), ("nowhere", "can't be read")):
        done = ozeki("learn", f"{name}.har", "--email", EMAIL, typed=TYPED, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "dialect.toml").exists()


def test_a_folder_that_can_not_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    Official().session().save(tmp_path / "session.har")
    words = ("learn", "session.har", "--email", EMAIL, "--write-to", "nowhere/dialect.toml")
    done = ozeki(*words, typed=TYPED, folder=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
