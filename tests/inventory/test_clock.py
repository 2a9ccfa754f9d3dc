"""A clock that jumps: what retention deletes is bounded by scans, and the last run of a schedule is of the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.text import utc
from scanner.inventory import Inventory
from scanner.inventory.db import retention

BANNER = "PolycomVVX-VVX_411-UA/5.9.0.9373"
START = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
PHONES = 20


def nights(count: int, start: datetime = START) -> list[datetime]:
    """The begins of nightly scans."""
    return [start + n * DAY for n in range(count)]


#: Clocks of the scans after five nights in which all phones responded. Only one phone responds to these scans.
JUMPS = {
    "to 2099": nights(3, datetime(2099, 1, 1, tzinfo=UTC)),
    "to 1970": nights(3, datetime(1970, 1, 1, tzinfo=UTC)),
    "a year ahead": nights(3, START + 370 * DAY),
    "a month ahead": nights(3, START + 45 * DAY),
    "ahead and back": [START + 5 * DAY, datetime(2099, 1, 1, tzinfo=UTC), START + 6 * DAY, START + 7 * DAY],
    "a battery is empty": [one for n in range(5, 11) for one in (datetime(1970, 1, 1, tzinfo=UTC), START + n * DAY)],
    "back and ahead": [datetime(1970, 1, 1, tzinfo=UTC), START + 6 * DAY, START + 7 * DAY, START + 8 * DAY],
}


def pruned(store: Any, times: list[datetime], keep: int, present: int) -> int:
    """The devices that are left after scans at these times, each of which finds the first phones and prunes."""
    for time in times:
        rows = [store.sip(f"10.1.0.{n + 1}", BANNER, f"64:16:7f:00:00:{n:02x}") for n in range(present)]
        store.feed(rows, utc(time))
        with Inventory.open(store.path) as inventory:
            inventory.prune(utc(max(time - keep * DAY, datetime(1, 1, 2, tzinfo=UTC))), utc(time))
    return len(store.rows())


@pytest.mark.parametrize("keep", [30, 400])
@pytest.mark.parametrize("name", JUMPS)
def test_a_clock_that_jumps_deletes_no_device(store: Any, name: str, keep: int) -> None:
    assert pruned(store, nights(5), keep, PHONES) == PHONES
    assert pruned(store, JUMPS[name], keep, 1) == PHONES


def test_what_was_seen_while_the_clock_was_ahead_is_deleted_after_the_retention(store: Any) -> None:
    pruned(store, [START, datetime(2099, 1, 1, tzinfo=UTC)], 10, PHONES)
    later = nights(12, START + DAY)
    assert pruned(store, later[:9], 10, 1) == PHONES
    assert pruned(store, later[9:], 10, 1) == 1


@given(
    st.lists(st.integers(-40_000, 40_000), min_size=1, max_size=12),
    st.integers(min_value=4, max_value=4_000),
)
@settings(max_examples=200, deadline=None)
def test_no_scan_is_old_before_four_more_have_begun(days: list[int], keep: int) -> None:
    times = [utc(START + day * DAY) for day in days]
    found = retention.limits([*enumerate(times)][::-1], keep * 86_400, times[-1])
    young = [n for n in found.of_scan if n >= len(times) - 3]
    assert young
    assert all(found.of_scan[n] <= times[n] for n in young)


def test_nightly_scans_age_by_the_clock() -> None:
    times = [*enumerate(utc(one) for one in nights(40))][::-1]
    found = retention.limits(times, 30 * 86_400, utc(START + 39 * DAY))
    assert found.before == utc(START + 9 * DAY)
    assert {limit for scan, limit in found.of_scan.items() if scan > 9} == {utc(START + 9 * DAY)}


def test_a_run_that_was_claimed_while_the_clock_was_ahead_is_not_the_last_one(store: Any) -> None:
    with Inventory.open(store.path, create=True) as inventory:
        for due in (store.day(2), "2099-01-01T02:00:00Z"):
            assert inventory.claim_run("nightly", due, due)
        assert inventory.last_run("nightly", store.day(3)) == store.day(2)
