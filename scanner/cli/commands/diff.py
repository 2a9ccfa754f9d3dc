"""`phonescan diff`: what differs between the inventory after two scans."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.group import DONE, FOUND
from scanner.cli.shared import frame, output

COLUMNS = ("change", "device", "site", "ip", "mac", "manufacturer", "model", "part", "old", "new")


@frame.command(
    "diff",
    help="Show what differs between the inventory after SCAN_A and after SCAN_B. Exit status 0: nothing, 1: something.",
    examples=["phonescan diff 3 4", "phonescan diff 3 4 --format json"],
)
@click.argument("scan_a", type=int)
@click.argument("scan_b", type=int)
@output.format_option()
@output.OUT
def command(session: frame.Session, scan_a: int, scan_b: int, format: str, path: Path | None) -> int:
    """Write one row a difference; 1 when there is one."""
    from scanner.inventory import queries

    with session.inventory(readonly=True) as inventory:
        rows = queries.diff(inventory, scan_a, scan_b)
        count = output.emit_rows(rows, COLUMNS, format, f"Scan {scan_a} → {scan_b}", path, generated_at=session.now())
    return FOUND if count else DONE
