"""Control hosts on a simulated clock: which subnets are unresponsive, and which are not."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import ExitStack
from selectors import DefaultSelector
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.core.spans import Span
from scanner.core.target_syntax import parse
from scanner.engine.liveness import control_requests
from scanner.engine.liveness.control import (
    ARP,
    ECHO,
    LAST,
    LEAST_RATE,
    MOST_PROBES,
    MOST_RATE,
    QUIET,
    ControlHosts,
    Subnets,
)
from scanner.engine.liveness.control_requests import ControlRequests
from scanner.engine.os.rtnetlink import Reachability, Region
from scanner.engine.os.udp import SENT, SendResult
from scanner.engine.rate.limits import HostRateLimiter
from scanner.engine.sweep.cookie import Cookies

STEP, REPLY = 0.05, 0.01

#: Whether a packet to or from a host arrives at a time.
Arrives = Callable[[int, float], bool]


class Clock:
    """A run of the checks over simulated hosts, the subnet of which is their number by hundreds."""

    def __init__(
        self,
        arrives: Arrives,
        loss: float = 0.0,
        known: list[int] | None = None,
        ways: Callable[[int], list[int]] = lambda index: [ECHO],
        responds: Callable[[int], bool] = lambda way: True,
        delay: float = 0.0,
    ) -> None:
        self.responds, self.delay = responds, delay
        self.now, self.arrives, self.requests = 0.0, arrives, list[tuple[float, int]]()
        self.replies = list[tuple[float, int, int]]()
        self.control = ControlHosts(
            lambda index: (0, index // 100), ways, self.send, lambda: loss, [(one, ECHO) for one in known or []], 0.0,
            lambda: 2 * delay,
        )  # fmt: skip
        self.unresponsive = set[int]()

    def send(self, index: int, way: int) -> bool:
        self.requests.append((self.now, index))
        if self.arrives(index, self.now) and self.responds(way):
            self.replies.append((self.now + self.delay, index, way))
        return True

    def respond(self, *hosts: int) -> None:
        for host in hosts:
            self.control.received(host, self.now)

    def run(self, seconds: float, rate: float = 2_000) -> set[int]:
        end = self.now + seconds
        while self.now < end:
            arrived = [one for one in self.replies if one[0] < self.now]
            self.replies = [one for one in self.replies if one[0] >= self.now]
            for _, index, way in arrived:
                self.control.replied(index, way, self.now)
            self.control.pump(self.now, rate, 1_000)
            self.unresponsive |= {prefix for _, prefix in self.control.unresponsive(self.now)}
            self.now += STEP
        return self.unresponsive


def until(when: float) -> Arrives:
    return lambda index, now: now < when


def test_a_subnet_that_becomes_unresponsive_is_found_within_two_seconds_and_the_others_are_not() -> None:
    clock = Clock(lambda index, now: index >= 100 or now < 5)
    clock.respond(1, 2, 3, 100, 101, 102)
    assert clock.run(4.9) == set()
    assert clock.run(2.5) == {0}
    assert 4.4 <= clock.control.unresponsive_since([(0, 0)]) <= 5.1


@pytest.mark.parametrize("loss", [0.05, 0.2])
@pytest.mark.parametrize("shown", [False, True])
def test_loss_alone_makes_no_subnet_unresponsive(loss: float, shown: bool) -> None:
    chance = random.Random(7)
    both_ways = 1 - (1 - loss) ** 2
    clock = Clock(lambda index, now: chance.random() >= both_ways, loss=both_ways if shown else 0.0)
    for host in range(0, 600, 20):
        clock.respond(host)
    assert clock.run(600) == set()
    assert len(clock.requests) > 1_000


@pytest.mark.parametrize(
    "hosts", [(), (1,), (1, 2), (1, 101, 201)], ids=["none", "one", "respond once", "one in each subnet"]
)
def test_subnets_without_two_hosts_that_respond_to_a_second_request_are_never_unresponsive(
    hosts: tuple[int, ...],
) -> None:
    clock = Clock(lambda index, now: len(hosts) == 3 and now < 5)
    clock.respond(*hosts)
    assert clock.run(60) == set()
    assert clock.control.confirmed(clock.now)


def test_a_host_that_is_switched_off_does_not_make_its_subnet_unresponsive() -> None:
    clock = Clock(lambda index, now: index != 1 or now < 5)
    clock.respond(1, 2)
    assert clock.run(60) == set()


def test_hosts_that_are_switched_off_one_after_the_other_do_not_make_their_subnet_unresponsive() -> None:
    """A scan of hours lasts into the evening: once a host does not respond and the others do, it is no control host."""
    clock = Clock(lambda index, now: now < 30 * index)
    clock.respond(1, 2, 3, 4)
    assert clock.run(60) == set()
    assert {index for index, _ in clock.control.hosts} == {2, 3, 4}
    assert clock.run(140) == set()
    assert clock.control.confirmed(clock.now)


def test_an_outage_costs_no_control_host() -> None:
    clock = Clock(lambda index, now: not 10 <= now < 40)
    clock.respond(1, 2, 3, 4)
    clock.run(12)
    while clock.control.again([(0, 0)], clock.now):
        clock.run(STEP)
    assert 40 <= clock.now < 41
    clock.run(30)
    assert clock.unresponsive == {0}
    assert {index for index, _ in clock.control.hosts} == {1, 2, 3, 4}


def test_responses_that_take_long_are_waited_for() -> None:
    clock = Clock(lambda index, now: True, delay=1.9)
    clock.respond(1, 2, 3, 4)
    assert clock.run(180) == set()
    assert len(clock.control.hosts) >= 2


def test_responses_to_other_requests_show_that_the_network_works() -> None:
    clock = Clock(until(5))
    clock.respond(1, 2, 3)
    clock.run(5)
    before = len(clock.requests)
    for _ in range(40):
        clock.respond(1)
        assert clock.run(QUIET - STEP) == set()
    assert len(clock.requests) == before


def test_known_control_hosts_of_an_earlier_pass_show_an_outage_that_lasts() -> None:
    assert Clock(until(0), known=[1, 2]).run(2.5) == {0}


def test_a_unresponsive_subnet_that_responds_again_is_not_unresponsive() -> None:
    clock = Clock(lambda index, now: not 5 <= now < 10)
    clock.respond(1, 2)
    clock.run(9)
    still = [(0, 0)]
    while still and clock.now < 20:
        still = clock.control.again(still, clock.now)
        clock.run(STEP)
    assert 10 <= clock.now < 11.5
    assert not clock.control.unresponsive(clock.now)


def test_requests_take_a_share_of_the_rate_and_spread_over_the_hosts() -> None:
    clock = Clock(lambda index, now: True)
    for host in range(0, 100_000, 25):
        clock.respond(host)
    clock.run(20)
    assert len(clock.requests) <= 21 * MOST_RATE
    assert max(sum(index == one for _, index in clock.requests) for one in (0, 25, 50, 75)) <= 20
    slow = Clock(lambda index, now: True)
    slow.respond(*range(0, 1_000, 50))
    slow.run(20, rate=100)
    assert len(slow.requests) <= LEAST_RATE * 20 + 5


def test_a_run_ends_once_every_subnet_has_responded_and_waits_for_no_longer_than_that() -> None:
    clock = Clock(lambda index, now: index >= 100 or now < 5)
    clock.respond(1, 2, 100, 101)
    clock.run(4.9)
    assert not clock.control.confirmed(5.5)
    clock.now = 5.5
    assert clock.run(3) == {0}
    assert not clock.control.confirmed(clock.now)
    assert clock.control.confirmed(5.6 + LAST)


def test_a_subnet_is_256_addresses_of_one_link_or_route() -> None:
    targets = parse(["10.0.0.1-10.0.2.15"])
    regions = [
        Region(Span(4, 0x0A000001, 0x0A0000FF), Reachability.LINK, 2, 0),
        Region(Span(4, 0x0A000100, 0x0A0001FF), Reachability.ROUTED, 3, 0),
        Region(Span(4, 0x0A000200, 0x0A000207), Reachability.ROUTED, 3, 0),
        Region(Span(4, 0x0A000208, 0x0A00020F), Reachability.LOCAL, 1, 0),
    ]
    subnets = Subnets(regions, targets)
    of = {text: subnets.of(targets.index(text) or 0) for text in ("10.0.0.9", "10.0.0.99", "10.0.1.1", "10.0.2.7")}
    assert of["10.0.0.9"] == of["10.0.0.99"]
    assert len(set(of.values())) == 3
    assert subnets.of(targets.index("10.0.2.9") or 0) is None
    key = of["10.0.2.7"]
    assert key is not None
    assert subnets.spans(key) == [Span(4, 0x0A000200, 0x0A000207)]


@pytest.mark.parametrize(
    ("addresses", "count"),
    [
        (["10.0.0.5", "10.0.0.9", "10.0.0.20-10.0.0.22", "10.0.1.7", "10.0.1.70"], 2),
        (["2001:db8::5", "2001:db8::1:0:9", "2001:db8::8a2e:370:7334", "2001:db8:0:1::5"], 2),
    ],
)
def test_a_list_of_addresses_has_the_subnets_of_their_prefixes(addresses: list[str], count: int) -> None:
    targets = parse(addresses)
    regions = [Region(span, Reachability.ROUTED, 3, 0) for span in targets.spans]
    subnets = Subnets(regions, targets)
    keys = {subnets.of(index) for index in range(targets.count())} - {None}
    assert len(keys) == count
    assert sorted(span for key in keys if key for span in subnets.spans(key)) == sorted(targets.spans)


@pytest.mark.parametrize("way", [ARP, 0])
def test_hosts_without_an_echo_reply_are_checked_in_the_way_to_which_they_respond(way: int) -> None:
    clock = Clock(until(8), ways=lambda index: [ECHO, 0, ARP], responds=lambda one: one == way)
    clock.respond(1, 2, 3)
    assert clock.run(7.9) == set()
    assert {one for _, one in clock.control.hosts} == {way}
    assert clock.run(2.5) == {0}
    assert Clock(until(0), known=[1, 2], ways=lambda index: []).run(2.5) == {0}


def test_a_host_gets_a_bounded_number_of_probes_and_another_takes_its_place() -> None:
    clock = Clock(lambda index, now: True, ways=lambda index: [0])
    while clock.now < 300:
        clock.respond(*range(8))
        clock.run(5)
    sent = [sum(index == one for _, index in clock.requests) for one in range(8)]
    assert max(sent) <= MOST_PROBES + 1
    assert min(sent) > 0


def test_an_echo_reply_counts_for_the_request_to_a_control_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A raw socket receives every echo reply of this host: that to host discovery is no second response."""
    replied, arrived = list[tuple[int, int]](), list[str]()

    class Echoes:
        def __init__(self, cookies: Cookies, version: int) -> None:
            self.near, self.far = socket.socketpair()

        def fileno(self) -> int:
            return self.near.fileno()

        def close(self) -> None:
            self.near.close()
            self.far.close()

        def send(self, address: str) -> SendResult:
            return SENT

        def read(self, found: Callable[[str], None]) -> None:
            for address in arrived:
                found(address)

    monkeypatch.setattr(control_requests, "EchoSocket", Echoes)
    discovery: Any = SimpleNamespace(neighbour_free_at=lambda index, now: 0.0)
    sweep: Any = None
    checks = ControlRequests(
        parse(["10.0.0.0/24"]), Cookies(b"x"), HostRateLimiter(10), lambda index: True, sweep, discovery,
        lambda index, way: replied.append((index, way)), lambda: 0.0,
    )  # fmt: skip
    with ExitStack() as stack:
        selector = stack.enter_context(DefaultSelector())
        checks.open(4, selector, stack)
        (key,) = selector.get_map().values()
        arrived[:] = ["10.0.0.5"]
        key.data(key.fd, 0.0)
        checks.send(6, ECHO)
        key.data(key.fd, 0.0)
        assert replied == []
        arrived[:] = ["10.0.0.7"]
        key.data(key.fd, 0.0)
        key.data(key.fd, 0.0)
    assert replied == [(6, ECHO)]
