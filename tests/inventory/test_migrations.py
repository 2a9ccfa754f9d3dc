"""Databases of every released schema, migrated to the newest: schema, rows, views and columns."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory import Inventory, queries
from scanner.inventory.db import schema
from tests.inventory.released import FOLDER, contents, restore
from tests.nonempty import some

NAMES = [name for name, _ in schema.STEPS]
#: What the views contain, whichever schema the database had: the scans of `released.fill`.
INVENTORY = [
    ("10.1.0.5", "64:16:7f:00:00:05", "VVX 411", "5.9.0.9373", "certified", "lldp,sip,switches", "Gi0/7", 6),
    ("10.1.0.6", "80:5e:c0:00:00:06", "T58A", "58.15.0.20", "certified", "arp,sip,switches", None, 2),
    ("10.1.0.7", None, "VVX 411", "5.9.0.9373", "certified", "sip,snmp", None, 2),
]
COLUMNS = ("ip", "mac", "model", "firmware", "status", "discovered_by", "switch_port", "last_scan")
EVENTS = {"firmware-changed": 2, "status-changed": 3, "vanished": 2, "appeared": 1}


def described(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Every table, view and index as SQLite keeps it, without the record of migrations."""
    statement = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite%' ORDER BY type, name"
    return [tuple(row) for row in connection.execute(statement)]


def apply(connection: sqlite3.Connection, steps: Any) -> None:
    from sqlite_utils import Database

    for _, step in steps:
        step(Database(connection))


def test_every_migration_has_a_database_of_its_release() -> None:
    """`python -m tests.inventory.released` writes the missing one."""
    assert sorted(path.stem for path in FOLDER.glob("*.sql")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_released_migration_has_not_changed(name: str, tmp_path: Path) -> None:
    restore(name, tmp_path / "old.sqlite")
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as old, closing(sqlite3.connect(":memory:")) as new:
        apply(new, schema.STEPS[: NAMES.index(name) + 1])
        assert described(old) == described(new)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("readonly", [True, False])
def test_a_released_database_is_migrated_with_its_rows(name: str, readonly: bool, tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    restore(name, old)
    with closing(sqlite3.connect(old)) as connection:
        before = contents(connection)
    assert [table for table, rows in before.items() if not rows] == []
    with Inventory.open(old, readonly=readonly) as inventory:
        rows = list(queries.inventory_rows(inventory))
        events = dict(inventory.connection.execute("SELECT kind, count(*) FROM events GROUP BY kind"))
        views = {
            view: tuple(column[0] for column in inventory.connection.execute(f"SELECT * FROM {view}").description)
            for view in ("inventory", "noncompliant")
        }
    assert [tuple(row[column] for column in COLUMNS) for row in rows] == INVENTORY
    assert events == EVENTS
    assert views == {"inventory": INVENTORY_COLUMNS, "noncompliant": (*INVENTORY_COLUMNS, "reason")}
    Inventory.open(new, create=True).close()
    with closing(sqlite3.connect(old)) as migrated, closing(sqlite3.connect(new)) as fresh:
        assert described(migrated) == described(fresh)
        after = {table: len(rows) for table, rows in contents(migrated).items()}
        settled = {"settlings": sum(row["finished"] is not None for row in before["scans"])}
        assert after == dict.fromkeys(after, 0) | settled | {table: len(rows) for table, rows in before.items()}


@pytest.mark.parametrize("readonly", [True, False])
def test_a_database_without_migrations_gets_all(readonly: bool, tmp_path: Path) -> None:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    with closing(sqlite3.connect(tmp_path / "empty.sqlite", isolation_level=None)) as connection:
        Migrations(schema.MIGRATION_SET).apply(Database(connection))
    Inventory.open(tmp_path / "empty.sqlite", readonly=readonly).close()
    with closing(sqlite3.connect(tmp_path / "empty.sqlite")) as connection:
        assert schema.applied(connection) == NAMES


def test_the_next_migration_keeps_the_rows_of_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = tmp_path / "m999_toy.sql"
    toy.write_text("ALTER TABLE devices ADD COLUMN rack TEXT; -- one; two\nUPDATE devices SET rack = 'a;b';\n")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, (toy.stem, partial(schema.apply, toy))))
    restore(NAMES[-1], tmp_path / "old.sqlite")
    with Inventory.open(tmp_path / "old.sqlite") as inventory:
        found = inventory.connection.execute("SELECT ip, rack FROM devices ORDER BY ip").fetchall()
    assert [tuple(row) for row in found] == [(ip, "a;b") for ip, *_ in INVENTORY]


def test_a_migration_is_a_file_of_whole_statements() -> None:
    for path in some(Path(schema.__file__).with_name("migrations").glob("*")):
        text = path.read_text(encoding="utf-8")
        assert path.stem in NAMES
        assert "".join(schema.statements(text)) == text, f"{path.name} ends within a statement"
