"""`manage.py ozeki …` as a process whose standard input is not a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT, clean_environment


def ozeki(*arguments: str, typed: str = "", folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it in `folder` and answer its questions with the lines of `typed`."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "ozeki", *arguments],
        cwd=folder,
        env=clean_environment(DATA_DIR=str(folder / "data"), **variables),
        input=typed,
        capture_output=True,
        text=True,
        timeout=50,
    )
