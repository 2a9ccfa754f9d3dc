"""Settling, second part: whose facts the arrivals are. One transaction for each few hundred addresses.

An address where nothing but known facts of its one subject came again costs an update of times; the others are
looked at whole (merge.owners), since a new fact may tell that an old one belongs to somebody else.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import NamedTuple

from scanner.core import text
from scanner.core.text import seconds
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import chunks, marks
from scanner.inventory.rules import merge
from scanner.inventory.rules.identifiers import SENDER_PREFIXES, Claim, Claims, Signature
from scanner.inventory.settle import subjects
from scanner.inventory.settle.stage import ANSWER, review_serials, serial_name, store_serials

_ADDRESSES_AT_ONCE = 400
_MAC_ROWS_AT_ONCE = 5_000
#: Facts that belong to nobody: so many are kept to look at.
_UNRESOLVED_KEPT = 10_000
#: How often facts learned at one address may send us to others: mac → serial → address.
_ROUNDS = 4

Spot = tuple[str, str]  # (ip, site)


class Entry(NamedTuple):
    """One row of facts at an address: stored (`subject` known) or just arrived (`subject` None)."""

    id: int
    subject: int | None
    fact: int
    site: str
    ip: str
    mac: str | None
    field: str
    value: str
    source: str
    first: str
    last: str
    first_scan: int
    last_scan: int


def attribute(db: sqlite3.Connection, claims: Claims, now: str) -> None:
    """Move every pending arrival to the subject it belongs to, and facts that turn out to be somebody else's."""
    _frames(db, claims, now)
    forced: list[Spot] = db.execute("SELECT ip, site FROM temp.forced").fetchall()
    for _ in range(_ROUNDS):
        with writing(db):
            db.execute("DELETE FROM temp.forced")
        waiting = db.execute("SELECT DISTINCT ip, site FROM temp.pending WHERE ip IS NOT NULL").fetchall()
        work = dict.fromkeys(waiting, False) | dict.fromkeys(forced, True)
        if not work:
            break
        for part in chunks(sorted(work), _ADDRESSES_AT_ONCE):
            with writing(db):
                _addresses(db, part, {spot for spot in part if work[spot]}, claims, now)
        review_serials(db)
        forced = db.execute("SELECT ip, site FROM temp.forced").fetchall()
    with writing(db):
        db.execute(
            "UPDATE subjects SET touched = 1 WHERE touched = 0 AND id IN"
            " (SELECT d.id FROM temp.named n CROSS JOIN devices d ON d.ip = n.ip AND d.site = n.site)"
        )


# -- facts of a mac without an address ------------------------------------------------------------------------


def _frames(db: sqlite3.Connection, claims: Claims, now: str) -> None:
    """Facts that name a mac and no address: LLDP, CDP, DHCP, forwarding tables."""
    while True:
        rows = db.execute(
            "SELECT p.id, p.fact, p.site, p.mac, a.field, a.value, a.source, a.time, a.scan_id FROM temp.pending p"
            " JOIN arrivals a ON a.id = p.id WHERE p.ip IS NULL LIMIT ?",
            (_MAC_ROWS_AT_ONCE,),
        ).fetchall()
        if not rows:
            break
        with writing(db):
            keys, lost = [], Counter[int]()
            for _, _, _, mac, name, value, _, _, scan in rows:
                claim = claims.of(name, value)
                serial = f"serial {claim.serial}" if claim.serial else None
                known = f"mac {mac}" if text.identifying_mac(mac) else f"mac {claim.mac}" if claim.mac else serial
                keys.append(known or subjects.UNRESOLVED)
                lost[scan] += known is None
            ids = subjects.numbers(db, keys)
            subjects.add_facts(
                db,
                [
                    (ids[key], fact, site, None, mac, name, value, source, time, time, scan, scan)
                    for key, (_, fact, site, mac, name, value, source, time, scan) in zip(keys, rows, strict=True)
                ],
            )
            db.executemany(
                "UPDATE scans SET unresolved = unresolved + ? WHERE id = ?", [(n, s) for s, n in lost.items()]
            )
            subjects.touch(db, set(ids.values()))
            keys_of = [(row[0],) for row in rows]
            db.executemany("DELETE FROM arrivals WHERE id = ?", keys_of)
            db.executemany("DELETE FROM temp.pending WHERE id = ?", keys_of)
    with writing(db):
        db.execute(
            "DELETE FROM observations WHERE id IN (SELECT o.id FROM subjects s JOIN observations o"
            " ON o.subject_id = s.id WHERE s.key = ? ORDER BY o.id DESC LIMIT -1 OFFSET ?)",
            (subjects.UNRESOLVED, _UNRESOLVED_KEPT),
        )


