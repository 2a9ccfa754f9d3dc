"""Settling, first step: the macs, addresses and serials in the arrivals, and the addresses to attribute again.

Temporary tables contain the work of one run: `pending` (arrivals with their site and digest), `forced` (addresses to
attribute again although nothing new arrived: a mac there turned out to be shared, or was seen elsewhere), `named`
(addresses that a device reported without being seen there: the device that had one may have lost it).
What is written to `addresses` and `serials` may be written again after a crash: the arrivals are still there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from scanner.core import text
from scanner.identity.authority import of_leases
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import EXTENDS
from scanner.inventory.facts import Fact, digest, facts
from scanner.inventory.rules.claims import AddressEvidence, not_a_phone, of_content, of_frame
from scanner.inventory.rules.identifiers import Reader

_ARRIVALS_AT_ONCE = 20_000
#: More arrivals than this of one address or mac in one settling are noise, or an attack.
_CROWD = 10_000

#: (mac, site, ip, evidence) or (serial, mac, site, ip) → first and last time.
Runs = dict[tuple[Any, ...], tuple[str, str]]

_TEMPORARY = (
    "CREATE TEMP TABLE IF NOT EXISTS pending (id INTEGER PRIMARY KEY, fact INTEGER, site TEXT, ip TEXT, mac TEXT)",
    "CREATE INDEX IF NOT EXISTS temp.pending_ip ON pending(ip, site)",
    "CREATE TEMP TABLE IF NOT EXISTS forced (ip TEXT, site TEXT, PRIMARY KEY (ip, site)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS named (ip TEXT, site TEXT, PRIMARY KEY (ip, site)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS fresh_mac (mac TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS fresh_serial (serial TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS spots (ip TEXT, site TEXT, PRIMARY KEY (ip, site)) WITHOUT ROWID",
)


def stage(db: sqlite3.Connection, site_of: Callable[[str], str] | None, reader: Reader) -> None:
    """Fill `pending` and `forced`, and update `addresses` and `serials`."""
    for statement in _TEMPORARY:
        db.execute(statement)
    with writing(db):
        for table in ("pending", "forced", "named", "fresh_mac", "fresh_serial"):
            db.execute(f"DELETE FROM temp.{table}")
    last = 0
    while rows := _arrivals(db, last):
        last = rows[-1][0]
        with writing(db):
            _stage(db, list(facts(_rows(rows, site_of), reader)))
    _thin(db)


def _arrivals(db: sqlite3.Connection, last: int) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT a.id, a.site, s.site, a.ip, a.mac, a.field, a.value, a.source, a.time, a.scan_id"
        " FROM arrivals a JOIN scans s ON s.id = a.scan_id WHERE a.id > ? ORDER BY a.id LIMIT ?",
        (last, _ARRIVALS_AT_ONCE),
    ).fetchall()


def _rows(rows: Iterable[tuple[Any, ...]], site_of: Callable[[str], str] | None) -> Iterator[tuple[Any, ...]]:
    """Arrivals as rows of facts, with their own site, else that of the address, else that of the scan."""
    for row, own_site, scan_site, ip, mac, name, value, source, time, scan in rows:
        site = own_site or (site_of(ip) if ip and site_of else "") or scan_site
        key = digest(site, ip, mac, name, value, source)
        yield row, None, key, site, ip, mac, name, value, source, time, time, scan, scan


def _stage(db: sqlite3.Connection, facts: list[Fact]) -> None:
    addresses: Runs = {}
    serials: Runs = {}
    hosts: Runs = {}
    for fact in facts:
        if fact.relayed:
            continue
        found = fact.identifiers
        mac = fact.mac if fact.mac and text.identifying_mac(fact.mac) else None
        if fact.ip and mac:
            evidence = AddressEvidence.LOG if fact.recorded else of_frame(fact.field, of_leases(fact.source))
            _extend(addresses, (mac, fact.site, fact.ip, evidence), fact.first)
        if fact.ip and found.mac:
            content = AddressEvidence.LEASED if of_leases(fact.source) else of_content(fact.field)
            _extend(addresses, (found.mac, fact.site, fact.ip, content), fact.first)
        if mac and found.ip and fact.in_frame:
            _extend(addresses, (mac, fact.site, found.ip, AddressEvidence.FRAME), fact.first)
        if fact.ip and (rule := not_a_phone(fact.field, fact.match)):
            maker = fact.match.gives.get("manufacturer", "") if fact.match else ""
            _extend(hosts, (fact.site, fact.ip, rule, maker), fact.first)
        if found.serial:
            key = (found.serial, found.mac or mac or "", fact.site if fact.ip else "", fact.ip or "")
            _extend(serials, key, fact.first)
    db.executemany(
        "INSERT OR REPLACE INTO temp.pending VALUES (?, ?, ?, ?, ?)",
        [(fact.row, fact.digest, fact.site, fact.ip, fact.mac) for fact in facts],
    )
    _store_addresses(db, addresses)
    store_serials(db, serials)
    db.executemany(
        f"INSERT INTO hosts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT {EXTENDS}",
        [(*key, *run) for key, run in hosts.items()],
    )


def _extend(runs: Runs, key: tuple[Any, ...], time: str) -> None:
    run = runs.get(key)
    runs[key] = (min(run[0], time), max(run[1], time)) if run else (time, time)


def _store_addresses(db: sqlite3.Connection, runs: Runs) -> None:
    unknown = "WHERE NOT EXISTS (SELECT 1 FROM addresses WHERE mac = ? AND site = ? AND ip = ? AND evidence = ?)"
    db.executemany(f"INSERT OR IGNORE INTO temp.fresh_mac SELECT ? {unknown}", [(key[0], *key) for key in runs])
    db.executemany(f"INSERT OR IGNORE INTO temp.forced SELECT ?, ? {unknown}", [(key[2], key[1], *key) for key in runs])
    named = [(ip, site) for _, site, ip, evidence in runs if evidence == AddressEvidence.FRAME]
    db.executemany("INSERT OR IGNORE INTO temp.named VALUES (?, ?)", named)
    db.executemany(
        f"INSERT INTO addresses VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT {EXTENDS}",
        [(*key, *run) for key, run in runs.items()],
    )


def store_serials(db: sqlite3.Connection, runs: Runs) -> None:
    """Store which serial was reported for which mac or address; the caller holds the transaction."""
    unknown = "WHERE NOT EXISTS (SELECT 1 FROM serials WHERE serial = ? AND mac = ? AND site = ? AND ip = ?)"
    db.executemany(f"INSERT OR IGNORE INTO temp.fresh_serial SELECT ? {unknown}", [(key[0], *key) for key in runs])
    db.executemany(
        f"INSERT INTO serials VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT {EXTENDS}",
        [(*key, *run) for key, run in runs.items()],
    )


def _thin(db: sqlite3.Connection) -> None:
    """Delete all but the newest arrivals of an address or mac that has thousands; they count as unresolved."""
    crowds: list[tuple[str, tuple[str, ...]]] = []
    for columns, among, condition in (
        ("ip, site", "ip IS NOT NULL", "ip = ? AND site = ?"),
        ("mac", "ip IS NULL AND mac IS NOT NULL", "ip IS NULL AND mac = ?"),
    ):
        found = db.execute(
            f"SELECT {columns} FROM temp.pending WHERE {among} GROUP BY {columns} HAVING count(*) > ?", (_CROWD,)
        )
        crowds += [(condition, row) for row in found]
    for condition, values in crowds:
        with writing(db):
            oldest = db.execute(
                f"SELECT id FROM temp.pending WHERE {condition} ORDER BY id DESC LIMIT -1 OFFSET ?", (*values, _CROWD)
            ).fetchall()
            db.execute(
                "UPDATE scans SET unresolved = unresolved + ? WHERE id = (SELECT scan_id FROM arrivals WHERE id = ?)",
                (len(oldest), oldest[0][0]),
            )
            db.executemany("DELETE FROM arrivals WHERE id = ?", oldest)
            db.executemany("DELETE FROM temp.pending WHERE id = ?", oldest)
