"""The summary of a scan or a reading: devices by status, changes and notes, on standard error."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from scanner.cli.shared.output import folded, has_colour
from scanner.core.model import STATUSES
from scanner.core.text import amount

if TYPE_CHECKING:
    from scanner.inventory import Summary
    from scanner.inventory.queries import ScanHealth

_COLOURS = {
    "certified": "green", "compatible": "green", "outdated": "red", "other-line": "red", "not-listed": "red",
    "newer": "yellow", "unknown-firmware": "yellow", "unidentified": "yellow",
}  # fmt: skip
#: Notes that are shown; the inventory stores all.
NOTES = 10


def write_summary(summary: Summary, *, notes: bool = False, health: ScanHealth | None = None) -> None:
    """Write devices by status, an outage, changes, and with `notes` what limits the result."""
    colour = has_colour(sys.stderr)
    for line in folded(_lines(summary, notes, health), sys.stderr):
        click.echo(_coloured(line) if colour else line, err=True)


def _lines(summary: Summary, notes: bool, health: ScanHealth | None) -> Iterator[str]:
    devices = amount(summary.devices, "device")
    statuses = ", ".join(f"{summary.statuses[name]} {name}" for name in STATUSES if summary.statuses.get(name))
    yield f"scan {summary.scan}: {devices}" + (f": {statuses}" if statuses else "")
    if health is not None and health.outage:
        yield f"outage: the scan is {health}"
    events = ", ".join(f"{number} {name}" for name, number in sorted(summary.events.items()) if number)
    if summary.baseline and summary.devices:
        yield "the first scan of this inventory: later scans are compared with it"
    elif events:
        yield f"changes: {events}"
    if summary.unresolved:
        yield (
            f"{amount(summary.unresolved, 'observation')} cannot be attributed: no mac, serial number or address"
            " identifies their device, or one device had too many"
        )
    if notes:
        yield from summary.notes[:NOTES]
        if len(summary.notes) > NOTES:
            yield f"and {len(summary.notes) - NOTES} more notes: `phonescan scans --format json`"


_COUNT = re.compile(rf"\d+ ({'|'.join(_COLOURS)})(?![\w-])")


def _coloured(line: str) -> str:
    """A line with the counts of statuses in their colours."""
    return _COUNT.sub(lambda found: click.style(found[0], fg=_COLOURS[found[1]]), line)
