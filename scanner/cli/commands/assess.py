"""`phonescan assess`: assess the inventory by the policy in force, as it was at a time, or by another policy."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.app import assessing, catalogs
from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message
from scanner.core.errors import UsageError
from scanner.core.text import amount


@click_command.define(
    "assess",
    help="Assess every device of the inventory by the catalogs, the policy and the exceptions in force, without a "
    "scan, and show the verdicts.\n\n"
    "With --at, the verdicts are those that were in force then. With --what-if, nothing is stored: the devices are "
    "shown whose verdict would be another by the policy or catalog that is named.",
    examples=[
        "phonescan assess",
        "phonescan assess --at 2026-11-01 --format csv",
        "phonescan assess --policy strict --what-if",
        "phonescan assess --catalog devices-ip-phones.md --what-if",
    ],
)
@click.option("--policy", metavar="NAME", help="A policy of the settings, or strict or minimum; with --what-if.")
@click.option("--catalog", "page", metavar="PAGE", help="A page or file of a catalog; with --what-if.")
@click.option("--what-if", is_flag=True, help="Show who would change, from what to what; store nothing.")
@click.option(
    "--at", metavar="TIME", callback=options.as_moment, help="Show the verdicts after the last scan before TIME."
)
@options.format_option("table", "csv", "json", "jsonl", "md")
@options.OUTPUT
def command(
    session: Session,
    policy: str | None,
    page: str | None,
    what_if: bool,
    at: str | None,
    format: str,
    path: Path | None,
) -> int:
    """Write one row for each device, or for each device that would change."""
    if at is not None and (what_if or policy is not None or page is not None):
        raise UsageError("--at shows stored verdicts; leave out --what-if, --policy and --catalog")
    if what_if:
        return _what_if(session, policy, page, format, path)
    if policy is not None:
        raise UsageError('--policy needs --what-if; to put a policy in force, write `use = "NAME"` in [policy]')
    if page is not None:
        raise UsageError("--catalog needs --what-if; `phonescan catalog import` puts a catalog in force")
    if at is None:
        with session.inventory() as inventory:
            summary = assessing.assess(session, inventory)
        if summary is not None:
            changed = ", ".join(f"{number} {name}" for name, number in summary.events.items()) or "no change"
            click.echo(f"devices assessed again: {changed} (scan {summary.scan})", err=True)
    with session.inventory(readonly=True) as inventory:
        from scanner.inventory.queries import VERDICT_COLUMNS

        found = assessing.verdicts_at(inventory, at or session.now())
        title = f"Verdicts after scan {found.scan}, {found.time}"
        output.write_rows(found.rows, VERDICT_COLUMNS, format, title, path, generated_at=found.time)
    if found.missing:
        missing = amount(found.missing, "device")
        print_message(f"{missing} of then left out: deleted since, by the retention or as the same as another device")
        return PARTLY
    return DONE


def _what_if(session: Session, policy: str | None, page: str | None, format: str, path: Path | None) -> int:
    """Write who would change; exit status 3 when a row of the page could not be read."""
    if policy is None and page is None:
        raise UsageError("--what-if needs a --policy or a --catalog to assess by")
    catalog, problems = catalogs.read_page(page) if page is not None else (None, ())
    for problem in problems:
        print_message(str(problem))
    with session.inventory(readonly=True) as inventory:
        then = assessing.hypothetical(session, inventory, policy, catalog)
        rows = list(assessing.changes(inventory, session.knowledge(inventory), then))
    named = " and ".join(filter(None, (f"the policy {policy}" if policy else "", page)))
    title = f"Devices that would change by {named}"
    if format == "table":
        output.write_rows(assessing.counts(rows), assessing.COUNT_COLUMNS, format, title, path)
    if rows or format != "table":
        output.write_rows(rows, assessing.CHANGE_COLUMNS, format, title, path, generated_at=session.now())
    click.echo(f"{amount(len(rows), 'device')} would change; nothing is stored", err=True)
    return PARTLY if problems else DONE
