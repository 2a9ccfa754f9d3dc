"""What reports, exports and pages read: rows as dicts, in a fixed order, streamed where they can be many.

One `Filters` feeds the screen and the file alike. A reader never blocks the writer, nor the writer a reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.model import Observation
from scanner.inventory.db import connect
from scanner.inventory.db.schema import ORDER
from scanner.inventory.queries.filters import DEVICE_COLUMNS, FROM, Filters, Row, column, rows, select, where
from scanner.inventory.records import ScanRow
from scanner.inventory.store import SCAN_COLUMNS, Inventory, scan_row

_ALL = Filters()


def inventory_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of the `inventory` view: exactly its columns, in its order."""
    return select(inventory, INVENTORY_COLUMNS, filters)


def device_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices with DEVICE_COLUMNS: number, reason, line, confidence and state as well."""
    return select(inventory, DEVICE_COLUMNS, filters)


def number(inventory: Inventory, filters: Filters = _ALL) -> int:
    """How many devices a filter keeps."""
    condition, values = where(filters)
    return int(next(iter(rows(inventory, f"SELECT count(*) AS devices {FROM} WHERE {condition}", values)))["devices"])


def names(inventory: Inventory, by: str, limit: int) -> list[str]:
    """What devices have in a column of their own (`site`, `model`, `switch`, …), in order, the first `limit`."""
    if by not in INVENTORY_COLUMNS or not column(by).startswith("d."):
        raise ValueError(f"{by!r} is no column of devices")
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
    """Some devices of a filter, for one screen: sorted by a column of DEVICE_COLUMNS, unknown values last."""
    if sort is not None and sort not in DEVICE_COLUMNS:
        raise ValueError(f"{sort!r} is no column of devices")
    condition, values = where(filters)
    wanted = ", ".join(column(name) for name in DEVICE_COLUMNS)
    order = ORDER
    if sort == "ip":
        order = f"d.ip IS NULL, d.ip_order {'DESC' if descending else ''}, {ORDER}"
    elif sort is not None:
        by = column(sort)
        order = f"{by} IS NULL, {by} COLLATE NOCASE {'DESC' if descending else ''}, {ORDER}"
    statement = f"SELECT {wanted} {FROM} WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?"
    return list(rows(inventory, statement, [*values, limit, offset]))


def noncompliant_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of the `noncompliant` view: the inventory's columns and `reason`."""
    return _of_compliance(inventory, filters, "noncompliant")


