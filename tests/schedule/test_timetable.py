"""The timetable: windows, next due times, missed runs, errors in the settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from scanner.core.errors import SettingsError
from scanner.core.text import utc
from scanner.schedule import timetable
from scanner.settings.records import ScanSection


def section(name: str = "nightly", cron: str = "0 2 * * *", **more: str) -> ScanSection:
    return ScanSection(name=name, cron=cron, targets=("127.0.0.1",), **more)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_two_scans_are_in_the_order_of_their_due_times() -> None:
    table = timetable.entries([section("a", "0 3 * * *"), section("b", "30 2 * * *"), section("c", "0 3 * * *")])
    rows = list(islice(timetable.upcoming(table, at("2026-11-23T00:00")), 4))
    assert [(utc(due), name) for due, name in rows] == [
        ("2026-11-23T02:30:00Z", "b"),
        ("2026-11-23T03:00:00Z", "a"),
        ("2026-11-23T03:00:00Z", "c"),
        ("2026-11-24T02:30:00Z", "b"),
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"cron": "0 25 * * *"}, "hour"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"window": "22-5"}, "22-5"),
        ({"window": "22:00-22:00"}, "22:00"),
        ({"window": "22:00-25:00"}, "25:00"),
    ],
)
def test_an_error_names_the_scan_and_the_value(more: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match="nightly") as raised:
        timetable.entries([section(**more)])
    assert words in str(raised.value)


def test_two_scans_of_one_name_are_an_error() -> None:
    with pytest.raises(SettingsError, match="two"):
        timetable.entries([section(), section()])


@pytest.mark.parametrize(
    ("spelled", "moment", "is_open", "closes"),
    [
        ("22:00-05:00", "2026-11-23T23:30", True, "2026-11-24T05:00:00Z"),
        ("22:00-05:00", "2026-11-24T04:59", True, "2026-11-24T05:00:00Z"),
        ("22:00-05:00", "2026-11-24T05:00", False, "2026-11-25T05:00:00Z"),
        ("01:00-05:00", "2026-11-24T00:59", False, "2026-11-24T05:00:00Z"),
        ("01:00-05:00", "2026-11-24T01:00", True, "2026-11-24T05:00:00Z"),
        ("20:00-24:00", "2026-11-24T23:59", True, "2026-11-25T00:00:00Z"),
    ],
)
def test_a_window_is_open_and_closes(spelled: str, moment: str, is_open: bool, closes: str) -> None:
    window = timetable.window(spelled)
    zone = timetable.cron.zone("UTC")
    assert window.open_at(at(moment), zone) is is_open
    assert utc(window.closes_after(at(moment), zone)) == closes


def test_a_recent_missed_run_is_caught_up_once() -> None:
    entry = timetable.entries([section()])[0]
    now = at("2026-11-23T09:00")
    assert timetable.missed(entry, "2026-11-22T02:00:00Z", now) == at("2026-11-23T02:00")
    assert timetable.missed(entry, "2026-11-23T02:00:00Z", now) is None
    assert timetable.missed(entry, None, now) is None
    weekly = timetable.entries([section(cron="0 2 * * 0")])[0]
    assert timetable.missed(weekly, "2026-11-08T02:00:00Z", now + timedelta(days=3)) is None
