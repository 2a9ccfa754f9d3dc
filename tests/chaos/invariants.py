"""What holds of an inventory after every disturbance and the run that follows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

#: Columns of a device that do not depend on when and by which scan it was observed.
COLUMNS = (
    "site, ip, mac, hostname, kind, manufacturer, model, firmware, serial, status, compliance, switch, switch_port"
)

#: Name → statement whose rows are faults, in an inventory in which no command runs.
NEVER = {
    "a device appeared twice": "SELECT device_id, count(*) FROM events WHERE kind = 'appeared'"
    " GROUP BY device_id HAVING count(*) > 1",
    "a fact is stored twice": "SELECT subject_id, field, value, source, count(*) FROM observations"
    " GROUP BY subject_id, field, value, source HAVING count(*) > 1",
    "a mac is that of two devices": "SELECT site, mac, count(*) FROM devices WHERE mac IS NOT NULL"
    " GROUP BY site, mac HAVING count(*) > 1",
    "a device has no verdict": "SELECT id FROM devices WHERE id NOT IN (SELECT device_id FROM assessments)",
    "a verdict is in force twice": "SELECT device_id, catalog, count(*) FROM assessments WHERE until IS NULL"
    " GROUP BY device_id, catalog HAVING count(*) > 1",
    "a scan is still running": "SELECT id FROM scans WHERE outcome = 'running'",
    "observations wait to be settled": "SELECT count(*) FROM arrivals HAVING count(*) > 0",
}


def devices(path: Path) -> list[tuple[Any, ...]]:
    """The devices of an inventory, sorted, by the columns that every run of the same sources gives."""
    with closing(sqlite3.connect(path)) as db:
        return sorted(db.execute(f"SELECT {COLUMNS} FROM inventory"), key=repr)


def entered(path: Path) -> list[tuple[Any, ...]]:
    """What a person entered: fields of devices and imported catalogs with their number of rows."""
    with closing(sqlite3.connect(path)) as db:
        fields = db.execute(
            "SELECT d.mac, f.key, f.value FROM device_fields f JOIN devices d ON d.id = f.device_id"
            " WHERE f.replaced IS NULL"
        ).fetchall()
        catalogs = db.execute(
            "SELECT name, date, (SELECT count(*) FROM catalog_entries e WHERE e.catalog_id = c.id) FROM catalogs c"
            " WHERE origin = 'imported' AND current = 1"
        ).fetchall()
    return sorted([*fields, *catalogs], key=repr)


def damage(path: Path) -> Iterator[str]:
    """What SQLite itself finds wrong with a file."""
    with closing(sqlite3.connect(path)) as db:
        for (found,) in db.execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"integrity_check: {found}"
        if broken := db.execute("PRAGMA foreign_key_check").fetchall():
            yield f"foreign_key_check: {broken[:3]}"


def violations(path: Path, *, except_for: tuple[str, ...] = ()) -> Iterator[str]:
    """What does not hold of an inventory that no command uses."""
    yield from damage(path)
    with closing(sqlite3.connect(path)) as db:
        for name, statement in NEVER.items():
            if name not in except_for and (rows := db.execute(statement).fetchall()):
                yield f"{name}: {rows[:3]}"


def differences(found: Sequence[object], expected: Sequence[object]) -> Iterator[str]:
    """Rows that are lost, and rows that should not be there."""
    for row in expected:
        if row not in found:
            yield f"lost: {row}"
    for row in found:
        if row not in expected:
            yield f"not expected: {row}"
