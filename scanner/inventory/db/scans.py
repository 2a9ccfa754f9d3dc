"""Rows of `scans` as records, and the scans whose process has ended before they did."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from scanner.core import target_syntax
from scanner.core.text import seconds
from scanner.inventory.db import process
from scanner.inventory.db.stored import decoded
from scanner.inventory.records import ScanRow

#: The columns of `scan_row`, in its order.
SELECT = (
    "SELECT id, kind, site, started, finished, outcome, targets, discoveries, settings, notes, baseline, state,"
    " observations, unresolved, CASE WHEN finished IS NULL THEN (SELECT value FROM marks WHERE name = 'process of '"
    " || scans.id) END FROM scans"
)
#: The note of a scan whose process has ended.
ENDED = "its process ended before it was complete; what it had recorded is kept"
#: Seconds after which a scan of a process that cannot be seen has ended: no scan and no listening lasts longer.
_LONGEST = 7 * 24 * 3600


def scan_row(row: Sequence[Any]) -> ScanRow:
    """A row of SELECT as a record. The outcome of one whose process has ended is `interrupted`, not `running`."""
    return ScanRow(
        id=row[0],
        kind=row[1],
        site=row[2],
        started=row[3],
        finished=row[4],
        outcome="interrupted" if row[14] and process.has_ended(row[14]) else row[5],
        targets=decoded(row[6], tuple[str, ...]),
        discoveries=decoded(row[7], tuple[str, ...]),
        settings=decoded(row[8], dict[str, Any]),
        notes=decoded(row[9], tuple[str, ...]),
        baseline=bool(row[10]),
        state=decoded(row[11], dict[str, Any]) if row[11] else {},
        observations=row[12],
        unresolved=row[13],
    )


def seen_in(db: sqlite3.Connection, scan: ScanRow) -> tuple[Any, ...]:
    """The values of `sql.SEEN_IN`: the number of a scan, and the devices that it did not observe, as a JSON array.

    These a later scan observed outside the targets of this one, while it ran: the runs of their sightings include it.
    """
    later = db.execute("SELECT id, ip FROM devices WHERE last_scan > ? AND ip IS NOT NULL", (scan.id,)).fetchall()
    others: list[int] = []
    if later and (ranges := tuple(scan.settings.get("ranges", ()))):
        targets = target_syntax.parse(ranges, allow_public=True)
        others = [device for device, ip in later if not targets.contains(ip)]
    return *(scan.id,) * 5, msgspec.json.encode(others).decode()


def note_process(db: sqlite3.Connection, scan: int, now: str) -> None:
    """Record that this process runs a scan. The caller holds the transaction."""
    db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (f"process of {scan}", process.current(), now))


def close_ended(db: sqlite3.Connection, now: str) -> None:
    """Close the scans whose process has ended, as interrupted: one of kind `scan` can still be resumed.

    The caller holds the transaction.
    """
    for scan, started, mark in db.execute(
        "SELECT s.id, s.started, m.value FROM scans s LEFT JOIN marks m ON m.name = 'process of ' || s.id"
        " WHERE s.finished IS NULL"
    ).fetchall():
        ended = process.has_ended(mark) if mark else None
        if ended or (ended is None and seconds(now) - seconds(started) > _LONGEST):
            db.execute(
                "UPDATE scans SET finished = ?, outcome = 'interrupted', notes = json_insert(notes, '$[#]', ?)"
                " WHERE id = ?",
                (now, ENDED, scan),
            )
    db.execute(
        "DELETE FROM marks WHERE name LIKE 'process of %' AND name NOT IN"
        " (SELECT 'process of ' || id FROM scans WHERE finished IS NULL)"
    )
