"""The end of a scan: who was covered and silent, what the inventory holds now, and the summary."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from scanner.core.model import Assessment
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import JUDGED, SEEN_IN, chunks, marks
from scanner.inventory.records import Coverage, Event, Knowledge, ScanOutcome, ScanRow, Summary
from scanner.inventory.rules.current import discovery
from scanner.inventory.rules.silence import Covered
from scanner.inventory.settle import devices
from scanner.inventory.settle.batch import COLUMNS

_AT_ONCE = 500
#: An interrupted or failed scan ages nobody: what it covered may be half the story.
_AGES = frozenset({"done", "partial"})


def finish(
    db: sqlite3.Connection, scan: ScanRow, outcome: ScanOutcome, notes: tuple[str, ...], knowledge: Knowledge, now: str
) -> Summary:
    """Close a settled scan. A scan that was closed before is only summed up again."""
    open_still = scan.finished is None
    if open_still and outcome in _AGES:
        _age(db, scan, knowledge, now)
    with writing(db):
        if open_still:
            db.execute(
                "UPDATE scans SET finished = ?, outcome = ?, notes = ? WHERE id = ?",
                (now, outcome, msgspec.json.encode(notes).decode(), scan.id),
            )
            db.execute("DELETE FROM scan_counts WHERE scan_id = ?", (scan.id,))
            db.execute(
                "INSERT INTO scan_counts SELECT ?, d.site, a.status, a.compliance, count(*) FROM devices d"
                " JOIN assessments a ON a.device_id = d.id AND a.overall = 1 AND a.until IS NULL"
                " WHERE d.state = 'present' GROUP BY d.site, a.status, a.compliance",
                (scan.id,),
            )
            db.execute("INSERT OR REPLACE INTO marks VALUES ('last scan', ?, ?)", (str(scan.id), now))
    return summary(db, scan.id)


def summary(db: sqlite3.Connection, scan: int) -> Summary:
    """What a scan came to: the devices heard from in it by status and compliance, and its events."""
    row = db.execute(
        "SELECT outcome, baseline, observations, unresolved, notes FROM scans WHERE id = ?", (scan,)
    ).fetchone()
    counted = {
        column: dict(
            db.execute(
                f"SELECT a.{column}, count(*) {JUDGED} WHERE {SEEN_IN} GROUP BY a.{column} ORDER BY 2 DESC", (scan,) * 4
            )
        )
        for column in ("status", "compliance")
    }
    return Summary(
        scan=scan,
        outcome=row[0],
        baseline=bool(row[1]),
        observations=row[2],
        devices=sum(counted["status"].values()),
        unresolved=row[3],
        statuses=counted["status"],
        compliance=counted["compliance"],
        events=dict(db.execute("SELECT kind, count(*) FROM events WHERE scan_id = ? GROUP BY kind", (scan,))),
        notes=tuple(msgspec.json.decode(row[4])),
    )


def _age(db: sqlite3.Connection, scan: ScanRow, knowledge: Knowledge, now: str) -> None:
    coverage = [
        Coverage(*row) for row in db.execute("SELECT discovery, scope FROM coverage WHERE scan_id = ?", (scan.id,))
    ]
    missed = db.execute("SELECT discovery, ip, outcome FROM missed WHERE scan_id = ?", (scan.id,)).fetchall()
    covered = Covered(coverage, missed)
    last = 0
    while covered:
        rows = db.execute(
            f"SELECT {', '.join(COLUMNS)} FROM devices WHERE id > ? AND state = 'present' AND last_scan < ?"
            " AND first_scan < ? ORDER BY id LIMIT ?",
            (last, scan.id, scan.id, _AT_ONCE),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        batch = _whereabouts(db, [dict(zip(COLUMNS, row, strict=True)) for row in rows])
        here = [one for one in batch if _site(one, scan, knowledge) == one["site"]]
        silent = _silent(db, here, covered)
        if silent:
            with writing(db):
                _miss(db, silent, scan, knowledge.missing_after, now)


def _whereabouts(db: sqlite3.Connection, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With `where` each would be heard: its address, or the last that it had before somebody else took it."""
    astray = [one["id"] for one in batch if not one["ip"]]
    last = dict(
        db.execute(
            f"SELECT subject_id, ip FROM observations WHERE subject_id IN ({marks(astray)}) AND ip IS NOT NULL"
            " ORDER BY last_seen, id",
            astray,
        )
    )
    return [{**one, "where": one["ip"] or last.get(one["id"])} for one in batch]


def _site(device: dict[str, Any], scan: ScanRow, knowledge: Knowledge) -> str:
    """The site that this scan would have given the device's address."""
    own = knowledge.site_of(device["where"]) if device["where"] and knowledge.site_of else ""
    return own or scan.site


def _silent(db: sqlite3.Connection, batch: list[dict[str, Any]], covered: Covered) -> list[dict[str, Any]]:
    if not batch:
        return []
    seen_by: dict[int, set[tuple[str, str]]] = {}
    ids = [one["id"] for one in batch]
    for subject, field, source in db.execute(
        "SELECT o.subject_id, o.field, o.source FROM observations o JOIN devices d ON d.id = o.subject_id"
        f" WHERE o.subject_id IN ({marks(ids)}) AND o.last_scan = d.last_scan",
        ids,
    ):
        seen_by.setdefault(subject, set()).add((discovery(source, field), source))
    return [one for one in batch if covered.silent(sorted(seen_by.get(one["id"], ())), one["where"])]


def _miss(db: sqlite3.Connection, silent: list[dict[str, Any]], scan: ScanRow, missing_after: int, now: str) -> None:
    gone = [one for one in silent if one["misses"] + 1 >= missing_after]
    db.executemany("UPDATE devices SET misses = misses + 1 WHERE id = ?", [(one["id"],) for one in silent])
    db.executemany("UPDATE devices SET state = 'vanished' WHERE id = ?", [(one["id"],) for one in gone])
    rows, states = [], []
    for part in chunks(gone, _AT_ONCE):
        ids = [one["id"] for one in part]
        verdicts = {
            row[0]: Assessment(status=row[1], compliance=row[2], reason=row[3])
            for row in db.execute(
                "SELECT device_id, status, compliance, reason FROM assessments WHERE overall = 1 AND until IS NULL"
                f" AND device_id IN ({marks(ids)})",
                ids,
            )
        }
        for one in part:
            note = f"silent in {one['misses'] + 1} scans that covered it, last heard from {one['last_seen']}"
            event = Event("vanished", old=one["ip"] or one["mac"], note=note)
            rows.append(devices.event_row(event, one["id"], scan, now))
            states.append(devices.state_row({**one, "state": "vanished"}, verdicts[one["id"]], scan.id))
    devices.insert_events(db, rows)
    db.executemany(f"INSERT OR REPLACE INTO states VALUES ({', '.join('?' * 13)})", states)
