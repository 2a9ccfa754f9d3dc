"""What runs and ran: the last run of each schedule, and scans that have not ended."""

from __future__ import annotations

from typing import NamedTuple

from scanner.inventory.db import connect
from scanner.inventory.db.scans import SELECT, scan_row
from scanner.inventory.db.sql import placeholders
from scanner.inventory.queries.filters import rows
from scanner.inventory.queries.scan_health import PROBING
from scanner.inventory.records import ScanRow
from scanner.inventory.store import Inventory


class ScheduledRun(NamedTuple):
    """The last run of a schedule: due and claimed at, and its outcome; None while it runs, or where it was killed.

    `scan` is the last scan that a run of the schedule made, None where no such scan is stored.
    """

    schedule: str
    due: str
    claimed: str
    outcome: str | None
    scan: int | None


def scheduled_runs(inventory: Inventory, now: str = "9999") -> dict[str, ScheduledRun]:
    """The last run of each schedule that was due by `now`, by its name: a clock that was ahead made others."""
    found = rows(
        inventory,
        "SELECT r.schedule, r.due, r.claimed, r.outcome, (SELECT max(s.id) FROM runs o JOIN scans s ON s.id = o.scan_id"
        " WHERE o.schedule = r.schedule) AS scan"
        " FROM runs r WHERE r.due = (SELECT max(due) FROM runs WHERE schedule = r.schedule AND due <= ?)",
        (now,),
    )
    return {str(row["schedule"]): ScheduledRun(**row) for row in found}


def open_scans(inventory: Inventory, since: str = "") -> list[ScanRow]:
    """The scans that began at or after a time and have not ended: they run, or their process was killed."""
    statement = (
        f"{SELECT.replace(' state,', ' NULL,')} WHERE finished IS NULL AND kind IN ({placeholders(PROBING)})"
        " AND started >= ? ORDER BY id DESC"
    )
    with connect.faults(inventory.path):
        return [scan_row(row) for row in inventory.connection.execute(statement, (*PROBING, since))]


def last_written(inventory: Inventory) -> float:
    """The Unix time at which the file of the inventory, or its journal, was written last."""
    journal = inventory.path.with_name(inventory.path.name + "-wal")
    times = [path.stat() for path in (inventory.path, journal) if path.exists()]
    return max(stat.st_mtime for stat in times if stat.st_size)
