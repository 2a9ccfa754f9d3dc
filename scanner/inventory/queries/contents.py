"""Rows of the inventory other than devices: scans, observations, and for `doctor` and the docs its tables."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.core.model import Observation
from scanner.inventory.db import connect
from scanner.inventory.db.scans import SELECT, scan_row
from scanner.inventory.queries.filters import Row, rows
from scanner.inventory.records import ScanRow
from scanner.inventory.store import Inventory


def scans(inventory: Inventory, limit: int = 1000, offset: int = 0) -> list[ScanRow]:
    """Scans, newest first."""
    with connect.faults(inventory.path):
        found = inventory.connection.execute(f"{SELECT} ORDER BY id DESC LIMIT ? OFFSET ?", (limit, offset)).fetchall()
        return [scan_row(row) for row in found]


def scan_count(inventory: Inventory) -> int:
    """The number of scans."""
    return int(next(rows(inventory, "SELECT count(*) AS scans FROM scans"))["scans"])


def last_runs(inventory: Inventory) -> dict[str, str]:
    """Schedule → outcome of its last run that ended."""
    statement = "SELECT schedule, outcome, max(due) FROM runs WHERE finished IS NOT NULL GROUP BY schedule"
    return {str(row["schedule"]): str(row["outcome"] or "") for row in rows(inventory, statement)}


def sites(inventory: Inventory) -> list[str]:
    """The sites of devices and scans, in order."""
    return [str(row["site"]) for row in rows(inventory, "SELECT site FROM devices UNION SELECT site FROM scans")]


def all_observations(inventory: Inventory) -> Iterator[Observation]:
    """The first and the last sighting of every fact, in order of time: the inventory can be rebuilt from them."""
    columns = "ip, mac, field, value, source, site"
    for row in rows(
        inventory,
        f"SELECT first_seen AS time, {columns} FROM observations"
        f" UNION ALL SELECT last_seen, {columns} FROM observations WHERE last_seen != first_seen"
        f" UNION ALL SELECT time, {columns} FROM arrivals ORDER BY time",
    ):
        yield Observation(**row)


def statements(inventory: Inventory) -> list[tuple[str, str]]:
    """The name and SQL of each table, then of each view, for the reference in the docs."""
    found = rows(
        inventory,
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        " ORDER BY type, name",
        [],
    )
    return [(str(row["name"]), str(row["sql"])) for row in found]


def health(inventory: Inventory, thorough: bool = False) -> Row:
    """For `doctor`: size in bytes, rows by table, and the last scan; `thorough` checks every page (slow)."""
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
    """(address, field, value) of each observation that a scan has recorded, for a scan that is resumed."""
    found = rows(
        inventory,
        "SELECT ip, field, value FROM arrivals WHERE scan_id = ? AND ip IS NOT NULL"
        " UNION SELECT ip, field, value FROM observations WHERE first_scan <= ? AND last_scan >= ? AND ip IS NOT NULL",
        (scan, scan, scan),
    )
    for row in found:
        yield row["ip"], row["field"], row["value"]
