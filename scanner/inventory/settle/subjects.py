"""Subjects and their facts: facts are stored once, and move when two subjects are merged.

A device keeps its number for life. When its mac is learned, its subject gets another key. When two devices turn out to
be one, the older number is kept in `merged`, and its events become those of the other.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable

from scanner.inventory.db import device_fields
from scanner.inventory.db.retention import drop_device
from scanner.inventory.db.sql import EXTENDS, chunks, placeholders
from scanner.inventory.facts import Fact

#: The subject of facts without mac, serial and address that identify: counted, kept, never a device.
UNRESOLVED = "unresolved"


def numbers(db: sqlite3.Connection, keys: Iterable[str]) -> dict[str, int]:
    """The number of the subject of each key, made where it does not exist. The caller holds the transaction."""
    wanted = list(dict.fromkeys(keys))
    db.executemany("INSERT OR IGNORE INTO subjects (key) VALUES (?)", [(key,) for key in wanted])
    found: dict[str, int] = {}
    for part in chunks(wanted):
        found |= dict(db.execute(f"SELECT key, id FROM subjects WHERE key IN ({placeholders(part)})", part))
    return found


def add_facts(db: sqlite3.Connection, facts: Iterable[tuple[int, Fact]]) -> None:
    """Store facts of subjects. The run of a fact that its subject already has is extended."""
    db.executemany(
        "INSERT INTO observations (subject_id, fact, site, ip, mac, field, value, source, first_seen, last_seen,"
        f" first_scan, last_scan) VALUES ({placeholders(range(12))}) ON CONFLICT (fact, subject_id) {EXTENDS},"
        " first_scan = min(first_scan, excluded.first_scan), last_scan = max(last_scan, excluded.last_scan)",
        ((subject, *fact[2:13]) for subject, fact in facts),
    )


def touch(db: sqlite3.Connection, subjects: Collection[int]) -> None:
    """Mark subjects whose devices are to be computed again."""
    db.executemany(
        f"UPDATE subjects SET touched = 1 WHERE id = ? AND touched = 0 AND key != '{UNRESOLVED}'",
        [(one,) for one in subjects],
    )


class Changes:
    """The changes at some addresses: facts that are new, move to another subject, or are split between two."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._keys: dict[int, str | None] = {}
        self._facts: list[tuple[str, Fact]] = []
        self._deleted: list[int] = []
        self._heirs: dict[int, Counter[str]] = {}

    def key(self, subject: int) -> str | None:
        """The key of a subject by number."""
        if subject not in self._keys:
            row = self._db.execute("SELECT key FROM subjects WHERE id = ?", (subject,)).fetchone()
            self._keys[subject] = row[0] if row else None
        return self._keys[subject]

    def unused(self, key: str, taken: Collection[str]) -> str:
        """`key`, or `key #2` and so on, so that no subject has it yet."""
        name, number = key, 1
        while name in taken or self._db.execute("SELECT 1 FROM subjects WHERE key = ?", (name,)).fetchone():
            number += 1
            name = f"{key} #{number}"
        return name

    def put(self, fact: Fact, first: str, last: str) -> None:
        """Give a fact to the subject of key `first` at its first sighting, and of key `last` at its last."""
        if fact.subject is not None:
            if first == last == self.key(fact.subject):
                return
            self._deleted.append(fact.row)
            self._heirs.setdefault(fact.subject, Counter())[last] += 1
        if first == last:
            self._facts.append((first, fact))
        else:
            self._facts.append((first, fact._replace(last=fact.first, last_scan=fact.first_scan)))
            self._facts.append((last, fact._replace(first=fact.last, first_scan=fact.last_scan)))

    def write(self, now: str) -> None:
        """Write the changes. The caller holds the transaction."""
        ids = numbers(self._db, (key for key, _ in self._facts))
        self._db.executemany("DELETE FROM observations WHERE id = ?", [(row,) for row in self._deleted])
        add_facts(self._db, [(ids[key], fact) for key, fact in self._facts])
        touch(self._db, {*ids.values(), *self._heirs})
        for old, heirs in self._heirs.items():
            left = self._db.execute("SELECT 1 FROM observations WHERE subject_id = ? LIMIT 1", (old,)).fetchone()
            if left:
                self._db.execute("UPDATE subjects SET touched = 2 WHERE id = ?", (old,))
            else:
                _absorb(self._db, old, max(heirs, key=lambda key: (heirs[key], key)), now)


def _absorb(db: sqlite3.Connection, old: int, heir_key: str, now: str) -> None:
    """Replace a subject without facts by its heir: the number of a device is kept where one of them is a device."""
    row = db.execute("SELECT id FROM subjects WHERE key = ?", (heir_key,)).fetchone()
    if row is None or row[0] == old:
        return
    heir = int(row[0])
    devices = {
        r[0]: r for r in db.execute("SELECT id, first_seen, first_scan FROM devices WHERE id IN (?, ?)", (old, heir))
    }
    if old in devices and heir not in devices:
        device_fields.follow(db, heir, old, now)
        db.execute("UPDATE observations SET subject_id = ? WHERE subject_id = ?", (old, heir))
        db.execute("DELETE FROM subjects WHERE id = ?", (heir,))
        db.execute("UPDATE subjects SET key = ?, touched = 1 WHERE id = ?", (heir_key, old))
        return
    device_fields.follow(db, old, heir, now)
    if old in devices:
        _, first_seen, first_scan = devices[old]
        db.execute("UPDATE events SET device_id = ? WHERE device_id = ? AND kind != 'appeared'", (heir, old))
        db.execute(
            "UPDATE devices SET first_seen = min(first_seen, ?), first_scan = min(first_scan, ?) WHERE id = ?",
            (first_seen, first_scan, heir),
        )
        drop_device(db, old)
        db.execute("UPDATE merged SET new_id = ? WHERE new_id = ?", (heir, old))
        db.execute("INSERT OR REPLACE INTO merged VALUES (?, ?, ?)", (old, heir, now))
    db.execute("DELETE FROM subjects WHERE id = ?", (old,))
