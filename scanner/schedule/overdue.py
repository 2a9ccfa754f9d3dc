"""The runs of schedules beside their cron lines: which scan is overdue, failed before it began, or was not started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from scanner.core.text import moment, utc
from scanner.schedule import cron
from scanner.schedule.timetable import ScheduledScan

if TYPE_CHECKING:
    from scanner.inventory.queries import ScheduledRun

#: A run may be late by the time between two due times, within these bounds: runs are spread, and wait for each other.
LEAST_LATE, MOST_LATE = timedelta(minutes=2), timedelta(hours=1)


class RunProblem(StrEnum):
    """What is wrong with the runs of a schedule; the values are words for the user."""

    OVERDUE = "is overdue"
    FAILED = "failed"
    CLOSED = "was not run: its window was closed"


class ScheduleFinding(NamedTuple):
    """A schedule whose last run is missing or has a problem: the due time, and that of the last scan, None for none."""

    name: str
    problem: RunProblem
    due: datetime
    since: datetime | None

    def __str__(self) -> str:
        return f"{self.name} {self.problem} (due {utc(self.due)})"


def problems(
    table: Sequence[ScheduledScan],
    runs: Mapping[str, ScheduledRun],
    scanned: Mapping[str, str],
    now: datetime,
    since: datetime,
) -> Iterator[ScheduleFinding]:
    """The schedules with a problem at `now`.

    `scanned` is the time at which the last scan of the targets of a schedule began, by its name, also one by hand; a
    schedule without a run and a scan is not overdue before it became due after `since`, the time of the settings.
    """
    for entry in table:
        run, scan = runs.get(entry.name), scanned.get(entry.name, "")
        last = max(time for time in ("", run.due if run else "", scan) if time <= utc(now))
        if (due := _awaited(entry, now)) is not None and utc(due) > (last or utc(since)):
            yield ScheduleFinding(entry.name, RunProblem.OVERDUE, due, moment(last) if last else None)
        elif run is not None and run.claimed > scan and run.outcome in ("failed", "closed"):
            problem = RunProblem.FAILED if run.outcome == "failed" else RunProblem.CLOSED
            yield ScheduleFinding(entry.name, problem, moment(run.due), moment(scan) if scan else None)


def _awaited(entry: ScheduledScan, now: datetime) -> datetime | None:
    """The last due time of a schedule at which a run has to have started by now."""
    due = cron.last_due(entry.rule, entry.zone, now)
    after = cron.next_due(entry.rule, entry.zone, due) if due else None
    interval = after - due if due and after else MOST_LATE
    return cron.last_due(entry.rule, entry.zone, now - min(max(interval, LEAST_LATE), MOST_LATE))
