"""What the report of non-compliant firmware is made of. The caller fills it from `inventory.queries`:

    ReportData(
        title="Non-compliant firmware", generated_at=utc(now), columns=(*INVENTORY_COLUMNS, "reason"),
        rows=noncompliant_rows(inv, filters), review=review_rows(inv, filters),
        totals=counts(totals(inv, "compliance", filters)), statuses=counts(totals(inv, "status", filters)),
        trend=[TrendPoint.of(row) for row in trend(inv, site)],
        groups=[Group.of("Site", totals(inv, "site", filters)), Group.of("Model", totals(inv, "model", filters)), …],
        changes=events(inv, since=last_report), since=last_report,
        catalogs=[CatalogInfo(name, title, source, date, age_days, old), …], unscanned=unscanned(inv),
    )

Each iterable is walked once, so it may be a generator: 100,000 rows are never held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Compliance after one scan: its time (UTC, ISO 8601) and devices by compliance."""

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
    """One name of a group (a site, a model, …) with its devices by compliance."""

    name: str
    compliant: int = 0
    noncompliant: int = 0
    review: int = 0
    none: int = 0

    @property
    def devices(self) -> int:
        """All its devices."""
        return self.compliant + self.noncompliant + self.review + self.none


@dataclass(frozen=True, slots=True)
class Group:
    """Devices counted by one thing: `title` is what it is called (Site, Model, Firmware, Switch)."""

    title: str
    bars: tuple[Bar, ...]

    @classmethod
    def of(cls, title: str, rows: Iterable[Row]) -> Group:
        """From the rows of `inventory.queries.totals`."""
        return cls(
            title,
            tuple(Bar(str(row["name"] or ""), *(int(row[name] or 0) for name in COMPLIANCE_ORDER)) for row in rows),
        )


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """A catalog as a report names it. `age_days` is None without a date; `old` says older than the policy's limit."""

    name: str
    title: str
    source: str
    date: str
    age_days: int | None = None
    old: bool = False
    role: str = ""

    @property
    def age(self) -> str:
        """Its age in words."""
        if self.age_days is None:
            return "without a date"
        return f"{self.age_days:,} days old" + (" – the list is old" if self.old else "")


@dataclass(frozen=True, slots=True)
class ReportData:
    """The report of non-compliant firmware. Rows hold `columns`; `totals` is compliance → devices of all assessed."""

    title: str
    generated_at: str
    columns: Sequence[str]
    rows: Iterable[Row]
    review: Iterable[Row] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    trend: Sequence[TrendPoint] = ()
    groups: Sequence[Group] = ()
    changes: Iterable[Row] = ()
    since: str = ""
    catalogs: Sequence[CatalogInfo] = ()
    unscanned: Iterable[Row] = ()
    scope: str = ""


#: The order of compliances in every plot and count.
COMPLIANCE_ORDER: tuple[str, ...] = ("compliant", "noncompliant", "review", "none")
#: The columns of the lists in a report for people: devices, what changed, what was not scanned.
REPORT_COLUMNS: tuple[str, ...] = (
    "site", "ip", "mac", "hostname", "manufacturer", "model", "firmware", "certified_firmware", "status", "switch",
    "switch_port", "reason",
)  # fmt: skip
CHANGE_COLUMNS: tuple[str, ...] = ("time", "event", "part", "old", "new", "note", "site", "ip", "mac", "model")
UNSCANNED_COLUMNS: tuple[str, ...] = ("site", "ip", "discovery", "outcome", "note")


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """`{name: devices}` from the rows of `inventory.queries.totals`."""
    return {str(row["name"] or ""): int(row["devices"] or 0) for row in rows}
