"""The runs of schedules: the last one of each, and the scans that schedules made."""

from __future__ import annotations

from typing import NamedTuple

from scanner.inventory.queries.filters import rows
from scanner.inventory.store import Inventory


class ScheduledRun(NamedTuple):
    """The last run of a schedule: due and claimed at, and its outcome; None while it runs, or where it was killed.

    `scan` is the last scan that a run of the schedule made, None where no such scan is stored.
    """

    schedule: str
    due: str
    claimed: str
    outcome: str | None
    scan: int | None


def scheduled_runs(inventory: Inventory) -> dict[str, ScheduledRun]:
    """The last run of each schedule, by its name."""
    found = rows(
        inventory,
        "SELECT r.schedule, r.due, r.claimed, r.outcome, (SELECT max(s.id) FROM runs o JOIN scans s ON s.id = o.scan_id"
        " WHERE o.schedule = r.schedule) AS scan"
        " FROM runs r WHERE r.due = (SELECT max(due) FROM runs WHERE schedule = r.schedule)",
    )
    return {str(row["schedule"]): ScheduledRun(**row) for row in found}
