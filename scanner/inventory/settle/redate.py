"""Stored times after that of the clock: it was ahead, or that of a source was.

What is stored was observed before what is received now, whatever its time. So that it does not stay the newest, times
of the future are moved to before this scan, each by the same span and none to before the last scan of the past.
"""

from __future__ import annotations

import sqlite3

from scanner.core.dating import END, latest, moved
from scanner.inventory.db.connect import writing
from scanner.inventory.records import ScanRow
from scanner.inventory.settle import subjects

#: Tables with the first and last time of what was seen.
_RUNS = ("observations", "addresses", "serials", "hosts", "devices")
_NEWEST = " UNION ALL ".join(
    f"SELECT max(last_seen) AS seen FROM {table}" for table in ("devices", "addresses", "hosts")
)


def redate(db: sqlite3.Connection, scan: ScanRow, now: str) -> None:
    """Move stored times of the future to before `now`, where one is more than `dating.TOLERANCE` ahead of it."""
    limit = latest(now)
    newest: str | None = None
    if limit != END:
        (newest,) = db.execute(f"SELECT max(seen) FROM ({_NEWEST})").fetchone()
    if newest is None or newest <= limit:
        return
    before = db.execute("SELECT max(started) FROM scans WHERE started < ? AND id != ?", (now, scan.id)).fetchone()[0]
    db.create_function("moved", 1, lambda time: moved(time, newest, now, before or ""), deterministic=True)
    with writing(db):
        db.execute(
            "UPDATE subjects SET touched = 1 WHERE touched = 0 AND key != ? AND id IN"
            " (SELECT subject_id FROM observations WHERE last_seen > ?)",
            (subjects.UNRESOLVED, now),
        )
        for table in _RUNS:
            db.execute(
                f"UPDATE {table} SET first_seen = moved(first_seen), last_seen = moved(last_seen) WHERE last_seen > ?",
                (now,),
            )
        db.execute("UPDATE arrivals SET time = moved(time) WHERE time > ? AND scan_id != ?", (now, scan.id))
