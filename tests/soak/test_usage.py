"""What `make soak` calls flat, and what it measures."""

from __future__ import annotations

import os

from tests.soak import usage

MB = 1024 * 1024


def test_a_series_that_has_settled_is_flat_and_a_leak_is_not() -> None:
    assert usage.is_flat([10, 60, 70, 72, 71, 72, 73, 72, 71], 0)
    assert usage.is_flat([9, 10, 9, 9, 9, 9, 9, 10, 10], 0)
    assert not usage.is_flat([9, 10, 9, 9, 9, 9, 10, 11, 10], 0)
    assert not usage.is_flat([60 + day for day in range(30)], 0)
    assert not usage.is_flat([20, 20, 20, 20, 20, 20, 22, 24, 26], 0)
    assert not usage.is_flat([1, 2], 0)


def test_memory_within_the_slack_is_flat() -> None:
    assert usage.is_flat([30 * MB] * 6 + [31 * MB] * 3, usage.MEMORY_SLACK)
    assert not usage.is_flat([30 * MB] * 6 + [36 * MB] * 3, usage.MEMORY_SLACK)


def test_the_use_of_this_process_is_measured() -> None:
    before = usage.of(os.getpid())
    with open(os.devnull, "rb"):
        assert usage.of(os.getpid())["descriptors"] == before["descriptors"] + 1
    assert before["memory"] > 10 * MB
    assert before["threads"] >= 1
