"""The content of the report of non-compliant firmware, independent of its format. Filled from `inventory.queries`:

    ReportData(
        title="Non-compliant firmware", generated_at=utc(now), columns=(*INVENTORY_COLUMNS, "reason"),
        rows=noncompliant_rows(inv, filters), review=review_rows(inv, filters),
        totals=counts(totals(inv, "compliance", filters)),
        statuses=Breakdown.of("Status", totals(inv, "status", filters)),
        trend=[TrendPoint.of(row) for row in trend(inv, site)],
        groups=[Breakdown.of("Site", totals(inv, "site", filters)), …],
        changes=events(inv, since=last_report), since=last_report,
        catalogs=[CatalogInfo(name, title, source, date, age_days, old), …], unscanned=unscanned(inv),
    )

Each iterable is iterated once, and may be a generator: 100,000 rows are never in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scanner.reports.labels import COMPLIANCE_ORDER

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Devices by compliance after one scan, and its time (UTC, ISO 8601)."""

    time: str
    compliant: int = 0
    noncompliant: int = 0
    review: int = 0
    none: int = 0

    @classmethod
    def of(cls, row: Row) -> TrendPoint:
        """From a row of `inventory.queries.trend`."""
        return cls(str(row["time"] or ""), *(int(row[name] or 0) for name in COMPLIANCE_ORDER))


@dataclass(frozen=True, slots=True)
class Bar:
    """Devices by compliance of one member of a group: of one site, one model, …"""

    name: str
    compliant: int = 0
    noncompliant: int = 0
    review: int = 0
    none: int = 0

    @property
    def devices(self) -> int:
        """The sum over all compliances."""
        return self.compliant + self.noncompliant + self.review + self.none


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Devices counted by one column; `title` is its name (Site, Model, Firmware, Switch)."""

    title: str
    bars: tuple[Bar, ...]

    @classmethod
    def of(cls, title: str, rows: Iterable[Row]) -> Breakdown:
        """From the rows of `inventory.queries.totals`."""
        return cls(
            title,
            tuple(Bar(str(row["name"] or ""), *(int(row[name] or 0) for name in COMPLIANCE_ORDER)) for row in rows),
        )


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """A catalog in a report. `age_days` is None without a date; `old`: older than the policy's limit."""

    name: str
    title: str
    source: str
    date: str
    age_days: int | None = None
    old: bool = False
    role: str = ""

    @property
    def age(self) -> str:
        """The age in words."""
        if self.age_days is None:
            return "without a date"
        return f"{self.age_days:,} days old" + (" – the list is old" if self.old else "")

    @property
    def dated(self) -> str:
        """The date with the age in words, as reports and `doctor` print it."""
        return self.age if self.age_days is None else f"of {self.date}, {self.age}"


@dataclass(frozen=True, slots=True)
class ReportData:
    """The report of non-compliant firmware. Rows have `columns`; `totals` is compliance → number of devices."""

    title: str
    generated_at: str
    columns: Sequence[str]
    rows: Iterable[Row]
    review: Iterable[Row] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    statuses: Breakdown = Breakdown("Status", ())
    trend: Sequence[TrendPoint] = ()
    groups: Sequence[Breakdown] = ()
    changes: Iterable[Row] = ()
    since: str = ""
    catalogs: Sequence[CatalogInfo] = ()
    unscanned: Iterable[Row] = ()
    scope: str = ""
    #: One sentence for each scan whose problem is not past: outages first.
    problems: Sequence[str] = ()
    #: One sentence for each exception that has ended.
    ended: Sequence[str] = ()


#: Columns of the sections in a report for people: devices, changes, addresses that were not scanned.
REPORT_COLUMNS: tuple[str, ...] = (
    "site", "ip", "mac", "hostname", "manufacturer", "model", "firmware", "certified_firmware", "status", "switch",
    "switch_port", "reason",
)  # fmt: skip
CHANGE_COLUMNS: tuple[str, ...] = ("time", "event", "part", "old", "new", "note", "site", "ip", "mac", "model")
UNSCANNED_COLUMNS: tuple[str, ...] = ("site", "ip", "discovery", "outcome", "note")


class Section(NamedTuple):
    """One list of the report: its title, its columns and its rows; `since` is the start of the time it is about."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Row]
    since: str = ""

    @property
    def heading(self) -> str:
        """The title with the time."""
        return f"{self.title} since {self.since}" if self.since else self.title


class ReportSections(NamedTuple):
    """The lists of the report in their order: every format for people iterates over them."""

    noncompliant: Section
    review: Section
    changes: Section
    unscanned: Section


def sections(data: ReportData, noncompliant: Iterable[Row], columns: Sequence[str] = REPORT_COLUMNS) -> ReportSections:
    """The lists of `data` with their titles; `noncompliant` are its rows, devices are listed with `columns`."""
    return ReportSections(
        Section("Non-compliant", columns, noncompliant),
        Section("To review", columns, data.review),
        Section("Changes", CHANGE_COLUMNS, data.changes, data.since),
        Section("Not scanned", UNSCANNED_COLUMNS, data.unscanned),
    )


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """`{name: devices}` from the rows of `inventory.queries.totals`."""
    return {str(row["name"] or ""): int(row["devices"] or 0) for row in rows}
