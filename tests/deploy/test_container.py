"""The container's files, read and not run: what they name is there, and they do nothing that our scripts do not."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from ozekiweb.settings import env
from tests.processes import ROOT

FOLDER = ROOT / "deploy" / "container"


@pytest.fixture
def instructions():
    """(instruction, its words) of the Containerfile."""
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture
def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


def test_the_image_installs_and_runs_by_our_scripts(instructions):
    said = [tuple(words) for words in instructions]
    assert said[-1] == ("ENTRYPOINT", '["bin/run", "--production"]')
    assert ("RUN", "bin/install") in said
    assert all((ROOT / script).stat().st_mode & 0o111 for script in ("bin/install", "bin/run"))


def test_the_image_runs_as_nobody_in_particular(instructions):
    users = [words for name, words in instructions if name == "USER"]
    assert users == ["ozeki-web"]


def test_the_image_sets_variables_that_there_are(instructions):
    (words,) = (words for name, words in instructions if name == "ENV")
    assert {pair.partition("=")[0] for pair in words.split()} <= set(env.names)


def test_each_image_is_of_a_version(instructions, compose):
    images = [words for name, words in instructions if name == "FROM"]
    images += [service["image"] for service in compose["services"].values() if "image" in service]
    assert [image for image in images if not re.fullmatch(r"docker\.io/library/\w+:[\d.]+[\w.-]*", image)] == []


def test_what_is_not_the_portal_stays_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "data", "deploy/container/environment"} <= set(ignored)


def test_the_services_are_built_from_files_that_there_are(compose):
    build = compose["services"]["portal"]["build"]
    context = (FOLDER / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).samefile(FOLDER / "Containerfile")
    mounted = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    sources = [mount.partition(":")[0] for mount in mounted]
    assert [path for path in sources if "/" in path and not (FOLDER / path).exists()] == []
    assert {name for name in sources if "/" not in name} == set(compose["volumes"])


def test_the_services_set_variables_that_there_are_and_depend_on_each_other(compose):
    services = compose["services"]
    assert set(services["portal"]["environment"]) <= set(env.names)
    caddyfile = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    assert all(f"{{${name}:" in caddyfile for name in services["caddy"]["environment"])
    assert {name for service in services.values() for name in service.get("depends_on", ())} <= set(services)


def test_as_many_processes_are_asked_as_are_started(compose, instructions):
    count = int(compose["services"]["portal"]["environment"]["PROCESSES"])
    first = int(re.search(r"PORT=(\d+)", json.dumps(instructions))[1])
    asked = compose["services"]["caddy"]["environment"]["PORTALS"].split()
    assert asked == [f"portal:{first + number}" for number in range(count)]
