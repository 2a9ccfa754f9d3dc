"""Filters over devices as SQL conditions, and the rows of a statement as dicts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.model import IN_CONFLICT
from scanner.core.text import VALUE_LIMIT
from scanner.inventory.db import connect
from scanner.inventory.db.scans import seen_in
from scanner.inventory.db.schema import ORDER
from scanner.inventory.db.sql import JUDGED, SEEN_IN, placeholders
from scanner.inventory.records import ScanRow
from scanner.inventory.store import Inventory

Row = dict[str, Any]

_OF_ASSESSMENT = {"status", "compliance", "certified_firmware", "catalog", "reason"}
#: Whether the verdict on a device is in conflict, 1 or 0: its reason begins with that (`core.model.IN_CONFLICT`).
_IN_CONFLICT = f"(substr(a.reason, 1, {len(IN_CONFLICT)}) = '{IN_CONFLICT}')"
#: A device for pages and exports: the columns of the inventory, its number, and what explains the verdict.
DEVICE_COLUMNS: tuple[str, ...] = (
    "id", *INVENTORY_COLUMNS, "reason", "line", "confidence", "conflicts", "in_conflict", "local_mac", "state",
    "misses", "first_scan",
)  # fmt: skip


_SEARCHED = ("ip", "mac", "hostname", "manufacturer", "model", "serial")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which devices. Empty means all; several values of one filter are alternatives. Case does not matter.

    `since` keeps devices first seen, or with an event, at or after a time; `seen_since` devices seen at or after it;
    `seen_in` devices observed by a scan (`observed_by`). `switch` is the name of a switch; `search` is a part of the
    address, mac, host name, manufacturer, model or serial. `vanished` False leaves out vanished devices; `in_conflict`
    keeps devices whose verdict is in conflict.
    """

    site: tuple[str, ...] = ()
    manufacturer: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    compliance: tuple[str, ...] = ()
    switch: tuple[str, ...] = ()
    since: str | None = None
    seen_since: str | None = None
    seen_in: tuple[Any, ...] = ()
    search: str = ""
    vanished: bool = True
    in_conflict: bool = False


def observed_by(inventory: Inventory, scan: ScanRow) -> tuple[Any, ...]:
    """The value of `Filters.seen_in` for a scan. Raises InventoryError."""
    with connect.faults(inventory.path):
        return seen_in(inventory.connection, scan)


def column(name: str) -> str:
    """The column of `devices d` or `assessments a` behind a column of the inventory; `in_conflict` is computed."""
    if name == "in_conflict":
        return _IN_CONFLICT
    return f"a.{name}" if name in _OF_ASSESSMENT else f"d.{name}"


def selected(names: Sequence[str]) -> str:
    """The columns of a SELECT, by their names."""
    return ", ".join(f"{column(name)} AS {name}" if name == "in_conflict" else column(name) for name in names)


def where(filters: Filters, *, replaced: bool = False) -> tuple[str, list[Any]]:
    """The condition of `filters` over `devices d` and `assessments a`, and its values.

    `replaced` includes devices that were known by their address alone, which another device has now.
    """
    parts: list[str] = ["1"] if replaced else ["d.state != 'replaced'"]
    values: list[Any] = []
    for name in ("site", "manufacturer", "model", "firmware", "kind", "status", "compliance", "switch"):
        if wanted := getattr(filters, name):
            parts.append(f"{column(name)} COLLATE NOCASE IN ({placeholders(wanted)})")
            values += wanted
    if filters.since:
        parts.append("(d.first_seen >= ? OR d.id IN (SELECT device_id FROM events WHERE time >= ?))")
        values += [filters.since] * 2
    if filters.seen_since:
        parts.append("d.last_seen >= ?")
        values.append(filters.seen_since)
    if filters.seen_in:
        parts.append(SEEN_IN)
        values += filters.seen_in
    if filters.search:
        parts.append("(" + " OR ".join(f"d.{name} LIKE ? ESCAPE '!'" for name in _SEARCHED) + ")")
        values += [_containing(filters.search)] * len(_SEARCHED)
    if filters.in_conflict:
        parts.append(_IN_CONFLICT)
    if not filters.vanished:
        parts.append("d.state = 'present'")
    return " AND ".join(parts), values


def _containing(text: str) -> str:
    """The LIKE pattern of values that contain `text`; SQLite limits the length of patterns, and values are bounded."""
    escaped = re.sub("[!%_]", r"!\g<0>", text[:VALUE_LIMIT])
    return f"%{escaped}%"


def rows(inventory: Inventory, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
    """The rows of a statement as dicts, streamed; for the modules of this room. Raises InventoryError."""
    with connect.faults(inventory.path):
        cursor = inventory.connection.execute(statement, values)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def select(inventory: Inventory, columns: Sequence[str], filters: Filters) -> Iterator[Row]:
    """The devices of a filter with these columns, ordered by site and address."""
    condition, values = where(filters)
    wanted = selected(columns)
    yield from rows(inventory, f"SELECT {wanted} {JUDGED} WHERE {condition} ORDER BY {ORDER}", values)