# -- facts of addresses ---------------------------------------------------------------------------------------


#: Addresses where two macs answered, or whose mac was seen elsewhere since: there even known facts are looked at.
_UNSURE = (
    "SELECT s.ip, s.site FROM temp.spots s CROSS JOIN addresses a ON a.ip = s.ip AND a.site = s.site"
    " WHERE a.mac NOT IN (SELECT name FROM shared) GROUP BY s.ip, s.site HAVING count(DISTINCT a.mac) > 1"
    " UNION SELECT s.ip, s.site FROM temp.spots s CROSS JOIN addresses a ON a.ip = s.ip AND a.site = s.site"
    " WHERE a.mac NOT IN (SELECT name FROM shared) AND EXISTS (SELECT 1 FROM addresses b WHERE b.mac = a.mac"
    " AND (b.ip, b.site) != (a.ip, a.site) AND b.last_seen > a.last_seen AND instr(b.ip, ':') = 0)"
)


def _addresses(db: sqlite3.Connection, spots: list[Spot], forced: set[Spot], claims: Claims, now: str) -> None:
    db.execute("DELETE FROM temp.spots")
    db.executemany("INSERT INTO temp.spots VALUES (?, ?)", spots)
    stored: dict[Spot, dict[int, tuple[int, int]]] = {}
    several: set[Spot] = set()
    for ip, site, row, subject, fact in db.execute(
        "SELECT o.ip, o.site, o.id, o.subject_id, o.fact FROM temp.spots s CROSS JOIN observations o"
        " ON o.ip = s.ip AND o.site = s.site"
    ):
        facts = stored.setdefault((ip, site), {})
        if fact in facts or (facts and next(iter(facts.values()))[1] != subject):
            several.add((ip, site))
        facts[fact] = row, subject
    several |= set(db.execute(_UNSURE).fetchall())
    arrived: dict[Spot, list[tuple[int, int, str, int]]] = {}
    for ip, site, arrival, fact, time, scan in db.execute(
        "SELECT p.ip, p.site, p.id, p.fact, a.time, a.scan_id FROM temp.spots s CROSS JOIN temp.pending p"
        " ON p.ip = s.ip AND p.site = s.site CROSS JOIN arrivals a ON a.id = p.id"
    ):
        arrived.setdefault((ip, site), []).append((arrival, fact, time, scan))
    again: list[tuple[str, str, int, int, int]] = []
    touched: set[int] = set()
    anew = []
    for spot in spots:
        facts, new = stored.get(spot, {}), arrived.get(spot, ())
        if spot in forced or spot in several or any(fact not in facts for _, fact, _, _ in new):
            anew.append(spot)
            continue
        for _, fact, time, scan in new:
            again.append((time, time, scan, scan, facts[fact][0]))
            touched.add(facts[fact][1])
    db.executemany(
        "UPDATE observations SET first_seen = min(first_seen, ?), last_seen = max(last_seen, ?),"
        " first_scan = min(first_scan, ?), last_scan = max(last_scan, ?) WHERE id = ?",
        again,
    )
    subjects.touch(db, touched)
    if anew:
        _whole(db, anew, claims, now)
    _consumed(db, spots)


def _consumed(db: sqlite3.Connection, spots: list[Spot]) -> None:
    """The arrivals of these addresses are facts now."""
    db.execute("DELETE FROM temp.spots")
    db.executemany("INSERT INTO temp.spots VALUES (?, ?)", spots)
    of = "SELECT p.id FROM temp.spots s CROSS JOIN temp.pending p ON p.ip = s.ip AND p.site = s.site"
    db.execute(f"DELETE FROM arrivals WHERE id IN ({of})")
    db.execute(f"DELETE FROM temp.pending WHERE id IN ({of})")


