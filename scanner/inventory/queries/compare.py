"""The differences between the inventory after one scan and after another."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.inventory.queries.filters import Row, rows
from scanner.inventory.store import Inventory

_PARTS = ("site", "ip", "mac", "manufacturer", "model", "firmware", "status", "compliance", "switch", "switch_port")
_NAMES = ("site", "ip", "mac", "manufacturer", "model")


def diff(inventory: Inventory, a: int, b: int) -> Iterator[Row]:
    """The differences between the inventory after scan `a` and after scan `b`.

    A row for each device present in one of them only (`change` is appeared or vanished) and for each part that
    differs (`changed`, with `part`, `old`, `new`). Raises UsageError for a scan that does not exist.
    """
    for number in (a, b):
        inventory.scan(number)
    changed = rows(
        inventory,
        "SELECT DISTINCT device_id FROM states WHERE scan_id > ? AND scan_id <= ? ORDER BY device_id",
        (min(a, b), max(a, b)),
    )
    for device in [int(row["device_id"]) for row in changed]:
        before, after = _at(inventory, device, a), _at(inventory, device, b)
        if before is None and after is None:
            continue
        known = after or before or {}
        who = {"device": device, **{name: known[name] for name in _NAMES}}
        if before is None:
            yield {"change": "appeared", **who, "part": None, "old": None, "new": None}
        elif after is None:
            yield {"change": "vanished", **who, "part": None, "old": None, "new": None}
        else:
            for part in _PARTS:
                if before[part] != after[part]:
                    yield {"change": "changed", **who, "part": part, "old": before[part], "new": after[part]}


def _at(inventory: Inventory, device: int, scan: int) -> Row | None:
    """The state of a device after a scan; None when it was not present."""
    found = rows(
        inventory,
        "SELECT * FROM states WHERE device_id = ? AND scan_id <= ? ORDER BY scan_id DESC, settling DESC LIMIT 1",
        (device, scan),
    )
    return next((row for row in list(found) if row["state"] == "present"), None)
