"""The sandbox as a process: its start, its end, and what a restart keeps."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.processes import ROOT, Sandbox, clean_environment
from tests.sandbox.raw import Device


def test_a_restart_with_a_data_file_keeps_keys_stations_messages_and_notices(tmp_path: Path) -> None:
    with Sandbox("--data", str(tmp_path / "world.json")) as sandbox:
        alice, bob = Device(sandbox, sandbox.people["alice"]), Device(sandbox, sandbox.people["bob"])
        conversation = alice.conversation(bob.person)
        bob.notices()
        sent = alice.add(conversation, "Remember me")["message"]
        alice.call("chatconversation", "favorite", conversationid=conversation["id"])
        assert sandbox.stop() == 0
        assert (tmp_path / "world.json").stat().st_mode & 0o077 == 0
        sandbox.start()
        again = alice.conversation(bob.person)
        assert again["properties"][0]["isfavorite"] is True
        assert (again["instance"], again["secret"]) == (conversation["instance"], conversation["secret"])
        assert again["lastmessageid"] == sent["ID"]
        assert bob.notices() == {"conversationchangedof": [conversation["id"]]}
        assert alice.sign_in()["rsakey"] == alice.greeting["rsakey"]
        reports = bob.since(again, sent["Created"], sent["ID"])["reports"]
        assert [report["Type"] for report in reports] == ["delivered"]


def test_a_signal_ends_it_cleanly_even_with_a_call_hanging() -> None:
    with Sandbox() as sandbox:
        sandbox.control("faults", {"fault": "hang"})
        with closing(HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port or 80, timeout=20)) as connection:
            connection.request("POST", "/ozeki/index.php?srv=chatserver&api=chatlogin", b"{}")
            sandbox.control("people")
            assert sandbox.stop() == 0
        assert "Traceback" not in sandbox.output()


def start(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chat.sandbox", "--fast", "--listener-port", "0", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=ROOT, env=clean_environment())


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = start("--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert result.stderr.startswith("The sandbox can't start: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("option", ["--port", "--listener-port"])
def test_a_port_that_there_can_not_be_is_said_in_a_sentence(option: str) -> None:
    result = start("--port", "0", option, "65536")
    assert result.returncode == 1
    assert result.stderr.startswith("The sandbox can't start: ")


def test_a_file_of_another_dialect_or_kind_is_not_touched(tmp_path: Path) -> None:
    data = tmp_path / "world.json"
    data.write_text('{"dialect": {}}')
    result = start("--port", "0", "--data", str(data))
    assert (result.returncode, data.read_text()) == (1, '{"dialect": {}}')
    assert "dialect" in result.stderr
    data.write_text("[1]")
    assert "is not a file of the sandbox" in start("--port", "0", "--data", str(data)).stderr


def test_a_dialect_file_that_is_wrong_is_said_in_a_sentence(tmp_path: Path) -> None:
    dialect = tmp_path / "dialect.toml"
    dialect.write_text('[message]\ncipher = "rot13"\n')
    result = start("--port", "0", "--dialect", str(dialect))
    assert result.returncode == 1
    assert "message.cipher" in result.stderr


def test_without_control_there_is_none_and_ctrl_c_ends_it() -> None:
    command = [sys.executable, "-m", "chat.sandbox", "--fast", "--quiet", "--port", "0", "--listener-port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, env=clean_environment()
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0])
        with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/control/people")
            assert connection.getresponse().status == 404
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
