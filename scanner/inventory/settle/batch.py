"""Everything that is known of a few hundred subjects, read at once: facts, the devices they were, rivals."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from scanner.core.model import Assessment
from scanner.inventory.db.sql import chunks, marks
from scanner.inventory.rules.current import Fact
from scanner.inventory.rules.placement import Spot

_SUBJECTS_AT_ONCE = 500

COLUMNS = (
    "id", "site", "ip", "mac", "local_mac", "hostname", "kind", "manufacturer", "model", "firmware", "line", "serial",
    "confidence", "conflicts", "discovered_by", "switch", "switch_port", "vlan", "first_seen", "last_seen",
    "first_scan", "last_scan", "misses", "state", "evidence",
)  # fmt: skip
Device = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """Some touched subjects: key and how they were touched, and by their number all that bears on their devices."""

    keys: dict[int, tuple[str, int]]
    facts: dict[int, list[Fact]]
    before: dict[int, Device]
    verdicts: dict[int, dict[str | None, tuple[int, bool, Assessment]]]
    #: addresses that a mac told of itself
    told: dict[int, list[Spot]]
    #: (site, ip) → subject → when it was last seen there
    rivals: dict[tuple[str, str], dict[int, str]]
    #: macs that answer for several devices
    shared: set[str]


def load(db: sqlite3.Connection) -> Batch:
    """The next subjects that wait to be worked out; none when all are."""
    rows = db.execute(
        "SELECT id, key, touched FROM subjects WHERE touched > 0 ORDER BY id LIMIT ?", (_SUBJECTS_AT_ONCE,)
    ).fetchall()
    keys = {row[0]: (row[1], row[2]) for row in rows}
    ids = list(keys)
    among = f"IN ({marks(ids)})"
    facts: dict[int, list[Fact]] = {one: [] for one in ids}
    for subject, *row in db.execute(
        "SELECT subject_id, fact, site, ip, mac, field, value, source, first_seen, last_seen, first_scan, last_scan"
        f" FROM observations WHERE subject_id {among}",
        ids,
    ):
        facts[subject].append(Fact(*row))
    before = {
        row[0]: dict(zip(COLUMNS, row, strict=True))
        for row in db.execute(f"SELECT {', '.join(COLUMNS)} FROM devices WHERE id {among}", ids)
    }
    verdicts: dict[int, dict[str | None, tuple[int, bool, Assessment]]] = {}
    for row in db.execute(
        "SELECT device_id, id, overall, status, compliance, reason, catalog, certified_firmware, catalog_source,"
        f" catalog_date FROM assessments WHERE until IS NULL AND device_id {among}",
        ids,
    ):
        verdict = Assessment(
            status=row[3],
            compliance=row[4],
            reason=row[5],
            catalog=row[6],
            certified_firmware=row[7],
            catalog_source=row[8],
            catalog_date=row[9],
        )
        verdicts.setdefault(row[0], {})[row[6]] = (row[1], bool(row[2]), verdict)
    macs = {key.removeprefix("mac "): one for one, (key, _) in keys.items() if key.startswith("mac ")}
    told: dict[int, list[Spot]] = {}
    shared: set[str] = set()
    for part in chunks(macs, 400):
        shared |= {row[0] for row in db.execute(f"SELECT name FROM shared WHERE name IN ({marks(part)})", part)}
        for mac, site, ip, first, last in db.execute(
            f"SELECT mac, site, ip, first_seen, last_seen FROM addresses WHERE told > 0 AND mac IN ({marks(part)})",
            part,
        ):
            told.setdefault(macs[mac], []).append(Spot(site, ip, first, last, 0))
    batch = Batch(keys, facts, before, verdicts, told, {}, shared)
    _load_rivals(db, batch, macs)
    return batch


def _load_rivals(db: sqlite3.Connection, batch: Batch, macs: dict[str, int]) -> None:
    """When each subject was last seen at the addresses of these subjects; macs only told count by their subject."""
    spots = {(f.ip, f.site) for facts in batch.facts.values() for f in facts if f.ip}
    spots |= {(spot.ip, spot.site) for several in batch.told.values() for spot in several}
    db.execute("DELETE FROM temp.spots")
    db.executemany("INSERT INTO temp.spots VALUES (?, ?)", spots)
    for ip, site, subject, last in db.execute(
        "SELECT o.ip, o.site, o.subject_id, max(o.last_seen) FROM temp.spots s CROSS JOIN observations o"
        " ON o.ip = s.ip AND o.site = s.site GROUP BY o.ip, o.site, o.subject_id"
    ):
        batch.rivals.setdefault((site, ip), {})[subject] = last
    for ip, site, mac, last in db.execute(
        "SELECT a.ip, a.site, a.mac, a.last_seen FROM temp.spots s CROSS JOIN addresses a"
        " ON a.ip = s.ip AND a.site = s.site WHERE a.told > 0 AND a.mac NOT IN (SELECT name FROM shared)"
    ):
        subject = macs.get(mac)
        if subject is None:
            row = db.execute("SELECT id FROM subjects WHERE key = ?", (f"mac {mac}",)).fetchone()
            subject = row[0] if row else None
        if subject is not None:
            at = batch.rivals.setdefault((site, ip), {})
            at[subject] = max(at.get(subject, ""), last)
