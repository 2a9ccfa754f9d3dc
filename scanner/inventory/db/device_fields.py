"""The table `device_fields`: writing values with their history, and moving them with a merged device."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from scanner.core.errors import UsageError

_CURRENT = "device_id = ? AND key = ? AND replaced IS NULL"


class StaleFieldsError(UsageError):
    """Fields that have changed since the values were read on which a change is based."""


def write(
    db: sqlite3.Connection, device: int, values: Mapping[str, str], *, author: str, now: str, version: int | None
) -> int:
    """Make these the values of the fields of a device; the number that changed. The caller holds the transaction.

    The number of a merged device is that of the device it is part of now. Raises UsageError when there is no such
    device, StaleFieldsError when `version` is not that of its fields.
    """
    merged = db.execute("SELECT new_id FROM merged WHERE old_id = ?", (device,)).fetchone()
    device = merged[0] if merged else device
    if db.execute("SELECT 1 FROM devices WHERE id = ?", (device,)).fetchone() is None:
        raise UsageError(f"there is no device {device}; `phonescan report inventory` lists them")
    if version is not None and version != version_of(db, device):
        raise StaleFieldsError("the fields of this device have changed meanwhile; load its page again and repeat")
    changed = 0
    for key, value in values.items():
        row = db.execute(f"SELECT value FROM device_fields WHERE {_CURRENT}", (device, key)).fetchone()
        if value == (row[0] if row else ""):
            continue
        db.execute(f"UPDATE device_fields SET replaced = ? WHERE {_CURRENT}", (now, device, key))
        db.execute(
            "INSERT INTO device_fields (device_id, key, value, time, author) VALUES (?, ?, ?, ?, ?)",
            (device, key, value, now, author),
        )
        changed += 1
    return changed


def version_of(db: sqlite3.Connection, device: int) -> int:
    """A number that every change of the fields of a device increases, also one by a device that is merged into it."""
    return int(
        db.execute("SELECT coalesce(sum(id), 0) FROM device_fields WHERE device_id = ?", (device,)).fetchone()[0]
    )


def follow(db: sqlite3.Connection, old: int, heir: int, now: str) -> None:
    """Give the fields of a subject to another: where both have a field, the later value is the current one."""
    both = db.execute(
        "SELECT a.id, b.id, (a.time, a.id) < (b.time, b.id) FROM device_fields a JOIN device_fields b ON b.key = a.key"
        " WHERE a.device_id = ? AND b.device_id = ? AND a.replaced IS NULL AND b.replaced IS NULL",
        (old, heir),
    ).fetchall()
    for own, other, earlier in both:
        db.execute("UPDATE device_fields SET replaced = ? WHERE id = ?", (now, own if earlier else other))
    db.execute("UPDATE device_fields SET device_id = ? WHERE device_id = ?", (heir, old))
