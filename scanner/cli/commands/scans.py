"""`phonescan scans`: every scan with its outcome, the newest first."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output

COLUMNS = ("scan", "kind", "site", "started", "finished", "outcome", "observations", "unresolved", "targets", "notes")


@click_command.define(
    "scans",
    help="List the scans, the newest first. An unfinished one can be resumed with `phonescan scan --resume`.",
    examples=["phonescan scans", "phonescan scans --limit 5 --format json"],
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Scans at most.")
@options.format_option()
@options.OUTPUT
def command(session: Session, limit: int, format: str, path: Path | None) -> None:
    """Write the list of scans."""
    from scanner.inventory import queries

    with session.inventory(readonly=True) as inventory:
        rows = [
            {
                "scan": scan.id,
                "kind": scan.kind,
                "site": scan.site,
                "started": scan.started,
                "finished": scan.finished,
                "outcome": scan.outcome,
                "observations": scan.observations,
                "unresolved": scan.unresolved,
                "targets": list(scan.targets),
                "notes": list(scan.notes),
            }
            for scan in queries.scans(inventory, limit)
        ]
    output.write_rows(rows, COLUMNS, format, "Scans", path, generated_at=session.now())
