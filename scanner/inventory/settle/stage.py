"""Settling, first part: what the new arrivals say of macs, addresses and serials, and which addresses to look at.

Temporary tables hold the work of one run: `pending` (arrivals with their site and fact), `forced` (addresses to be
looked at again although nothing new came: a mac there turned out to be shared, or was seen elsewhere), `named`
(addresses that a device told without being seen there: who had one before may have lost it).
What is written to `addresses` and `serials` may be written again after a crash: the arrivals are still there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from scanner.core import text
from scanner.core.text import seconds
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import chunks, marks
from scanner.inventory.records import Knowledge
from scanner.inventory.rules import merge
from scanner.inventory.rules.identifiers import SENDER_PREFIXES, Claims, Signature

_CHUNK = 20_000
#: A mac or serial at more addresses than this is not followed to each of them.
_FOLLOWED = 16
#: More arrivals than this of one address or mac in one settling are noise, or malice.
_CROWD = 10_000

#: How a mac was told for an address: by a table or the frame around an answer, by the mac's own frame that names its
#: address, by an answer from the address that names its mac.
TABLE, FRAME, ANSWER = 0, 1, 2

_TEMPORARY = (
    "CREATE TEMP TABLE IF NOT EXISTS pending (id INTEGER PRIMARY KEY, fact INTEGER, site TEXT, ip TEXT, mac TEXT)",
    "CREATE INDEX IF NOT EXISTS temp.pending_ip ON pending(ip, site)",
    "CREATE TEMP TABLE IF NOT EXISTS forced (ip TEXT, site TEXT, PRIMARY KEY (ip, site)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS named (ip TEXT, site TEXT, PRIMARY KEY (ip, site)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS fresh_mac (mac TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS fresh_serial (serial TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS spots (ip TEXT, site TEXT, PRIMARY KEY (ip, site)) WITHOUT ROWID",
)


def fact(site: str, ip: str | None, mac: str | None, name: str, value: str, source: str) -> int:
    """The number of a fact, the same for the same fact everywhere: 63 bits of a hash, so that SQLite can index it."""
    parts = "\x1f".join((site, ip or "", mac or "", name, value, source))
    return int.from_bytes(blake2b(parts.encode(), digest_size=8).digest(), "big") >> 1


def gather(db: sqlite3.Connection, knowledge: Knowledge, claims: Claims) -> None:
    """Fill `pending` and `forced`, and bring `addresses`, `serials` and `shared` up to date."""
    for statement in _TEMPORARY:
        db.execute(statement)
    with writing(db):
        for table in ("pending", "forced", "named", "fresh_mac", "fresh_serial"):
            db.execute(f"DELETE FROM temp.{table}")
    last = 0
    while rows := _arrivals(db, last):
        last = rows[-1][0]
        with writing(db):
            _take(db, rows, knowledge, claims)
    _thin(db)
    review_macs(db, claims)
    review_serials(db)


def _thin(db: sqlite3.Connection) -> None:
    """Of an address or mac that tells thousands of different things in one go, only the newest are worked in."""
    crowds = [
        ("ip = ? AND site = ?", row)
        for row in db.execute(
            "SELECT ip, site FROM temp.pending WHERE ip IS NOT NULL GROUP BY ip, site HAVING count(*) > ?", (_CROWD,)
        )
    ]
    crowds += [
        ("ip IS NULL AND mac = ?", row)
        for row in db.execute(
            "SELECT mac FROM temp.pending WHERE ip IS NULL GROUP BY mac HAVING count(*) > ?", (_CROWD,)
        )
    ]
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


def _arrivals(db: sqlite3.Connection, last: int) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT a.id, a.time, CASE WHEN a.site != '' THEN a.site ELSE NULL END, s.site, a.ip, a.mac, a.field, a.value,"
        " a.source FROM arrivals a JOIN scans s ON s.id = a.scan_id WHERE a.id > ? ORDER BY a.id LIMIT ?",
        (last, _CHUNK),
    ).fetchall()


def _take(db: sqlite3.Connection, rows: list[tuple[Any, ...]], knowledge: Knowledge, claims: Claims) -> None:
    pending = []
    pairs: dict[tuple[str, str, str, int], tuple[str, str]] = {}
    serials: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for arrival, time, own_site, scan_site, ip, mac, name, value, source in rows:
        site = own_site or (knowledge.site_of(ip) if ip and knowledge.site_of else "") or scan_site
        pending.append((arrival, fact(site, ip, mac, name, value, source), site, ip, mac))
        claim = claims.of(name, value)
        identifying = mac if mac and text.identifying_mac(mac) else None
        by_itself = name.startswith(SENDER_PREFIXES)
        for who, where, told in (
            (identifying, ip, FRAME if by_itself else TABLE),
            (claim.mac, ip, ANSWER),
            (identifying, claim.ip if by_itself else None, FRAME),
        ):
            if who and where:
                _widen(pairs, (who, site, where, told), time)
        if claim.serial:
            _widen(serials, (claim.serial, claim.mac or identifying or "", site if ip else "", ip or ""), time)
    db.executemany("INSERT OR REPLACE INTO temp.pending VALUES (?, ?, ?, ?, ?)", pending)
    _store_pairs(db, pairs)
    store_serials(db, serials)


def _widen(runs: dict[Any, tuple[str, str]], key: Any, time: str) -> None:
    run = runs.get(key)
    runs[key] = (min(run[0], time), max(run[1], time)) if run else (time, time)


def _store_pairs(db: sqlite3.Connection, pairs: dict[tuple[str, str, str, int], tuple[str, str]]) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO temp.fresh_mac SELECT ? WHERE NOT EXISTS"
        " (SELECT 1 FROM addresses WHERE mac = ? AND site = ? AND ip = ? AND told = ?)",
        [(key[0], *key) for key in pairs],
    )
    db.executemany(
        "INSERT OR IGNORE INTO temp.forced SELECT ?, ? WHERE NOT EXISTS"
        " (SELECT 1 FROM addresses WHERE mac = ? AND site = ? AND ip = ? AND told = ?)",
        [(key[2], key[1], *key) for key in pairs],
    )
    named = [(ip, site) for _, site, ip, told in pairs if told == FRAME]
    db.executemany("INSERT OR IGNORE INTO temp.named VALUES (?, ?)", named)
    db.executemany(
        "INSERT INTO addresses VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)",
        [(*key, *run) for key, run in pairs.items()],
    )


def store_serials(db: sqlite3.Connection, serials: dict[tuple[str, str, str, str], tuple[str, str]]) -> None:
    """Note who told which serial; the caller holds the transaction."""
    db.executemany(
        "INSERT OR IGNORE INTO temp.fresh_serial SELECT ? WHERE NOT EXISTS"
        " (SELECT 1 FROM serials WHERE serial = ? AND mac = ? AND site = ? AND ip = ?)",
        [(key[0], *key) for key in serials],
    )
    db.executemany(
        "INSERT INTO serials VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)",
        [(*key, *run) for key, run in serials.items()],
    )


# -- which macs are shared ------------------------------------------------------------------------------------


def review_macs(db: sqlite3.Connection, claims: Claims) -> None:
    """Find out again which macs answer for several devices; their addresses are looked at anew when that changed."""
    candidates = db.execute(
        "SELECT mac FROM addresses WHERE mac IN (SELECT a.mac FROM addresses a JOIN temp.pending p"
        " ON a.ip = p.ip AND a.site = p.site) GROUP BY mac HAVING count(DISTINCT site || ' ' || ip) > 1"
        " OR mac IN (SELECT name FROM shared)"
    ).fetchall()
    fresh = {row[0] for row in db.execute("SELECT mac FROM temp.fresh_mac")}
    for part in chunks((row[0] for row in candidates), 400):
        places: dict[str, list[merge.Place]] = {mac: [] for mac in part}
        for mac, site, ip, first, last in db.execute(
            "SELECT mac, site, ip, min(first_seen), max(last_seen) FROM addresses"
            f" WHERE mac IN ({marks(part)}) GROUP BY mac, site, ip",
            part,
        ):
            places[mac].append(merge.Place(site, ip, seconds(first), seconds(last)))
        were = dict(db.execute(f"SELECT name, reason FROM shared WHERE name IN ({marks(part)})", part))
        asked = {
            mac: found
            for mac, found in places.items()
            if (mac in fresh or mac in were or merge.at_once(found, merge.TOGETHER) > 1)
            and merge.at_once(found, merge.TOGETHER) < merge.MANY
        }
        told = _told_at(db, asked, claims)
        with writing(db):
            for mac, found in places.items():
                unasked = mac not in asked and merge.at_once(found, merge.TOGETHER) < merge.MANY
                reason = None if unasked else merge.shared_mac(mac, found, told.get(mac, {}), claims)
                if reason and mac not in were:
                    db.execute("INSERT INTO shared VALUES (?, ?, ?)", (mac, len(found), reason))
                elif reason:
                    db.execute("UPDATE shared SET addresses = ?, reason = ? WHERE name = ?", (len(found), reason, mac))
                elif mac in were:
                    db.execute("DELETE FROM shared WHERE name = ?", (mac,))
                changed = (reason is None) != (mac not in were)
                if changed or (mac in fresh and reason is None and len(found) <= _FOLLOWED):
                    _force(db, [(p.ip, p.site) for p in found])


def _told_at(
    db: sqlite3.Connection, asked: dict[str, list[merge.Place]], claims: Claims
) -> dict[str, dict[tuple[str, str], Signature]]:
    """What was told at the addresses of each mac while it answered there."""
    newest = {mac: sorted(places, key=lambda p: -p.last)[:_FOLLOWED] for mac, places in asked.items()}
    db.execute("DELETE FROM temp.spots")
    db.executemany(
        "INSERT OR IGNORE INTO temp.spots VALUES (?, ?)",
        [(p.ip, p.site) for places in newest.values() for p in places],
    )
    facts: dict[tuple[str, str], list[tuple[str | None, str, str, int, int]]] = {}
    for site, ip, mac, name, value, first, last in db.execute(
        "SELECT o.site, o.ip, o.mac, o.field, o.value, o.first_seen, o.last_seen FROM temp.spots s CROSS JOIN"
        " observations o ON o.ip = s.ip AND o.site = s.site UNION ALL"
        " SELECT p.site, p.ip, p.mac, a.field, a.value, a.time, a.time FROM temp.spots s CROSS JOIN temp.pending p"
        " ON p.ip = s.ip AND p.site = s.site CROSS JOIN arrivals a ON a.id = p.id"
    ):
        facts.setdefault((site, ip), []).append((mac, name, value, seconds(first), seconds(last)))
    found: dict[str, dict[tuple[str, str], Signature]] = {}
    for mac, places in newest.items():
        at = found[mac] = {}
        for place in places:
            signature = at[place.site, place.ip] = Signature()
            for owner, name, value, first, last in facts.get((place.site, place.ip), ()):
                if owner == mac and name.startswith(SENDER_PREFIXES):
                    continue  # its own frames say so, whatever address they name: that is no answer for another
                gap = min(abs(a - b) for a in (first, last) for b in (place.first, place.last))
                if owner == mac or (owner is None and gap <= merge.NEAR):
                    signature.add(claims.of(name, value))
    return found


def _force(db: sqlite3.Connection, spots: Iterable[tuple[str, str]]) -> None:
    db.executemany("INSERT OR IGNORE INTO temp.forced VALUES (?, ?)", spots)


# -- which serials are part numbers ---------------------------------------------------------------------------


def serial_name(serial: str) -> str:
    """A serial as `shared` and the keys of subjects write it."""
    return f"serial {serial}"


def review_serials(db: sqlite3.Connection) -> None:
    """Find out again which of the serials just told identify a device; their addresses are looked at anew."""
    for part in chunks((row[0] for row in db.execute("SELECT serial FROM temp.fresh_serial").fetchall()), 400):
        links: dict[str, list[tuple[str, str, str, int, int]]] = {}
        for serial, mac, site, ip, first, last in db.execute(
            f"SELECT * FROM serials WHERE serial IN ({marks(part)})", part
        ):
            links.setdefault(serial, []).append((mac, site, ip, seconds(first), seconds(last)))
        names = [serial_name(serial) for serial in part]
        were = {row[0] for row in db.execute(f"SELECT name FROM shared WHERE name IN ({marks(names)})", names)}
        with writing(db):
            for serial, found in links.items():
                macs = sorted({link[0] for link in found if link[0]})
                places = [merge.Place(*link[1:]) for link in found if link[2] and not link[0]]
                reason = merge.shared_serial(macs, places)
                name = serial_name(serial)
                if reason:
                    db.execute("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", (name, len(found), reason))
                elif name in were:
                    db.execute("DELETE FROM shared WHERE name = ?", (name,))
                if (reason is None) != (name not in were) or (reason is None and len(found) <= _FOLLOWED):
                    _force(db, [(link[2], link[1]) for link in found if link[2]])
    with writing(db):
        db.execute("DELETE FROM temp.fresh_serial")
