"""The checkpoints that a scan keeps, to go back to before an outage."""

from __future__ import annotations

import pytest

from scanner.engine.outages import History

#: Seconds between two checkpoints, as the loop has it.
EACH = 0.5


def history(seconds: float) -> History:
    """The checkpoints of a scan of some seconds: each state is its time."""
    kept = History({"made": 0.0})
    for number in range(1, int(seconds / EACH) + 1):
        kept.add(number * EACH, {"made": number * EACH})
    return kept


@pytest.mark.parametrize("ago", [0.0, 1.0, 2.5, 6.0, 15.0, 40.0, 100.0])
@pytest.mark.parametrize("more", [0.0, 0.5, 1.0, 7.5])
def test_what_is_repeated_is_not_much_longer_than_an_outage_lasts(ago: float, more: float) -> None:
    end = 3_600.0 + more
    when, state = history(end).before(end - ago)
    assert state == {"made": when}
    assert ago <= end - when <= 2 * ago + EACH


def test_an_outage_since_longer_than_that_is_repeated_from_the_start() -> None:
    assert history(3_600).before(1_000) == (float("-inf"), {"made": 0.0})


def test_few_checkpoints_are_kept_however_long_a_scan_takes() -> None:
    kept = history(36_000)
    assert 8 <= len({kept.before(36_000 - back * EACH)[0] for back in range(1_000)}) <= 20
