"""What reports, exports and pages read: rows as dicts, in a fixed order, streamed where they can be many.

One `Filters` feeds the screen and the file alike. A reader never blocks the writer, nor the writer a reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory import connect
from scanner.inventory.records import ScanRow
from scanner.inventory.store import SCAN_COLUMNS, Inventory, scan_row

Row = dict[str, Any]

_FROM = "FROM devices d JOIN assessments a ON a.device_id = d.id AND a.overall = 1 AND a.until IS NULL"
_OF_ASSESSMENT = {"status", "compliance", "certified_firmware", "catalog", "reason"}
#: A device as pages and exports see it: the inventory's columns and what identifies and explains them.
DEVICE_COLUMNS: tuple[str, ...] = (
    "id", *INVENTORY_COLUMNS, "reason", "line", "confidence", "conflicts", "local_mac", "state", "misses", "first_scan",
)  # fmt: skip
# addresses in the order of their numbers, as far as text can: dotted quads by length of their parts are not worth it
_ORDER = "d.site, d.ip IS NULL, length(d.ip), d.ip, d.mac, d.id"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which devices. Empty means all; several values of one filter are alternatives. Text compares without case.

    `since` keeps devices first seen, or changed (an event), at or after a time; `seen_since` those heard from.
    `switch` is a switch's name; `search` occurs in any of address, mac, host name, model, serial.
    `vanished` False leaves out devices that are gone.
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
    search: str = ""
    vanished: bool = True


def _column(name: str) -> str:
    return f"a.{name}" if name in _OF_ASSESSMENT else f"d.{name}"


def where(filters: Filters) -> tuple[str, list[Any]]:
    """The condition that stands for `filters` over `devices d` and `assessments a`, and its values."""
    parts, values = ["d.state != 'replaced'"], []
    for name in ("site", "manufacturer", "model", "firmware", "kind", "status", "compliance", "switch"):
        if wanted := getattr(filters, name):
            parts.append(f"{_column(name)} COLLATE NOCASE IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if filters.since:
        parts.append("(d.first_seen >= ? OR d.id IN (SELECT device_id FROM events WHERE time >= ?))")
        values += [filters.since] * 2
    if filters.seen_since:
        parts.append("d.last_seen >= ?")
        values.append(filters.seen_since)
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


def _select(inventory: Inventory, columns: Sequence[str], filters: Filters) -> Iterator[Row]:
    condition, values = where(filters)
    wanted = ", ".join(_column(name) for name in columns)
    yield from rows(inventory, f"SELECT {wanted} {_FROM} WHERE {condition} ORDER BY {_ORDER}", values)


_ALL = Filters()


def inventory_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of the `inventory` view: exactly its columns, in its order."""
    return _select(inventory, INVENTORY_COLUMNS, filters)


def device_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices with DEVICE_COLUMNS: number, reason, line, confidence and state as well."""
    return _select(inventory, DEVICE_COLUMNS, filters)


def noncompliant_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of the `noncompliant` view: the inventory's columns and `reason`."""
    return _of_compliance(inventory, filters, "noncompliant")


def review_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices in question, with the columns of `noncompliant`."""
    return _of_compliance(inventory, filters, "review")


def _of_compliance(inventory: Inventory, filters: Filters, compliance: str) -> Iterator[Row]:
    condition, values = where(filters)
    wanted = ", ".join(_column(name) for name in (*INVENTORY_COLUMNS, "reason"))
    statement = f"SELECT {wanted} {_FROM} WHERE a.compliance = ? AND {condition} ORDER BY {_ORDER}"
    return rows(inventory, statement, [compliance, *values])


def firmware_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Which versions run where: one row for each maker, model, firmware, status; with the number of devices."""
    condition, values = where(filters)
    columns = "d.manufacturer, d.model, d.firmware, d.line, a.status, a.compliance, a.certified_firmware, a.catalog"
    yield from rows(
        inventory,
        f"SELECT {columns}, count(*) AS devices, count(DISTINCT d.site) AS sites, max(d.last_seen) AS last_seen"
        f" {_FROM} WHERE {condition} GROUP BY {columns}"
        " ORDER BY d.manufacturer, d.model, devices DESC, d.firmware",
        values,
    )


