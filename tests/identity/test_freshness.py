"""Freshness: which observations are current, and how the weight of the others decreases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from scanner.core.text import seconds, utc
from scanner.identity.freshness import DAY, VISIT, ages, step, weight


class Run(NamedTuple):
    first: str
    last: str


def run(first: float, last: float | None = None) -> Run:
    """A run of sightings in days of November 2026."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    return Run(utc(start + timedelta(days=first)), utc(start + timedelta(days=first if last is None else last)))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([run(0)], [0], id="one"),
        pytest.param([run(0), run(0.2)], [0, 0], id="one visit"),
        pytest.param([run(0), run(1)], [DAY, 0], id="another visit"),
        pytest.param([run(0, 9), run(0, 10)], [0, 0], id="side by side, queried on different days"),
        pytest.param([run(0, 9), run(9.5, 10)], [DAY, 0], id="last seen before something new"),
        pytest.param([run(0, 9), run(9.2, 10)], [0, 0], id="last seen in the visit of something new"),
        pytest.param([run(0, 1), run(0, 16)], [15 * DAY, 0], id="not seen for two weeks"),
        pytest.param([Run("", ""), run(5)], [0, 0], id="without a time"),
        pytest.param([Run("yesterday", "yesterday"), run(5)], [0, 0], id="with a time that cannot be read"),
    ],
)
def test_ages(runs: list[Run], expected: list[int]) -> None:
    assert ages(runs) == expected


def test_the_weight_halves_with_each_day_and_never_becomes_zero() -> None:
    assert [weight(age) for age in (0, DAY, 2 * DAY)] == [1.0, 0.5, 0.25]
    assert 0 < weight(365 * DAY) == weight(730 * DAY)


def test_ages_of_one_step_have_one_weight() -> None:
    assert [step(age) for age in (0, VISIT + 1, DAY, 2 * DAY, 3 * DAY, 4 * DAY)] == [0, 1, 2, 3, 3, 3]
    by_step: dict[int, set[float]] = {}
    for age in range(0, 10 * DAY, VISIT // 2):
        by_step.setdefault(step(age), set()).add(weight(age))
    assert [len(weights) for weights in by_step.values()] == [1, 1, 1, 1]


def test_seconds_are_those_of_the_unix_epoch() -> None:
    assert seconds("1970-01-02T00:00:00Z") == DAY
