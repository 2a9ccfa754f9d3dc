"""Events of devices: of one scan, of one device, or of a period, whole or in pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.inventory.db.sql import JUDGED, placeholders
from scanner.inventory.queries.filters import Filters, Row, rows, where
from scanner.inventory.store import Inventory

_ALL = Filters()
_FROM = f"{JUDGED} JOIN events e ON e.device_id = d.id"
_SELECT = (
    "SELECT e.time, e.scan_id AS scan, e.kind AS event, e.part, e.old, e.new, e.note, d.id AS device, d.site, d.ip,"
    " d.mac, d.hostname, d.manufacturer, d.model, d.firmware, a.status, a.compliance, a.certified_firmware,"
    " d.switch, d.switch_port"
    f" {_FROM}"
)
_ORDER = "ORDER BY e.time DESC, e.id DESC"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: at or after `since` and before `until`; of one `scan`, or of those `after` one up to `through`."""

    since: str | None = None
    until: str | None = None
    scan: int | None = None
    after: int | None = None
    through: int | None = None
    device: int | None = None
    kinds: tuple[str, ...] = ()


def _where(changes: EventFilter, filters: Filters) -> tuple[str, list[Any]]:
    condition, values = where(filters, replaced=True)
    parts = [condition]
    for name, value in (
        ("e.time >= ?", changes.since),
        ("e.time < ?", changes.until),
        ("e.scan_id = ?", changes.scan),
        ("e.scan_id > ?", changes.after),
        ("e.scan_id <= ?", changes.through),
        ("e.device_id = ?", changes.device),
    ):
        if value is not None:
            parts.append(name)
            values.append(value)
    if changes.kinds:
        parts.append(f"e.kind IN ({placeholders(changes.kinds)})")
        values += changes.kinds
    return " AND ".join(parts), values


def events(
    inventory: Inventory,
    *,
    since: str | None = None,
    scan: int | None = None,
    device: int | None = None,
    kinds: Sequence[str] = (),
    filters: Filters = _ALL,
) -> Iterator[Row]:
    """Events, newest first: time, scan, event, part, old, new, note, and columns of the device."""
    condition, values = _where(EventFilter(since=since, scan=scan, device=device, kinds=tuple(kinds)), filters)
    yield from rows(inventory, f"{_SELECT} WHERE {condition} {_ORDER}", values)


def event_page(
    inventory: Inventory, changes: EventFilter, filters: Filters = _ALL, *, limit: int, offset: int = 0
) -> list[Row]:
    """A page of events, newest first, with the columns of `events`."""
    condition, values = _where(changes, filters)
    return list(rows(inventory, f"{_SELECT} WHERE {condition} {_ORDER} LIMIT ? OFFSET ?", [*values, limit, offset]))


def event_kinds(inventory: Inventory, changes: EventFilter, filters: Filters = _ALL) -> dict[str, int]:
    """The number of events by kind, most first."""
    condition, values = _where(changes, filters)
    found = rows(
        inventory,
        f"SELECT e.kind, count(*) AS events {_FROM} WHERE {condition} GROUP BY e.kind ORDER BY events DESC, e.kind",
        values,
    )
    return {str(row["kind"]): int(row["events"]) for row in found}


def moved(inventory: Inventory, since: str | None = None, filters: Filters = _ALL) -> Iterator[Row]:
    """The `moved` events: devices that changed their address or switch port."""
    return events(inventory, since=since, kinds=("moved",), filters=filters)