def totals(inventory: Inventory, by: str, filters: Filters = _ALL) -> list[Row]:
    """Devices counted by one column (`site`, `status`, `model`, `switch`, …) and compliance, most first."""
    if by not in INVENTORY_COLUMNS:
        raise ValueError(f"{by!r} is no column of the inventory")
    condition, values = where(filters)
    statement = (
        f"SELECT {_column(by)} AS name, count(*) AS devices, sum(a.compliance = 'compliant') AS compliant,"
        " sum(a.compliance = 'noncompliant') AS noncompliant, sum(a.compliance = 'review') AS review,"
        " sum(a.compliance = 'none') AS \"none\""
        f" {_FROM} WHERE {condition} GROUP BY {_column(by)} ORDER BY devices DESC, name"
    )
    return list(rows(inventory, statement, values))


def trend(inventory: Inventory, site: str | None = None, since: str | None = None) -> list[Row]:
    """Compliance over time, one row a finished scan: scan, time, compliant, noncompliant, review, none, devices."""
    return list(
        rows(
            inventory,
            "SELECT s.id AS scan, s.finished AS time,"
            " sum(devices * (compliance = 'compliant')) AS compliant,"
            " sum(devices * (compliance = 'noncompliant')) AS noncompliant,"
            " sum(devices * (compliance = 'review')) AS review,"
            " sum(devices * (compliance = 'none')) AS \"none\", sum(devices) AS devices"
            " FROM scan_counts c JOIN scans s ON s.id = c.scan_id"
            " WHERE (? IS NULL OR c.site = ?) AND (? IS NULL OR s.finished >= ?) GROUP BY s.id ORDER BY s.id",
            (site, site, since, since),
        )
    )


def scans(inventory: Inventory, limit: int = 1000) -> list[ScanRow]:
    """Scans, the newest first."""
    with connect.faults(inventory.path):
        found = inventory.connection.execute(f"{SCAN_COLUMNS} ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
    return [scan_row(row) for row in found]


def events(
    inventory: Inventory,
    *,
    since: str | None = None,
    scan: int | None = None,
    device: int | None = None,
    kinds: Sequence[str] = (),
    filters: Filters = _ALL,
) -> Iterator[Row]:
    """What changed, the newest first: time, scan, kind, part, old, new, note, and the device's columns."""
    condition, values = where(filters)
    parts = [condition]
    for name, value in (("e.time >= ?", since), ("e.scan_id = ?", scan), ("e.device_id = ?", device)):
        if value is not None:
            parts.append(name)
            values.append(value)
    if kinds:
        parts.append(f"e.kind IN ({', '.join('?' * len(kinds))})")
        values += kinds
    yield from rows(
        inventory,
        "SELECT e.time, e.scan_id AS scan, e.kind AS event, e.part, e.old, e.new, e.note, d.id AS device, d.site, d.ip,"
        " d.mac, d.hostname, d.manufacturer, d.model, d.firmware, a.status, a.compliance, d.switch, d.switch_port"
        f" {_FROM} JOIN events e ON e.device_id = d.id WHERE {' AND '.join(parts)} ORDER BY e.time DESC, e.id DESC",
        values,
    )


def moved(inventory: Inventory, since: str | None = None, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices that changed address or switch port: the rows of `events` of that kind."""
    return events(inventory, since=since, kinds=("moved",), filters=filters)


def unscanned(inventory: Inventory, scan: int | None = None) -> Iterator[Row]:
    """What could not be covered, and why: of one scan, or of the last scan of each site and kind."""
    last = "SELECT max(id) FROM scans GROUP BY site, kind"
    chosen = "m.scan_id = ?" if scan is not None else f"m.scan_id IN ({last})"
    yield from rows(
        inventory,
        "SELECT m.scan_id AS scan, s.started AS time, s.site, m.discovery, m.ip, m.outcome, m.note"
        f" FROM missed m JOIN scans s ON s.id = m.scan_id WHERE {chosen} ORDER BY m.scan_id, m.ip, m.discovery",
        (scan,) if scan is not None else (),
    )