def _whole(db: sqlite3.Connection, spots: list[Spot], claims: Claims, now: str) -> None:
    """Look at addresses with all that was ever seen there, and give every fact to its owner."""
    db.execute("DELETE FROM temp.spots")
    db.executemany("INSERT INTO temp.spots VALUES (?, ?)", spots)
    entries: dict[Spot, list[Entry]] = {spot: [] for spot in spots}
    for row in db.execute(
        "SELECT o.id, o.subject_id, o.fact, o.site, o.ip, o.mac, o.field, o.value, o.source, o.first_seen,"
        " o.last_seen, o.first_scan, o.last_scan FROM temp.spots s CROSS JOIN observations o"
        " ON o.ip = s.ip AND o.site = s.site UNION ALL"
        " SELECT p.id, NULL, p.fact, p.site, p.ip, p.mac, a.field, a.value, a.source, a.time, a.time, a.scan_id,"
        " a.scan_id FROM temp.spots s CROSS JOIN temp.pending p ON p.ip = s.ip AND p.site = s.site"
        " CROSS JOIN arrivals a ON a.id = p.id"
    ):
        entries[row[4], row[3]].append(Entry(*row))
    view = _View(db, entries, claims)
    changes = subjects.Changes(db)
    for spot in spots:
        _settle_address(spot, entries[spot], view, changes, claims)
    changes.write(now)
    store_serials(db, view.serials_of_macs)
    db.execute(
        "UPDATE subjects SET touched = 1 WHERE touched = 0 AND id IN"
        " (SELECT d.id FROM temp.spots s CROSS JOIN devices d ON d.ip = s.ip AND d.site = s.site)"
    )


class _View:
    """What must be known beside the facts of some addresses: macs there, where else they were, who is shared."""

    def __init__(self, db: sqlite3.Connection, entries: dict[Spot, list[Entry]], claims: Claims) -> None:
        self.serials_of_macs: dict[tuple[str, str, str, str], tuple[str, str]] = {}
        claimed = [claims.of(e.field, e.value) for rows in entries.values() for e in rows]
        bound = db.execute(
            "SELECT a.ip, a.site, a.mac, a.told, a.first_seen, a.last_seen FROM temp.spots s CROSS JOIN addresses a"
            " ON a.ip = s.ip AND a.site = s.site"
        ).fetchall()
        macs = sorted({row[2] for row in bound} | {c.mac for c in claimed if c.mac})
        serials = sorted({c.serial for c in claimed if c.serial})
        self.shared: set[str] = set()
        for part in chunks(macs + [serial_name(s) for s in serials], 400):
            self.shared |= {r[0] for r in db.execute(f"SELECT name FROM shared WHERE name IN ({marks(part)})", part)}
        own = [mac for mac in macs if mac not in self.shared]
        self.bindings: dict[Spot, list[merge.Binding]] = {}
        for ip, site, mac, told, first, last in bound:
            if mac not in self.shared:
                binding = merge.Binding(mac, told == ANSWER, seconds(first), seconds(last))
                self.bindings.setdefault((ip, site), []).append(binding)
        self.places: dict[str, list[merge.Place]] = {}
        self.known: dict[str, Signature] = {}
        for part in chunks(own, 400):
            for mac, site, ip, first, last in db.execute(
                f"SELECT mac, site, ip, first_seen, last_seen FROM addresses WHERE mac IN ({marks(part)})", part
            ):
                self.places.setdefault(mac, []).append(merge.Place(site, ip, seconds(first), seconds(last)))
            for mac, name, value in db.execute(
                f"SELECT mac, field, value FROM observations WHERE mac IN ({marks(part)}) AND ip IS NULL", part
            ):
                self.known.setdefault(mac, Signature()).add(claims.of(name, value))
        self.of_serial: dict[str, str] = {}
        for part in chunks((s for s in serials if serial_name(s) not in self.shared), 400):
            macs_of = dict(
                db.execute(
                    f"SELECT serial, max(mac) FROM serials WHERE serial IN ({marks(part)}) GROUP BY serial", part
                )
            )
            for serial in part:
                mac = macs_of.get(serial)
                usable = mac and not db.execute("SELECT 1 FROM shared WHERE name = ?", (mac,)).fetchone()
                self.of_serial[serial] = f"mac {mac}" if usable else serial_name(serial)

    def elsewhere(self, mac: str, spot: Spot) -> list[tuple[int, int]]:
        """From when to when a mac was seen at other IPv4 addresses."""
        places = (p for p in self.places.get(mac, ()) if (p.ip, p.site) != spot and ":" not in p.ip)
        return [(p.first, p.last) for p in places]

    def usable(self, claim: Claim) -> Claim:
        """A claim without macs and serials that identify nobody."""
        if claim.mac in self.shared:
            claim = claim._replace(mac=None)
        if claim.serial and serial_name(claim.serial) in self.shared:
            claim = claim._replace(serial=None)
        return claim


