"""Retention: what is older than a limit goes, but never the present facts of a device that is still heard of."""

from __future__ import annotations

import sqlite3

from scanner.inventory.db.connect import writing
from scanner.inventory.settle import subjects

_AT_ONCE = 500


def prune(db: sqlite3.Connection, before: str, now: str) -> dict[str, int]:
    """Drop what was last seen before a time, in short transactions; rows dropped by table.

    Devices that vanished, were replaced or were not heard of since go with their history. Of the others go facts
    that were superseded since, closed verdicts and events. Scans stay, without what they covered and missed.
    """
    dropped = {"devices": _devices(db, before)}
    dropped["subjects"] = _others(db, before)
    for table, condition in (
        ("observations", "last_seen < :before AND EXISTS (SELECT 1 FROM observations n WHERE n.subject_id ="
         " observations.subject_id AND n.field = observations.field AND n.last_seen > observations.last_seen)"),
        ("assessments", "until < :before"),
        ("events", "time < :before"),
        ("addresses", "last_seen < :before AND mac NOT IN (SELECT mac FROM devices WHERE mac IS NOT NULL)"),
        ("serials", "last_seen < :before AND mac NOT IN (SELECT mac FROM devices WHERE mac IS NOT NULL)"),
        ("coverage", "scan_id IN (SELECT id FROM scans WHERE finished < :before)"),
        ("missed", "scan_id IN (SELECT id FROM scans WHERE finished < :before)"),
        ("runs", "due < :before AND finished IS NOT NULL"),
    ):  # fmt: skip
        with writing(db):
            dropped[table] = db.execute(f"DELETE FROM {table} WHERE {condition}", {"before": before}).rowcount
    with writing(db):
        db.execute("INSERT OR REPLACE INTO marks VALUES ('pruned', ?, ?)", (before, now))
    return {table: count for table, count in dropped.items() if count}


def _devices(db: sqlite3.Connection, before: str) -> int:
    count = 0
    while rows := db.execute("SELECT id FROM devices WHERE last_seen < ? LIMIT ?", (before, _AT_ONCE)).fetchall():
        with writing(db):
            for (device,) in rows:
                subjects.drop_device(db, device)
                db.execute("DELETE FROM observations WHERE subject_id = ?", (device,))
                db.execute("DELETE FROM merged WHERE new_id = ?", (device,))
                db.execute("DELETE FROM subjects WHERE id = ?", (device,))
        count += len(rows)
    return count


def _others(db: sqlite3.Connection, before: str) -> int:
    """Subjects that are no devices, with their facts."""
    with writing(db):
        db.execute(
            "DELETE FROM observations WHERE last_seen < ? AND subject_id NOT IN (SELECT id FROM devices)", (before,)
        )
        return db.execute(
            "DELETE FROM subjects WHERE id NOT IN (SELECT id FROM devices)"
            " AND id NOT IN (SELECT subject_id FROM observations)"
        ).rowcount
