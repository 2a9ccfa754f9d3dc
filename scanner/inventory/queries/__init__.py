"""What reports, exports and pages read from the inventory: rows as dicts, in a fixed order."""

from scanner.inventory.queries.compare import diff
from scanner.inventory.queries.devices import (
    all_observations,
    device_page,
    device_rows,
    events,
    firmware_rows,
    health,
    inventory_rows,
    moved,
    names,
    noncompliant_rows,
    number,
    recorded,
    review_rows,
    scans,
    statements,
    totals,
    trend,
    unscanned,
)
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Filters, Row
from scanner.inventory.queries.lookup import Explained, Explanation, device, explain, find, history, observations_of
from scanner.inventory.queries.suspicion import suspect

__all__ = [
    "DEVICE_COLUMNS",
    "Explained",
    "Explanation",
    "Filters",
    "Row",
    "all_observations",
    "device",
    "device_page",
    "device_rows",
    "diff",
    "events",
    "explain",
    "find",
    "firmware_rows",
    "health",
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
    "unscanned",
]
