"""`phonescan scans`: every scan with its outcome, the newest first."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.shared import frame, output

COLUMNS = ("scan", "kind", "site", "started", "finished", "outcome", "observations", "unresolved", "targets", "notes")


@frame.command(
    "scans",
    help="List the scans, the newest first. One that is not finished can be resumed with `phonescan scan --resume`.",
    examples=["phonescan scans", "phonescan scans --limit 5 --format json"],
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most.")
@output.format_option()
@output.OUT
def command(session: frame.Session, limit: int, format: str, path: Path | None) -> None:
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
    output.emit_rows(rows, COLUMNS, format, "Scans", path, generated_at=session.now())
