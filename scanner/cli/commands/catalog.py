"""`phonescan catalog`: list, show, import and compare catalogs of certified firmware."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.app import catalogs
from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.compliance.pages import RowProblem

_COLUMNS = ("name", "role", "models", "versions", "date", "age_days", "from", "title", "source")
_ENTRY_COLUMNS = ("manufacturer", "model", "firmware", "match", "line", "attributes")
_CHANGE_COLUMNS = ("change", "manufacturer", "model", "old", "new", "attribute")

command = click.Group(
    "catalog",
    help="The catalogs of certified firmware that phones are assessed by.",
    epilog=click_command.examples(
        [
            "phonescan catalog list",
            "phonescan catalog show skype-for-business",
            "phonescan catalog import devices-ip-phones.md",
            "phonescan catalog diff skype-for-business devices-ip-phones.md",
        ]
    ),
)


@click_command.define(
    "list", help="List the catalogs in force, with source and age.", examples=["phonescan catalog list"]
)
@options.format_option()
@options.OUTPUT
def list_catalogs(session: Session, format: str, path: Path | None) -> None:
    """Write one row for each catalog."""
    output.write_rows(catalogs.rows(session), _COLUMNS, format, "Catalogs", path, generated_at=session.now())


@click_command.define(
    "show",
    help="Show the rows of a catalog.",
    examples=["phonescan catalog show lync", "phonescan catalog show teams --format csv"],
)
@click.argument("name", metavar="NAME|PAGE")
@options.format_option()
@options.OUTPUT
def show_catalog(session: Session, name: str, format: str, path: Path | None) -> int:
    """Write one row for each model and version."""
    catalog, problems = catalogs.named_or_page(session, name)
    rows = [
        {
            "manufacturer": entry.manufacturer,
            "model": entry.model,
            "firmware": entry.firmware,
            "match": entry.match,
            "spelled": entry.spelled,
            "line": entry.source_line or None,
            "attributes": [f"{key}: {value}" for key, value in entry.attributes.items()],
        }
        for entry in catalog.entries
    ]
    title = f"{catalog.title} ({catalog.name}, {catalog.date or 'without a date'}; {catalog.source})"
    columns = _ENTRY_COLUMNS if format == "table" else (*_ENTRY_COLUMNS, "spelled")
    output.write_rows(rows, columns, format, title, path, generated_at=session.now())
    return _report(problems)


@click_command.define(
    "import",
    help="Read a certification page (Microsoft's Markdown as published, or a CSV list) or a catalog file (TOML) into "
    "the inventory, where it replaces the catalog of that name.\n\n"
    "A row that cannot be read is reported with its line; the others are imported.",
    examples=[
        "phonescan catalog import devices-ip-phones.md",
        "phonescan catalog import our-list.csv --name house --date 2026-11-01",
    ],
)
@click.argument("page", metavar="PAGE")
@click.option("--name", metavar="NAME", help="Name of the catalog.  [default: by the title or the file's name]")
@click.option("--source", metavar="TEXT", help="Source of the page, for reports.  [default: the file's name]")
@click.option("--date", metavar="DATE", help="Date of the page, such as 2026-11-23.  [default: its own ms.date]")
@click.option("--dry-run", is_flag=True, help="Read the page and report its problems; store nothing.")
def import_catalog(
    session: Session, page: str, name: str | None, source: str | None, date: str | None, dry_run: bool
) -> int:
    """Store the catalog of a page; exit status 3 when a row could not be read."""
    catalog, problems = catalogs.read_page(page, name, source, date)
    count = f"{catalogs.model_count(catalog)} models, {len(catalog.entries)} versions"
    if dry_run:
        click.echo(f"{shown(page)}: {count}; nothing is stored", err=True)
        return _report(problems)
    with session.inventory(create=True) as inventory:
        new = inventory.set_catalog(catalog, session.now())
        # an import that was killed has stored the catalog, and not assessed the devices
        again = new or inventory.is_open("catalog")
        summary = catalogs.assess_again(session, inventory, page) if again else None
    result = f"the catalog {catalog.name} is now this page" if new else f"the catalog {catalog.name} is unchanged"
    click.echo(f"{shown(page)}: {count}; {result} in {shown(str(session.db))}", err=True)
    if summary is not None and summary.events:
        changed = ", ".join(f"{number} {name}" for name, number in summary.events.items())
        click.echo(f"devices assessed again: {changed} (scan {summary.scan})", err=True)
    return _report(problems)


@click_command.define(
    "diff",
    help="Show what a newer catalog changed. With one name: the edition in force against the one before it.",
    examples=["phonescan catalog diff skype-for-business devices-ip-phones.md", "phonescan catalog diff old.md new.md"],
)
@click.argument("old", metavar="NAME|PAGE")
@click.argument("new", metavar="[NAME|PAGE]", required=False)
@options.format_option("table", "csv", "json", "jsonl", "md")
@options.OUTPUT
def diff_catalogs(session: Session, old: str, new: str | None, format: str, path: Path | None) -> int:
    """Write one row for each change."""
    from scanner.compliance.catalog import diff

    problems: tuple[RowProblem, ...] = ()
    if new is None:
        before, after = catalogs.editions(session, old)
    else:
        (before, problems), (after, more) = catalogs.named_or_page(session, old), catalogs.named_or_page(session, new)
        problems += more
    rows = [
        {**change._asdict(), "change": change.kind, "old": list(change.old), "new": list(change.new)}
        for change in diff(before, after)
    ]
    title = f"{before.name} of {before.date or '?'} → {after.name} of {after.date or '?'}"
    output.write_rows(rows, _CHANGE_COLUMNS, format, title, path, generated_at=session.now())
    return _report(problems)


def _report(problems: tuple[RowProblem, ...]) -> int:
    for problem in problems:
        print_message(str(problem))
    return PARTLY if problems else DONE


for _each in (list_catalogs, show_catalog, import_catalog, diff_catalogs):
    command.add_command(_each)
