"""`ozeki check` as a process against a real sandbox process."""

from __future__ import annotations

import hashlib
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.chat.test_dialects import DIALECTS
from tests.meeting.commands import ozeki
from tests.processes import ROOT, Person, Sandbox, clean_environment, free_port

Check = Callable[..., subprocess.CompletedProcess[str]]
READING = {
    ("chatlogin", "login"),
    ("chatfriends", "list"),
    ("chatconversation", "list"),
    ("chatconversation", "downloadpartial"),
    ("chatconversation", "download"),
    ("chatnotification", "download"),
    ("chatblocklist", "blocklist"),
}


@pytest.fixture
def check(sandbox: Sandbox, tmp_path: Path, alice: Person) -> Check:
    """Checks the shared sandbox as Alice. `dialect`: the text of a dialect file."""

    def run(*words: str, typed: str | None = None, dialect: str = "", **variables: str) -> Any:
        variables = {"OZEKI_URL": sandbox.url} | variables
        if dialect:
            (tmp_path / "mine.toml").write_text(dialect)
            variables["OZEKI_DIALECT"] = str(tmp_path / "mine.toml")
        answers = f"{alice.email}\n{alice.password}\n" if typed is None else typed
        return ozeki("check", *words, typed=answers, folder=tmp_path, **variables)

    return run


def row(done: subprocess.CompletedProcess[str], what: str) -> str:
    """The line about this, its columns one space apart."""
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    return next((line for line in lines if f" {what}" in line), f"no row about {what}")


def pair(one: Person, other: Person) -> str:
    return hashlib.md5(";".join(sorted((one.userid, other.userid))).encode()).hexdigest()


def calls_since(sandbox: Sandbox, number: int) -> list[tuple[str, str]]:
    return [(call["api"], call["action"]) for call in sandbox.control(f"calls?since={number}")]


def last_call(sandbox: Sandbox) -> int:
    return max((call["n"] for call in sandbox.control("calls")), default=0)


def test_a_server_of_the_default_dialect_fits(check: Check) -> None:
    done = check()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert row(done, "Login") == "ok Login 13 fields as in the reference"
    assert row(done, "message.cipher").startswith("ok message.cipher = aes-256-cbc it turns ")
    assert row(done, "Two stations").startswith("ok ")
    assert row(done, "Listener").startswith("ok ")
    assert "differs" not in done.stdout


def test_it_signs_in_once_for_each_station_and_only_reads(check: Check, sandbox: Sandbox) -> None:
    before = last_call(sandbox)
    assert check().returncode == 0
    made = calls_since(sandbox, before)
    assert set(made) == READING
    assert made.count(("chatlogin", "login")) == 2


def test_nothing_that_is_secret_is_printed(check: Check, sandbox: Sandbox, alice: Person, bob: Person) -> None:
    done = check("--write", "--conversation", "bob")
    said = done.stdout + done.stderr
    stations = {call["station"] for call in sandbox.control("calls") if call["userid"] == alice.userid}
    apikey = hashlib.sha256(f"{alice.email}:{alice.password}".encode()).hexdigest()
    texts = [each["text"] for each in sandbox.control(f"conversations/{pair(alice, bob)}")["messages"][:-1]]
    assert [text for text in texts if text and len(text) > 5 and text in said and "Test message" not in text] == []
    assert [secret for secret in {alice.password, apikey, *stations} if secret in said] == []


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Sandbox]]:
    """Sandboxes of other dialects, each started when it is first asked for."""
    with ExitStack() as running:

        @cache
        def start(dialect: str) -> Sandbox:
            path = tmp_path_factory.mktemp("dialect") / "dialect.toml"
            path.write_text(dialect, encoding="utf-8")
            return running.enter_context(Sandbox("--dialect", str(path)))

        yield start


@pytest.mark.parametrize("dialect", [path.read_text() for path in DIALECTS], ids=[path.stem for path in DIALECTS])
def test_a_server_of_another_dialect_fits_when_it_is_the_one_in_use(
    check: Check, servers: Callable[[str], Sandbox], dialect: str
) -> None:
    server = servers(dialect)
    alice, bob = server.people["alice"], server.people["bob"]
    typed = f"{alice.email}\n{alice.password}\n{alice.encryption_password}\n"
    done = check("--write", "--conversation", "Bob", typed=typed, dialect=dialect, OZEKI_URL=server.url)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    last = server.control(f"conversations/{pair(alice, bob)}")["messages"][-1]
    assert last["text"] == "Test message of ozeki check"


