"""The state of an inventory for monitoring systems: one line with performance data, and 0, 1, 2 or 3.

Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, which covers every failure to check.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.core.text import moment

if TYPE_CHECKING:
    from scanner.inventory import Inventory

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
#: Hours from which on an age is shown in days.
DAYS_FROM = 72
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class InventoryState:
    """Devices by compliance, hours since the last scan ended, days since the date of the primary catalog."""

    devices: int
    noncompliant: int
    review: int
    scan_hours: float | None
    catalog_days: int | None

    @property
    def percent(self) -> float:
        """Share of devices that are noncompliant."""
        return 100 * self.noncompliant / self.devices if self.devices else 0.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The values from which on a state is a warning, and critical: percent of devices, hours since the last scan."""

    warning: float
    critical: float
    scan_warning: float
    scan_critical: float


def status_line(state: InventoryState, limits: Thresholds) -> tuple[int, str]:
    """The exit status and the line of a state."""
    if state.scan_hours is None:
        return UNKNOWN, "UNKNOWN: no scan has ended yet"
    worst, parts = OK, []
    for value, warning, critical, words in (
        (state.percent, limits.warning, limits.critical, f"{state.noncompliant} of {state.devices} noncompliant"),
        (state.scan_hours, limits.scan_warning, limits.scan_critical, f"last scan {_age(state.scan_hours)} ago"),
    ):
        level = CRITICAL if value >= critical else WARNING if value >= warning else OK
        worst = max(worst, level)
        parts.append(words if level == OK else f"{words} ({_WORDS[level].lower()})")
    if state.review:
        parts.append(f"{state.review} to review")
    performance = (
        f"noncompliant={state.noncompliant};;;0;{state.devices} review={state.review};;;0;{state.devices} "
        f"devices={state.devices};;;0 percent={state.percent:.2f}%;{limits.warning:g};{limits.critical:g};0;100 "
        f"scan_age={state.scan_hours * 3600:.0f}s;{limits.scan_warning * 3600:.0f};{limits.scan_critical * 3600:.0f};0"
    )
    if state.catalog_days is not None:
        performance += f" catalog_age={state.catalog_days}"
    return worst, f"{_WORDS[worst]}: {', '.join(parts)} | {performance}"


def state_of(inventory: Inventory, now: datetime, catalog_date: str) -> InventoryState:
    """The state of an inventory at `now`; `catalog_date` is that of the primary catalog, ISO 8601."""
    from scanner.inventory import queries
    from scanner.reports.data import counts

    totals = counts(queries.totals(inventory, "compliance"))
    ended = [scan.finished for scan in queries.scans(inventory) if scan.finished and scan.outcome != "failed"]
    hours = (now - moment(max(ended))).total_seconds() / 3600 if ended else None
    days = (now.date() - datetime.fromisoformat(catalog_date).date()).days if catalog_date else None
    devices = sum(totals.values())
    return InventoryState(devices, totals.get("noncompliant", 0), totals.get("review", 0), hours, days)


def _age(hours: float) -> str:
    return f"{hours:.0f} h" if hours < DAYS_FROM else f"{hours / 24:.0f} days"
