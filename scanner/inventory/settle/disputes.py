"""Settling, first step: review of the macs that responses and certificates claim (table `disputed`).

Where a claim turns out to be contradicted, or to be contradicted no longer, the addresses of its mac are attributed
again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from scanner.core.text import seconds
from scanner.identity.freshness import VISIT
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import chunks, placeholders
from scanner.inventory.facts import Fact
from scanner.inventory.rules import claims
from scanner.inventory.rules.claims import CLAIMS, SIGHTINGS, AddressEvidence, Dispute, Surroundings, Use
from scanner.inventory.rules.identifiers import Reader
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.shared import AddressUse, most_at_once
from scanner.inventory.settle.review import facts_at, force, shared_among

_CLAIMS = ", ".join(str(int(one)) for one in CLAIMS)
#: The condition of a row `a` of `addresses` that no dispute is about.
UNDISPUTED = (
    f"NOT (a.evidence IN ({_CLAIMS}) AND EXISTS (SELECT 1 FROM disputed x WHERE x.mac = a.mac AND x.site = a.site"
    " AND x.ip = a.ip))"
)
#: The addresses of a mac with more of them than this are not all attributed again.
_FOLLOWED = 16
#: Macs that are claimed at an address where arrivals are pending or attribution is forced, and that another address or
#: another mac may contradict.
_CANDIDATES = (
    "WITH work(ip, site) AS (SELECT ip, site FROM temp.pending WHERE ip IS NOT NULL UNION SELECT ip, site FROM"
    " temp.named UNION SELECT ip, site FROM temp.forced), near(mac) AS (SELECT DISTINCT a.mac FROM work w"
    " CROSS JOIN addresses a ON a.ip = w.ip AND a.site = w.site)"
    f" SELECT DISTINCT c.mac FROM near n CROSS JOIN addresses c ON c.mac = n.mac AND c.evidence IN ({_CLAIMS})"
    " WHERE EXISTS (SELECT 1 FROM addresses o WHERE o.ip = c.ip AND o.site = c.site AND o.mac != c.mac)"
    " OR EXISTS (SELECT 1 FROM addresses o WHERE o.mac = c.mac AND (o.ip, o.site) != (c.ip, c.site))"
    " OR EXISTS (SELECT 1 FROM disputed d WHERE d.mac = c.mac)"
    " OR EXISTS (SELECT 1 FROM hosts h WHERE h.ip = c.ip AND h.site = c.site)"
)
_USES = "SELECT mac, site, ip, evidence, first_seen, last_seen FROM addresses WHERE"


def review_claims(db: sqlite3.Connection, reader: Reader, makers: Manufacturers) -> None:
    """Review the claims of the macs at pending addresses."""
    candidates = [row[0] for row in db.execute(_CANDIDATES)]
    for part in chunks(candidates):
        uses = _uses(db, part)
        around = _surroundings(db, uses, reader, makers)
        known: dict[str, dict[tuple[str, str], Dispute]] = {mac: {} for mac in part}
        for mac, site, ip, *dispute in db.execute(f"SELECT * FROM disputed WHERE mac IN ({placeholders(part)})", part):
            known[mac][site, ip] = Dispute(*dispute)
        with writing(db):
            for mac in part:
                found = {spot: one._replace(copied=False) for spot, one in claims.disputes(uses[mac], around).items()}
                if found != known[mac]:
                    _store(db, mac, found)
                if found.keys() != known[mac].keys():
                    force(db, [(use.ip, use.site) for use in uses[mac]][:_FOLLOWED] + [(ip, s) for s, ip in found])


def _store(db: sqlite3.Connection, mac: str, found: Mapping[tuple[str, str], Dispute]) -> None:
    db.execute("DELETE FROM disputed WHERE mac = ?", (mac,))
    db.executemany(
        "INSERT INTO disputed VALUES (?, ?, ?, ?, ?, ?)",
        [(mac, *spot, *one[:3]) for spot, one in found.items()],
    )
    db.execute("UPDATE subjects SET touched = 1 WHERE touched = 0 AND key = ?", (f"mac {mac}",))


def disputed_at(db: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """The disputed claims at the addresses of `temp.spots`: mac, site, address."""
    return set(
        db.execute(
            "SELECT d.mac, d.site, d.ip FROM temp.spots s CROSS JOIN disputed d ON d.ip = s.ip AND d.site = s.site"
        )
    )


def _uses(db: sqlite3.Connection, macs: Sequence[str]) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {mac: [] for mac in macs}
    for row in db.execute(f"{_USES} mac IN ({placeholders(macs)})", macs):
        found[row[0]].append(_use(row))
    return found


def _use(row: Sequence[str]) -> Use:
    mac, site, ip, evidence, first, last = row
    return Use(mac, site, ip, AddressEvidence(int(evidence)), seconds(first), seconds(last))


def _surroundings(
    db: sqlite3.Connection, uses: Mapping[str, Sequence[Use]], reader: Reader, makers: Manufacturers
) -> Surroundings:
    """What the claims among some uses are compared with."""
    claimed = {use.spot for found in uses.values() for use in found if use.evidence in CLAIMS}
    elsewhere = {use.spot for found in uses.values() if len({u.spot for u in found}) > 1 for use in found}
    facts: dict[tuple[str, str], list[Fact]] = {}
    for part in chunks(sorted(elsewhere)):
        for fact in facts_at(db, [(ip, site) for site, ip in part], reader):
            if fact.ip and not fact.in_table and not fact.in_frame:
                facts.setdefault((fact.site, fact.ip), []).append(fact)
    at: dict[tuple[str, str], list[Use]] = {}
    hosts: dict[tuple[str, str], list[tuple[str, str, int, int]]] = {}
    for part in chunks(sorted(claimed)):
        values = ", ".join("(?, ?)" for _ in part)
        spots = [v for site, ip in part for v in (ip, site)]
        for use in map(_use, db.execute(f"{_USES} (ip, site) IN (VALUES {values})", spots)):
            at.setdefault(use.spot, []).append(use)
        for site, ip, rule, maker, first, last in db.execute(
            f"SELECT * FROM hosts WHERE (ip, site) IN (VALUES {values})", spots
        ):
            hosts.setdefault((site, ip), []).append((rule, maker, seconds(first), seconds(last)))
    others = {use.mac for found in at.values() for use in found}
    shared = shared_among(db, others)
    sightings = {mac: [u for u in found if u.evidence in SIGHTINGS] for mac, found in _uses_of(db, others - shared)}

    def responses(spot: tuple[str, str]) -> list[tuple[int, int]]:
        return [(seconds(fact.first), seconds(fact.last)) for fact in facts.get(spot, ())]

    def host(claim: Use) -> str | None:
        maker = makers.of(claim.mac)
        near = (
            rule
            for rule, its_maker, first, last in hosts.get(claim.spot, ())
            if max(first - claim.last, claim.first - last) <= VISIT
            and not (maker and its_maker and makers.related(maker, its_maker))
        )
        return min(near, default=None)

    def same_maker(one: str, other: str) -> bool | None:
        mine, theirs = makers.of(one), makers.of(other)
        return makers.related(mine, theirs) if mine and theirs else None

    def gateway_like(mac: str) -> bool:
        spots = [AddressUse(use.site, use.ip, use.first, use.last) for use in sightings.get(mac, ())]
        return most_at_once(spots, VISIT) > 1

    kept = {spot: [use for use in found if use.mac not in shared] for spot, found in at.items()}
    return Surroundings(kept, responses, host, same_maker, gateway_like)


def _uses_of(db: sqlite3.Connection, macs: set[str]) -> list[tuple[str, list[Use]]]:
    return [item for part in chunks(sorted(macs)) for item in _uses(db, part).items()]
