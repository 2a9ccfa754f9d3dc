"""Retention: deletes what is older than a limit, but never the current facts of a device that is still seen."""

from __future__ import annotations

import sqlite3

from scanner.inventory.db.connect import writing

_DEVICES_AT_ONCE = 500
_WITHOUT_DEVICE = "last_seen < :before AND mac NOT IN (SELECT mac FROM devices WHERE mac IS NOT NULL)"


def prune(db: sqlite3.Connection, before: str, now: str) -> dict[str, int]:
    """Delete what was last seen before a time, in short transactions; the rows deleted by table.

    Devices last seen before it are deleted with their history and fields. Of the others, superseded facts, closed
    verdicts and events are. Scans stay, without their coverage and what they missed.
    """
    deleted = {"devices": _devices(db, before)}
    deleted["subjects"] = _other_subjects(db, before)
    for table, condition in (
        ("observations", "last_seen < :before AND EXISTS (SELECT 1 FROM observations n WHERE n.subject_id ="
         " observations.subject_id AND n.field = observations.field AND n.last_seen > observations.last_seen)"),
        ("assessments", "until < :before"),
        ("events", "time < :before"),
        ("addresses", _WITHOUT_DEVICE),
        ("serials", _WITHOUT_DEVICE),
        ("coverage", "scan_id IN (SELECT id FROM scans WHERE finished < :before)"),
        ("missed", "scan_id IN (SELECT id FROM scans WHERE finished < :before)"),
        ("runs", "due < :before AND finished IS NOT NULL"),
    ):  # fmt: skip
        with writing(db):
            deleted[table] = db.execute(f"DELETE FROM {table} WHERE {condition}", {"before": before}).rowcount
    with writing(db):
        db.execute("INSERT OR REPLACE INTO marks VALUES ('pruned', ?, ?)", (before, now))
    return {table: count for table, count in deleted.items() if count}


def drop_device(db: sqlite3.Connection, device: int) -> None:
    """Delete a device with its verdicts, states and events. The caller holds the transaction."""
    for table in ("events", "assessments", "states"):
        db.execute(f"DELETE FROM {table} WHERE device_id = ?", (device,))
    db.execute("DELETE FROM devices WHERE id = ?", (device,))


def _devices(db: sqlite3.Connection, before: str) -> int:
    count = 0
    oldest = "SELECT id FROM devices WHERE last_seen < ? LIMIT ?"
    while rows := db.execute(oldest, (before, _DEVICES_AT_ONCE)).fetchall():
        with writing(db):
            for (device,) in rows:
                drop_device(db, device)
                db.execute("DELETE FROM observations WHERE subject_id = ?", (device,))
                db.execute("DELETE FROM merged WHERE new_id = ?", (device,))
                db.execute("DELETE FROM subjects WHERE id = ?", (device,))
        count += len(rows)
    return count


def _other_subjects(db: sqlite3.Connection, before: str) -> int:
    """Subjects that are not devices, with their facts."""
    with writing(db):
        db.execute(
            "DELETE FROM observations WHERE last_seen < ? AND subject_id NOT IN (SELECT id FROM devices)", (before,)
        )
        return db.execute(
            "DELETE FROM subjects WHERE id NOT IN (SELECT id FROM devices)"
            " AND id NOT IN (SELECT subject_id FROM observations)"
        ).rowcount
