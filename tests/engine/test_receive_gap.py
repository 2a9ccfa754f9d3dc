"""Hosts that stop responding together, and one host that does."""

from __future__ import annotations

import pytest

from scanner.engine.hosts.receive_gap import HOLD, ReceiveGap


def gap(received: float) -> ReceiveGap[tuple[str, int]]:
    return ReceiveGap[tuple[str, int]](received, 4.5, lambda failure: failure[1])


def test_a_failure_while_other_hosts_respond_is_that_of_its_host() -> None:
    found = gap(10.0)
    assert not found.hold(("http", 1), 10.9)
    assert found.take(20.0) == ([], [])


def test_failures_of_several_hosts_in_a_gap_are_repeated() -> None:
    found = gap(10.0)
    for host in (1, 2, 3):
        assert found.hold(("http", host), 11.5)
    assert found.take(11.6) == ([("http", 1), ("http", 2), ("http", 3)], [])
    assert found.take(11.7) == ([], [])


def test_a_failure_that_ends_soon_after_a_gap_belongs_to_it() -> None:
    found = gap(10.0)
    found.received(13.0)
    assert [found.hold(("http", host), 13.2) for host in (1, 2, 3)] == [True] * 3
    assert len(found.take(13.2)[0]) == 3
    found.received(13.5)
    found.received(14.4)
    found.received(15.3)
    found.received(16.2)
    found.received(17.1)
    assert not found.hold(("http", 1), 17.6)


@pytest.mark.parametrize("hosts", [(1,), (1, 1, 1)])
def test_failures_of_one_host_in_a_gap_are_its_own(hosts: tuple[int, ...]) -> None:
    found = gap(10.0)
    failures = [("http", host) for host in hosts]
    assert all(found.hold(failure, 12.0) for failure in failures)
    assert found.take(12.0 + HOLD) == ([], [])
    assert found.take(12.1 + HOLD) == ([], failures)
