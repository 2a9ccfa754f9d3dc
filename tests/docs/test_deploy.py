"""The files for containers and cron agree with their page. The tests need no container engine."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib

import pytest
import yaml

from scanner.schedule import cron
from tests.docs import material
from tests.docs.test_commands import parse, words_of
from tests.nonempty import some

DEPLOY = material.DOCS / "deploy"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: word and rest, continued lines joined, comments gone."""
    text = "\n".join(
        line for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word, rest.strip()) for line in lines if line.strip() for word, _, rest in [line.partition(" ")]]


@pytest.mark.parametrize(("name", "capabilities"), [("phonescan", ["NET_RAW"]), ("serve", [])])
def test_a_container_has_at_most_one_capability_and_a_read_only_system(name: str, capabilities: list[str]) -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"phonescan", "serve"}
    found = services[name]
    assert found["cap_drop"] == ["ALL"]
    assert found.get("cap_add", []) == capabilities
    assert found["read_only"] is True
    assert found["network_mode"] == "host"
    assert found["user"] == "10001:10001"
    assert "privileged" not in found
    assert not any("docker.sock" in str(volume) for volume in found["volumes"])
    assert "data:/data" in found["volumes"]
    parse(found["command"])


def test_the_image_is_built_from_what_it_copies_alone() -> None:
    lines = (material.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert [rule for rule in rules[1:] if not rule.startswith("!")] == ["**/__pycache__", "**/*.pyc", "**/*.sqlite*"]


@pytest.mark.parametrize("name", ["phonescan-in-image", "phonescan-healthy"])
def test_the_scripts_of_the_image_are_valid_shell(name: str) -> None:
    done = subprocess.run(["sh", "-n", str(DEPLOY / name)], text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_does_not_run_as_root() -> None:
    words = dict(instructions())
    assert words["USER"] == "10001:10001"
    order = [word for word, _ in instructions()]
    assert order.index("USER") > max(place for place, word in enumerate(order) if word == "RUN")
    assert words["ENTRYPOINT"] == '["phonescan"]'


def test_every_file_that_the_image_copies_exists() -> None:
    for word, rest in some(instructions()):
        if word == "COPY" and "--from" not in rest:
            *sources, _ = rest.split()
            for source in some(sources):
                assert (material.ROOT / source).exists(), source


def test_the_image_copies_every_file_of_the_wheel() -> None:
    project = tomllib.loads((material.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"]}
    needed |= {*wheel.get("force-include", {}), *wheel.get("shared-data", {})}
    copied = {source for word, rest in instructions() if word == "COPY" for source in rest.split()[:-1]}
    assert needed <= copied


def test_the_run_instructions_are_valid_shell() -> None:
    for word, rest in instructions():
        if word == "RUN":
            done = subprocess.run(["sh", "-n"], input=rest, text=True, capture_output=True)
            assert done.returncode == 0, done.stderr
    command = next(rest for word, rest in instructions() if word == "CMD")
    parse(shlex.split(re.sub(r"[\[\],]", " ", command)))


@pytest.mark.parametrize("source", ["deploy/phonescan.cron", "how-to/cron-and-systemd.md"])
def test_cron_lines_are_valid(source: str) -> None:
    lines = [
        line
        for line in (material.DOCS / source).read_text(encoding="utf-8").splitlines()
        if re.match(r"[\d*]\S* +\S+ +\S+ +\S+ +\S+ +root ", line)
    ]
    assert lines
    for line in lines:
        words = line.split()
        cron.parse(" ".join(words[:5]))
        for found in re.finditer(r"\bphonescan(?= [a-z])", line):
            parse(words_of(line[found.start() :].partition("&&")[0]))
