"""The public queries of an inventory, for reports, exports and pages: `queries.inventory_rows(inventory)`."""

from scanner.inventory.queries.changes import EventFilter, event_kinds, event_page, events, moved
from scanner.inventory.queries.compare import diff
from scanner.inventory.queries.conflicts import conflicts
from scanner.inventory.queries.contents import (
    all_observations,
    health,
    last_runs,
    recorded,
    scan_count,
    scans,
    sites,
    statements,
)
from scanner.inventory.queries.device_fields import field_history, fields_of
from scanner.inventory.queries.devices import (
    device_page,
    device_rows,
    firmware_rows,
    former_ids,
    inventory_rows,
    names,
    noncompliant_rows,
    number,
    replaced_rows,
    review_rows,
    totals,
    trend,
)
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Filters, Row
from scanner.inventory.queries.lookup import Explained, Explanation, device, explain, find, history, observations_of
from scanner.inventory.queries.runs import ScheduledRun, last_written, open_scans, scheduled_runs
from scanner.inventory.queries.scan_health import (
    ScanHealth,
    ScanProblem,
    SiteHealth,
    current_problems,
    health_by_site,
    health_of_last_scans,
    health_of_scan,
    health_of_scans,
    last_covering,
    problem_is_past,
)
from scanner.inventory.queries.suspicion import suspect
from scanner.inventory.queries.switches import PortPage, port_page, switches, without_switch
from scanner.inventory.queries.uncovered import missed_page, missed_totals, unscanned
from scanner.inventory.queries.unidentified import unidentified

__all__ = [
    "DEVICE_COLUMNS",
    "EventFilter",
    "Explained",
    "Explanation",
    "Filters",
    "PortPage",
    "Row",
    "ScanHealth",
    "ScanProblem",
    "ScheduledRun",
    "SiteHealth",
    "all_observations",
    "conflicts",
    "current_problems",
    "device",
    "device_page",
    "device_rows",
    "diff",
    "event_kinds",
    "event_page",
    "events",
    "explain",
    "field_history",
    "fields_of",
    "find",
    "firmware_rows",
    "former_ids",
    "health",
    "health_by_site",
    "health_of_last_scans",
    "health_of_scan",
    "health_of_scans",
    "history",
    "inventory_rows",
    "last_covering",
    "last_runs",
    "last_written",
    "missed_page",
    "missed_totals",
    "moved",
    "names",
    "noncompliant_rows",
    "number",
    "observations_of",
    "open_scans",
    "port_page",
    "problem_is_past",
    "recorded",
    "replaced_rows",
    "review_rows",
    "scan_count",
    "scans",
    "scheduled_runs",
    "sites",
    "statements",
    "suspect",
    "switches",
    "totals",
    "trend",
    "unidentified",
    "unscanned",
    "without_switch",
]
