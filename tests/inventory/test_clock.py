"""A clock that jumps: what retention deletes is bounded by scans, and the last run of a schedule is of the past."""

from __future__ import annotations

import itertools
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.text import utc
from scanner.inventory import Inventory
from scanner.inventory.db import retention
from tests.inventory.conftest import Store

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
        store.feed(rows, utc(time), received=utc(time))
        with Inventory.open(store.path) as inventory:
            inventory.prune(utc(max(time - keep * DAY, datetime(1, 1, 2, tzinfo=UTC))), utc(time))
    return len(store.rows())


@pytest.mark.parametrize("keep", [30, 400])
@pytest.mark.parametrize("name", JUMPS)
def test_a_clock_that_jumps_deletes_no_device(store: Any, name: str, keep: int) -> None:
    assert pruned(store, nights(5), keep, PHONES) == PHONES
    assert pruned(store, JUMPS[name], keep, 1) == PHONES


YEARS = (-56, -1, -0.5, 0.5, 1, 7900)


@pytest.mark.slow
@pytest.mark.parametrize(("first", "keep"), [*((years, 30) for years in YEARS), (1, 365)])
def test_three_scans_delete_no_device_whatever_the_clock_of_each_is(
    store: Any, tmp_path_factory: pytest.TempPathFactory, first: float, keep: int
) -> None:
    assert pruned(store, [START], keep, PHONES) == PHONES
    for number, (second, third) in enumerate(itertools.product(YEARS, repeat=2)):
        other = Store(tmp_path_factory.mktemp("clock") / f"{number}.sqlite")
        shutil.copy(store.path, other.path)
        times = [START + DAY + years * 365 * DAY for years in (first, second, third)]
        assert pruned(other, times, keep, 1) == PHONES, (first, second, third)


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


#: Times that an observation cannot have, or that are in other zones, with what counts when they are received on day 10.
SPELLED = {
    "2099-01-01T00:00:00Z": None, "9999-12-31T23:59:59-12:00": None, "0001-01-01T00:00:00+14:00": None,
    "2026-11-12T02:00:00Z": None, "2027-11-10T02:00:00+05:45": None, "9999-12-31T23:59:59.999999Z": None,
    "yesterday": None, "2026-11-10": None, "2026-11-10T16:00:00+14:00": "2026-11-10T02:00:00Z",
    "2026-11-10T14:00:00Z": "2026-11-10T14:00:00Z", "2026-11-09T14:00:00-12:00": "2026-11-10T02:00:00Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z": "1970-01-01T00:00:00Z",
    "20261109T020000Z": "2026-11-09T02:00:00Z",
}  # fmt: skip
FIRMWARE = [f"PolycomVVX-VVX_411-UA/5.9.{n}.9373" for n in range(8)]


@pytest.mark.parametrize("spelled", SPELLED)
def test_a_time_that_an_observation_cannot_have_counts_as_of_now(store: Any, spelled: str) -> None:
    store.feed([store.sip("10.1.0.5", BANNER, time=spelled)], store.day(10), received=store.day(10))
    assert store.sql("SELECT first_seen, last_seen FROM observations") == [(SPELLED[spelled] or store.day(10),) * 2]


def test_no_file_makes_a_firmware_the_newest_for_longer_than_a_day(store: Any) -> None:
    """Neither a time of the future, nor one of a clock that was not set: that of a later scan replaces it."""
    for number, time in enumerate(("2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9998-01-01T00:00:00Z")):
        one, other = store.day(10 + 2 * number), store.day(11 + 2 * number)
        store.feed([store.sip("10.1.0.5", FIRMWARE[number], time=time)], one, received=one)
        store.feed([store.sip("10.1.0.5", FIRMWARE[7])], other, received=other)
        assert store.brief("firmware", "last_seen") == [("5.9.7.9373", store.day(11 + 2 * number))]


