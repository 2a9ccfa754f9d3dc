"""Each report of the sample fleet is exactly its golden file; `golden.py` writes them after a wanted change."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.reports import sample

_HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("reports_golden", _HERE / "golden.py")
assert _SPEC
assert _SPEC.loader
golden = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(golden)


def test_every_report_has_a_golden_file() -> None:
    assert {path.name for path in golden.FOLDER.iterdir()} == set(golden.produced(sample))


@pytest.mark.parametrize("name", sorted(path.name for path in golden.FOLDER.iterdir()))
def test_a_report_equals_its_golden_file(name: str) -> None:
    with open(golden.FOLDER / name, encoding="utf-8", newline="") as file:
        assert golden.produced(sample)[name] == file.read()
