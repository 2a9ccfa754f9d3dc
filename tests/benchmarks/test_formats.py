"""The large files of the benchmark are read: each is detected, and yields observations without a problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.reading import detect
from tests.benchmarks import bench_read_formats
from tests.benchmarks.formats import FILES


@pytest.mark.parametrize("name", FILES)
def test_a_large_file_is_of_its_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    bench_read_formats.write(name, 0.1, path)
    rate = bench_read_formats.read(path, name)
    assert rate.problems == 0
    assert rate.observations > 0
    assert 0.1 <= rate.megabytes < 0.3


def test_every_format_that_is_read_has_a_large_file_or_is_of_one_device() -> None:
    assert {*FILES, *bench_read_formats.SMALL} == set(detect.formats())
    assert not bench_read_formats.SMALL & set(FILES)


@pytest.mark.parametrize(("words", "status"), [(["9999999"], 2), (["1", "a"], 2), (["0"], 2)])
def test_arguments_that_are_not_valid_are_refused(words: list[str], status: int) -> None:
    assert bench_read_formats.main(words) == status


@pytest.mark.parametrize(
    ("format", "seconds", "peak", "missed"),
    [
        ("kea-leases", 0.5, 100.0, False),
        ("kea-leases", 2.0, 100.0, True),
        ("nmap", 2.0, 100.0, False),
        ("nmap", 2.0, 151.0, True),
    ],
)
def test_a_goal_is_met_or_missed(format: str, seconds: float, peak: float, missed: bool) -> None:
    assert bench_read_formats.Rate(20.0, seconds, peak, 1, 0).missed(format) is missed
