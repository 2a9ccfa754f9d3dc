"""Rows of `events` and `states`, for a device that changed and for one that vanished."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from scanner.core.model import Assessment
from scanner.inventory.db.sql import placeholders
from scanner.inventory.records import Event, ScanRow
from scanner.inventory.rules.device import Device

Row = tuple[Any, ...]


def event_row(event: Event, device: int, scan: ScanRow, now: str) -> Row:
    """An event of a device, for `insert_events`."""
    return (scan.id, device, now, event.kind, event.part, event.old, event.new, event.note, int(scan.baseline))


def insert_events(db: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert events; the caller holds the transaction."""
    db.executemany(
        "INSERT INTO events (scan_id, device_id, time, kind, part, old, new, note, baseline)"
        f" VALUES ({placeholders(range(9))})",
        rows,
    )


def state_row(device: Device, verdict: Assessment, scan: int, settling: int) -> Row:
    """The state of a device from a scan and its settling on, for `insert_states`."""
    return (
        device.id, settling, scan, device.state, device.site, device.ip, device.mac, device.manufacturer, device.model,
        device.firmware, verdict.status, verdict.compliance, device.switch, device.switch_port,
    )  # fmt: skip


def insert_states(db: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert states; the caller holds the transaction."""
    db.executemany(f"INSERT OR REPLACE INTO states VALUES ({placeholders(range(14))})", rows)
