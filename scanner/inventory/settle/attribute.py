"""Settling, second step: the subject of each fact, in one transaction for a few hundred addresses.

At an address where only known facts of its one subject arrived, their times are updated. Any other address is
attributed as a whole (`occupants`), since a new fact may show that an old one belongs to another device.
"""

from __future__ import annotations

import sqlite3
from collections import Counter

from scanner.core import text
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import chunks
from scanner.inventory.facts import ARRIVED, Fact, facts
from scanner.inventory.rules.identifiers import Reader
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.named import named_subject
from scanner.inventory.rules.shared import serial_name
from scanner.inventory.settle import named, subjects
from scanner.inventory.settle.review import review_serials, set_spots
from scanner.inventory.settle.whole import Spot, attribute_whole

_FRAMES_AT_ONCE = 5_000
#: The number of facts without attribution that are kept for inspection.
_UNRESOLVED_KEPT = 10_000
#: How often facts at one address may lead to others: mac → serial → address.
_ROUNDS = 4


def attribute(db: sqlite3.Connection, reader: Reader, makers: Manufacturers, now: str) -> None:
    """Attribute every pending arrival, and stored facts that turn out to belong to another subject."""
    _attribute_frames(db, reader, now)
    forced: list[Spot] = db.execute("SELECT ip, site FROM temp.forced").fetchall()
    for _ in range(_ROUNDS):
        with writing(db):
            db.execute("DELETE FROM temp.forced")
        waiting = db.execute("SELECT DISTINCT ip, site FROM temp.pending WHERE ip IS NOT NULL").fetchall()
        work = dict.fromkeys(waiting, False) | dict.fromkeys(forced, True)
        if not work:
            break
        for part in chunks(sorted(work)):
            with writing(db):
                _attribute(db, part, {spot for spot in part if work[spot]}, reader, makers, now)
        review_serials(db)
        forced = db.execute("SELECT ip, site FROM temp.forced").fetchall()
    named.attribute_named(db, reader, makers, now)
    with writing(db):
        db.execute(
            "UPDATE subjects SET touched = 1 WHERE touched = 0 AND id IN"
            " (SELECT d.id FROM temp.named n CROSS JOIN devices d ON d.ip = n.ip AND d.site = n.site)"
        )


# -- facts of a mac without an address ------------------------------------------------------------------------


def _attribute_frames(db: sqlite3.Connection, reader: Reader, now: str) -> None:
    """Attribute arrivals without an address: LLDP, CDP, DHCP, forwarding tables; some without a mac (`named`)."""
    select = f"SELECT {ARRIVED} FROM temp.pending p CROSS JOIN arrivals a ON a.id = p.id WHERE p.ip IS NULL LIMIT ?"
    while found := list(facts(db.execute(select, (_FRAMES_AT_ONCE,)), reader)):
        with writing(db):
            keys = [_key(fact) for fact in found]
            lost = Counter(fact.first_scan for fact, key in zip(found, keys, strict=True) if key == subjects.UNRESOLVED)
            if any(fact.mac is None for fact in found):
                named.note(db, now)
            ids = subjects.numbers(db, keys)
            subjects.add_facts(db, [(ids[key], fact) for key, fact in zip(keys, found, strict=True)])
            db.executemany(
                "UPDATE scans SET unresolved = unresolved + ? WHERE id = ?", [(n, scan) for scan, n in lost.items()]
            )
            subjects.touch(db, set(ids.values()))
            rows = [(fact.row,) for fact in found]
            db.executemany("DELETE FROM arrivals WHERE id = ?", rows)
            db.executemany("DELETE FROM temp.pending WHERE id = ?", rows)
    with writing(db):
        db.execute(
            "DELETE FROM observations WHERE id IN (SELECT o.id FROM subjects s JOIN observations o"
            " ON o.subject_id = s.id WHERE s.key = ? ORDER BY o.id DESC LIMIT -1 OFFSET ?)",
            (subjects.UNRESOLVED, _UNRESOLVED_KEPT),
        )


def _key(fact: Fact) -> str:
    """The key of the subject of a fact without an address."""
    if fact.mac and text.identifying_mac(fact.mac):
        return f"mac {fact.mac}"
    if fact.mac is None:
        return named_subject(fact.source) or subjects.UNRESOLVED
    if fact.identifiers.mac:
        return f"mac {fact.identifiers.mac}"
    return serial_name(fact.identifiers.serial) if fact.identifiers.serial else subjects.UNRESOLVED


# -- facts of addresses ---------------------------------------------------------------------------------------


#: Addresses with two macs, or whose mac was seen elsewhere since: known facts are attributed again there.
_AMBIGUOUS = (
    "SELECT s.ip, s.site FROM temp.spots s CROSS JOIN addresses a ON a.ip = s.ip AND a.site = s.site"
    " WHERE a.mac NOT IN (SELECT name FROM shared) GROUP BY s.ip, s.site HAVING count(DISTINCT a.mac) > 1"
    " UNION SELECT s.ip, s.site FROM temp.spots s CROSS JOIN addresses a ON a.ip = s.ip AND a.site = s.site"
    " WHERE a.mac NOT IN (SELECT name FROM shared) AND EXISTS (SELECT 1 FROM addresses b WHERE b.mac = a.mac"
    " AND (b.ip, b.site) != (a.ip, a.site) AND b.last_seen > a.last_seen AND instr(b.ip, ':') = 0)"
)


def _attribute(
    db: sqlite3.Connection, spots: list[Spot], forced: set[Spot], reader: Reader, makers: Manufacturers, now: str
) -> None:
    set_spots(db, spots)
    stored: dict[Spot, dict[int, tuple[int, int]]] = {}
    whole = forced | set(db.execute(_AMBIGUOUS).fetchall())
    for ip, site, row, subject, digest in db.execute(
        "SELECT o.ip, o.site, o.id, o.subject_id, o.fact FROM temp.spots s CROSS JOIN observations o"
        " ON o.ip = s.ip AND o.site = s.site"
    ):
        known = stored.setdefault((ip, site), {})
        if digest in known or (known and next(iter(known.values()))[1] != subject):
            whole.add((ip, site))
        known[digest] = row, subject
    seen_again: list[tuple[Spot, tuple[str, str, int, int, int], int]] = []
    for ip, site, digest, time, scan in db.execute(
        "SELECT p.ip, p.site, p.fact, a.time, a.scan_id FROM temp.spots s CROSS JOIN temp.pending p"
        " ON p.ip = s.ip AND p.site = s.site CROSS JOIN arrivals a ON a.id = p.id"
    ):
        if (found := stored.get((ip, site), {}).get(digest)) is None:
            whole.add((ip, site))
        else:
            seen_again.append(((ip, site), (time, time, scan, scan, found[0]), found[1]))
    db.executemany(
        "UPDATE observations SET first_seen = min(first_seen, ?), last_seen = max(last_seen, ?),"
        " first_scan = min(first_scan, ?), last_scan = max(last_scan, ?) WHERE id = ?",
        [run for spot, run, _ in seen_again if spot not in whole],
    )
    subjects.touch(db, {subject for spot, _, subject in seen_again if spot not in whole})
    if whole:
        attribute_whole(db, sorted(whole), reader, makers, now)
    set_spots(db, spots)
    attributed = "SELECT p.id FROM temp.spots s CROSS JOIN temp.pending p ON p.ip = s.ip AND p.site = s.site"
    db.execute(f"DELETE FROM arrivals WHERE id IN ({attributed})")
    db.execute(f"DELETE FROM temp.pending WHERE id IN ({attributed})")
