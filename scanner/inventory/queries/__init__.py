"""The public queries of an inventory, for reports, exports and pages: `queries.inventory_rows(inventory)`."""

from scanner.inventory.queries.compare import diff
from scanner.inventory.queries.conflicts import conflicts
from scanner.inventory.queries.contents import all_observations, health, recorded, scans, statements
from scanner.inventory.queries.devices import (
    device_page,
    device_rows,
    events,
    firmware_rows,
    inventory_rows,
    moved,
    names,
    noncompliant_rows,
    number,
    review_rows,
    totals,
    trend,
    unscanned,
)
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Filters, Row
from scanner.inventory.queries.lookup import Explained, Explanation, device, explain, find, history, observations_of
from scanner.inventory.queries.scan_health import ScanHealth, ScanProblem, health_of_last_scans, health_of_scan
from scanner.inventory.queries.suspicion import suspect
from scanner.inventory.queries.unidentified import unidentified

__all__ = [
    "DEVICE_COLUMNS",
    "Explained",
    "Explanation",
    "Filters",
    "Row",
    "ScanHealth",
    "ScanProblem",
    "all_observations",
    "conflicts",
    "device",
    "device_page",
    "device_rows",
    "diff",
    "events",
    "explain",
    "find",
    "firmware_rows",
    "health",
    "health_of_last_scans",
    "health_of_scan",
    "history",
    "inventory_rows",
    "moved",
    "names",
    "noncompliant_rows",
    "number",
    "observations_of",
    "recorded",
    "review_rows",
    "scans",
    "statements",
    "suspect",
    "totals",
    "trend",
    "unidentified",
    "unscanned",
]
