"""Retention: deletes what is older than a limit, but never the current facts of a device that is still seen.

Age is measured by scans, not by the clock alone: the time between two scans counts as what it is only up to a quarter
of the retention, and not at all where the clock went back or where it is longer than the retention. So a clock that is
wrong, or a pause of the scans, makes nothing old: a device that was present is deleted after at least four more scans
that did not observe it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from scanner.core import dating
from scanner.core.text import moment, seconds, utc
from scanner.inventory.db.connect import writing

_DEVICES_AT_ONCE = 500
#: The part of the retention that the time between two scans counts as, at most: 1 / _PARTS.
_PARTS = 4
#: A time after all others, and one before them.
_END, _BEGIN = "9999-12-31T23:59:59Z", ""
#: The limit of a row by the scan that wrote it: what it was last seen before is old.
_OLD = "(SELECT l.before FROM temp.limits l WHERE l.scan = {scan})"
_WITHOUT_DEVICE = "last_seen < :before AND mac NOT IN (SELECT mac FROM devices WHERE mac IS NOT NULL)"


class AgeLimits(NamedTuple):
    """For each scan the time before which what it saw is old; `before` is the least of them that is a limit."""

    of_scan: dict[int, str]
    before: str


def limits(scans: Sequence[tuple[int, str]], keep: int, now: str) -> AgeLimits:
    """The limits of scans (number, begin), the newest first, for a retention of `keep` seconds at a time.

    A scan is `keep` old when the time that counts between the scans after it adds up to that: then all it saw is old.
    """
    found: dict[int, str] = {}
    elapsed, later = 0, seconds(now)
    moved = dating.moved_begins([started for _, started in reversed(scans)], now)
    for (scan, started), begin in zip(scans, reversed(moved), strict=True):
        elapsed += _counted(later - seconds(started), keep)
        later = seconds(started)
        found[scan] = _END if elapsed >= keep else _shifted(begin, elapsed - keep)
    return AgeLimits(found, min((limit for limit in found.values() if limit != _END), default=_END))


def _counted(gap: int, keep: int) -> int:
    """How much of the time between two scans counts."""
    return min(gap, keep // _PARTS) if 0 <= gap <= keep else 0


def _shifted(time: str, by: int) -> str:
    try:
        return utc(moment(time) + timedelta(seconds=by))
    except OverflowError:
        return _BEGIN


def prune(db: sqlite3.Connection, before: str, now: str) -> dict[str, int]:
    """Delete what is older at `now` than `before` is, in short transactions; the rows deleted by table.

    Devices that are older are deleted with their history and fields. Of the others, superseded facts, closed verdicts
    and events are. Scans stay, without their coverage and what they missed.
    """
    by_scan = _limits(db, seconds(now) - seconds(before), now)
    before = min(before, by_scan.before)
    deleted = {"devices": _devices(db)}
    deleted["subjects"] = _other_subjects(db)
    for table, condition in (
        ("observations", f"last_seen < {_OLD.format(scan='observations.last_scan')} AND EXISTS (SELECT 1 FROM"
         " observations n WHERE n.subject_id = observations.subject_id AND n.field = observations.field"
         " AND n.last_seen > observations.last_seen)"),
        ("assessments", "until < :before"),
        ("events", f"time < {_OLD.format(scan='events.scan_id')}"),
        ("addresses", _WITHOUT_DEVICE),
        ("serials", _WITHOUT_DEVICE),
        ("coverage", f"scan_id IN (SELECT id FROM scans WHERE finished < {_OLD.format(scan='scans.id')})"),
        ("missed", f"scan_id IN (SELECT id FROM scans WHERE finished < {_OLD.format(scan='scans.id')})"),
        ("runs", "due < :before AND finished IS NOT NULL"),
    ):  # fmt: skip
        with writing(db):
            deleted[table] = db.execute(f"DELETE FROM {table} WHERE {condition}", {"before": before}).rowcount
    with writing(db):
        db.execute("INSERT OR REPLACE INTO marks VALUES ('pruned', ?, ?)", (before, now))
    return {table: count for table, count in deleted.items() if count}


def _limits(db: sqlite3.Connection, keep: int, now: str) -> AgeLimits:
    """The limits of all scans, also as `temp.limits`."""
    scans = db.execute("SELECT id, started FROM scans ORDER BY id DESC").fetchall()
    found = limits(scans, keep, now)
    db.execute("CREATE TEMP TABLE IF NOT EXISTS limits (scan INTEGER PRIMARY KEY, before TEXT NOT NULL)")
    with writing(db):
        db.execute("DELETE FROM temp.limits")
        db.executemany("INSERT INTO temp.limits VALUES (?, ?)", found.of_scan.items())
    return found


def drop_device(db: sqlite3.Connection, device: int) -> None:
    """Delete a device with its verdicts, states and events. The caller holds the transaction."""
    for table in ("events", "assessments", "states"):
        db.execute(f"DELETE FROM {table} WHERE device_id = ?", (device,))
    db.execute("DELETE FROM devices WHERE id = ?", (device,))


def _devices(db: sqlite3.Connection) -> int:
    count = 0
    oldest = f"SELECT id FROM devices WHERE last_seen < {_OLD.format(scan='devices.last_scan')} LIMIT ?"
    while rows := db.execute(oldest, (_DEVICES_AT_ONCE,)).fetchall():
        with writing(db):
            for (device,) in rows:
                drop_device(db, device)
                db.execute("DELETE FROM observations WHERE subject_id = ?", (device,))
                db.execute("DELETE FROM merged WHERE new_id = ?", (device,))
                db.execute("DELETE FROM subjects WHERE id = ?", (device,))
        count += len(rows)
    return count


def _other_subjects(db: sqlite3.Connection) -> int:
    """Subjects that are not devices, with their facts."""
    with writing(db):
        db.execute(
            f"DELETE FROM observations WHERE last_seen < {_OLD.format(scan='observations.last_scan')}"
            " AND subject_id NOT IN (SELECT id FROM devices)"
        )
        return db.execute(
            "DELETE FROM subjects WHERE id NOT IN (SELECT id FROM devices)"
            " AND id NOT IN (SELECT subject_id FROM observations)"
        ).rowcount
