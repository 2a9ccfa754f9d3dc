"""Cron lines: due times as cron computes them, in every zone and through changes of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import SettingsError
from scanner.schedule import cron

BERLIN = cron.zone("Europe/Berlin")


def times(line: str, start: str, count: int, where: str = "Europe/Berlin") -> list[str]:
    found = cron.due_after(cron.parse(line), cron.zone(where), datetime.fromisoformat(start))
    return [due.isoformat().replace("+00:00", "Z") for due in islice(found, count)]


@pytest.mark.parametrize(
    ("line", "start", "due"),
    [
        ("0 2 * * *", "2026-11-23T12:00:00+00:00", ["2026-11-24T01:00:00Z", "2026-11-25T01:00:00Z"]),
        ("30 3 * * 0", "2026-11-23T12:00:00+00:00", ["2026-11-29T02:30:00Z", "2026-12-06T02:30:00Z"]),
        ("30 3 * * 7", "2026-11-23T12:00:00+00:00", ["2026-11-29T02:30:00Z"]),
        ("30 3 * * sun", "2026-11-23T12:00:00+00:00", ["2026-11-29T02:30:00Z"]),
        ("30 3 * * sat-sun", "2026-11-23T12:00:00+00:00", ["2026-11-28T02:30:00Z", "2026-11-29T02:30:00Z"]),
        ("0 0 * * 1-5", "2026-11-27T12:00:00+00:00", ["2026-11-29T23:00:00Z"]),
        ("*/30 5 * * *", "2026-11-23T12:00:00+00:00", ["2026-11-24T04:00:00Z", "2026-11-24T04:30:00Z"]),
        ("0 6 1 * 5", "2026-11-23T12:00:00+00:00", ["2026-11-27T05:00:00Z", "2026-12-01T05:00:00Z"]),
        ("0 6 29 feb *", "2026-11-23T12:00:00+00:00", ["2028-02-29T05:00:00Z"]),
        ("@weekly", "2026-11-23T12:00:00+00:00", ["2026-11-28T23:00:00Z"]),
    ],
)  # fmt: skip
def test_due_times_are_those_of_cron(line: str, start: str, due: list[str]) -> None:
    assert times(line, start, len(due)) == due


def test_a_time_in_the_skipped_hour_is_due_once_after_it() -> None:
    # 2027-03-28, Berlin: 02:00 becomes 03:00, at 01:00 UTC
    assert times("30 2 * * *", "2027-03-27T12:00:00+00:00", 2) == ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]
    assert times("*/10 2 * * *", "2027-03-28T00:59:00+00:00", 2) == ["2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z"]


def test_a_time_in_the_repeated_hour_is_due_once() -> None:
    # 2026-10-25, Berlin: 03:00 becomes 02:00, at 01:00 UTC
    assert times("30 2 * * *", "2026-10-24T12:00:00+00:00", 2) == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]


def test_a_gap_at_midnight_is_handled_like_any_other() -> None:
    # Beirut skips 00:00 to 01:00 on 2027-03-28
    assert times("15 0 * * *", "2027-03-27T12:00:00+00:00", 1, "Asia/Beirut") == ["2027-03-27T22:00:00Z"]


@pytest.mark.parametrize(
    "line",
    ["", "0 2 * *", "60 2 * * *", "0 24 * * *", "0 2 0 * *", "0 2 * 13 *", "0 2 * * 8", "0 2 30 2 *", "a 2 * * *",
     "5-1 2 * * *", "*/0 2 * * *", "0 2 * * *; rm", "0 2 * * * *", "@never"],
)  # fmt: skip
def test_an_invalid_cron_line_is_one_sentence(line: str) -> None:
    with pytest.raises(SettingsError, match="cron = "):
        cron.parse(line)


def test_an_unknown_zone_is_one_sentence() -> None:
    for name in ("Berlin", "Europe/Nowhere", "", "../etc/passwd", "\0"):
        with pytest.raises(SettingsError, match="timezone"):
            cron.zone(name)


LINES = st.sampled_from(["0 2 * * *", "*/7 * * * *", "30 2 * * 0", "15 1-3 * * *", "0 0 1 * 1", "59 23 31 12 *"])
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Asia/Kathmandu"]
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))


@given(LINES, ZONES, MOMENTS)
def test_due_times_increase_and_the_last_precedes_the_next(line: str, where: str, moment: datetime) -> None:
    rule, place = cron.parse(line), cron.zone(where)
    found = list(islice(cron.due_after(rule, place, moment), 4))
    assert all(a < b for a, b in zip([moment, *found], found, strict=False))
    if found[-1] - moment < timedelta(days=300):
        assert cron.last_due(rule, place, found[-1]) == found[-1]
        assert cron.last_due(rule, place, found[-1] - timedelta(seconds=1)) == found[-2]
