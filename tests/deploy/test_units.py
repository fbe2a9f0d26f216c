"""The systemd units: systemd understands them, and they name what there is."""

from __future__ import annotations

import re
import subprocess

import pytest

from ozekiweb.settings import env
from tests.engines import need
from tests.processes import ROOT

UNITS = ROOT / "deploy" / "systemd"
ONE, SLOT = UNITS / "ozeki-web.service", UNITS / "ozeki-web@.service"
EXPOSURE = 20  # tenths; systemd calls a service below it "OK", and one that is not hardened has 96


@pytest.fixture
def analyze(tmp_path):
    """`systemd-analyze` on the units, which find the portal where it is here."""
    need("systemd-analyze")
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/ozeki-web", str(ROOT))
        for name in (unit.name, unit.name.replace("@.", "@8000.")):
            (tmp_path / name).write_text(text)

    def run(*words):
        command = ["systemd-analyze", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_systemd_finds_nothing_wrong(analyze):
    done = analyze("verify", "./ozeki-web.service", "./ozeki-web@8000.service", "./ozeki-web.target")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", [ONE.name, SLOT.name.replace("@.", "@8000.")])
def test_little_is_exposed(analyze, unit):
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", f"./{unit}")
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_a_slot_differs_from_the_one_process_only_in_what_follows_from_that():
    one, slot = (
        [line for line in unit.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for unit in (ONE, SLOT)
    )
    assert sorted(set(slot) - set(one)) == [
        "Description=Ozeki Web on port %i",
        "Environment=DATA_DIR=/var/lib/ozeki-web PORT=%i PROCESS_SLOT=%l-%i",
        "PartOf=ozeki-web.target",
        "WantedBy=ozeki-web.target",
    ]
    assert len(set(one) - set(slot)) == 3


def test_the_environment_names_variables_that_there_are():
    text = (ROOT / "deploy" / "environment").read_text(encoding="utf-8")
    named = re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)
    assert {"OZEKI_URL", "SITE_URL", "TRUSTED_PROXIES"} <= set(named) <= set(env.names)
