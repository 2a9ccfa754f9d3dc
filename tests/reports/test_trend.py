"""Compliance over time: from which scan on it is drawn, and what its ends are called."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from scanner.core.text import utc
from scanner.reports import TrendPoint, plots, render_report
from tests.reports.sample import report

DAY, WEEK = 24.0, 168.0
YEAR = [(DAY * night, 50) for night in range(300)]


def points(counts: Sequence[tuple[float, int]]) -> list[TrendPoint]:
    """Points of so many devices, so many hours after the first."""
    start = datetime(2026, 11, 1, 8, tzinfo=UTC)
    return [TrendPoint(utc(start + timedelta(hours=hours)), count // 2, count - count // 2) for hours, count in counts]


CASES: tuple[tuple[str, list[tuple[float, int]], int | None], ...] = (
    ("whole scans each night", [(0, 96), (DAY, 96), (2 * DAY, 95)], 0),
    ("a capture of three phones and then the network", [(0, 3), (1, 96), (DAY, 96)], 1),
    ("one subnet after the other", [(0, 20), (1, 50), (2, 96), (DAY, 96)], 2),
    ("twenty subnets in small steps", [*((at / 10, 5 * at) for at in range(1, 21)), (DAY, 100), (2 * DAY, 100)], 17),
    ("one subnet for three nights, then all", [(0, 30), (DAY, 30), (2 * DAY, 30), (3 * DAY, 96), (4 * DAY, 96)], 3),
    ("subnets a month apart", [(0, 5), (4 * WEEK, 96), (5 * WEEK, 96)], 1),
    ("parts alone, so far", [(0, 20), (1, 50), (2, 96)], None),
    ("one scan", [(0, 96)], None),
    ("no device in any scan", [(0, 0), (DAY, 0)], None),
    ("no scan", [], None),
    ("an outage of nights in which all vanish", [(0, 96), (DAY, 96), (2 * DAY, 0), (3 * DAY, 0), (4 * DAY, 96)], 0),
    ("a first scan in an outage", [(0, 2), (DAY, 96), (2 * DAY, 96)], 1),
    ("a site that is added after a year", [*YEAR, (301 * DAY, 80), (302 * DAY, 80)], 0),
    ("a fleet that grows slowly", [(WEEK * week, 50 + week) for week in range(50)], 0),
    ("a fleet that shrinks", [(DAY * at, 96 - at) for at in range(30)], 0),
)


@pytest.mark.parametrize(("why", "counts", "first"), CASES, ids=[case[0] for case in CASES])
def test_the_plot_starts_at_the_first_full_scan(why: str, counts: list[tuple[float, int]], first: int | None) -> None:
    given = points(counts)
    drawn = plots.trend(list(reversed(given)))
    assert (drawn.first.time if drawn else None) == (given[first].time if first is not None else None)
    if drawn:
        assert drawn.last.time == given[-1].time
        assert drawn.top == str(max(count for _, count in counts[first:]))


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        ("2026-11-01T08:00:00Z", "2026-11-03T08:00:00Z", ("2026-11-01", "2026-11-03")),
        ("2026-11-01T08:00:00Z", "2026-11-01T17:30:10Z", ("2026-11-01 08:00 UTC", "2026-11-01 17:30 UTC")),
        ("2026-11-01T08:00:05Z", "2026-11-01T08:00:50Z", ("2026-11-01 08:00:05 UTC", "2026-11-01 08:00:50 UTC")),
        ("2026-11-01T08:00:05Z", "2026-11-01T08:00:05Z", ("2026-11-01 08:00:05 UTC", "2026-11-01 08:00:05 UTC")),
    ],
)
def test_the_ends_of_the_axis_differ_where_days_are_the_same(first: str, last: str, texts: tuple[str, str]) -> None:
    drawn = plots.trend([TrendPoint(first, 9, 1), TrendPoint(last, 9, 1)])
    assert drawn is not None
    assert (drawn.first.text, drawn.last.text) == texts
    assert all(text in drawn.label for text in texts)


def test_the_report_has_the_same_plot_or_says_what_it_requires() -> None:
    texts = []
    for counts in (CASES[1][1], CASES[6][1]):
        stream = io.StringIO()
        render_report(report(trend=points(counts)), "html", stream)
        texts.append(stream.getvalue())
    assert '<time datetime="2026-11-01T09:00:00Z">2026-11-01</time>' in texts[0]
    assert "<polygon" in texts[0]
    assert "<polygon" not in texts[1]
    assert "starts at the first scan of the whole network, and requires a second" in texts[1]
