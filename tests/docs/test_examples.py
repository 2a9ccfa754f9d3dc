"""Python, TOML and JSON examples in the docs are valid: they are run, loaded and read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scanner import read, settings
from scanner.core.model import Observation
from scanner.identity.load import vendor_files
from tests.docs import material
from tests.docs.material import Block
from tests.nonempty import some


def named(*kinds: str) -> list[object]:
    return [pytest.param(block, id=block.name) for block in material.blocks(*kinds)]


@pytest.mark.network
@pytest.mark.parametrize("block", named("python"))
def test_python_examples_run(block: Block, tmp_path: Path) -> None:
    world = tmp_path / "world"
    material.build_world(world)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", material.own_net(block.text)],
        cwd=world,
        env=material.environment(world),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{block.name}\n{done.stderr}"


@pytest.mark.parametrize("block", named("toml"))
def test_settings_and_vendor_files_are_valid(block: Block, tmp_path: Path) -> None:
    table = tomllib.loads(block.text)
    path = tmp_path / "example.toml"
    path.write_text(block.text, encoding="utf-8")
    if "manufacturer" in table:
        assert vendor_files(tmp_path)
        return
    found = settings.load(path)
    settings.policy(found)
    if found.sections.scan:
        from scanner.schedule.timetable import entries

        assert len(entries(found.sections.scan)) == len([s for s in found.sections.scan if s.cron])


@pytest.mark.parametrize("block", named("json"))
def test_json_examples_are_valid(block: Block) -> None:
    for line in some(block.text.splitlines()):
        row = json.loads(line)
        if "field" in row:
            (item,) = read(io.BytesIO(line.encode()))
            assert isinstance(item, Observation)
            assert (item.field, item.value) == (row["field"], row["value"])


def test_the_pages_contain_examples_of_each() -> None:
    assert len(material.blocks("python")) >= 4
    assert len(material.blocks("toml")) >= 6
    assert material.blocks("json")