#: Clocks of the scans after the first; each observes another firmware than the scan before.
CLOCKS = {
    "a year ahead and back": [START + 365 * DAY, START + 2 * DAY],
    "two years ahead twice and back": [START + 730 * DAY, START + 731 * DAY, START + 3 * DAY, START + 4 * DAY],
    "to 2099 and back": [datetime(2099, 1, 1, tzinfo=UTC), START + 2 * DAY, START + 3 * DAY],
    "ahead twice by other spans": [START + 900 * DAY, START + 2 * DAY, START + 400 * DAY, START + 4 * DAY],
    "back by three days": [START + 5 * DAY, START + 2 * DAY],
    "back before the first scan": [START - 90 * DAY, START - 89 * DAY],
    "far ahead, then less": [START + 9000 * DAY, START + 800 * DAY, START + 2 * DAY],
}


@pytest.mark.parametrize("name", CLOCKS)
def test_the_last_scan_counts_whatever_the_clock_was(store: Any, name: str) -> None:
    """Of a device that is observed each time, of one each second time, and of one that vanished in between."""

    def rows(number: int) -> list[Any]:
        return [
            store.sip("10.1.0.5", FIRMWARE[number], "64:16:7f:00:00:05"),
            *([] if number % 2 else [store.sip("10.1.0.6", FIRMWARE[number], "64:16:7f:00:00:06")]),
            *([] if number == 1 else [store.sip("10.1.0.7", FIRMWARE[number])]),
        ]

    cover = [("sip", "10.1.0.0/24")]
    store.feed(rows(0), utc(START), cover=cover)
    for number, time in enumerate(CLOCKS[name], 1):
        store.feed(rows(number), utc(time), cover=cover, missing_after=1, received=utc(time))
        last = number - number % 2
        found = store.sql("SELECT ip, firmware, state FROM devices ORDER BY ip")
        assert found == [
            ("10.1.0.5", f"5.9.{number}.9373", "present"),
            ("10.1.0.6", f"5.9.{last}.9373", "present" if last == number else "vanished"),
            ("10.1.0.7", f"5.9.{number - (number == 1)}.9373", "vanished" if number == 1 else "present"),
        ]
        assert all(seen <= utc(time) for (seen,) in store.sql("SELECT last_seen FROM devices"))
        with Inventory.open(store.path) as inventory:
            inventory.prune(utc(time - 30 * DAY), utc(time))
        assert store.sql("SELECT count(*) FROM devices") == [(3,)]


def test_what_was_seen_while_the_clock_was_ahead_stays_after_what_was_seen_before(store: Any) -> None:
    """Also where the clock was ahead for longer than the time since."""
    for number, time in enumerate((START, START + 730 * DAY, START + 731 * DAY, START + DAY / 12)):
        ip = "10.1.0.5" if number < 2 else "10.1.0.6"
        store.feed([store.sip(ip, FIRMWARE[number])], utc(time), received=utc(time))
    found = store.sql("SELECT ip, firmware, last_seen >= ? FROM devices ORDER BY ip", utc(START))
    assert found == [("10.1.0.5", "5.9.1.9373", 1), ("10.1.0.6", "5.9.3.9373", 1)]


def test_what_an_earlier_release_stored_with_a_time_of_the_future_stays_no_longer_the_newest(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", FIRMWARE[1])], store.day(9))
    with Inventory.open(store.path) as inventory:
        for table in ("observations", "devices"):
            inventory.connection.execute(f"UPDATE {table} SET last_seen = '2099-01-01T00:00:00Z'")
    store.feed([store.sip("10.1.0.5", FIRMWARE[2])], store.day(10), received=store.day(10))
    assert store.brief("firmware", "last_seen") == [("5.9.2.9373", store.day(10))]


def test_a_clock_of_before_the_program_was_written_moves_no_time(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", BANNER)], store.day(9))
    store.feed([], "1970-01-01T00:00:10Z", received="1970-01-01T00:00:10Z")
    assert store.brief("last_seen") == [(store.day(9),)]
    begin = "1970-01-02T00:00:10Z"
    store.feed([store.sip("10.1.0.6", BANNER, time=store.day(9))], begin, received=begin)
    assert store.brief("last_seen") == [(store.day(9),)] * 2
