"""`phonescan check`: the inventory's state as monitoring plugins say it: one line, performance data, 0/1/2/3.

Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; what cannot be told is UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.shared import frame
from scanner.core.errors import PhonescanError
from scanner.core.text import moment, shown

if TYPE_CHECKING:
    from scanner.inventory import Inventory

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
#: Hours from which on people count in days.
DAYS_FROM = 72
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class State:
    """What is judged: devices by compliance, hours since a scan ended, days since the catalog's date."""

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
class Limits:
    """From where on a state is a warning, and critical: percent of devices, hours since the last scan."""

    warning: float
    critical: float
    scan_warning: float
    scan_critical: float


def judged(state: State, limits: Limits) -> tuple[int, str]:
    """Exit status and the one line."""
    if state.scan_hours is None:
        return UNKNOWN, "UNKNOWN: no scan has ended yet"
    worst, said = OK, []
    for value, warning, critical, words in (
        (state.percent, limits.warning, limits.critical, f"{state.noncompliant} of {state.devices} noncompliant"),
        (state.scan_hours, limits.scan_warning, limits.scan_critical, f"last scan {_ago(state.scan_hours)} ago"),
    ):
        level = CRITICAL if value >= critical else WARNING if value >= warning else OK
        worst = max(worst, level)
        said.append(words if level == OK else f"{words} ({_WORDS[level].lower()})")
    if state.review:
        said.append(f"{state.review} to review")
    performance = (
        f"noncompliant={state.noncompliant};;;0;{state.devices} review={state.review};;;0;{state.devices} "
        f"devices={state.devices};;;0 percent={state.percent:.2f}%;{limits.warning:g};{limits.critical:g};0;100 "
        f"scan_age={state.scan_hours * 3600:.0f}s;{limits.scan_warning * 3600:.0f};{limits.scan_critical * 3600:.0f};0"
    )
    if state.catalog_days is not None:
        performance += f" catalog_age={state.catalog_days}"
    return worst, f"{_WORDS[worst]}: {', '.join(said)} | {performance}"


def state_of(inventory: Inventory, now: datetime, catalog_date: str) -> State:
    """The state of an inventory at `now`; `catalog_date` is that of the primary catalog, ISO."""
    from scanner.inventory import queries
    from scanner.reports.data import counts

    totals = counts(queries.totals(inventory, "compliance"))
    ended = [scan.finished for scan in queries.scans(inventory) if scan.finished and scan.outcome != "failed"]
    hours = (now - moment(max(ended))).total_seconds() / 3600 if ended else None
    days = (now.date() - datetime.fromisoformat(catalog_date).date()).days if catalog_date else None
    devices = sum(totals.values())
    return State(devices, totals.get("noncompliant", 0), totals.get("review", 0), hours, days)


@click.command(
    "check",
    help="Say in one line how the inventory stands, for Nagios-like monitoring.\n\n"
    "Exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
    epilog=frame.examples(
        ["phonescan check", "phonescan check --warning 2 --critical 10 --scan-warning 26 --scan-critical 50"]
    ),
)
@frame.DB
@frame.CONFIG
@frame.VERBOSE
@click.option("-w", "--warning", type=float, default=1.0, show_default=True, help="Percent noncompliant to warn at.")
@click.option("-c", "--critical", type=float, default=10.0, show_default=True, help="Percent that is critical.")
@click.option("--scan-warning", type=float, default=36.0, show_default=True, help="Hours since a scan to warn at.")
@click.option("--scan-critical", type=float, default=168.0, show_default=True, help="Hours that are critical.")
def command(db: Path | None, config: Path | None, verbose: int, **limits: float) -> int:
    """Print the line; settings that cannot be read are UNKNOWN too, not the 2 that would be CRITICAL."""
    frame.log_to_stderr(verbose)
    try:
        session = frame.session(db, config)
        with session.inventory(readonly=True) as inventory:
            knowledge = session.knowledge(inventory)
            primary = next((c for c in knowledge.catalogs if c.name == knowledge.policy.primary), None)
            state = state_of(inventory, moment(session.now()), primary.date if primary else "")
    except PhonescanError as error:
        click.echo(f"UNKNOWN: {shown(str(error))}")
        return UNKNOWN
    status, line = judged(state, Limits(**limits))
    click.echo(line)
    return status


def _ago(hours: float) -> str:
    return f"{hours:.0f} h" if hours < DAYS_FROM else f"{hours / 24:.0f} days"
