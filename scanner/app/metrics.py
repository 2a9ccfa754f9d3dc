"""The metrics of an inventory for Prometheus: devices, the last scan of each group of targets, schedules, catalogs."""

from __future__ import annotations

from typing import TextIO

from scanner.app.reporting import catalog_infos
from scanner.app.session import Session
from scanner.core.text import moment
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters, ScanHealth
from scanner.reports.prometheus import LastScan, Metrics, ScheduleRuns, write_prometheus

#: Most groups of targets, those of schedules first, then the newest.
MAX_GROUPS = 100


def write_metrics(session: Session, inventory: Inventory, stream: TextIO, filters: Filters = Filters()) -> int:  # noqa: B008
    """Write the metrics but the time of the export; returns the number of devices. A filter by site is one of scans."""
    found = queries.health_by_site(inventory, MAX_GROUPS)
    outcomes = queries.last_runs(inventory)
    names = [section.name for section in session.settings.sections.scan]
    data = Metrics(
        rows=queries.inventory_rows(inventory, filters),
        catalogs=catalog_infos(session, inventory),
        scans=[_last_scan(*one) for one in found if not filters.site or one.site in filters.site],
        schedules=[ScheduleRuns(name, outcomes.get(name, ""), inventory.mark(next_run(name)) or "") for name in names],
        inventory=inventory_id(inventory),
    )
    return write_prometheus(data, stream)


def inventory_id(inventory: Inventory) -> str:
    """The id of the inventory, which its first scan stores; "" before."""
    return inventory.mark("id") or ""


def next_run(schedule: str) -> str:
    """The name of the mark with the due time of a schedule's next run."""
    return f"next run {schedule}"


def _last_scan(site: str, schedule: str, health: ScanHealth) -> LastScan:
    scan = health.scan
    finished = scan.finished or scan.started
    return LastScan(
        site=site,
        kind=scan.kind,
        targets=" ".join(sorted(scan.targets)),
        schedule=schedule,
        finished=finished,
        seconds=(moment(finished) - moment(scan.started)).total_seconds(),
        outcome=scan.outcome,
        devices=health.devices,
        expected=health.expected,
        outage=health.outage,
    )