def review_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices in question, with the columns of `noncompliant`."""
    return _of_compliance(inventory, filters, "review")


def _of_compliance(inventory: Inventory, filters: Filters, compliance: str) -> Iterator[Row]:
    condition, values = where(filters)
    wanted = ", ".join(column(name) for name in (*INVENTORY_COLUMNS, "reason"))
    statement = f"SELECT {wanted} {FROM} WHERE a.compliance = ? AND {condition} ORDER BY {ORDER}"
    return rows(inventory, statement, [compliance, *values])


def firmware_rows(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """Which versions run where: one row for each maker, model, firmware, status; with the number of devices.

    `where` has the names of the sites as a JSON array, in no order.
    """
    condition, values = where(filters)
    columns = "d.manufacturer, d.model, d.firmware, d.line, a.status, a.compliance, a.certified_firmware, a.catalog"
    yield from rows(
        inventory,
        f"SELECT {columns}, count(*) AS devices, count(DISTINCT d.site) AS sites,"
        ' json_group_array(DISTINCT d.site) AS "where", max(d.last_seen) AS last_seen'
        f" {FROM} WHERE {condition} GROUP BY {columns}"
        " ORDER BY d.manufacturer, d.model, devices DESC, d.firmware",
        values,
    )


def totals(inventory: Inventory, by: str, filters: Filters = _ALL) -> list[Row]:
    """Devices counted by one column (`site`, `status`, `model`, `switch`, …) and compliance, most first."""
    if by not in INVENTORY_COLUMNS:
        raise ValueError(f"{by!r} is no column of the inventory")
    condition, values = where(filters)
    statement = (
        f"SELECT {column(by)} AS name, count(*) AS devices, sum(a.compliance = 'compliant') AS compliant,"
        " sum(a.compliance = 'noncompliant') AS noncompliant, sum(a.compliance = 'review') AS review,"
        " sum(a.compliance = 'none') AS \"none\""
        f" {FROM} WHERE {condition} GROUP BY {column(by)} ORDER BY devices DESC, name"
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
    condition, values = where(filters, replaced=True)
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
        f" {FROM} JOIN events e ON e.device_id = d.id WHERE {' AND '.join(parts)} ORDER BY e.time DESC, e.id DESC",
        values,
    )


def moved(inventory: Inventory, since: str | None = None, filters: Filters = _ALL) -> Iterator[Row]:
    """Devices that changed address or switch port: the rows of `events` of that kind."""
    return events(inventory, since=since, kinds=("moved",), filters=filters)


def unscanned(inventory: Inventory, scan: int | None = None, filters: Filters = _ALL) -> Iterator[Row]:
    """What could not be covered, and why: of one scan, of the scans since a time, or of the last of each site and kind.

    Of the filters, site and `since` count: what was not reached has no maker and no model.
    """
    values: list[int | str] = []
    chosen = "m.scan_id IN (SELECT max(id) FROM scans GROUP BY site, kind)"
    if scan is not None:
        chosen, values = "m.scan_id = ?", [scan]
    elif filters.since:
        chosen, values = "s.started >= ?", [filters.since]
    if filters.site:
        chosen += f" AND s.site COLLATE NOCASE IN ({', '.join('?' * len(filters.site))})"
        values += filters.site
    yield from rows(
        inventory,
        "SELECT m.scan_id AS scan, s.started AS time, s.site, m.discovery, m.ip, m.outcome, m.note"
        f" FROM missed m JOIN scans s ON s.id = m.scan_id WHERE {chosen} ORDER BY m.scan_id, m.ip, m.discovery",
        values,
    )


def all_observations(inventory: Inventory) -> Iterator[Observation]:
    """Everything that was observed and is kept, in order of time: what the inventory can be rebuilt from.

    Of a fact seen many times these are the first and the last sighting.
    """
    columns = "ip, mac, field, value, source, site"
    for row in rows(
        inventory,
        f"SELECT first_seen AS time, {columns} FROM observations"
        f" UNION ALL SELECT last_seen, {columns} FROM observations WHERE last_seen != first_seen"
        f" UNION ALL SELECT time, {columns} FROM arrivals ORDER BY time",
    ):
        yield Observation(**row)


def statements(inventory: Inventory) -> list[tuple[str, str]]:
    """The tables and views as they were made: (name, SQL), tables first, for the reference in the docs."""
    found = rows(
        inventory,
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        " ORDER BY type, name",
        [],
    )
    return [(str(row["name"]), str(row["sql"])) for row in found]


def health(inventory: Inventory, thorough: bool = False) -> Row:
    """For `doctor`: size in bytes, rows by table, what waits to be settled; `thorough` checks every page (slow)."""
    with connect.faults(inventory.path):
        one = inventory.connection.execute
        tables = ("scans", "devices", "observations", "arrivals", "assessments", "events", "catalogs", "shared")
        counts = {table: int(one(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables}
        size = one("PRAGMA page_count").fetchone()[0] * one("PRAGMA page_size").fetchone()[0]
        sound = one("PRAGMA integrity_check(1)" if thorough else "PRAGMA schema_version").fetchone()[0]
        newest = one("SELECT max(finished) FROM scans WHERE outcome IN ('done', 'partial')").fetchone()[0]
    damage = None if not thorough or sound == "ok" else str(sound)
    return {"path": str(inventory.path), "bytes": size, "rows": counts, "damage": damage, "last_scan": newest}


def recorded(inventory: Inventory, scan: int) -> Iterator[tuple[str, str, str]]:
    """(address, field, value) of what one scan has recorded so far, settled or not: a resumed scan goes on from it."""
    found = rows(
        inventory,
        "SELECT ip, field, value FROM arrivals WHERE scan_id = ? AND ip IS NOT NULL"
        " UNION SELECT ip, field, value FROM observations WHERE first_scan <= ? AND last_scan >= ? AND ip IS NOT NULL",
        (scan, scan, scan),
    )
    for row in found:
        yield row["ip"], row["field"], row["value"]
