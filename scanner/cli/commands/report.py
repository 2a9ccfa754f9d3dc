"""`phonescan report`: what people and other programs read about the inventory, in every format."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

import click

from scanner.cli.group import DONE, FOUND
from scanner.cli.shared import frame, output, selection
from scanner.core.fields import INVENTORY_COLUMNS

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters
    from scanner.reports import ReportData

KINDS: dict[str, str] = {
    "noncompliant": "Non-compliant firmware",
    "inventory": "Inventory",
    "changes": "Changes",
    "firmware": "Firmware versions",
    "moved": "Moved devices",
    "suspect": "Suspect devices",
    "unscanned": "Not scanned",
}
_EVENT_COLUMNS = (
    "time", "scan", "event", "part", "old", "new", "note", "site", "ip", "mac", "hostname", "manufacturer", "model",
    "firmware", "status", "compliance", "switch", "switch_port",
)  # fmt: skip
_UNSCANNED_COLUMNS = ("scan", "time", "site", "discovery", "ip", "outcome", "note")
_SUSPECT_COLUMNS = (
    "suspicion", "what", "site", "ip", "mac", "manufacturer", "model", "status", "switch", "switch_port",
)  # fmt: skip


@frame.command(
    "report",
    help="Report on the inventory.\n\n\b\n" + "\n".join(f"{kind:<13} {title}" for kind, title in KINDS.items()),
    examples=[
        "phonescan report noncompliant",
        "phonescan report noncompliant --format html -o report.html",
        "phonescan report inventory --site hq --format json",
        "phonescan report changes --since 7d",
        "phonescan report noncompliant --format csv --fail-on noncompliant",
    ],
)
@click.argument("report", type=click.Choice(list(KINDS)), metavar="REPORT")
@output.format_option()
@output.OUT
@selection.filters
@click.option(
    "--by",
    type=click.Choice(INVENTORY_COLUMNS),
    metavar="COLUMN",
    help="Sort the inventory by this column (switch, model, …); a table counts by it as well.",
)
@click.option("--include", type=click.Choice(["review"]), help="Devices in question as well, in CSV and JSON.")
@selection.FAIL_ON
def command(
    session: frame.Session,
    report: str,
    format: str,
    path: Path | None,
    by: str | None,
    include: str | None,
    fail_on: str | None,
    **chosen: Any,
) -> int:
    """Write one report."""
    from scanner.inventory import queries

    filters = selection.made(**chosen)
    with session.inventory(readonly=True) as inventory:
        if report == "noncompliant":
            count = write_noncompliant(session, inventory, filters, format, path, include == "review")
        else:
            count = write_list(session, inventory, report, filters, format, path, by)
        output.confirm_written(path, f"{count} {'row' if count == 1 else 'rows'}")
        if fail_on:
            from scanner.reports.data import counts

            if selection.found(fail_on, counts(queries.totals(inventory, "compliance", filters))):
                return FOUND
    return DONE


def write_list(
    session: frame.Session,
    inventory: Inventory,
    kind: str,
    filters: Filters,
    format: str,
    path: Path | None,
    by: str | None = None,
) -> int:
    """Write one of the reports that are a list; how many rows it has."""
    rows, columns = _lists(by)[kind](inventory, filters)
    if by and kind == "inventory" and format == "table":
        return output.emit(lambda stream: _counted(list(rows), columns, by, stream, path), format, path)
    return output.emit_rows(rows, columns, format, KINDS[kind], path, generated_at=session.now())


#: Columns that are of no use without these.
_TOGETHER = {"switch": ("switch_port", "vlan")}


def _counted(rows: list[dict[str, Any]], columns: Sequence[str], by: str, stream: IO[str], path: Path | None) -> int:
    """A table of devices sorted by a column, and one of how many there are of each."""
    from scanner.reports.table import write_table

    out = cast(TextIO, stream)
    colour = path is None and output.colour_wanted(sys.stdout)
    lead = 1 + len(_TOGETHER.get(by, ()))
    count = write_table(rows, columns, KINDS["inventory"], out, width=output.width(), colour=colour, lead=lead)
    of_each = Counter(row[by] for row in rows)
    if of_each:
        out.write("\n")
        counted = [{by: "none" if name is None else name, "devices": number} for name, number in of_each.items()]
        write_table(counted, (by, "devices"), "", out, width=output.width(), colour=colour)
    return count


_List = Callable[["Inventory", "Filters"], tuple[Iterable[dict[str, Any]], Sequence[str]]]


def _lists(by: str | None) -> dict[str, _List]:
    from scanner.inventory import queries
    from scanner.reports.firmware import FIRMWARE_COLUMNS, with_distance

    def inventory(inv: Inventory, filters: Filters) -> tuple[Iterable[dict[str, Any]], Sequence[str]]:
        rows: Iterable[dict[str, Any]] = queries.inventory_rows(inv, filters)
        if by is None:
            return rows, INVENTORY_COLUMNS
        ordered = sorted(rows, key=lambda row: (row[by] is None, str(row[by] or ""), str(row["switch_port"] or "")))
        first = (by, *_TOGETHER.get(by, ()))
        return ordered, (*first, *(column for column in INVENTORY_COLUMNS if column not in first))

    return {
        "inventory": inventory,
        "changes": lambda inv, filters: (
            queries.events(inv, since=filters.since, filters=replace(filters, since=None)),
            _EVENT_COLUMNS,
        ),
        "firmware": lambda inv, filters: (with_distance(queries.firmware_rows(inv, filters)), FIRMWARE_COLUMNS),
        "moved": lambda inv, filters: (
            queries.moved(inv, since=filters.since, filters=replace(filters, since=None)),
            _EVENT_COLUMNS,
        ),
        "suspect": lambda inv, filters: (
            queries.suspect(inv, since=filters.since, filters=replace(filters, since=None)),
            _SUSPECT_COLUMNS,
        ),
        "unscanned": lambda inv, filters: (queries.unscanned(inv, filters=filters), _UNSCANNED_COLUMNS),
    }


def write_noncompliant(
    session: frame.Session, inventory: Inventory, filters: Filters, format: str, path: Path | None, review: bool = False
) -> int:
    """Write the report of non-compliant firmware; how many devices it lists as non-compliant."""
    from scanner.reports import render_report

    data = report_data(session, inventory, filters, whole=format in ("table", "md", "html", "xlsx"))
    colour = path is None and output.colour_wanted(sys.stdout)
    return output.emit(
        lambda stream: render_report(data, format, stream, include_review=review, width=output.width(), colour=colour),
        format,
        path,
    )


def report_data(session: frame.Session, inventory: Inventory, filters: Filters, *, whole: bool = True) -> ReportData:
    """What the report of non-compliant firmware is made of; without `whole`, its rows alone."""
    from scanner.inventory import queries
    from scanner.reports import Group, ReportData, TrendPoint
    from scanner.reports.data import counts

    columns = (*INVENTORY_COLUMNS, "reason")
    rows = queries.noncompliant_rows(inventory, filters)
    review = queries.review_rows(inventory, filters)
    if not whole:
        return ReportData(KINDS["noncompliant"], session.now(), columns, rows, review)
    since = filters.since or _last_scan_began(inventory)
    everything = replace(filters, since=None)
    groups = [("Site", "site"), ("Model", "model"), ("Firmware", "firmware"), ("Switch", "switch")]
    return ReportData(
        title=KINDS["noncompliant"],
        generated_at=session.now(),
        columns=columns,
        rows=rows,
        review=review,
        totals=counts(queries.totals(inventory, "compliance", filters)),
        statuses=counts(queries.totals(inventory, "status", filters)),
        trend=[TrendPoint.of(row) for row in queries.trend(inventory, filters.site[0] if filters.site else None)],
        groups=[Group.of(title, queries.totals(inventory, column, filters)) for title, column in groups],
        changes=queries.events(inventory, since=since, filters=everything) if since else (),
        since=since or "",
        catalogs=catalogs(session, inventory, session.today()),
        unscanned=queries.unscanned(inventory, filters=everything),
        scope=_scope(filters),
    )


def _last_scan_began(inventory: Inventory) -> str | None:
    from scanner.inventory import queries

    return next((scan.started for scan in queries.scans(inventory, 50) if scan.finished), None)


def catalogs(session: frame.Session, inventory: Inventory | None, today: date) -> list[Any]:
    """The catalogs that the policy goes by, as a report names them."""
    from scanner import settings
    from scanner.compliance.catalog import age_days
    from scanner.reports import CatalogInfo

    policy = settings.policy(session.settings)
    roles = {
        policy.primary: "decides",
        **dict.fromkeys(policy.fallback, "decides where the first does not list a model"),
    }
    found = []
    for catalog in session.catalogs(inventory):
        age = age_days(catalog, today)
        old = age is not None and age > policy.stale_after_days
        role = roles.get(catalog.name, "")
        found.append(CatalogInfo(catalog.name, catalog.title, catalog.source, catalog.date, age, old, role))
    return sorted(found, key=lambda info: [*roles, info.name].index(info.name))


def _scope(filters: Filters) -> str:
    """The filters in words, empty for all devices."""
    parts = []
    for name in ("site", "manufacturer", "model", "status", "kind", "switch"):
        if values := getattr(filters, name):
            parts.append(f"{name} {', '.join(values)}")
    if filters.since:
        parts.append(f"new or changed since {filters.since}")
    return "; ".join(parts)