def test_what_can_be_tried_offline_says_which_candidate_would_do(check: Check) -> None:
    done = check(
        dialect="""
[key]
passphrase = "{md5:password}"
[secret]
padding = "oaep-sha256"
encoding = "hex"
[message]
cipher = "aes-256-gcm"
sender = "from"
text = "body"
"""
    )
    assert done.returncode == 1
    for what, would in {
        "key.passphrase": "{password}",
        "secret.padding": "oaep-sha1",
        "secret.encoding": "raw",
        "message.cipher": "aes-256-cbc",
        "message.sender": "sender",
        "message.text": "text",
    }.items():
        assert row(done, what).startswith(f"differs {what} = ")
        assert f" {would} would do: " in row(done, what)
    assert row(done, "signature").startswith("ok ")


def test_a_wrong_signature_is_one_that_the_server_refuses(check: Check) -> None:
    done = check(dialect='[signature]\nscheme = "rsa-md5"\n')
    assert done.returncode == 1
    assert row(done, "signature = rsa-md5").startswith("differs ")
    assert "ozeki learn" in row(done, "signature = rsa-md5")
    assert row(done, "Conversation / List").startswith("differs Conversation / List refused: ")


def test_a_first_page_that_the_server_refuses_is_told(check: Check) -> None:
    done = check(dialect='[paging]\nfirst = "omit"\n')
    assert done.returncode == 1
    assert row(done, "paging.first = omit").startswith("differs paging.first = omit the server refuses it")
    assert row(done, "message.cipher").startswith("unknown ")


def test_a_hello_that_the_server_does_not_like_is_told(check: Check) -> None:
    done = check(dialect='[listener]\nhello = "hello {userid}"\n')
    assert done.returncode == 1
    assert row(done, "Listener").startswith("differs Listener the server hangs up")


def test_a_listener_that_is_not_there_is_told(check: Check) -> None:
    done = check(OZEKI_LISTENER_URL=f"ws://127.0.0.1:{free_port()}/")
    assert done.returncode == 1
    assert row(done, "Listener").startswith("differs Listener no connection")


def test_a_wrong_password_is_tried_once(check: Check, sandbox: Sandbox, alice: Person) -> None:
    before = last_call(sandbox)
    done = check(typed=f"{alice.email}\nwrong\n")
    assert done.returncode == 1
    assert row(done, "Login") == "differs Login refused: Wrong user name or password"
    assert "ozeki learn" in row(done, "apikey")
    assert calls_since(sandbox, before) == [("chatlogin", "login")]


def test_a_server_that_can_not_be_reached_is_said(check: Check) -> None:
    done = check(OZEKI_URL=f"http://127.0.0.1:{free_port()}/ozeki/index.php")
    assert (done.returncode, done.stderr) == (2, "")
    assert row(done, "Login").startswith("failed Login no usable answer")


def test_a_password_in_the_servers_address_is_not_printed(check: Check) -> None:
    port = free_port()
    done = check(OZEKI_URL=f"http://proxy:opensesame@127.0.0.1:{port}/ozeki/index.php")
    assert f"http://127.0.0.1:{port}/ozeki/index.php\n" in done.stdout
    assert "opensesame" not in done.stdout + done.stderr


def test_an_address_that_answers_with_a_page_is_said(check: Check, sandbox: Sandbox) -> None:
    sandbox.control("faults", {"fault": "html", "times": 100})
    done = check()
    assert (done.returncode, done.stderr) == (2, "")
    assert row(done, "Login").startswith("failed Login not understood: HTTP 200, ")


def test_one_call_that_is_broken_does_not_end_the_walk(check: Check, sandbox: Sandbox) -> None:
    sandbox.control("faults", {"fault": "cut", "api": "chatfriends"})
    done = check()
    assert done.returncode == 1
    assert row(done, "Friends / List").startswith("differs Friends / List not understood")
    assert row(done, "message.text").startswith("ok ")


def test_a_call_that_gets_no_answer_means_that_not_all_was_done(check: Check, sandbox: Sandbox) -> None:
    sandbox.control("faults", {"fault": "500", "api": "chatblocklist", "times": 10})
    done = check()
    assert done.returncode == 2
    assert row(done, "Blocklist").startswith("failed Blocklist no usable answer: HTTP 500")
    assert row(done, "Two stations").startswith("ok ")


def test_a_second_station_in_trouble_is_told(check: Check, sandbox: Sandbox) -> None:
    sandbox.control("faults", {"fault": "refuse", "api": "chatnotification", "times": 3})
    done = check()
    assert done.returncode == 1
    assert row(done, "Two stations").startswith("differs Two stations at once Notification refused")


# Sending


