"""Rows of `scans` as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from scanner.inventory.records import ScanRow

#: The columns of `scan_row`, in its order.
SELECT = (
    "SELECT id, kind, site, started, finished, outcome, targets, discoveries, settings, notes, baseline, state,"
    " observations, unresolved FROM scans"
)


def scan_row(row: Sequence[Any]) -> ScanRow:
    """A row of SELECT as a record."""
    read = msgspec.json.decode
    return ScanRow(
        id=row[0],
        kind=row[1],
        site=row[2],
        started=row[3],
        finished=row[4],
        outcome=row[5],
        targets=tuple(read(row[6])),
        discoveries=tuple(read(row[7])),
        settings=read(row[8]),
        notes=tuple(read(row[9])),
        baseline=bool(row[10]),
        state=read(row[11]) if row[11] else {},
        observations=row[12],
        unresolved=row[13],
    )
