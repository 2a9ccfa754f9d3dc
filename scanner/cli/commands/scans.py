"""`phonescan scans`: every scan with its outcome, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output

if TYPE_CHECKING:
    from scanner.inventory.queries import ScanHealth
    from scanner.inventory.records import ScanRow

COLUMNS = (
    "scan", "kind", "site", "started", "finished", "outcome", "observations", "unresolved", "targets", "notes",
    "devices", "expected", "problem",
)  # fmt: skip
#: Targets of a scan that those formats name.
TARGETS = 10
#: Columns of the formats that people read, in which the outcome of a scan contains its problem.
_READ_COLUMNS = (
    "scan", "kind", "site", "started", "finished", "outcome", "devices", "observations", "unresolved", "targets",
    "notes",
)  # fmt: skip


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

    columns = COLUMNS if format in ("csv", "json", "jsonl") else _READ_COLUMNS
    with session.inventory(readonly=True) as inventory:
        found = queries.scans(inventory, limit)
        health = queries.health_of_scans(inventory, found)
    rows = [_row(scan, health.get(scan.id), in_words=columns is not COLUMNS) for scan in found]
    output.write_rows(rows, columns, format, "Scans", path, generated_at=session.now())


def _row(scan: ScanRow, health: ScanHealth | None, *, in_words: bool) -> dict[str, Any]:
    """A scan as a row; an unfinished one has no health. The outcome is a word, or with the devices that responded."""
    return {
        "scan": scan.id,
        "kind": scan.kind,
        "site": scan.site,
        "started": scan.started,
        "finished": scan.finished,
        "outcome": str(health) if in_words and health else scan.outcome,
        "observations": scan.observations,
        "unresolved": scan.unresolved,
        "targets": _few(scan.targets) if in_words else list(scan.targets),
        "notes": " · ".join(scan.notes) if in_words else list(scan.notes),
        "devices": health.devices if health else None,
        "expected": health.expected if health else None,
        "problem": str(health.problem) or None if health else None,
    }


def _few(targets: Sequence[str]) -> list[str]:
    """Targets as people read them: the first ones, and how many more there are."""
    return [*targets[:TARGETS], *([f"{len(targets) - TARGETS:,} more"] if len(targets) > TARGETS else [])]
