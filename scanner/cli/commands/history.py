"""`phonescan history`: what happened to one device, oldest first."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.commands.explain import SITE
from scanner.cli.shared import frame, output
from scanner.core.errors import UsageError

COLUMNS = ("time", "scan", "event", "part", "old", "new", "note")


@frame.command(
    "history",
    help="Show what happened to a device, oldest first. DEVICE is an address, a mac, a serial, a host name or "
    "a number.",
    examples=["phonescan history 10.1.2.3", "phonescan history 64:16:7f:12:34:56 --format json"],
)
@click.argument("device")
@SITE
@output.format_option()
@output.OUT
def command(session: frame.Session, device: str, site: str | None, format: str, path: Path | None) -> None:
    """Write the events of one device."""
    from scanner.inventory import queries

    with session.inventory(readonly=True) as inventory:
        row = queries.device(inventory, device, site)
        if row is None:
            raise UsageError(f"there is no device {device!r} in {session.db}; `phonescan report inventory` lists them")
        rows = queries.history(inventory, row["id"])
    name = " ".join(str(row[part]) for part in ("manufacturer", "model", "ip", "mac") if row[part])
    output.emit_rows(rows, COLUMNS, format, f"History of {name}", path, generated_at=session.now())
