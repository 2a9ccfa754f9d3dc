"""The reports: which there are, the rows and columns of each, and writing one in any format to a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from scanner.app.session import Session
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.text import amount
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters
from scanner.reports import Breakdown, CatalogInfo, ReportData, TrendPoint, render, render_report
from scanner.reports.data import Section, counts
from scanner.reports.labels import CONTESTED
from scanner.reports.render import WIDTH

if TYPE_CHECKING:
    from scanner.core.model import Catalog
    from scanner.inventory.queries import ScanHealth

#: The reports in the order of the help: kind → title.
TITLES: dict[str, str] = {
    "noncompliant": "Non-compliant firmware",
    "inventory": "Inventory",
    "changes": "Changes",
    "firmware": "Firmware versions",
    "moved": "Moved devices",
    "suspect": "Suspect devices",
    "conflicts": "Conflicts",
    "unscanned": "Not scanned",
}
#: Columns of the report of non-compliant firmware.
NONCOMPLIANT_COLUMNS = (*INVENTORY_COLUMNS, "reason")
#: What devices are counted by: title and column.
GROUPS = (("Site", "site"), ("Model", "model"), ("Firmware", "firmware"), ("Switch", "switch"))
_EVENT_COLUMNS = (
    "time", "scan", "event", "part", "old", "new", "note", "site", "ip", "mac", "hostname", "manufacturer", "model",
    "firmware", "status", "compliance", "switch", "switch_port",
)  # fmt: skip
_UNSCANNED_COLUMNS = ("scan", "time", "site", "discovery", "ip", "outcome", "note")
_SUSPECT_COLUMNS = (
    "suspicion", "what", "site", "ip", "mac", "manufacturer", "model", "status", "switch", "switch_port",
)  # fmt: skip
#: Columns of the report of conflicts.
CONFLICT_COLUMNS = (
    "site", "ip", "mac", "hostname", "manufacturer", "model", "part", "chosen", "other", "by", "claimant", "since",
    "status", "compliance", "verdict",
)  # fmt: skip
#: Columns that a report sorted by another column also shows.
_BESIDE = {"switch": ("switch_port", "vlan")}
#: Formats for people, which show more than the rows.
_WITH_TOTALS = frozenset({"table", "md", "html", "xlsx"})

#: Scans with a problem that a report names.
MOST_PROBLEMS = 5

Row = dict[str, Any]
Rows = tuple[Iterable[Row], Sequence[str]]


def write(
    session: Session,
    inventory: Inventory,
    kind: str,
    filters: Filters,
    format: str,
    stream: IO[Any],
    *,
    by: str | None = None,
    review: bool = False,
    width: int | None = WIDTH,
    colour: bool = False,
) -> int:
    """Write a report to a stream; returns its rows. `by` sorts the inventory, `review` adds devices in question."""
    if kind == "noncompliant":
        data = noncompliant(session, inventory, filters, whole=format in _WITH_TOTALS)
        return render_report(data, format, stream, include_review=review, width=width, colour=colour)
    rows, columns = (
        _sorted_inventory(inventory, filters, by) if kind == "inventory" else _LISTS[kind](inventory, filters)
    )
    if by and kind == "inventory" and format == "table":
        return _with_counts(list(rows), columns, by, cast(TextIO, stream), width, colour)
    now = session.now()
    return render(rows, columns, format, TITLES[kind], stream, width=width, colour=colour, generated_at=now)


def noncompliant(session: Session, inventory: Inventory, filters: Filters, *, whole: bool = True) -> ReportData:
    """The content of the report of non-compliant firmware; without `whole`, its rows alone."""
    rows = queries.noncompliant_rows(inventory, filters)
    review = queries.review_rows(inventory, filters)
    title = TITLES["noncompliant"]
    if not whole:
        return ReportData(title, session.now(), NONCOMPLIANT_COLUMNS, rows, review)
    since = filters.since or _last_start(inventory)
    everything = replace(filters, since=None)
    return ReportData(
        title=title,
        generated_at=session.now(),
        columns=NONCOMPLIANT_COLUMNS,
        rows=rows,
        review=review,
        totals=counts(queries.totals(inventory, "compliance", filters)),
        statuses=Breakdown.of("Status", queries.totals(inventory, "status", filters)),
        trend=[TrendPoint.of(row) for row in queries.trend(inventory, filters.site)],
        groups=[Breakdown.of(title, queries.totals(inventory, column, filters)) for title, column in GROUPS],
        changes=queries.events(inventory, since=since, filters=everything) if since else (),
        since=since or "",
        catalogs=catalog_infos(session, inventory),
        unscanned=queries.unscanned(inventory, filters=everything),
        scope=_scope(filters),
        problems=problems(inventory, filters.site),
        ended=ended_exceptions(session),
    )


def problems(inventory: Inventory, sites: Sequence[str] = ()) -> list[str]:
    """A sentence for each scan whose problem is not past, at these sites or in all: outages first."""
    ordered = queries.current_problems(inventory, sites)
    named = [_problem(health) for health in ordered[:MOST_PROBLEMS]]
    return [*named, f"{len(ordered) - MOST_PROBLEMS} more scans have a problem"] if ordered[MOST_PROBLEMS:] else named


def ended_exceptions(session: Session) -> list[str]:
    """A sentence for each exception of the settings that holds no longer."""
    from scanner import settings

    ended = [one for one in settings.exceptions(session.settings) if one.ended(session.today())]
    named = [f"The exception of {one.owner} for {one.spelled} {one.ending}" for one in ended[:MOST_PROBLEMS]]
    more = len(ended) - MOST_PROBLEMS
    return [*named, f"{amount(more, 'more exception')} ended"] if more > 0 else named


def _problem(health: ScanHealth) -> str:
    scan = health.scan
    targets = f" of {scan.first_targets}" if scan.targets else ""
    kind = "Outage: scan" if health.outage else "Scan"
    return f"{kind} {scan.id}{targets}, site {health.site or scan.site}, {scan.finished}: {health}"


def catalog_infos(session: Session, inventory: Inventory | None) -> list[CatalogInfo]:
    """The catalogs in force with an inventory, described as by `catalogs_described`."""
    return catalogs_described(session, session.catalogs(inventory))


def catalogs_described(session: Session, catalogs: Iterable[Catalog]) -> list[CatalogInfo]:
    """Catalogs as reports and `doctor` name them, with their age, those that the policy uses first."""
    from scanner import settings
    from scanner.compliance.catalog import age_days, is_old

    policy = settings.policy(session.settings)
    roles = {
        policy.primary: "decides",
        **dict.fromkeys(policy.fallback, "decides where the first does not list a model"),
    }
    found = []
    for catalog in catalogs:
        age = age_days(catalog, session.today())
        old = is_old(catalog, policy.stale_after_days, session.today())
        role = roles.get(catalog.name, "")
        found.append(CatalogInfo(catalog.name, catalog.title, catalog.source, catalog.date, age, old, role))
    return sorted(found, key=lambda info: [*roles, info.name].index(info.name))


def _sorted_inventory(inventory: Inventory, filters: Filters, by: str | None) -> Rows:
    rows: Iterable[Row] = queries.inventory_rows(inventory, filters)
    if by is None:
        return rows, INVENTORY_COLUMNS
    ordered = sorted(rows, key=lambda row: (row[by] is None, str(row[by] or ""), str(row["switch_port"] or "")))
    first = (by, *_BESIDE.get(by, ()))
    return ordered, (*first, *(column for column in INVENTORY_COLUMNS if column not in first))


def _changes(inventory: Inventory, filters: Filters) -> Rows:
    return queries.events(inventory, since=filters.since, filters=replace(filters, since=None)), _EVENT_COLUMNS


def _firmware(inventory: Inventory, filters: Filters) -> Rows:
    from scanner.reports.firmware import FIRMWARE_COLUMNS, with_distance

    return with_distance(queries.firmware_rows(inventory, filters)), FIRMWARE_COLUMNS


def _moved(inventory: Inventory, filters: Filters) -> Rows:
    return queries.moved(inventory, since=filters.since, filters=replace(filters, since=None)), _EVENT_COLUMNS


def _suspect(inventory: Inventory, filters: Filters) -> Rows:
    return queries.suspect(inventory, since=filters.since, filters=replace(filters, since=None)), _SUSPECT_COLUMNS


def conflicts(inventory: Inventory, filters: Filters) -> Iterator[Row]:
    """The rows of the report of conflicts; `since` keeps conflicts that were found at or after it."""
    for row in queries.conflicts(inventory, replace(filters, since=None)):
        if not filters.since or (row["since"] or "") >= filters.since:
            yield {**row, "verdict": CONTESTED if row["in_conflict"] else ""}


def _conflicts(inventory: Inventory, filters: Filters) -> Rows:
    return conflicts(inventory, filters), CONFLICT_COLUMNS


def _unscanned(inventory: Inventory, filters: Filters) -> Rows:
    return queries.unscanned(inventory, filters=filters), _UNSCANNED_COLUMNS


_LISTS: dict[str, Callable[[Inventory, Filters], Rows]] = {
    "changes": _changes,
    "conflicts": _conflicts,
    "firmware": _firmware,
    "moved": _moved,
    "suspect": _suspect,
    "unscanned": _unscanned,
}


def _with_counts(rows: list[Row], columns: Sequence[str], by: str, out: TextIO, width: int | None, colour: bool) -> int:
    """A table of devices sorted by a column, and a table of the devices of each of its values."""
    from scanner.reports.table import write_tables

    lead = 1 + len(_BESIDE.get(by, ()))
    tables = [Section(TITLES["inventory"], columns, rows)]
    if of_each := Counter(row[by] for row in rows):
        counted = [{by: "none" if name is None else name, "devices": number} for name, number in of_each.items()]
        tables.append(Section("", (by, "devices"), counted))
    write_tables(tables, out, width=width, colour=colour, lead=lead)
    return len(rows)


def _last_start(inventory: Inventory) -> str | None:
    return next((scan.started for scan in queries.scans(inventory, 50) if scan.finished), None)


def _scope(filters: Filters) -> str:
    """The filters in words, empty for all devices."""
    parts = []
    for name in ("site", "manufacturer", "model", "status", "kind", "switch"):
        if values := getattr(filters, name):
            parts.append(f"{name} {', '.join(values)}")
    if filters.since:
        parts.append(f"new or changed since {filters.since}")
    return "; ".join(parts)
