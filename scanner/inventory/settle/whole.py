"""Attribution of all facts at an address at once: each to the device that had the address at the time."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from scanner.core import text
from scanner.core.text import seconds
from scanner.identity.authority import RELAYED, of_server
from scanner.inventory.db.sql import chunks, placeholders
from scanner.inventory.facts import Fact
from scanner.inventory.rules.claims import CLAIMS, AddressEvidence, is_own, not_a_phone, of_content
from scanner.inventory.rules.identifiers import Reader, Signature
from scanner.inventory.rules.intervals import Binding
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.occupants import AddressHistory, Occupant, Owner
from scanner.inventory.rules.shared import serial_name
from scanner.inventory.settle import subjects
from scanner.inventory.settle.disputes import UNDISPUTED, disputed_at
from scanner.inventory.settle.review import facts_at, set_spots, shared_among
from scanner.inventory.settle.stage import Runs, store_serials

Spot = tuple[str, str]  # (ip, site)


def attribute_whole(
    db: sqlite3.Connection, spots: Sequence[Spot], reader: Reader, makers: Manufacturers, now: str
) -> None:
    """Attribute all stored and pending facts at these addresses. The caller holds the transaction."""
    at: dict[Spot, list[Fact]] = {spot: [] for spot in spots}
    for fact in facts_at(db, spots, reader):
        at[fact.ip or "", fact.site].append(fact)
    context = _Context(db, [fact for found in at.values() for fact in found], reader)
    changes = subjects.Changes(db)
    serials: Runs = {}
    for spot, found in at.items():
        address = context.address(spot, found, makers)
        owners = address.owners()
        names = _names(spot, found, owners, address.occupants, context, changes)
        for fact, (first, last) in zip(found, owners, strict=True):
            changes.put(fact, names[first], names[last])
        if found:
            run = min(fact.first for fact in found), max(fact.last for fact in found)
            for occupant in address.occupants:
                for serial in occupant.signature.serials if occupant.mac else ():
                    serials[serial, occupant.mac, "", ""] = run
    changes.write(now)
    store_serials(db, serials)
    set_spots(db, spots)
    db.execute(
        "UPDATE subjects SET touched = 1 WHERE touched = 0 AND id IN"
        " (SELECT d.id FROM temp.spots s CROSS JOIN devices d ON d.ip = s.ip AND d.site = s.site"
        " UNION SELECT o.subject_id FROM temp.spots s CROSS JOIN observations o ON o.ip = s.ip AND o.site = s.site)"
        f" AND key != '{subjects.UNRESOLVED}'"
    )


class _Context:
    """What attribution needs in addition to the facts at some addresses (`temp.spots`): the macs there, where else
    they were seen, and which macs and serials are shared."""

    def __init__(self, db: sqlite3.Connection, facts: Sequence[Fact], reader: Reader) -> None:
        bound = db.execute(
            "SELECT a.ip, a.site, a.mac, a.evidence, a.first_seen, a.last_seen FROM temp.spots s CROSS JOIN addresses a"
            " ON a.ip = s.ip AND a.site = s.site"
        ).fetchall()
        macs = {row[2] for row in bound} | {mac for fact in facts if (mac := fact.identifiers.mac)}
        serials = sorted({serial for fact in facts if (serial := fact.identifiers.serial)})
        self._shared = shared_among(db, [*sorted(macs), *map(serial_name, serials)])
        self._bindings: dict[Spot, list[Binding]] = {}
        self._disputed = disputed_at(db)
        hosts = set(
            db.execute("SELECT h.ip, h.site FROM temp.spots s CROSS JOIN hosts h ON h.ip = s.ip AND h.site = s.site")
        )
        logs = Counter((ip, site) for ip, site, _, evidence, _, _ in bound if evidence == AddressEvidence.LOG)
        for ip, site, mac, evidence, first, last in bound:
            if mac in self._shared or (evidence in CLAIMS and (mac, site, ip) in self._disputed):
                continue
            if evidence == AddressEvidence.LOG and (logs[ip, site] > 1 or (ip, site) in hosts):
                continue  # the address of a NAT router: the log places none of the devices behind it
            recorded, leased = evidence == AddressEvidence.LOG, evidence == AddressEvidence.LEASED
            binding = Binding(mac, evidence in CLAIMS, seconds(first), seconds(last), recorded, leased)
            self._bindings.setdefault((ip, site), []).append(binding)
        self._uses: dict[str, list[tuple[Spot, int, int]]] = {}
        self._known: dict[str, Signature] = {}
        for part in chunks(sorted(macs - self._shared)):
            for mac, site, ip, first, last in db.execute(
                "SELECT mac, site, ip, first_seen, last_seen FROM addresses a"
                f" WHERE mac IN ({placeholders(part)}) AND evidence != {AddressEvidence.LOG:d} AND {UNDISPUTED}",
                part,
            ):
                self._uses.setdefault(mac, []).append(((ip, site), seconds(first), seconds(last)))
            for mac, name, value, source in db.execute(
                f"SELECT mac, field, value, source FROM observations WHERE mac IN ({placeholders(part)}) AND ip IS NULL"
                + "".join(f" AND substr(source, 1, {len(start)}) != '{start}'" for start in RELAYED),
                part,
            ):
                if of_server(name, source):
                    continue
                read = reader.read(name, value)
                known = self._known.setdefault(mac, Signature())
                known.add(read.identifiers)
                known.host = known.host or not_a_phone(name, read.match) is not None
        self.of_serial: dict[str, str] = {}
        for part in chunks(serial for serial in serials if serial_name(serial) not in self._shared):
            self.of_serial |= {serial: serial_name(serial) for serial in part}
            self.of_serial |= {
                serial: f"mac {mac}"
                for serial, mac in db.execute(
                    f"SELECT serial, max(mac) FROM serials WHERE serial IN ({placeholders(part)}) GROUP BY serial"
                    " HAVING max(mac) != '' AND max(mac) NOT IN (SELECT name FROM shared)",
                    part,
                )
            }

    def address(self, spot: Spot, facts: Sequence[Fact], makers: Manufacturers) -> AddressHistory:
        """The history of an address, for the rules."""
        bindings = self._bindings.get(spot, [])
        elsewhere = {binding.mac: self._elsewhere(binding.mac, spot) for binding in bindings}
        return AddressHistory([self._identifying(fact) for fact in facts], bindings, elsewhere, self._known, makers)

    def _elsewhere(self, mac: str, spot: Spot) -> list[tuple[int, int]]:
        """When a mac was seen at other IPv4 addresses."""
        return [(first, last) for use, first, last in self._uses.get(mac, ()) if use != spot and ":" not in use[0]]

    def _identifying(self, fact: Fact) -> Fact:
        """A fact without a mac or serial that does not identify a device.

        What a mac sends in its own frames stays its own, however many addresses it names there.
        """
        found = fact.identifiers
        if fact.mac and ((fact.mac in self._shared and not is_own(fact.field)) or not text.identifying_mac(fact.mac)):
            fact = fact._replace(mac=None)
        if found.mac in self._shared or (
            (found.mac, fact.site, fact.ip) in self._disputed and of_content(fact.field) in CLAIMS
        ):
            fact = fact._replace(identifiers=fact.identifiers._replace(mac=None))
        if found.serial and serial_name(found.serial) in self._shared:
            fact = fact._replace(identifiers=fact.identifiers._replace(serial=None))
        return fact


def _names(
    spot: Spot,
    facts: Sequence[Fact],
    owners: Sequence[tuple[Owner, Owner]],
    occupants: Sequence[Occupant],
    context: _Context,
    changes: subjects.Changes,
) -> dict[Owner, str]:
    """The key of the subject of every owner; an occupant without mac and serial keeps the subject that it had."""
    names: dict[Owner, str] = {}
    before: dict[int, Counter[int]] = {}
    for fact, (first, last) in zip(facts, owners, strict=True):
        for owner in (first,) if fact.first == fact.last else (first, last):
            if isinstance(owner, str):
                names[owner] = f"mac {owner}"
            else:
                before.setdefault(owner, Counter())[fact.subject or 0] += 1
    nameless = []
    for number in before:
        serial = next((s for s in sorted(occupants[number].signature.serials) if s in context.of_serial), None)
        if serial:
            names[number] = context.of_serial[serial]
        else:
            nameless.append(number)
    nameless.sort(key=lambda n: (-sum(count for subject, count in before[n].items() if subject), n))
    own = f"ip {spot[1]} {spot[0]}"
    taken: set[str] = set()
    for number in nameless:
        keys = (changes.key(subject) for subject, _ in before[number].most_common() if subject)
        kept = next((k for k in keys if k and k not in taken and (k == own or k.startswith(f"{own} #"))), None)
        names[number] = kept or changes.unused(own, taken)
        taken.add(names[number])
    return names
