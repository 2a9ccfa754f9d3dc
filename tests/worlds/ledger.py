"""An inventory in memory, filled from sightings: the real one, without a file to wait for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from scanner.core.model import Observation
from scanner.inventory import Inventory, Knowledge, queries
from scanner.inventory.db import schema
from tests.inventory.conftest import knowledge

Row = dict[str, Any]
#: Kind, part, old, new, the mac of the device, and the scan.
Event = tuple[Any, ...]
#: Of every row of two orders of reading, these may differ: they number the scans.
_NUMBERS = ("last_scan",)


@cache
def _knowledge() -> Knowledge:
    return knowledge()


@cache
def _empty() -> bytes:
    """A database with our schema and without rows."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(db)
    found = db.serialize()
    db.close()
    return found


class Ledger:
    """One inventory. Close it after use."""

    def __init__(self) -> None:
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.deserialize(_empty())
        db.execute("PRAGMA foreign_keys = ON")
        self.inventory = Inventory(Path(":memory:"), db, readonly=False)
        self._now = "2026-11-01T00:00:00Z"

    def close(self) -> None:
        self.inventory.close()

    def read(self, rows: Iterable[Row]) -> None:
        """One scan of these observations, settled."""
        observations = [Observation(**row) for row in rows]
        now = self._now = max([self._now, *(one.time for one in observations)])
        scan = self.inventory.begin_scan(kind="read", targets=(), discoveries=(), now=now)
        self.inventory.record(scan, observations, now)
        self.inventory.finish_scan(scan, outcome="done", knowledge=_knowledge(), now=now)

    def rows(self) -> list[Row]:
        """The devices with all their columns, but not their numbers."""
        hidden = ("id", "first_scan", *_NUMBERS)
        found = [{k: v for k, v in row.items() if k not in hidden} for row in queries.device_rows(self.inventory)]
        return sorted(found, key=repr)

    def events(self) -> list[Event]:
        """The events with the mac and address of their device, sorted."""
        db = self.inventory.connection
        columns = "e.kind, e.part, e.old, e.new, d.mac, e.scan_id"
        found = db.execute(f"SELECT {columns} FROM events e LEFT JOIN devices d ON d.id = e.device_id")
        return sorted((tuple(row) for row in found), key=repr)

    def confidence(self, mac: str) -> float:
        """The confidence of the device with a mac; 0 where there is none."""
        rows = [row for row in queries.device_rows(self.inventory) if row["mac"] == mac]
        return float(rows[0]["confidence"]) if rows else 0.0


def read_all(scans: Iterable[Iterable[Row]]) -> Ledger:
    """A ledger after these scans."""
    ledger = Ledger()
    for rows in scans:
        ledger.read(rows)
    return ledger