def _settle_address(spot: Spot, entries: list[Entry], view: _View, changes: subjects.Changes, claims: Claims) -> None:
    seen: list[merge.Seen] = []
    ends: list[tuple[int, int]] = []  # of each entry: numbers of its first and last sighting
    for number, entry in enumerate(entries):
        mac = entry.mac if entry.mac and text.identifying_mac(entry.mac) and entry.mac not in view.shared else None
        sender = entry.field.startswith(SENDER_PREFIXES)
        claim = view.usable(claims.of(entry.field, entry.value))
        slot = (entry.field, entry.source)
        first = len(seen)
        seen.append(merge.Seen(number, seconds(entry.first), mac, sender, slot, claim))
        if entry.last != entry.first:
            seen.append(merge.Seen(number, seconds(entry.last), mac, sender, slot, claim))
        ends.append((first, len(seen) - 1))
    bindings = view.bindings.get(spot, [])
    elsewhere = {b.mac: view.elsewhere(b.mac, spot) for b in bindings}
    owner, tenants = merge.owners(seen, bindings, elsewhere, view.known, claims)
    names = _names(spot, entries, ends, owner, tenants, view, changes)
    for entry, (first, last) in zip(entries, ends, strict=True):
        changes.put(entry, names[owner[first]], names[owner[last]])
    for tenant in tenants:
        for serial in tenant.signature.serials if tenant.mac else ():
            view.serials_of_macs[serial, str(tenant.mac), "", ""] = _span(entries)


def _span(entries: list[Entry]) -> tuple[str, str]:
    return min(e.first for e in entries), max(e.last for e in entries)


def _names(
    spot: Spot,
    entries: list[Entry],
    ends: list[tuple[int, int]],
    owner: list[str | int],
    tenants: list[merge.Tenant],
    view: _View,
    changes: subjects.Changes,
) -> dict[str | int, str]:
    """The key of the subject of every owner: a tenant without mac or serial keeps the subject it had."""
    names: dict[str | int, str] = {o: f"mac {o}" for o in owner if isinstance(o, str)}
    before: dict[int, Counter[int]] = {}
    for entry, (first, last) in zip(entries, ends, strict=True):
        for end in {first, last}:
            if isinstance(tenant := owner[end], int):
                before.setdefault(tenant, Counter())[entry.subject or 0] += 1
    nameless = []
    for number in before:
        serial = next((s for s in sorted(tenants[number].signature.serials) if s in view.of_serial), None)
        if serial:
            names[number] = view.of_serial[serial]
        else:
            nameless.append(number)
    nameless.sort(key=lambda n: (-sum(c for s, c in before[n].items() if s), n))
    taken: set[str] = set()
    for number in nameless:
        old = (changes.key(subject) for subject, _ in before[number].most_common() if subject)
        own = f"ip {spot[1]} {spot[0]}"
        mine = next((k for k in old if k and k not in taken and (k == own or k.startswith(f"{own} #"))), None)
        names[number] = mine or changes.unused(own, taken)
        taken.add(names[number])
    return names
