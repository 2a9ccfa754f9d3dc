"""Metrics for Prometheus: a file for node_exporter's textfile collector, or the response of `/metrics`.

Text format 0.0.4, in base units. Labels are bounded (inventory, site, maker, model, status, targets, …), never the
address of a device, a firmware or a time. Every status and compliance of a site, and every outcome of a scan, has a
series, with 0 where it does not apply, so that alerts do not lose one.

The same inventory may be scraped twice, from a file and from `/metrics`: `inventory` identifies it, and
`phonescan_exported_timestamp_seconds` determines which copy is the newer one, by docs/deploy/phonescan.rules.yml.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TextIO, TypeAlias

from scanner.core.model import COMPLIANCES, STATUSES
from scanner.core.text import moment
from scanner.reports.cells import safe
from scanner.reports.data import CatalogInfo, Row
from scanner.version import __version__

#: Most series of one metric, whatever a hostile network sends. Further devices count as model `other`.
MAX_SERIES = 5000
#: Longest value of a label, in characters.
MAX_LABEL = 100
#: Outcomes of a scan, and of the run of a schedule, which may find its window closed; each is a series.
OUTCOMES = ("done", "partial", "interrupted", "failed")
RUN_OUTCOMES = (*OUTCOMES, "closed")

#: Labels of a device and of a scan, by the names of their columns.
_DEVICE_LABELS = ("site", "manufacturer", "model", "status", "compliance")
_SCAN_LABELS = ("site", "kind", "targets", "schedule")

#: Label → value, and one series of a metric: its labels and its value.
Labels: TypeAlias = Mapping[str, str]
Series: TypeAlias = tuple[Labels, float]


@dataclass(frozen=True, slots=True)
class LastScan:
    """The last scan of a group of targets, at one site: its end (UTC), its length, and the devices it observed there.

    `expected` is the usual number of devices, None where nothing earlier gives one; `schedule` is that of its run.
    """

    site: str
    kind: str
    targets: str
    schedule: str
    finished: str
    seconds: float
    outcome: str
    devices: int
    expected: int | None = None
    outage: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleRuns:
    """A schedule: the outcome of its last run that ended, and the due time of its next one (UTC); "" if unknown."""

    name: str
    outcome: str
    next_run: str


@dataclass(frozen=True, slots=True)
class Metrics:
    """What is exported of one inventory. `inventory` is its id."""

    rows: Iterable[Row]
    catalogs: Sequence[CatalogInfo] = ()
    scans: Sequence[LastScan] = ()
    schedules: Sequence[ScheduleRuns] = ()
    inventory: str = ""


class Metric(NamedTuple):
    """One metric: its name, its meaning, and its series."""

    name: str
    text: str
    series: Iterable[Series]


def write_prometheus(data: Metrics, stream: TextIO) -> int:
    """Write the metrics of an inventory; returns the number of devices. `write_exported` writes the last of them."""
    count, devices = _of_devices(data.rows)
    info = Metric("phonescan_info", "The program and its version; always 1.", [({"version": __version__}, 1)])
    for metric in (
        info,
        *devices,
        *_of_scans(data.scans),
        *_of_schedules(data.schedules),
        *_of_catalogs(data.catalogs),
    ):
        _write(metric, data.inventory, stream)
    return count


def write_exported(now: str, inventory: str, stream: TextIO) -> None:
    """Write the time at which metrics were exported: the last metric of every file and response."""
    text = "Time at which these metrics were exported."
    _write(Metric("phonescan_exported_timestamp_seconds", text, [({}, _seconds(now))]), inventory, stream)


def _of_devices(rows: Iterable[Row]) -> tuple[int, list[Metric]]:
    """The number of devices, and the metrics that count them."""
    models: Counter[tuple[str, ...]] = Counter()
    statuses: Counter[tuple[str, str]] = Counter()
    compliances: Counter[tuple[str, str]] = Counter()
    seen: dict[str, int] = {}
    count = 0
    for row in rows:
        site, maker, model, status, compliance = (_label(row.get(name)) for name in _DEVICE_LABELS)
        key = (site, maker, model, status, compliance)
        if key not in models and len(models) >= MAX_SERIES:
            key = (site, "other", "other", status, compliance)
        models[key] += 1
        statuses[site, status] += 1
        compliances[site, compliance] += 1
        seen[site] = max(seen.get(site, 0), _seconds(row.get("last_seen")))
        count += 1
    sites = sorted(seen)
    return count, [
        Metric(
            "phonescan_devices",
            "Devices by site, manufacturer, model, status and compliance.",
            ((dict(zip(_DEVICE_LABELS, key, strict=True)), number) for key, number in sorted(models.items())),
        ),
        Metric(
            "phonescan_status_devices",
            "Devices by site and status.",
            (({"site": site, "status": word}, statuses[site, word]) for site in sites for word in STATUSES),
        ),
        Metric(
            "phonescan_compliance_devices",
            "Devices by site and compliance.",
            (({"site": site, "compliance": word}, compliances[site, word]) for site in sites for word in COMPLIANCES),
        ),
        Metric(
            "phonescan_last_seen_timestamp_seconds",
            "Time of the last observation of a device of the site.",
            (({"site": site}, seen[site]) for site in sites),
        ),
    ]


def _of_scans(last: Sequence[LastScan]) -> list[Metric]:
    """The metrics of the last scans."""
    scans: dict[tuple[str, ...], LastScan] = {}
    for scan in last:  # two lists of targets may begin alike, in as many characters as a label has
        scans.setdefault(tuple(_label(getattr(scan, name)) for name in _SCAN_LABELS), scan)
    labelled = [(dict(zip(_SCAN_LABELS, key, strict=True)), scan) for key, scan in scans.items()]
    outcomes = [
        (labels | {"outcome": word}, int(scan.outcome == word)) for labels, scan in labelled for word in OUTCOMES
    ]
    return [
        Metric(
            "phonescan_last_scan_timestamp_seconds",
            "Time at which the last scan of the targets ended.",
            [(labels, _seconds(scan.finished)) for labels, scan in labelled],
        ),
        Metric(
            "phonescan_last_scan_duration_seconds",
            "Duration of that scan.",
            [(labels, scan.seconds) for labels, scan in labelled],
        ),
        Metric("phonescan_last_scan_outcome", "Outcome of that scan: 1 for the one that it had.", outcomes),
        Metric(
            "phonescan_last_scan_observed_devices",
            "Devices of the site that the scan observed.",
            [(labels, scan.devices) for labels, scan in labelled],
        ),
        Metric(
            "phonescan_last_scan_expected_devices",
            "Devices of the site that scans of these targets usually observe.",
            [(labels, scan.expected) for labels, scan in labelled if scan.expected is not None],
        ),
        Metric(
            "phonescan_last_scan_outage",
            "Whether the scan observed no devices, or far fewer than usual.",
            [(labels, int(scan.outage)) for labels, scan in labelled],
        ),
    ]


def _of_schedules(schedules: Sequence[ScheduleRuns]) -> list[Metric]:
    """The metrics of the schedules that have run."""
    return [
        Metric(
            "phonescan_schedule_next_run_timestamp_seconds",
            "Time at which the next run of the schedule is due.",
            [({"schedule": one.name}, _seconds(one.next_run)) for one in schedules if one.next_run],
        ),
        Metric(
            "phonescan_schedule_last_run_outcome",
            "Outcome of the last run of the schedule: 1 for the one that it had.",
            [
                ({"schedule": one.name, "outcome": word}, int(one.outcome == word))
                for one in schedules
                for word in RUN_OUTCOMES
                if one.outcome
            ],
        ),
    ]


def _of_catalogs(catalogs: Sequence[CatalogInfo]) -> list[Metric]:
    """The metrics of the catalogs that have a date."""
    dated = [
        ({"catalog": one.name, "policy": "yes" if one.role else "no"}, one)
        for one in catalogs
        if one.age_days is not None
    ]
    return [
        Metric(
            "phonescan_catalog_date_timestamp_seconds",
            "Date of the catalog; policy is yes for the catalogs that decide.",
            [(labels, _seconds(_midnight(one.date))) for labels, one in dated],
        ),
        Metric(
            "phonescan_catalog_old",
            "Whether the catalog is older than the policy allows.",
            [(labels, int(one.old)) for labels, one in dated],
        ),
    ]


def _write(metric: Metric, inventory: str, stream: TextIO) -> None:
    stream.write(f"# HELP {metric.name} {metric.text}\n# TYPE {metric.name} gauge\n")
    written: set[str] = set()
    for labels, value in metric.series:
        inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in {"inventory": inventory, **labels}.items())
        if inside in written:  # two long names that begin alike; Prometheus refuses a repeated series
            continue
        written.add(inside)
        stream.write(f"{metric.name}{{{inside}}} {value:.15g}\n")


def _label(value: object) -> str:
    """A value as a label: equal labels are one series, so it is cut here, before anything is counted."""
    return safe(value)[:MAX_LABEL]


def _escaped(value: str) -> str:
    return _label(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _midnight(day: str) -> str:
    """The begin of a day, or of the first day of a month or year, in UTC."""
    return f"{day}-01-01"[:10] + "T00:00:00Z" if day else ""


def _seconds(time: object) -> int:
    try:
        return int(moment(str(time)).timestamp())
    except ValueError:
        return 0
