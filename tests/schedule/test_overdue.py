"""Runs of schedules beside their cron lines, by a simulated clock."""

from __future__ import annotations

from datetime import datetime

import pytest

from scanner.inventory.queries import ScheduledRun
from scanner.schedule import overdue
from scanner.schedule.timetable import entries
from scanner.settings.records import ScanSection

LONG_AGO = "2026-01-01T00:00:00Z"
NOW = "2026-11-23T12:00:00Z"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def state(
    cron: str, run: str | None, scan: str = "", now: str = NOW, *, outcome: str | None = "done", since: str = LONG_AGO
) -> list[str]:
    table = entries([ScanSection(name="nightly", targets=("10.0.0.0/24",), cron=cron)])
    runs = {"nightly": ScheduledRun("nightly", run, run, outcome, None)} if run else {}
    scanned = {"nightly": scan} if scan else {}
    return [str(one) for one in overdue.problems(table, runs, scanned, at(now), at(since))]


@pytest.mark.parametrize(
    ("why", "cron", "run", "scan", "now", "found"),
    [
        ("in time", "0 2 * * *", "2026-11-23T02:00:00Z", "", NOW, []),
        ("missed last night", "0 2 * * *", "2026-11-22T02:00:00Z", "", NOW, ["2026-11-23T02:00:00Z"]),
        ("within the hour", "0 2 * * *", "2026-11-22T02:00:00Z", "", "2026-11-23T03:00:00Z", ["2026-11-23T02:00:00Z"]),
        ("not yet an hour", "0 2 * * *", "2026-11-22T02:00:00Z", "", "2026-11-23T02:59:00Z", []),
        ("scanned by hand since", "0 2 * * *", "2026-11-22T02:00:00Z", "2026-11-23T09:00:00Z", NOW, []),
        ("scanned by hand before", "0 2 * * *", None, "2026-11-22T20:00:00Z", NOW, ["2026-11-23T02:00:00Z"]),
        ("never", "0 2 * * *", None, "", NOW, ["2026-11-23T02:00:00Z"]),
        ("each minute, waits", "* * * * *", "2026-11-23T11:58:00Z", "", NOW, []),
        ("each minute", "* * * * *", "2026-11-23T11:50:00Z", "", NOW, ["2026-11-23T11:58:00Z"]),
        ("each quarter", "*/15 * * * *", "2026-11-23T11:30:00Z", "", NOW, ["2026-11-23T11:45:00Z"]),
        ("on Mondays", "0 2 * * 1", "2026-11-16T02:00:00Z", "", "2026-11-23T02:30:00Z", []),
        ("a day of the year that is past", "0 2 24 12 *", "2025-12-24T02:00:00Z", "", NOW, []),
    ],
)
def test_a_schedule_is_overdue(why: str, cron: str, run: str | None, scan: str, now: str, found: list[str]) -> None:
    assert state(cron, run, scan, now) == [f"nightly is overdue (due {due})" for due in found], why


def test_a_schedule_that_was_just_written_has_missed_nothing() -> None:
    assert state("0 2 * * *", None, since="2026-11-23T10:00:00Z") == []
    assert state("0 2 * * *", None, now="2026-11-24T04:00:00Z", since="2026-11-23T10:00:00Z") != []


@pytest.mark.parametrize(
    ("outcome", "scan", "found"),
    [
        ("failed", "", ["nightly failed (due 2026-11-23T02:00:00Z)"]),
        ("failed", "2026-11-23T01:00:00Z", ["nightly failed (due 2026-11-23T02:00:00Z)"]),
        ("failed", "2026-11-23T08:00:00Z", []),
        ("closed", "", ["nightly was not run: its window was closed (due 2026-11-23T02:00:00Z)"]),
        ("done", "", []),
        ("interrupted", "", []),
        (None, "", []),
    ],
)
def test_the_last_run_failed_or_was_not_started(outcome: str | None, scan: str, found: list[str]) -> None:
    assert state("0 2 * * *", "2026-11-23T02:00:00Z", scan, outcome=outcome) == found


def test_a_run_that_was_killed_is_overdue_at_its_next_due_time() -> None:
    assert state("0 2 * * *", "2026-11-22T02:00:00Z", outcome=None) == ["nightly is overdue (due 2026-11-23T02:00:00Z)"]
