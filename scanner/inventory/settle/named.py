"""Settling, second step: facts without mac and address, which name a serial number or a port (`rules.named`).

Each is of the device that has the serial number, or that had the port then; where there is none, it is a device of its
own. What arrived later may show another one, so all of them are attributed again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from scanner.core.text import seconds
from scanner.inventory.db.connect import writing
from scanner.inventory.db.sql import chunks, placeholders
from scanner.inventory.facts import STORED, Fact, facts
from scanner.inventory.rules.identifiers import Reader
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.named import AtPort, NamedPort, named_port, named_serial, named_subject, phone_at, port_of
from scanner.inventory.rules.shared import serial_name
from scanner.inventory.settle import subjects
from scanner.inventory.settle.review import shared_among

#: The mark of an inventory with such facts: others need not be searched for them.
_MARK = "named facts"


def note(db: sqlite3.Connection, now: str) -> None:
    """Note that there are such facts; the caller holds the transaction."""
    db.execute("INSERT OR IGNORE INTO marks VALUES (?, '', ?)", (_MARK, now))


def attribute_named(db: sqlite3.Connection, reader: Reader, makers: Manufacturers, now: str) -> None:
    """Attribute all facts without mac and address."""
    if db.execute("SELECT 1 FROM marks WHERE name = ?", (_MARK,)).fetchone() is None:
        return
    stored = db.execute(f"SELECT {STORED} FROM observations o WHERE o.mac IS NULL AND o.ip IS NULL")
    found = [fact for fact in facts(stored, reader) if named_subject(fact.source)]
    of_serial = _of_serials(db, {serial for fact in found if (serial := named_serial(fact.source))})
    at = _at_ports(db, {port for fact in found if (port := named_port(fact.source))})
    changes = subjects.Changes(db)

    def key(fact: Fact, time: str) -> str:
        if serial := named_serial(fact.source):
            return of_serial[serial]
        port = named_port(fact.source)
        phones = phone_at(fact, time, at.get(port, ()), makers) if port else ()
        if len(phones) > 1:
            return subjects.UNRESOLVED
        return phones[0] if phones else named_subject(fact.source) or subjects.UNRESOLVED

    with writing(db):
        for fact in found:
            changes.put(fact, key(fact, fact.first), key(fact, fact.last))
        changes.write(now)


def _of_serials(db: sqlite3.Connection, serials: Collection[str]) -> dict[str, str]:
    """The key of the subject of each serial number: that of its mac, where one is known."""
    shared = shared_among(db, map(serial_name, sorted(serials)))
    found = {one: subjects.UNRESOLVED if serial_name(one) in shared else serial_name(one) for one in serials}
    for part in chunks(sorted(one for one in serials if serial_name(one) not in shared)):
        rows = db.execute(
            f"SELECT serial, max(mac) FROM serials WHERE serial IN ({placeholders(part)}) GROUP BY serial"
            " HAVING max(mac) != '' AND max(mac) NOT IN (SELECT name FROM shared)",
            part,
        )
        found |= {serial: f"mac {mac}" for serial, mac in rows}
    return found


def _at_ports(db: sqlite3.Connection, wanted: Collection[NamedPort]) -> dict[NamedPort, list[AtPort]]:
    """What switches had on these ports."""
    found: dict[NamedPort, list[AtPort]] = {port: [] for port in wanted}
    if not wanted:
        return found
    for key, mac, source, port, first, last in db.execute(
        "SELECT s.key, o.mac, o.source, o.value, o.first_seen, o.last_seen FROM observations o"
        " JOIN subjects s ON s.id = o.subject_id WHERE o.field = 'switch.port' AND (o.mac IS NOT NULL OR o.ip IS NOT"
        " NULL) AND s.key != ?",
        (subjects.UNRESOLVED,),
    ):
        words = source.split(" ", 3)
        if len(words) > 2 and (at := found.get(port_of(words[1], port))) is not None:
            own = key.removeprefix("mac ") if key.startswith("mac ") else mac
            at.append(AtPort(key, own, words[2] not in ("fdb", "radius"), seconds(first), seconds(last)))
    return found
