"""The state of an inventory for monitoring systems: findings on its scans and devices, performance data, phones.

A failed scan and an outage are CRITICAL; a scan that was cut, is overdue or observed no device is a WARNING; ranges
apply to the share of noncompliant devices and to the age of the last scan. An empty inventory is UNKNOWN, and so is
one without a scan where nothing else is worse: files that were read do not count as scans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from scanner.app.alert_range import Levels
from scanner.app.plugin_output import CRITICAL, OK, UNKNOWN, WARNING, WORDS, PerformanceValue, PluginFinding
from scanner.core.text import moment, utc

if TYPE_CHECKING:
    from scanner.inventory import Inventory, ScanRow
    from scanner.inventory.queries import ScanHealth, ScheduledRun
    from scanner.inventory.queries.scan_health import Group
    from scanner.settings.records import ScanSection

#: Hours by which the clock of a scan may be ahead without a finding.
AHEAD_HOURS = 1 / 12
#: Hours from which on an age is shown in days.
DAYS_FROM = 72
#: Hours after which a scan that no section of the settings names is not reported any more.
REPORTED_HOURS = 168
#: Seconds without a write after which a scan that has not ended does not run: it writes every few seconds.
ENDED_SECONDS = 900
#: An outage of a scan that no section of the settings names is critical from so many devices on.
CRITICAL_DEVICES = 4
#: Phones and characters of a value that the output names.
PHONES, VALUE = 20, 60


@dataclass(frozen=True, slots=True)
class Limits:
    """The ranges of the percentage of noncompliant devices, and of the hours since the last scan."""

    noncompliant: Levels
    scan_age: Levels


@dataclass(frozen=True, slots=True)
class ReportedScan:
    """The last scan of a group of targets; `name` is the section of the settings that names it, "" for none.

    `site` is the one of its sites that `health` is about, "" for all of them.
    """

    health: ScanHealth
    name: str = ""
    site: str = ""

    def __str__(self) -> str:
        """Its name or targets, and how it ended."""
        scan = self.health.scan
        ended = self.health if scan.finished else f"was not ended; `phonescan scan --resume {scan.id}` resumes it"
        where = f" at site {self.site}" if self.site else ""
        return f"{self.name or f'scan of {scan.first_targets}'}{where}: {ended}"

    def finding(self) -> PluginFinding:
        """What is wrong with it, or that nothing is."""
        health = self.health
        if health.scan.finished is None:
            return PluginFinding(WARNING, str(self))
        if health.scan.outcome == "failed":
            reason = f" ({health.scan.notes[-1]})" if health.scan.notes else ""
            return PluginFinding(CRITICAL, f"{self}{reason}")
        if health.outage and ((self.name and not self.site) or (health.expected or 0) >= CRITICAL_DEVICES):
            return PluginFinding(CRITICAL, str(self))
        return PluginFinding(WARNING if health.problem else OK, str(self))


@dataclass(frozen=True, slots=True)
class InventoryState:
    """Devices by compliance, hours since the last scan ended, days since the date of the primary catalog, scans.

    `ahead` are the hours by which the last scan ended in the future: the clock was ahead then, or is behind now.
    `sites_out` are outages of one site of a scan that is none as a whole.
    """

    devices: int
    noncompliant: int
    review: int
    scan_hours: float | None
    catalog_days: int | None = None
    ahead: float = 0.0
    scans: tuple[ReportedScan, ...] = ()
    sites_out: tuple[ReportedScan, ...] = ()

    @property
    def percent(self) -> float:
        """Share of devices that are noncompliant."""
        return 100 * self.noncompliant / self.devices if self.devices else 0.0


def state_of(
    inventory: Inventory, now: datetime, names: Mapping[Group, str], *, site: str = "", catalog_days: int | None = None
) -> InventoryState:
    """The state of an inventory at `now`, at one site or in all; `names` are of `names_of`."""
    from scanner.inventory import queries
    from scanner.reports.data import counts

    filters = queries.Filters(site=(site,) if site else ())
    totals = counts(queries.totals(inventory, "compliance", filters))
    ended = queries.last_covering(inventory, site)
    scans = tuple(_last_scans(inventory, now, names, site))
    age = (now - moment(ended)).total_seconds() / 3600 if ended else None
    return InventoryState(
        devices=sum(totals.values()),
        noncompliant=totals.get("noncompliant", 0),
        review=totals.get("review", 0),
        scan_hours=None if age is None else max(0.0, age),
        catalog_days=catalog_days,
        ahead=-age if age is not None and age < -AHEAD_HOURS else 0.0,
        scans=scans,
        sites_out=() if site else tuple(_sites_out(inventory, scans)),
    )


def _sites_out(inventory: Inventory, scans: Sequence[ReportedScan]) -> Iterator[ReportedScan]:
    """The outages of single sites of the scans that are reported."""
    from scanner.inventory import queries

    names = {scan.health.scan.id: scan.name for scan in scans}
    for health in queries.outages_of_sites(inventory):
        if health.scan.id in names:
            yield ReportedScan(health, names[health.scan.id], health.site)


def _last_scans(inventory: Inventory, now: datetime, names: Mapping[Group, str], site: str) -> Iterator[ReportedScan]:
    """The last scans of the groups that are reported.

    Those that the settings name; others for REPORTED_HOURS, and until a later scan covers their targets: a scan that
    was started once by hand is not reported for ever. Then those whose process was killed.
    """
    from scanner.inventory import queries
    from scanner.inventory.queries.scan_health import group_of

    keep = [run.scan for run in queries.scheduled_runs(inventory).values() if run.scan]
    since = utc(now - timedelta(hours=REPORTED_HOURS))
    healths = queries.health_of_last_scans(inventory, site, since, keep)
    for health in healths:
        name = _name(names, health.scan)
        if name or ((health.scan.finished or "") >= since and not queries.problem_is_past(health, healths)):
            yield ReportedScan(health, name)
    if now.timestamp() - queries.last_written(inventory) < ENDED_SECONDS:
        return  # a scan that has not ended may run
    for scan in queries.open_scans(inventory, since):
        name, health = _name(names, scan), queries.ScanHealth(scan, 0)
        repeated = any(group_of(one.scan) == group_of(scan) and one.scan.id > scan.id for one in healths)
        if not repeated and not queries.problem_is_past(health, healths) and (not site or scan.site == site):
            yield ReportedScan(health, name)


def _name(names: Mapping[Group, str], scan: ScanRow) -> str:
    """The section of the settings that names the targets of a scan, or ""."""
    from scanner.inventory.queries.scan_health import group_of

    kind, site, targets = group_of(scan)
    return names.get((kind, site, targets)) or names.get((kind, "", targets), "")


def names_of(
    inventory: Inventory, sections: Sequence[ScanSection], runs: Mapping[str, ScheduledRun]
) -> dict[Group, str]:
    """The sections of the settings by the groups of targets that they scan, as spelled and as of their last run.

    The site of a section without one is "": its scans have the site that contains their targets.
    """
    from scanner.inventory.queries.scan_health import group_of

    found: dict[Group, str] = {}
    for section in sections:
        kind, targets = ("scan", section.targets) if section.targets else ("switches", section.switches)
        found.setdefault((kind, section.site or "", tuple(sorted(targets))), section.name)
        if section.name in runs and (scan := runs[section.name].scan) is not None:
            found[group_of(inventory.scan(scan))] = section.name
    return found


def findings(state: InventoryState, limits: Limits, schedules: Sequence[PluginFinding] = ()) -> list[PluginFinding]:
    """The findings on a state; `schedules` are those on the runs of schedules."""
    found = [
        one for one in (*schedules, *(scan.finding() for scan in (*state.scans, *state.sites_out))) if one.level != OK
    ]
    if not state.devices:
        empty = PluginFinding(UNKNOWN, "the inventory contains no device")
        return [empty, *(one._replace(level=UNKNOWN) for one in found)]
    share = f"{state.noncompliant} of {state.devices} noncompliant"
    found.append(PluginFinding(_level(state.percent, limits.noncompliant), share))
    if state.ahead:
        words = f"the last scan ended {_age(state.ahead)} in the future: set the clock, and scan again"
        found.append(PluginFinding(WARNING, words))
    elif state.scan_hours is None:
        found.append(PluginFinding(UNKNOWN, "no scan has ended yet (files that were read do not count)"))
    else:
        found.append(
            PluginFinding(_level(state.scan_hours, limits.scan_age), f"last scan {_age(state.scan_hours)} ago")
        )
    return [*found, PluginFinding(OK, f"{state.review} to review")] if state.review else found


def _level(value: float, levels: Levels) -> int:
    return CRITICAL if levels.critical.alerts(value) else WARNING if levels.warning.alerts(value) else OK


def _age(hours: float) -> str:
    return f"{hours:.0f} h" if hours < DAYS_FROM else f"{hours / 24:.0f} days"


def metrics(state: InventoryState, limits: Limits) -> list[PerformanceValue]:
    """The performance data of a state, in devices, percent and seconds."""
    found = [
        PerformanceValue("noncompliant", state.noncompliant, least=0, most=state.devices),
        PerformanceValue("review", state.review, least=0, most=state.devices),
        PerformanceValue("devices", state.devices, least=0),
        PerformanceValue("percent", state.percent, "%", limits.noncompliant, 0, 100),
        PerformanceValue("observed", sum(scan.health.devices for scan in state.scans), least=0),
        PerformanceValue("expected", sum(scan.health.expected or scan.health.devices for scan in state.scans), least=0),
    ]
    if state.scan_hours is not None:
        found.append(PerformanceValue("scan_age", round(state.scan_hours * 3600), "s", limits.scan_age.times(3600), 0))
    if state.catalog_days is not None:
        found.append(PerformanceValue("catalog_age", state.catalog_days * 86_400, "s", least=0))
    return found


def long_output(
    inventory: Inventory, state: InventoryState, found: Sequence[PluginFinding], *, site: str = "", every: bool = False
) -> Iterator[str]:
    """Further lines: the findings, with `every` each reported scan, then the noncompliant phones."""
    from scanner.inventory import queries

    for finding in sorted(found, key=lambda one: -one.urgency):
        yield f"[{WORDS[finding.level]}] {finding.text}"
    for scan in state.scans if every else ():
        health = scan.health
        yield f"scan {health.scan.id}, {scan}, {health.devices} devices, ended {health.scan.finished or '-'}"
    rows = queries.noncompliant_rows(inventory, queries.Filters(site=(site,) if site else ()))
    yield from map(_phone, rows if every else islice(rows, PHONES))
    if not every and state.noncompliant > PHONES:
        yield f"and {state.noncompliant - PHONES} more: phonescan report noncompliant"


def _phone(row: Mapping[str, Any]) -> str:
    """A noncompliant phone: address, model, its firmware, the certified one, status."""

    def value(name: str) -> str:
        return str(row[name] or "")[:VALUE]

    where = value("ip") or value("mac") or value("serial")
    what = " ".join(filter(None, (value("manufacturer"), value("model")))) or "unknown model"
    return (
        f"{where} {what}: firmware {value('firmware') or 'unknown'},"
        f" certified {value('certified_firmware') or 'none'} ({row['status']})"
    )
