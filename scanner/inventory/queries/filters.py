"""Filters over devices, and rows of a statement as dicts: what all questions to the inventory share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory.db import connect
from scanner.inventory.db.schema import ORDER
from scanner.inventory.store import Inventory

Row = dict[str, Any]

#: Devices with their own verdict.
FROM = "FROM devices d JOIN assessments a ON a.device_id = d.id AND a.overall = 1 AND a.until IS NULL"
#: Devices that a scan, four times its number, heard from; one that ran beside it may have heard them since.
HEARD_IN = (
    "(d.last_scan = ? OR (d.last_scan > ? AND d.id IN"
    " (SELECT subject_id FROM observations WHERE first_scan <= ? AND last_scan >= ?)))"
)
_OF_ASSESSMENT = {"status", "compliance", "certified_firmware", "catalog", "reason"}
#: A device as pages and exports see it: the inventory's columns and what identifies and explains them.
DEVICE_COLUMNS: tuple[str, ...] = (
    "id", *INVENTORY_COLUMNS, "reason", "line", "confidence", "conflicts", "local_mac", "state", "misses", "first_scan",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Which devices. Empty means all; several values of one filter are alternatives. Text compares without case.

    `since` keeps devices first seen, or changed (an event), at or after a time; `seen_since` those heard from,
    `heard_in` those that this scan heard from. `switch` is a switch's name; `search` occurs in any of address, mac,
    host name, model, serial. `vanished` False leaves out devices that are gone.
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
    heard_in: int | None = None
    search: str = ""
    vanished: bool = True


def column(name: str) -> str:
    """The column of `devices d` or `assessments a` behind a column of the inventory."""
    return f"a.{name}" if name in _OF_ASSESSMENT else f"d.{name}"


def where(filters: Filters, *, replaced: bool = False) -> tuple[str, list[Any]]:
    """The condition that stands for `filters` over `devices d` and `assessments a`, and its values.

    Devices whose address, all that they were known by, is another's are told of only with `replaced`.
    """
    parts: list[str] = ["1"] if replaced else ["d.state != 'replaced'"]
    values: list[Any] = []
    for name in ("site", "manufacturer", "model", "firmware", "kind", "status", "compliance", "switch"):
        if wanted := getattr(filters, name):
            parts.append(f"{column(name)} COLLATE NOCASE IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if filters.since:
        parts.append("(d.first_seen >= ? OR d.id IN (SELECT device_id FROM events WHERE time >= ?))")
        values += [filters.since] * 2
    if filters.seen_since:
        parts.append("d.last_seen >= ?")
        values.append(filters.seen_since)
    if filters.heard_in is not None:
        parts.append(HEARD_IN)
        values += [filters.heard_in] * 4
    if filters.search:
        columns = ("ip", "mac", "hostname", "manufacturer", "model", "serial")
        parts.append("(" + " OR ".join(f"instr(lower(coalesce(d.{c}, '')), ?)" for c in columns) + ")")
        values += [filters.search.lower()] * len(columns)
    if not filters.vanished:
        parts.append("d.state = 'present'")
    return " AND ".join(parts), values


def rows(inventory: Inventory, statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
    """Rows of a statement as dicts, streamed; for this room's modules."""
    with connect.faults(inventory.path):
        cursor = inventory.connection.execute(statement, values)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def select(inventory: Inventory, columns: Sequence[str], filters: Filters) -> Iterator[Row]:
    """Devices of a filter with these columns, in the order of site and address."""
    condition, values = where(filters)
    wanted = ", ".join(column(name) for name in columns)
    yield from rows(inventory, f"SELECT {wanted} {FROM} WHERE {condition} ORDER BY {ORDER}", values)
