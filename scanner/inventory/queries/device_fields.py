"""The fields of a device that were entered: the current values, and every value with its time and author."""

from __future__ import annotations

from scanner.inventory.db.device_fields import version_of
from scanner.inventory.queries.filters import Row, rows
from scanner.inventory.store import Inventory


def fields_of(inventory: Inventory, device: int) -> list[Row]:
    """The current fields of a device: key, value, time, author. A field that was cleared is left out."""
    return list(
        rows(
            inventory,
            "SELECT key, value, time, author FROM device_fields"
            " WHERE device_id = ? AND replaced IS NULL AND value != '' ORDER BY key",
            (device,),
        )
    )


def field_history(inventory: Inventory, device: int, limit: int) -> tuple[list[Row], int]:
    """The last values of the fields of a device, the newest first, and the version of its fields."""
    found = rows(
        inventory,
        "SELECT id, key, value, time, author, replaced FROM device_fields WHERE device_id = ? ORDER BY id DESC LIMIT ?",
        (device, limit),
    )
    return list(found), version_of(inventory.connection, device)
