"""`phonescan check`: the state of the inventory in one line and an exit status, for monitoring systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.app.alert_range import AlertRange, Levels, parse
from scanner.app.monitoring import InventoryState, Limits
from scanner.app.plugin_output import CRITICAL, WARNING, PluginFinding, worst, written
from scanner.app.session import Session
from scanner.cli.shared import click_command, logs, plugin_command, ranges
from scanner.core.errors import UsageError
from scanner.core.text import moment

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import ScheduledRun

#: `-v` once adds lines, twice more of them; beyond that it logs on standard error.
LINES, EVERY = 1, 2
#: Seconds until a result, at least and at most.
LEAST_SECONDS, MOST_SECONDS = 0.1, 86_400.0
#: Sites that the message about an unknown one lists.
SITES = 10


class _Range(click.ParamType):  # type: ignore[type-arg]
    name = "range"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> AlertRange:
        try:
            return value if isinstance(value, AlertRange) else parse(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)


@click.command(
    "check",
    cls=plugin_command.PluginCommand,
    context_settings={"help_option_names": ["--help"]},
    help="Write the state of the inventory in one line, for Nagios, Icinga and others.\n\n"
    "Exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Unlike the other commands this one ends with 3, and a line on "
    "standard output, after wrong usage or settings as well: to a monitoring system 2 would be CRITICAL.\n\n"
    "A failed scan and an outage are CRITICAL; a scan that was cut, is overdue by its schedule or observed no device "
    "is a WARNING; an inventory without devices or without a scan is UNKNOWN. A RANGE alerts outside of it: 10 is 0 to "
    "10, 10: is 10 and more, ~:10 is up to 10, 10:20 is 10 to 20; @10:20 alerts inside.",
    epilog=click_command.examples(
        [
            "phonescan check",
            "phonescan check --warning 2 --critical 10 --scan-warning 26 --scan-critical 50",
            "phonescan check --site hq -v",
        ]
    ),
)
@click_command.DB
@click_command.CONFIG
@click.option("--site", metavar="NAME", default="", help="Only the devices and scans of this site.")
@click.option(
    "-w", "--warning", type=_Range(), metavar="RANGE", default="1", show_default=True,
    help="Percent of the devices that may be noncompliant without a warning.",
)  # fmt: skip
@click.option(
    "-c", "--critical", type=_Range(), metavar="RANGE", default="10", show_default=True,
    help="Percent of the devices that may be noncompliant without being critical.",
)  # fmt: skip
@click.option(
    "--scan-warning", type=_Range(), metavar="RANGE", default="36", show_default=True,
    help="Hours since the last scan without a warning.",
)  # fmt: skip
@click.option(
    "--scan-critical", type=_Range(), metavar="RANGE", default="168", show_default=True,
    help="Hours since the last scan without being critical.",
)  # fmt: skip
@click.option(
    "-t", "--timeout", type=ranges.FiniteRange(LEAST_SECONDS, MOST_SECONDS), metavar="S", default=10.0,
    show_default=True, help="Seconds after which the state is UNKNOWN.",
)  # fmt: skip
@click.option(
    "-v", "--verbose", count=True,
    help="Add lines with the findings and the noncompliant phones; twice for all scans, three times to log.",
)  # fmt: skip
@plugin_command.VERSION
@plugin_command.HELP
def command(db: Path | None, config: Path | None, site: str, timeout: float, verbose: int, **ranges: AlertRange) -> int:
    """Write the line."""
    logs.to_stderr(max(0, verbose - EVERY))
    limits = Limits(
        _levels("--warning", ranges["warning"], "--critical", ranges["critical"]),
        _levels("--scan-warning", ranges["scan_warning"], "--scan-critical", ranges["scan_critical"]),
    )
    status, text = plugin_command.in_time(
        timeout, lambda: _result(click_command.open_session(db, config), limits, site, verbose)
    )
    plugin_command.write(text)
    return status


def _levels(one: str, warning: AlertRange, other: str, critical: AlertRange) -> Levels:
    """A pair of ranges. Raises UsageError for one that can never warn."""
    levels = Levels(warning, critical)
    if levels.hidden:
        raise UsageError(
            f"no value can be a warning: {other} {critical} alerts wherever {one} {warning} does; exchange the two"
        )
    return levels


def _result(session: Session, limits: Limits, site: str, verbose: int) -> tuple[int, str]:
    """The exit status and the output."""
    from scanner.app import monitoring
    from scanner.inventory import queries

    with session.inventory(readonly=True) as inventory:
        chosen = _site(session, inventory, site)
        now = moment(session.now())
        runs = queries.scheduled_runs(inventory, session.now())
        names = monitoring.names_of(inventory, session.settings.sections.scan, runs)
        state = monitoring.state_of(inventory, now, names, site=chosen, catalog_days=_catalog_days(session, inventory))
        late = _late(session, state, limits, runs, now, chosen)
        found = monitoring.findings(state, limits, late)
        lines = (
            monitoring.long_output(inventory, state, found, site=chosen, every=verbose >= EVERY)
            if verbose >= LINES
            else ()
        )
        return worst(found), written(found, monitoring.metrics(state, limits), lines)


def _site(session: Session, inventory: Inventory, wanted: str) -> str:
    """The site of that name as it is spelled, "" for all. Raises UsageError for one that nothing has."""
    from scanner.inventory import queries

    if not wanted:
        return ""
    sections = session.settings.sections
    known = (
        set(queries.sites(inventory))
        | {section.name for section in sections.site}
        | {section.site for section in sections.scan if section.site}
    )
    if wanted in known:
        return wanted
    found = [name for name in sorted(known) if name.casefold() == wanted.casefold()]
    if not found:
        listed = ", ".join(sorted(known)[:SITES]) or "there is none yet"
        raise UsageError(f"unknown site {wanted!r}; the sites are: {listed}")
    return found[0]


def _catalog_days(session: Session, inventory: Inventory) -> int | None:
    """The age of the primary catalog in days."""
    from scanner import settings
    from scanner.compliance.catalog import age_days

    primary = settings.policy(session.settings).primary
    catalog = next((catalog for catalog in session.catalogs(inventory) if catalog.name == primary), None)
    return age_days(catalog, session.today()) if catalog else None


def _late(
    session: Session,
    state: InventoryState,
    limits: Limits,
    runs: Mapping[str, ScheduledRun],
    now: datetime,
    site: str,
) -> list[PluginFinding]:
    """The findings on the runs of schedules: those of the site, and those that observe devices there."""
    from scanner.schedule import overdue, timetable
    from scanner.schedule.overdue import RunProblem

    path = session.settings.path
    scanned = {scan.name: scan.health.scan.started for scan in reversed(state.scans) if scan.name}
    table = [
        entry
        for entry in timetable.entries(session.settings.sections.scan)
        if not site or entry.section.site == site or entry.name in scanned
    ]
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path else now
    found = []
    for one in overdue.problems(table, runs, scanned, now, written_at):
        old = one.since is not None and limits.scan_age.critical.alerts((now - one.since).total_seconds() / 3600)
        critical = one.problem is RunProblem.FAILED or (one.problem is RunProblem.OVERDUE and old)
        found.append(PluginFinding(CRITICAL if critical else WARNING, str(one)))
    return found
