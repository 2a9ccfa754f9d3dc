"""The rate limits of the scan and of each host, with a simulated clock."""

from __future__ import annotations

import errno
import os
import re
from bisect import bisect_left
from collections.abc import Callable

import pytest

from scanner.core.errors import EngineError, UsageError
from scanner.discovery.cost import TLS_PACKETS
from scanner.engine.liveness.arp import ArpSocket
from scanner.engine.os.rtnetlink import Link
from scanner.engine.os.udp import UdpSocket
from scanner.engine.rate.limits import PACES, HostRateLimiter, RateLimiter, SendGate, choose


def most_in_any(times: list[float], seconds: float) -> int:
    """Most events in any window of that length."""
    return max(bisect_left(times, start + seconds - 1e-9) - place for place, start in enumerate(times))


@pytest.mark.parametrize("rate", [1, 7, 50, 200, 2_000, 20_000])
@pytest.mark.parametrize("tick", [0.0005, 0.003, 0.05, 0.4])
def test_any_100_ms_contain_at_most_the_rate(rate: int, tick: float) -> None:
    rate_limiter, sent, now = RateLimiter(rate), list[float](), 100.0
    while now < 103.0:
        sent += [now] * rate_limiter.take(100_000, now)
        now += tick
    assert most_in_any(sent, 0.1) <= max(1, rate * 0.11 + 1)
    if tick <= 0.005:
        assert len(sent) >= rate * 3 * 0.95 - 1


def test_a_late_call_grants_one_burst() -> None:
    rate_limiter = RateLimiter(1000)
    assert rate_limiter.take(10_000, 0.0) == 10
    assert rate_limiter.take(10_000, 60.0) == 10


def test_a_clock_that_goes_back_counts_as_standing_still() -> None:
    rate_limiter = RateLimiter(100)
    rate_limiter.take(1000, 1000.0)
    assert rate_limiter.take(1000, 1.0) == 0
    assert rate_limiter.take(1000, 1000.5) == 1


def test_unsent_packets_are_returned() -> None:
    rate_limiter = RateLimiter(1000)
    assert rate_limiter.take(10, 5.0) == 10
    rate_limiter.give_back(4)
    assert rate_limiter.taken == 6
    assert rate_limiter.take(10, 5.0) == 4


def test_conversations_and_the_sweep_share_one_rate() -> None:
    rate_limiter, now, sent, reserved = RateLimiter(1000), 0.0, 0, 0
    while now < 1.0:
        if reserved < 400:
            rate_limiter.reserve(8, now)
            reserved += 8
        sent += rate_limiter.take(1000, now)
        now += 0.001
    assert sent + reserved <= 1000 * 1.0 + 20
    assert reserved == 400


def test_a_reduced_rate_applies_from_then_on() -> None:
    rate_limiter = RateLimiter(10_000)
    rate_limiter.take(100_000, 0.0)
    rate_limiter.set_rate(100)
    sent = sum(rate_limiter.take(1000, now / 1000) for now in range(1, 1001))
    assert 90 <= sent <= 101


@pytest.mark.parametrize("name", list(PACES))
def test_any_second_contains_at_most_the_limit_of_a_host(name: str) -> None:
    pace, now, sent = PACES[name], 0.0, list[float]()
    host_limiter = HostRateLimiter(pace.host_rate)
    for packets in [1, TLS_PACKETS, 8, 1, 1, TLS_PACKETS, TLS_PACKETS, 2, 2, 2, 8] * 6:
        now = host_limiter.reserve("10.0.0.1", packets, now)
        sent += [now] * packets
    assert most_in_any(sent, 1.0) <= pace.host_rate


def test_normal_sends_no_host_more_than_forty_packets_a_second() -> None:
    assert PACES["normal"].host_rate == 40


def test_memory_follows_the_hosts_in_progress() -> None:
    host_limiter = HostRateLimiter(40)
    for number in range(1000):
        host_limiter.reserve(f"host {number}", 1, 0.0)
        host_limiter.forget(f"host {number}")
    assert len(host_limiter) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 0}, "--rate 0 is out of range: use 1 to 1,000,000"),
        ({"rate": -5}, "--rate -5 is out of range"),
        ({"rate": 10**9}, "--rate 1,000,000,000 is out of range"),
        ({"retries": -1}, "--retries -1 is out of range: use 0 to 10"),
        ({"timeout": 0.0}, "--timeout 0.0 is out of range: use 0.05 to 60"),
        ({"timeout": 1e6}, "--timeout 1,000,000.0 is out of range"),
    ],
)
def test_a_number_out_of_range_is_one_sentence(options: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        choose("normal", **options)  # type: ignore[arg-type]


def test_an_unknown_pace_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="gentle, normal or fast"):
        choose("warp")


def test_retries_set_by_the_user_are_not_adaptive() -> None:
    assert choose("fast").adaptive
    pace = choose("fast", retries=1)
    assert (pace.retries, pace.adaptive) == (1, False)


class Clock:
    def __init__(self) -> None:
        self.time, self.stopped = 0.0, False

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> bool:
        self.time += seconds
        return self.stopped


def test_the_send_gate_waits_for_both_limits_and_ends_at_the_deadline() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(1000)
    reserve = lambda packets: rate_limiter.reserve(packets, clock.now())  # noqa: E731
    send_gate = SendGate(reserve, HostRateLimiter(40), clock.now, clock.wait)
    turns = []
    while send_gate.pass_through("10.0.0.1", 8, deadline=1.9):
        turns.append(clock.time)
    assert len(turns) == 7  # 8 packets at 28 a second: every 286 ms
    assert most_in_any([turn for turn in turns for _ in range(8)], 1.0) <= 40
    clock.stopped = True
    clock.time = 0.0
    assert not send_gate.pass_through("10.0.0.1", 8, deadline=100.0)


@pytest.mark.parametrize(
    ("opened", "named"),
    [
        (lambda: UdpSocket(4), "an IPv4 socket cannot be opened"),
        (
            lambda: ArpSocket(Link(1, "eth0", b"", up=True, loopback=False, arp=True)),
            "a raw socket cannot be opened on eth0",
        ),
    ],
)
def test_a_socket_without_a_descriptor_is_an_error_with_the_limit_to_raise(
    monkeypatch: pytest.MonkeyPatch, opened: Callable[[], object], named: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("socket.socket", full)
    with pytest.raises(EngineError, match=f"^{named}: too many open files: raise the limit .`ulimit -n`.$"):
        opened()
