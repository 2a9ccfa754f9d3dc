"""A few hundred touched subjects with everything that their devices are computed from."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core.model import Assessment
from scanner.inventory.db.sql import chunks, placeholders
from scanner.inventory.facts import STORED, Fact, facts
from scanner.inventory.rules.claims import AddressEvidence, Dispute
from scanner.inventory.rules.device import COLUMNS, Device, Subject
from scanner.inventory.rules.identifiers import Reader
from scanner.inventory.rules.placement import IN_FRAME, Spot, merged, spot
from scanner.inventory.settle.review import set_spots, shared_among

_SUBJECTS_AT_ONCE = 500
_FRAME = int(AddressEvidence.FRAME)


class Held(NamedTuple):
    """A verdict in force: its row, whether it is the overall one, and the verdict."""

    row: int
    overall: bool
    verdict: Assessment


@dataclass(slots=True)
class Batch:
    """Touched subjects, and by their number what their devices depend on."""

    subjects: list[Subject]
    facts: dict[int, list[Fact]]
    before: dict[int, Device]
    #: by catalog
    verdicts: dict[int, dict[str | None, Held]]
    #: addresses in frames of the mac itself
    reported: dict[int, list[Spot]]
    #: of addresses that several subjects claim: (site, ip) → subject → its claims
    rivals: dict[tuple[str, str], dict[int, list[Spot]]]
    #: macs that several devices have
    shared: set[str]
    #: claims of macs that lost: those at the addresses of these subjects, and those of their macs
    disputed: dict[tuple[str, str, str], Dispute] = field(default_factory=dict)
    claimed: dict[int, list[tuple[str, Dispute]]] = field(default_factory=dict)


def load(db: sqlite3.Connection, reader: Reader) -> Batch:
    """The next touched subjects; none when all devices are computed."""
    rows = db.execute(
        "SELECT id, key, touched FROM subjects WHERE touched > 0 ORDER BY id LIMIT ?", (_SUBJECTS_AT_ONCE,)
    )
    subjects = [Subject(*row) for row in rows]
    ids = [subject.id for subject in subjects]
    among = f"IN ({placeholders(ids)})"
    facts_of: dict[int, list[Fact]] = {one: [] for one in ids}
    for fact in facts(db.execute(f"SELECT {STORED} FROM observations o WHERE o.subject_id {among}", ids), reader):
        facts_of[fact.subject or 0].append(fact)
    before = {row[0]: Device(*row) for row in db.execute(f"SELECT {COLUMNS} FROM devices WHERE id {among}", ids)}
    macs = {mac: subject.id for subject in subjects if (mac := subject.mac)}
    batch = Batch(subjects, facts_of, before, _verdicts(db, ids), {}, {}, shared_among(db, macs))
    for part in chunks(macs):
        for mac, site, ip, first, last in db.execute(
            f"SELECT mac, site, ip, first_seen, last_seen FROM addresses WHERE evidence = {_FRAME}"
            f" AND mac IN ({placeholders(part)})",
            part,
        ):
            batch.reported.setdefault(macs[mac], []).append(Spot(site, ip, IN_FRAME, first, last))
    _load_rivals(db, batch, macs)
    return batch


def _verdicts(db: sqlite3.Connection, ids: list[int]) -> dict[int, dict[str | None, Held]]:
    found: dict[int, dict[str | None, Held]] = {}
    for device, row, overall, status, compliance, reason, catalog, certified, source, date, exception in db.execute(
        "SELECT device_id, id, overall, status, compliance, reason, catalog, certified_firmware, catalog_source,"
        f" catalog_date, exception FROM assessments WHERE until IS NULL AND device_id IN ({placeholders(ids)})",
        ids,
    ):
        verdict = Assessment(
            status=status,
            compliance=compliance,
            reason=reason,
            catalog=catalog,
            certified_firmware=certified,
            catalog_source=source,
            catalog_date=date,
            exception=exception,
        )
        found.setdefault(device, {})[catalog] = Held(row, bool(overall), verdict)
    return found


def _load_rivals(db: sqlite3.Connection, batch: Batch, macs: dict[str, int]) -> None:
    """The claims of all subjects to the addresses of these, by their facts or by a frame of their mac."""
    spots = {(fact.ip, fact.site) for found in batch.facts.values() for fact in found if fact.ip}
    spots |= {(spot.ip, spot.site) for several in batch.reported.values() for spot in several}
    set_spots(db, spots)
    _load_disputes(db, batch, macs)
    framed: dict[tuple[str, str], list[tuple[int, Spot]]] = {}
    for ip, site, mac, first, last in db.execute(
        "SELECT a.ip, a.site, a.mac, a.first_seen, a.last_seen FROM temp.spots s CROSS JOIN addresses a"
        f" ON a.ip = s.ip AND a.site = s.site WHERE a.evidence = {_FRAME} AND a.mac NOT IN (SELECT name FROM shared)"
    ):
        known = macs.get(mac)
        if known is None:
            row = db.execute("SELECT id FROM subjects WHERE key = ?", (f"mac {mac}",)).fetchone()
            known = row[0] if row else None
        if known is not None:
            framed.setdefault((ip, site), []).append((known, Spot(site, ip, IN_FRAME, first, last)))
    several = db.execute(
        "SELECT o.ip, o.site FROM temp.spots s CROSS JOIN observations o ON o.ip = s.ip AND o.site = s.site"
        " GROUP BY o.ip, o.site HAVING min(o.subject_id) != max(o.subject_id)"
    ).fetchall()
    set_spots(db, [*several, *framed])
    for found in framed.values():
        for subject, claim in found:
            batch.rivals.setdefault(claim.where, {}).setdefault(subject, []).append(claim)
    for subject, *seen in db.execute(
        "SELECT o.subject_id, o.site, o.ip, o.field, o.source, min(o.first_seen), max(o.last_seen)"
        " FROM temp.spots s CROSS JOIN observations o ON o.ip = s.ip AND o.site = s.site"
        " GROUP BY o.ip, o.site, o.subject_id, o.field, o.source"
    ):
        claim = spot(*seen)
        batch.rivals.setdefault(claim.where, {}).setdefault(subject, []).append(claim)
    for at in batch.rivals.values():
        for subject, claims in at.items():
            at[subject] = merged(claims)


def _load_disputes(db: sqlite3.Connection, batch: Batch, macs: dict[str, int]) -> None:
    """The claims that lost at the addresses of `temp.spots`, and those of the macs of these subjects."""
    if db.execute("SELECT 1 FROM disputed LIMIT 1").fetchone() is None:
        return
    for mac, site, ip, *dispute in db.execute(
        "SELECT d.* FROM temp.spots s CROSS JOIN disputed d ON d.ip = s.ip AND d.site = s.site"
    ):
        batch.disputed[mac, site, ip] = Dispute(*dispute)
    for part in chunks(macs):
        statement = f"SELECT mac, ip, row, reason, holder FROM disputed WHERE mac IN ({placeholders(part)})"
        for mac, ip, *dispute in db.execute(statement, part):
            batch.claimed.setdefault(macs[mac], []).append((ip, Dispute(*dispute)))
