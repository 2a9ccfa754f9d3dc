"""What `make chaos` detects: each kind of loss, put into an inventory, is reported."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos import invariants
from tests.chaos.commands import Ended
from tests.inventory import released

NEWEST = sorted(path.stem for path in released.FOLDER.glob("*.sql"))[-1]
#: Invariant → the statements that violate it.
LOSSES = {
    "a device appeared twice": (
        "INSERT INTO events (scan_id, device_id, time, kind) SELECT 1, min(id), 't', 'appeared' FROM devices",
        "INSERT INTO events (scan_id, device_id, time, kind) SELECT 1, min(id), 't', 'appeared' FROM devices",
    ),
    "a mac is that of two devices": ("UPDATE devices SET mac = '64:16:7f:00:00:99', site = 'x'",),
    "a device has no verdict": ("DELETE FROM assessments",),
    "a scan is still running": ("UPDATE scans SET outcome = 'running', finished = NULL WHERE id = 1",),
    "observations wait to be settled": (
        "INSERT INTO arrivals (scan_id, time, site, field, value, source) VALUES (1, 't', 's', 'f', 'v', 'x')",
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "phonescan.sqlite"
    released.restore(NEWEST, found)
    return found


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%UNIQUE%'"
        for (name,) in db.execute(indexes).fetchall():
            db.execute(f"DROP INDEX {name}")
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize("name", LOSSES)
def test_each_kind_of_loss_is_reported(path: Path, name: str) -> None:
    before = set(invariants.violations(path))
    change(path, *LOSSES[name])
    assert [one for one in set(invariants.violations(path)) - before if one.startswith(name)]


def test_the_invariants_that_the_schema_itself_does_not_keep_are_those_that_are_tried() -> None:
    kept = {"a fact is stored twice", "a verdict is in force twice"}  # unique indexes
    assert set(invariants.NEVER) == set(LOSSES) | kept


def test_a_damaged_file_is_reported(path: Path) -> None:
    change(path, "UPDATE devices SET id = id + 1000")
    assert next(invariants.damage(path)).startswith("foreign_key_check")


def test_rows_that_are_lost_and_rows_that_are_new_are_differences() -> None:
    assert list(invariants.differences([1, 2], [2, 3])) == ["lost: 3", "not expected: 1"]
    assert list(invariants.differences([1, 2], [1, 2])) == []


def test_a_traceback_and_a_status_beyond_the_contract_are_faults() -> None:
    assert Ended(("scans",), 0, "").faults() == []
    assert len(Ended(("scans",), -11, "").faults()) == 1
    assert len(Ended(("scans",), 4, "phonescan: a fault in phonescan itself (x)").faults()) == 1
    assert Ended(("scans",), -9, "").faults((-9,)) == []
