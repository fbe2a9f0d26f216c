from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest


class OpenSSL:
    """The `openssl` command: what our crypto is held against, so that a mistake can't hide behind the same mistake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self("genrsa", "-out", "key.pem", "2048")
        self("rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")

    def __call__(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture(scope="session")
def openssl(tmp_path_factory: Any) -> OpenSSL:
    return OpenSSL(tmp_path_factory.mktemp("openssl"))
