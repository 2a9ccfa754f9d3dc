"""The end of a scan: devices that were covered and did not respond, the counts of the inventory, the summary."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from scanner.core.model import Assessment
from scanner.inventory.db.connect import writing
from scanner.inventory.db.scans import seen_in
from scanner.inventory.db.sql import JUDGED, SEEN_IN, chunks, placeholders
from scanner.inventory.db.stored import decoded
from scanner.inventory.facts import discovery
from scanner.inventory.records import Coverage, Event, Knowledge, ScanOutcome, ScanRow, Summary
from scanner.inventory.rules.coverage import CoverageMap
from scanner.inventory.rules.device import COLUMNS, Device
from scanner.inventory.settle.rows import event_row, insert_events, insert_states, state_row

_DEVICES_AT_ONCE = 500
#: An interrupted or failed scan counts no device as missing: it may have covered only a part.
_COUNTS = frozenset({"done", "partial"})
#: A device, and the address at which it would respond: its own, or the last that it had.
Expected = tuple[Device, str | None]


def finish(
    db: sqlite3.Connection, scan: ScanRow, outcome: ScanOutcome, notes: tuple[str, ...], knowledge: Knowledge, now: str
) -> Summary:
    """Close a settled scan; of a scan that is closed already only the summary is computed again."""
    if scan.finished is None:
        if outcome in _COUNTS:
            _count_missing(db, scan, knowledge, now)
        with writing(db):
            db.execute(
                "UPDATE scans SET finished = ?, outcome = ?, notes = ? WHERE id = ?",
                (now, outcome, msgspec.json.encode(notes).decode(), scan.id),
            )
            db.execute("DELETE FROM marks WHERE name = ?", (f"process of {scan.id}",))
            db.execute("DELETE FROM scan_counts WHERE scan_id = ?", (scan.id,))
            db.execute(
                f"INSERT INTO scan_counts SELECT ?, d.site, a.status, a.compliance, count(*) {JUDGED}"
                " WHERE d.state = 'present' GROUP BY d.site, a.status, a.compliance",
                (scan.id,),
            )
            _count_observed(db, scan)
            db.execute("INSERT OR IGNORE INTO marks VALUES ('id', lower(hex(randomblob(4))), ?)", (now,))
            db.execute("INSERT OR REPLACE INTO marks VALUES ('last scan', ?, ?)", (str(scan.id), now))
    return summary(db, scan)


def _count_observed(db: sqlite3.Connection, scan: ScanRow) -> None:
    """Store how many devices the scan observed: later sightings extend the runs of observations over this scan."""
    db.execute("DELETE FROM scan_devices WHERE scan_id = ?", (scan.id,))
    db.execute("INSERT INTO scan_devices VALUES (?, ?, 0)", (scan.id, scan.site))
    db.execute(
        f"INSERT OR REPLACE INTO scan_devices SELECT ?, d.site, count(*) {JUDGED} WHERE {SEEN_IN} GROUP BY d.site",
        (scan.id, *seen_in(db, scan)),
    )


def summary(db: sqlite3.Connection, ended: ScanRow) -> Summary:
    """The devices that a scan observed by status and compliance, and its events."""
    scan, values = ended.id, seen_in(db, ended)
    row = db.execute(
        "SELECT outcome, baseline, observations, unresolved, notes FROM scans WHERE id = ?", (scan,)
    ).fetchone()
    counted = {
        column: dict(
            db.execute(
                f"SELECT a.{column}, count(*) {JUDGED} WHERE {SEEN_IN} GROUP BY a.{column} ORDER BY 2 DESC", values
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
        notes=decoded(row[4], tuple[str, ...]),
    )


def _count_missing(db: sqlite3.Connection, scan: ScanRow, knowledge: Knowledge, now: str) -> None:
    """Count a miss of each present device that the scan covered and did not observe."""
    coverage = [
        Coverage(*row) for row in db.execute("SELECT discovery, scope FROM coverage WHERE scan_id = ?", (scan.id,))
    ]
    missed = db.execute("SELECT discovery, ip, outcome FROM missed WHERE scan_id = ?", (scan.id,)).fetchall()
    covered = CoverageMap(coverage, missed)
    last = 0
    while covered:
        rows = db.execute(
            f"SELECT {COLUMNS} FROM devices WHERE id > ? AND state = 'present' AND last_scan < ?"
            " AND first_scan < ? ORDER BY id LIMIT ?",
            (last, scan.id, scan.id, _DEVICES_AT_ONCE),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        expected = _expected(db, [Device(*row) for row in rows])
        here = [(device, ip) for device, ip in expected if _site(ip, scan, knowledge) == device.site]
        if missing := _missing(db, here, covered):
            with writing(db):
                _miss(db, missing, scan, knowledge.missing_after, now)


def _expected(db: sqlite3.Connection, devices: Sequence[Device]) -> list[Expected]:
    without = [device.id for device in devices if not device.ip]
    last = dict(
        db.execute(
            f"SELECT subject_id, ip FROM observations WHERE subject_id IN ({placeholders(without)}) AND ip IS NOT NULL"
            " ORDER BY last_seen, id",
            without,
        )
    )
    return [(device, device.ip or last.get(device.id)) for device in devices]


def _site(ip: str | None, scan: ScanRow, knowledge: Knowledge) -> str:
    """The site that this scan gives an address."""
    own = knowledge.site_of(ip) if ip and knowledge.site_of else ""
    return own or scan.site


def _missing(db: sqlite3.Connection, expected: Sequence[Expected], covered: CoverageMap) -> list[Device]:
    seen_by: dict[int, set[tuple[str, str]]] = {}
    for subject, field, source in db.execute(
        "SELECT o.subject_id, o.field, o.source FROM observations o JOIN devices d ON d.id = o.subject_id"
        f" WHERE o.subject_id IN ({placeholders(expected)}) AND o.last_scan = d.last_scan",
        [device.id for device, _ in expected],
    ):
        seen_by.setdefault(subject, set()).add((discovery(source, field), source))
    return [device for device, ip in expected if covered.missing(sorted(seen_by.get(device.id, ())), ip)]


def _miss(db: sqlite3.Connection, missing: Sequence[Device], scan: ScanRow, missing_after: int, now: str) -> None:
    """Count a miss; devices that have missed as many scans as `missing_after` are vanished."""
    vanished = [device for device in missing if device.misses + 1 >= missing_after]
    db.executemany("UPDATE devices SET misses = misses + 1 WHERE id = ?", [(device.id,) for device in missing])
    db.executemany("UPDATE devices SET state = 'vanished' WHERE id = ?", [(device.id,) for device in vanished])
    verdicts: dict[int, Assessment] = {}
    for part in chunks(device.id for device in vanished):
        for device, status, compliance, reason in db.execute(
            "SELECT device_id, status, compliance, reason FROM assessments WHERE overall = 1 AND until IS NULL"
            f" AND device_id IN ({placeholders(part)})",
            part,
        ):
            verdicts[device] = Assessment(status=status, compliance=compliance, reason=reason)
    insert_events(db, [event_row(_vanished(device), device.id, scan, now) for device in vanished])
    settling = db.execute("SELECT max(id) FROM settlings WHERE scan_id = ?", (scan.id,)).fetchone()[0]
    insert_states(
        db,
        [state_row(device._replace(state="vanished"), verdicts[device.id], scan.id, settling) for device in vanished],
    )


def _vanished(device: Device) -> Event:
    note = f"no response in {device.misses + 1} scans that covered it, last seen {device.last_seen}"
    return Event("vanished", old=device.ip or device.mac, note=note)
