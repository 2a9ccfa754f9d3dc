"""The devices that a command observed: their rows, for `--format` of commands that record."""

from __future__ import annotations

from scanner.cli.shared import output
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory import Inventory, Summary, queries


def write_observed(inventory: Inventory, summary: Summary, format: str) -> None:
    """Write the devices that a scan observed to standard output; nothing for the format `none`."""
    if format == "none":
        return
    observed = queries.observed_by(inventory, inventory.scan(summary.scan))
    rows = queries.inventory_rows(inventory, queries.Filters(seen_in=observed))
    output.write_rows(rows, INVENTORY_COLUMNS, format, f"Scan {summary.scan}")
