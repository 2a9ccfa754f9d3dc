"""`phonescan diff`: the differences between the inventory after one scan and after another."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, FOUND

COLUMNS = ("change", "device", "site", "ip", "mac", "manufacturer", "model", "part", "old", "new")


@click_command.define(
    "diff",
    help="Show the differences between the inventory after SCAN_A and after SCAN_B. Exit status 0: none, 1: some.",
    examples=["phonescan diff 3 4", "phonescan diff 3 4 --format json"],
)
@click.argument("scan_a", type=int)
@click.argument("scan_b", type=int)
@options.format_option()
@options.OUTPUT
def command(session: Session, scan_a: int, scan_b: int, format: str, path: Path | None) -> int:
    """Write one row for each difference."""
    from scanner.inventory import queries

    with session.inventory(readonly=True) as inventory:
        rows = queries.diff(inventory, scan_a, scan_b)
        title = f"Scan {scan_a} → {scan_b}"
        count = output.write_rows(rows, COLUMNS, format, title, path, generated_at=session.now())
    return FOUND if count else DONE
