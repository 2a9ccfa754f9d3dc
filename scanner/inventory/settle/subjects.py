"""Subjects and their facts: numbers for keys, facts written once, and one subject turning out to be another.

A device keeps its number for life: when its mac is learned, its subject is renamed; when two devices turn out to be
one, the older number is remembered in `merged` and its events move along.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from scanner.inventory.db.retention import drop_device

if TYPE_CHECKING:
    from scanner.inventory.settle.attribute import Entry

#: Facts that name neither a mac, a serial nor an address that identifies: counted, kept, never a device.
UNRESOLVED = "unresolved"
_AT_ONCE = 400


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE))


def numbers(db: sqlite3.Connection, keys: Iterable[str]) -> dict[str, int]:
    """The number of every key's subject; new ones are made. The caller holds the transaction."""
    wanted = list(dict.fromkeys(keys))
    db.executemany("INSERT OR IGNORE INTO subjects (key) VALUES (?)", [(key,) for key in wanted])
    found: dict[str, int] = {}
    for part in _parts(wanted):
        marks = ", ".join("?" * len(part))
        found |= dict(db.execute(f"SELECT key, id FROM subjects WHERE key IN ({marks})", part))
    return found


def add_facts(db: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write facts: (subject, fact, site, ip, mac, field, value, source, first, last, first scan, last scan).

    A fact that its subject has already only widens its run.
    """
    db.executemany(
        "INSERT INTO observations (subject_id, fact, site, ip, mac, field, value, source, first_seen, last_seen,"
        " first_scan, last_scan) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (fact, subject_id) DO UPDATE SET"
        " first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),"
        " first_scan = min(first_scan, excluded.first_scan), last_scan = max(last_scan, excluded.last_scan)",
        rows,
    )


def touch(db: sqlite3.Connection, subjects: Collection[int]) -> None:
    """Mark subjects whose devices are to be worked out again."""
    db.executemany(
        f"UPDATE subjects SET touched = 1 WHERE id = ? AND touched = 0 AND key != '{UNRESOLVED}'",
        [(one,) for one in subjects],
    )


class Changes:
    """What settling some addresses changes: facts that come, move to another subject, or are split between two."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._keys: dict[int, str | None] = {}
        self._facts: list[tuple[str, tuple[Any, ...]]] = []
        self._gone: list[int] = []
        self._heirs: dict[int, Counter[str]] = {}

    def key(self, subject: int) -> str | None:
        """The key of a subject by number."""
        if subject not in self._keys:
            row = self._db.execute("SELECT key FROM subjects WHERE id = ?", (subject,)).fetchone()
            self._keys[subject] = row[0] if row else None
        return self._keys[subject]

    def unused(self, key: str, taken: Collection[str]) -> str:
        """`key`, or with a number behind it, such that no subject has it yet."""
        name, number = key, 1
        while name in taken or self._db.execute("SELECT 1 FROM subjects WHERE key = ?", (name,)).fetchone():
            number += 1
            name = f"{key} #{number}"
        return name

    def put(self, entry: Entry, first: str, last: str) -> None:
        """Give an entry to the subject of key `first` at its first sighting, of key `last` at its last."""
        if entry.subject is not None:
            old = self.key(entry.subject)
            if first == last == old:
                return
            self._gone.append(entry.id)
            self._heirs.setdefault(entry.subject, Counter())[last] += 1
        common = (entry.fact, entry.site, entry.ip, entry.mac, entry.field, entry.value, entry.source)
        if first == last:
            runs = [(first, entry.first, entry.last, entry.first_scan, entry.last_scan)]
        else:
            runs = [
                (first, entry.first, entry.first, entry.first_scan, entry.first_scan),
                (last, entry.last, entry.last, entry.last_scan, entry.last_scan),
            ]
        self._facts += [(key, (*common, *run)) for key, *run in runs]

    def write(self, now: str) -> None:
        """Carry it out. The caller holds the transaction."""
        ids = numbers(self._db, (key for key, _ in self._facts))
        self._db.executemany("DELETE FROM observations WHERE id = ?", [(row,) for row in self._gone])
        add_facts(self._db, [(ids[key], *row) for key, row in self._facts])
        touch(self._db, {*ids.values(), *self._heirs})
        for old, heirs in self._heirs.items():
            left = self._db.execute("SELECT 1 FROM observations WHERE subject_id = ? LIMIT 1", (old,)).fetchone()
            if left:
                self._db.execute("UPDATE subjects SET touched = 2 WHERE id = ?", (old,))
            else:
                _absorb(self._db, old, max(heirs, key=lambda key: (heirs[key], key)), now)


def _absorb(db: sqlite3.Connection, old: int, heir_key: str, now: str) -> None:
    """A subject without facts left is its heir: one number survives, that of a device where there is one."""
    row = db.execute("SELECT id FROM subjects WHERE key = ?", (heir_key,)).fetchone()
    if row is None or row[0] == old:
        return
    heir = int(row[0])
    devices = {
        r[0]: r for r in db.execute("SELECT id, first_seen, first_scan FROM devices WHERE id IN (?, ?)", (old, heir))
    }
    if old in devices and heir not in devices:
        db.execute("UPDATE observations SET subject_id = ? WHERE subject_id = ?", (old, heir))
        db.execute("DELETE FROM subjects WHERE id = ?", (heir,))
        db.execute("UPDATE subjects SET key = ?, touched = 1 WHERE id = ?", (heir_key, old))
        return
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
