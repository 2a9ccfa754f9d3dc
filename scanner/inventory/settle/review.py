"""Settling, first step: review of the macs and serials that several devices may have (table `shared`).

Where one turns out to be shared, or to be shared no longer, its addresses are attributed again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from scanner.core.text import seconds
from scanner.identity.freshness import VISIT
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import chunks, placeholders
from scanner.inventory.facts import ARRIVED, STORED, Fact, facts
from scanner.inventory.rules import shared
from scanner.inventory.rules.claims import SIGHTINGS
from scanner.inventory.rules.identifiers import Reader, Signature
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.shared import AddressUse

#: The addresses of a mac or serial with more of them than this are not all attributed again.
_FOLLOWED = 16
#: A mac is shared by where it was seen: what responses and logs claim makes no gateway of it.
_SIGHTINGS = ", ".join(str(int(one)) for one in SIGHTINGS)


def review_macs(db: sqlite3.Connection, reader: Reader, makers: Manufacturers) -> None:
    """Review the macs of the pending addresses that have several addresses, or are shared."""
    candidates = db.execute(
        "SELECT mac FROM addresses WHERE mac IN (SELECT a.mac FROM addresses a JOIN temp.pending p"
        " ON a.ip = p.ip AND a.site = p.site) GROUP BY mac HAVING count(DISTINCT site || ' ' || ip) > 1"
        " OR mac IN (SELECT name FROM shared)"
    ).fetchall()
    fresh = {row[0] for row in db.execute("SELECT mac FROM temp.fresh_mac")}
    for part in chunks(row[0] for row in candidates):
        uses: dict[str, list[AddressUse]] = {mac: [] for mac in part}
        for mac, site, ip, first, last in db.execute(
            "SELECT mac, site, ip, min(first_seen), max(last_seen) FROM addresses"
            f" WHERE mac IN ({placeholders(part)}) AND evidence IN ({_SIGHTINGS}) GROUP BY mac, site, ip",
            part,
        ):
            uses[mac].append(AddressUse(site, ip, seconds(first), seconds(last)))
        known = shared_among(db, part)
        most = {mac: shared.most_at_once(found, shared.TOGETHER) for mac, found in uses.items()}
        # what responded at the addresses decides, unless their number does
        compared = {mac for mac, n in most.items() if n < shared.MANY and (mac in fresh or mac in known or n > 1)}
        signatures = _signatures(db, {mac: uses[mac] for mac in compared}, reader)
        with writing(db):
            for mac, found in uses.items():
                decided = mac in compared or most[mac] >= shared.MANY
                reason = shared.shared_mac(mac, found, signatures.get(mac, {}), makers) if decided else None
                if reason:
                    _note(db, mac, len(found), reason)
                elif mac in known:
                    db.execute("DELETE FROM shared WHERE name = ?", (mac,))
                changed = (reason is not None) != (mac in known)
                if changed or (mac in fresh and reason is None and len(found) <= _FOLLOWED):
                    force(db, ((use.ip, use.site) for use in found))


def _signatures(
    db: sqlite3.Connection, uses_of: dict[str, list[AddressUse]], reader: Reader
) -> dict[str, dict[tuple[str, str], Signature]]:
    """The signature of what responded at the addresses of each mac while it had them."""
    newest = {mac: sorted(uses, key=lambda use: -use.last)[:_FOLLOWED] for mac, uses in uses_of.items()}
    at: dict[tuple[str, str], list[Fact]] = {(u.site, u.ip): [] for uses in newest.values() for u in uses}
    for fact in facts_at(db, [(ip, site) for site, ip in at], reader):
        at[fact.site, fact.ip or ""].append(fact)
    found: dict[str, dict[tuple[str, str], Signature]] = {}
    for mac, uses in newest.items():
        signatures = found[mac] = {}
        for use in uses:
            signature = signatures[use.site, use.ip] = Signature()
            for fact in at[use.site, use.ip]:
                if _responded(fact, mac, use):
                    signature.add(fact.identifiers)
    return found


def _responded(fact: Fact, mac: str, use: AddressUse) -> bool:
    """Whether a fact at an address describes what responded there while a mac had it.

    A frame of the mac itself may name any address: it does not describe another device there.
    """
    if fact.mac is not None:
        return fact.mac == mac and not fact.in_frame
    ends = seconds(fact.first), seconds(fact.last)
    return min(abs(a - b) for a in ends for b in (use.first, use.last)) <= VISIT


def review_serials(db: sqlite3.Connection) -> None:
    """Review the serials that were reported for a mac or address for the first time."""
    fresh = [row[0] for row in db.execute("SELECT serial FROM temp.fresh_serial")]
    for part in chunks(fresh):
        links: dict[str, list[tuple[str, AddressUse]]] = {serial: [] for serial in part}
        for serial, mac, site, ip, first, last in db.execute(
            f"SELECT * FROM serials WHERE serial IN ({placeholders(part)})", part
        ):
            links[serial].append((mac, AddressUse(site, ip, seconds(first), seconds(last))))
        known = shared_among(db, [shared.serial_name(serial) for serial in part])
        with writing(db):
            for serial, found in links.items():
                macs = sorted({mac for mac, _ in found if mac})
                reason = shared.shared_serial(macs, [use for mac, use in found if use.ip and not mac])
                name = shared.serial_name(serial)
                if reason:
                    _note(db, name, len(found), reason)
                elif name in known:
                    db.execute("DELETE FROM shared WHERE name = ?", (name,))
                changed = (reason is not None) != (name in known)
                if changed or (reason is None and len(found) <= _FOLLOWED):
                    force(db, ((use.ip, use.site) for _, use in found if use.ip))
    with writing(db):
        db.execute("DELETE FROM temp.fresh_serial")


def shared_among(db: sqlite3.Connection, names: Iterable[str]) -> set[str]:
    """Those of the names (of macs, and `serial_name` of serials) that are shared."""
    found: set[str] = set()
    for part in chunks(names):
        found |= {row[0] for row in db.execute(f"SELECT name FROM shared WHERE name IN ({placeholders(part)})", part)}
    return found


def _note(db: sqlite3.Connection, name: str, addresses: int, reason: str) -> None:
    db.execute("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", (name, addresses, reason))


def facts_at(db: sqlite3.Connection, spots: Iterable[tuple[str, str]], reader: Reader) -> Iterable[Fact]:
    """The stored and the pending facts at addresses (ip, site); `temp.spots` contains these addresses then."""
    set_spots(db, spots)
    return facts(
        db.execute(
            f"SELECT {STORED} FROM temp.spots s CROSS JOIN observations o ON o.ip = s.ip AND o.site = s.site"
            f" UNION ALL SELECT {ARRIVED} FROM temp.spots s"
            " CROSS JOIN temp.pending p ON p.ip = s.ip AND p.site = s.site CROSS JOIN arrivals a ON a.id = p.id"
        ),
        reader,
    )


def set_spots(db: sqlite3.Connection, spots: Iterable[tuple[str, str]]) -> None:
    """Make `temp.spots` contain these addresses (ip, site)."""
    db.execute("DELETE FROM temp.spots")
    db.executemany("INSERT OR IGNORE INTO temp.spots VALUES (?, ?)", spots)


def force(db: sqlite3.Connection, spots: Iterable[tuple[str, str]]) -> None:
    """Mark addresses (ip, site) whose facts are attributed again although nothing new arrived there."""
    db.executemany("INSERT OR IGNORE INTO temp.forced VALUES (?, ?)", spots)
