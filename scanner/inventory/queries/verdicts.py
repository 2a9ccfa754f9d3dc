"""Verdicts as they were after a scan, whatever has changed since.

The state of a device and its verdict have the numbers of the scans between which they were in force, so that a past
inventory is read and not computed again. What retention deleted (`db/retention.py`) is not there any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.inventory.db.schema import ORDER
from scanner.inventory.db.sql import JUDGED, ip_order
from scanner.inventory.queries.filters import Row, rows
from scanner.inventory.store import Inventory

#: Columns of a verdict. `policy` is the name of the policy in force, `exception` the owner of the exception.
VERDICT_COLUMNS = (
    "site", "ip", "mac", "manufacturer", "model", "firmware", "status", "compliance", "catalog", "certified_firmware",
    "catalog_date", "policy", "exception", "reason",
)  # fmt: skip
_ORDER = f"s.site, {ip_order('s.ip')}, s.mac, s.device_id"
_FROM = """
    FROM states s
    JOIN assessments a ON a.device_id = s.device_id AND a.overall = 1
        AND CASE WHEN a.scan_id IS NULL THEN a.time <= :time ELSE a.scan_id <= :scan END
        AND CASE WHEN a.until IS NULL THEN 1 WHEN a.until_scan IS NULL THEN a.until > :time
                 ELSE a.until_scan > :scan END
    LEFT JOIN rulings p ON p.digest = (SELECT policy FROM scans WHERE id = :scan)
    LEFT JOIN rulings e ON e.digest = a.exception
    WHERE s.state != 'replaced'
        AND s.scan_id = (SELECT max(scan_id) FROM states WHERE device_id = s.device_id AND scan_id <= :scan)
"""


def last_scan_at(inventory: Inventory, time: str) -> tuple[int, str] | None:
    """The number and the end of the last scan that had ended at a time; None where none had."""
    statement = (
        "SELECT id, finished FROM scans WHERE finished IS NOT NULL AND finished <= ?"
        " ORDER BY finished DESC, id DESC LIMIT 1"
    )
    row = next(rows(inventory, statement, (time,)), None)
    return None if row is None else (int(row["id"]), str(row["finished"]))


def deleted_before(inventory: Inventory) -> str:
    """The time before which retention has deleted verdicts that were no longer in force; "" where it has not."""
    row = next(rows(inventory, "SELECT value FROM marks WHERE name = 'pruned'"), None)
    return str(row["value"]) if row else ""


def deleted_since(inventory: Inventory, scan: int, time: str) -> int:
    """How many of the devices that were present after a scan are not there now: deleted by retention, or merged."""
    counted = "SELECT coalesce(sum(devices), 0) AS devices FROM scan_counts WHERE scan_id = ?"
    then = next(rows(inventory, counted, (scan,)))["devices"]
    statement = f"SELECT count(*) AS devices {_FROM} AND s.state = 'present'"
    return max(0, int(then) - int(next(rows(inventory, statement, {"scan": scan, "time": time}))["devices"]))


def verdicts_after(inventory: Inventory, scan: int, time: str) -> Iterator[Row]:
    """The devices with their verdicts after a scan that ended at `time`, with VERDICT_COLUMNS."""
    own = "s.site, s.ip, s.mac, s.manufacturer, s.model, s.firmware"
    verdict = "a.status, a.compliance, a.catalog, a.certified_firmware, a.catalog_date"
    statement = f"SELECT {own}, {verdict}, p.name AS policy, e.name AS exception, a.reason {_FROM} ORDER BY {_ORDER}"
    yield from rows(inventory, statement, {"scan": scan, "time": time})


def assessed_devices(inventory: Inventory) -> Iterator[Row]:
    """The devices that are there now, with all that a verdict on them depends on, and the verdict in force."""
    yield from rows(
        inventory,
        "SELECT d.site, d.ip, d.mac, d.kind, d.manufacturer, d.model, d.firmware, d.line, d.conflicts, a.status,"
        f" a.compliance {JUDGED} WHERE d.state != 'replaced' ORDER BY {ORDER}",
    )
