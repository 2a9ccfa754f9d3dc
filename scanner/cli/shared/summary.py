"""The summary of a scan or a reading: devices by status, changes and notes, on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from scanner.cli.shared.output import has_colour
from scanner.core.model import STATUSES
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.inventory import Summary

_COLOURS = {
    "certified": "green", "compatible": "green", "outdated": "red", "other-line": "red", "not-listed": "red",
    "newer": "yellow", "unknown-firmware": "yellow", "unidentified": "yellow",
}  # fmt: skip
#: Notes that are shown; the inventory stores all.
NOTES = 10


def write_summary(summary: Summary, *, notes: bool = False) -> None:
    """Write devices by status, changes, and with `notes` what limits the result."""
    colour = has_colour(sys.stderr)

    def count(number: int, name: str) -> str:
        text = f"{number} {name}"
        return click.style(text, fg=_COLOURS.get(name)) if colour else text

    devices = f"{summary.devices} {'device' if summary.devices == 1 else 'devices'}"
    statuses = ", ".join(count(summary.statuses[name], name) for name in STATUSES if summary.statuses.get(name))
    click.echo(f"scan {summary.scan}: {devices}" + (f": {statuses}" if statuses else ""), err=True)
    events = ", ".join(f"{number} {name}" for name, number in sorted(summary.events.items()) if number)
    if summary.baseline and summary.devices:
        click.echo("the first scan of this inventory: later scans are compared with it", err=True)
    elif events:
        click.echo(f"changes: {events}", err=True)
    if summary.unresolved:
        click.echo(
            f"{summary.unresolved} observations cannot be attributed (no mac, serial number or address)", err=True
        )
    if notes:
        for note in summary.notes[:NOTES]:
            click.echo(shown(note), err=True)
        if len(summary.notes) > NOTES:
            click.echo(f"and {len(summary.notes) - NOTES} more notes: `phonescan scans --format json`", err=True)
