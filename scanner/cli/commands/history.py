"""`phonescan history`: the events of one device, oldest first."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.core.errors import UsageError

COLUMNS = ("time", "scan", "event", "part", "old", "new", "note")


@click_command.define(
    "history",
    help="Show the events of a device, oldest first. DEVICE is an address, a mac, a serial number, a host name or a "
    "number.",
    examples=["phonescan history 10.1.2.3", "phonescan history 64:16:7f:12:34:56 --format json"],
)
@click.argument("device")
@options.DEVICE_SITE
@options.format_option()
@options.OUTPUT
def command(session: Session, device: str, site: str | None, format: str, path: Path | None) -> None:
    """Write the events of one device."""
    from scanner.inventory import queries

    with session.inventory(readonly=True) as inventory:
        row = queries.device(inventory, device, site)
        if row is None:
            raise UsageError(f"unknown device {device!r} in {session.db}; `phonescan report inventory` lists them")
        rows = queries.history(inventory, row["id"])
    name = " ".join(str(row[part]) for part in ("manufacturer", "model", "ip", "mac") if row[part])
    output.write_rows(rows, COLUMNS, format, f"History of {name}", path, generated_at=session.now())