def test_without_write_nothing_is_sent_and_with_it_one_message(check: Check, sandbox: Sandbox) -> None:
    alice, bob = sandbox.people["alice"], sandbox.people["bob"]
    before = sandbox.control(f"conversations/{pair(alice, bob)}")["messages"]
    check()
    assert sandbox.control(f"conversations/{pair(alice, bob)}")["messages"] == before
    done = check("--write", "--conversation", "BOB")
    assert done.returncode == 0
    assert "goes to: Bob\n" in done.stdout
    assert row(done, "Message").endswith("sent and read back")
    sent = sandbox.control(f"conversations/{pair(alice, bob)}")["messages"][len(before) :]
    assert [(each["sender"], each["text"]) for each in sent] == [(alice.userid, "Test message of ozeki check")]


def test_the_conversation_is_asked_for_when_it_is_not_named(check: Check, sandbox: Sandbox, alice: Person) -> None:
    to = pair(alice, sandbox.people["kim"])
    done = check("--write", typed=f"{alice.email}\n{alice.password}\n\n{to}\n")
    assert done.returncode == 0
    assert sandbox.control(f"conversations/{to}")["messages"][-1]["sender"] == alice.userid


@pytest.mark.parametrize("name", ["Nobody", "Maria", "", "Charlie"])
def test_a_name_that_means_nobody_or_several_sends_nothing(check: Check, sandbox: Sandbox, name: str) -> None:
    before = last_call(sandbox)
    done = check("--write", "--conversation", name)
    assert done.returncode == 2
    assert row(done, "Message").startswith("failed Message not sent: ")
    assert ("chatconversation", "add") not in calls_since(sandbox, before)


def test_a_dialect_that_does_not_fit_sends_nothing(check: Check, sandbox: Sandbox) -> None:
    before = last_call(sandbox)
    done = check("--write", "--conversation", "Bob", dialect='[message]\ncipher = "aes-256-ctr"\n')
    assert done.returncode == 2
    assert "not sent: first the dialect must fit" in row(done, "Message")
    assert ("chatconversation", "add") not in calls_since(sandbox, before)


def test_a_message_whose_answer_is_lost_is_looked_for(check: Check, sandbox: Sandbox) -> None:
    sandbox.control("faults", {"fault": "lose", "action": "add"})
    done = check("--write", "--conversation", "Bob")
    assert done.returncode == 2
    assert row(done, "Message").endswith("sent and read back")


# Before anything begins


@pytest.mark.parametrize("typed", ["", "\n", "alice@example.org\n", "\nsecret\n"])
def test_without_an_address_or_a_password_nothing_is_asked_of_the_server(
    check: Check, sandbox: Sandbox, typed: str
) -> None:
    before = last_call(sandbox)
    done = check(typed=typed)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert calls_since(sandbox, before) == []


def test_without_a_server_it_is_a_sentence(check: Check) -> None:
    done = check(OZEKI_URL="")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "OZEKI_URL is not set: there is no server to check\n"


def test_a_dialect_file_that_is_wrong_is_a_sentence(check: Check) -> None:
    done = check(dialect='[message]\ncipher = "rot13"\n')
    assert (done.returncode, done.stdout) == (2, "")
    assert "message.cipher" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_certificate_file_that_is_not_there_is_a_sentence(check: Check, tmp_path: Path) -> None:
    done = check(OZEKI_CA_FILE=str(tmp_path / "nowhere.pem"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_server_that_hangs_up_on_everybody_is_said(check: Check) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
        closed.listen(0)
    done = check(OZEKI_URL=f"http://127.0.0.1:{port}/ozeki/index.php")
    assert done.returncode == 2


def test_ctrl_c_at_a_question_ends_it_without_a_word(tmp_path: Path) -> None:
    terminal, its_end = pty.openpty()
    mode = termios.tcgetattr(its_end)
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(its_end, termios.TCSANOW, mode)
    command = [sys.executable, str(ROOT / "manage.py"), "ozeki", "check"]
    variables = clean_environment(DATA_DIR=str(tmp_path / "data"), OZEKI_URL="http://127.0.0.1:9/")
    process = subprocess.Popen(command, env=variables, stdin=its_end, stdout=its_end, stderr=its_end)
    os.close(its_end)
    said = b""
    with os.fdopen(terminal, "r+b", buffering=0) as screen, suppress(OSError):  # as reading ends when nobody writes
        while piece := screen.read(1000):
            said += piece
            if said == b"E-mail address: ":
                process.send_signal(signal.SIGINT)
                screen.write(b"\n")  # one that comes just before Python reads is noticed only with the line
    assert (process.wait(20), said) == (130, b"E-mail address: ")
