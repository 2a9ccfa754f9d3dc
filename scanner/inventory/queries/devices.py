"""Rows about devices for reports, exports and pages: dicts in a fixed order, streamed where there can be many.

A reader never blocks the writer, nor the writer a reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory.db.schema import ORDER
from scanner.inventory.db.sql import JUDGED, placeholders
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Filters, Row, column, rows, select, selected, where
from scanner.inventory.store import Inventory

_ALL = Filters()


def inventory_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of the `inventory` view: its columns, in its order."""
    return select(inventory, INVENTORY_COLUMNS, filters)


def device_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices with DEVICE_COLUMNS."""
    return select(inventory, DEVICE_COLUMNS, filters)


def replaced_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices that were known by an address alone, which another device has now, with DEVICE_COLUMNS."""
    condition, values = where(filters, replaced=True)
    wanted = selected(DEVICE_COLUMNS)
    return rows(inventory, f"SELECT {wanted} {JUDGED} WHERE d.state = 'replaced' AND {condition} ORDER BY d.id", values)


def former_ids(inventory: Inventory) -> dict[int, tuple[int, ...]]:
    """Device → the numbers of the devices that turned out to be the same one, oldest first."""
    found: dict[int, tuple[int, ...]] = {}
    for row in rows(inventory, "SELECT old_id, new_id FROM merged ORDER BY time, old_id"):
        found[row["new_id"]] = (*found.get(row["new_id"], ()), row["old_id"])
    return found


def number(inventory: Inventory, filters: Filters = _ALL) -> int:
    """The number of devices of a filter."""
    condition, values = where(filters)
    return int(next(iter(rows(inventory, f"SELECT count(*) AS devices {JUDGED} WHERE {condition}", values)))["devices"])


def names(inventory: Inventory, by: str, limit: int) -> list[str]:
    """The values of a column of devices (`site`, `model`, `switch`, …) in order, the first `limit` of them."""
    if by not in INVENTORY_COLUMNS or not column(by).startswith("d."):
        raise ValueError(f"{by!r} is not a column of devices")
    found = rows(
        inventory,
        f"SELECT DISTINCT {by} AS name FROM devices d WHERE {by} IS NOT NULL AND d.state != 'replaced'"
        f" ORDER BY {by} LIMIT ?",
        (limit,),
    )
    return [str(row["name"]) for row in found]


def device_page(
    inventory: Inventory,
    filters: Filters = _ALL,
    *,
    limit: int,
    offset: int = 0,
    sort: str | None = None,
    descending: bool = False,
) -> list[Row]:
    """A page of the devices of a filter, sorted by a column of DEVICE_COLUMNS, unknown values last."""
    if sort is not None and sort not in DEVICE_COLUMNS:
        raise ValueError(f"{sort!r} is not a column of devices")
    condition, values = where(filters)
    wanted = selected(DEVICE_COLUMNS)
    order = ORDER
    if sort == "ip":
        order = f"d.ip IS NULL, d.ip_order {'DESC' if descending else ''}, {ORDER}"
    elif sort is not None:
        by = column(sort)
        order = f"{by} IS NULL, {by} COLLATE NOCASE {'DESC' if descending else ''}, {ORDER}"
    statement = f"SELECT {wanted} {JUDGED} WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?"
    return list(rows(inventory, statement, [*values, limit, offset]))


def noncompliant_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of the `noncompliant` view: the columns of the inventory and `reason`."""
    return _of_compliance(inventory, filters, "noncompliant")


def review_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices whose compliance is `review`, with the columns of `noncompliant`."""
    return _of_compliance(inventory, filters, "review")


def _of_compliance(inventory: Inventory, filters: Filters, compliance: str) -> Iterator[Row]:
    condition, values = where(filters)
    wanted = selected((*INVENTORY_COLUMNS, "reason"))
    statement = f"SELECT {wanted} {JUDGED} WHERE a.compliance = ? AND {condition} ORDER BY {ORDER}"
    return rows(inventory, statement, [compliance, *values])


def firmware_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """The number of devices by manufacturer, model, firmware and status.

    `where` contains the names of the sites as a JSON array, in no order.
    """
    condition, values = where(filters)
    columns = "d.manufacturer, d.model, d.firmware, d.line, a.status, a.compliance, a.certified_firmware, a.catalog"
    yield from rows(
        inventory,
        f"SELECT {columns}, count(*) AS devices, count(DISTINCT d.site) AS sites,"
        ' json_group_array(DISTINCT d.site) AS "where", max(d.last_seen) AS last_seen'
        f" {JUDGED} WHERE {condition} GROUP BY {columns}"
        " ORDER BY d.manufacturer, d.model, devices DESC, d.firmware",
        values,
    )


def totals(inventory: Inventory, by: str, filters: Filters = _ALL) -> list[Row]:
    """The number of devices by one column (`site`, `status`, `model`, `switch`, …) and compliance, most first."""
    if by not in INVENTORY_COLUMNS:
        raise ValueError(f"{by!r} is not a column of the inventory")
    condition, values = where(filters)
    statement = (
        f"SELECT {column(by)} AS name, count(*) AS devices, sum(a.compliance = 'compliant') AS compliant,"
        " sum(a.compliance = 'noncompliant') AS noncompliant, sum(a.compliance = 'review') AS review,"
        " sum(a.compliance = 'none') AS \"none\""
        f" {JUDGED} WHERE {condition} GROUP BY {column(by)} ORDER BY devices DESC, name"
    )
    return list(rows(inventory, statement, values))


def trend(inventory: Inventory, site: str | Sequence[str] | None = None, since: str | None = None) -> list[Row]:
    """Compliance over time, a row per finished scan: scan, time, compliant, noncompliant, review, none, devices.

    `site` is one site or several, case does not matter. Scans before the first device have no row; a scan after which
    all have vanished has one with zeros.
    """
    sites = (site,) if isinstance(site, str) else tuple(site or ())
    here = f"c.site COLLATE NOCASE IN ({placeholders(sites)})" if sites else "1"
    counts = ", ".join(
        f"sum(coalesce(devices, 0) * (compliance IS '{name}')) AS \"{name}\""
        for name in ("compliant", "noncompliant", "review", "none")
    )
    return list(
        rows(
            inventory,
            f"SELECT s.id AS scan, s.finished AS time, {counts}, coalesce(sum(devices), 0) AS devices"
            f" FROM scans s LEFT JOIN scan_counts c ON c.scan_id = s.id AND {here}"
            f" WHERE s.finished IS NOT NULL AND s.id >= (SELECT min(c.scan_id) FROM scan_counts c WHERE {here})"
            " AND (? IS NULL OR s.finished >= ?) GROUP BY s.id ORDER BY s.id",
            (*sites, *sites, since, since),
        )
    )
