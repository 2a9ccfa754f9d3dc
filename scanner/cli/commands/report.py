"""`phonescan report`: the reports on the inventory, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.app.reporting import TITLES, write
from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, FOUND
from scanner.core.fields import INVENTORY_COLUMNS

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters


@click_command.define(
    "report",
    help="Report on the inventory.\n\n\b\n" + "\n".join(f"{kind:<13} {title}" for kind, title in TITLES.items()),
    examples=[
        "phonescan report noncompliant",
        "phonescan report noncompliant --format html -o report.html",
        "phonescan report inventory --site hq --format json",
        "phonescan report changes --since 7d",
        "phonescan report noncompliant --format csv --fail-on noncompliant",
    ],
)
@click.argument("report", type=click.Choice(list(TITLES)), metavar="REPORT")
@options.format_option()
@options.OUTPUT
@options.filter_options
@click.option(
    "--by",
    type=click.Choice(INVENTORY_COLUMNS),
    metavar="COLUMN",
    help="Sort the inventory by this column (switch, model, …); a table counts by it as well.",
)
@click.option("--include", type=click.Choice(["review"]), help="Add devices in question, in CSV and JSON.")
@options.FAIL_ON
def command(
    session: Session,
    report: str,
    format: str,
    path: Path | None,
    by: str | None,
    include: str | None,
    fail_on: str | None,
    **filtered: Any,
) -> int:
    """Write one report."""
    from scanner.inventory import queries
    from scanner.reports.data import counts

    filters = options.filters_of(**filtered)
    with session.inventory(readonly=True) as inventory:
        count = write_report(session, inventory, report, filters, format, path, by=by, review=include == "review")
        output.confirm_written(path, count)
        if fail_on and options.fails(fail_on, counts(queries.totals(inventory, "compliance", filters))):
            return FOUND
    return DONE


def write_report(
    session: Session,
    inventory: Inventory,
    kind: str,
    filters: Filters,
    format: str,
    path: Path | None = None,
    *,
    by: str | None = None,
    review: bool = False,
) -> int:
    """Write a report to a file or to standard output; returns its rows."""
    style = output.table_style(path)
    return output.write_format(
        lambda out: write(session, inventory, kind, filters, format, out, by=by, review=review, **style), format, path
    )
