"""Lost packets: the estimate, the rounds of TCP probes that follow from it, and conversations that are repeated.

Figures of whole scans are printed by `python -m tests.benchmarks.bench_loss`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.core.outcomes import Outcome
from scanner.core.permutation import Permutation
from scanner.core.target_syntax import parse
from scanner.engine.hosts.tcp_connect import PortScan
from scanner.engine.hosts.tcp_probe import TcpProbe, TcpProbeState
from scanner.engine.rate.limits import choose
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import Loss, rounds_complete, rounds_for, shown_loss
from scanner.engine.sweep.state import UdpProbe
from tests.engine.test_sweep import step

NORMAL = choose("normal")
Responds = Callable[[str, int], bool]


def expected(hosts: float, lost: float, rounds: int) -> list[int]:
    """The responses of each round of `hosts` that respond, where a share of the probes is lost."""
    return [round(hosts * (1 - lost) * lost**number) for number in range(rounds)]


@pytest.mark.parametrize(
    ("series", "loss"),
    [
        ([], 0.0),
        ([[40]], 0.0),
        ([[40, 0]], 0.0),
        ([expected(1000, 0.36, 6)], 0.36),
        ([expected(1000, 0.0975, 4)], 0.0975),
        ([[400, 0], expected(1000, 0.36, 6)], 0.25),  # all probes count: most had no loss
        ([[3, 1]], 0.4),  # few responses: the rule of succession
    ],
)
def test_the_loss_follows_from_the_responses_of_all_rounds(series: list[list[int]], loss: float) -> None:
    assert shown_loss(series) == pytest.approx(loss, abs=0.03)


@pytest.mark.parametrize(("loss", "rounds"), [(0.0, 1), (0.01, 2), (0.02, 3), (0.0975, 4), (0.2, 6), (0.36, 8)])
def test_the_rounds_leave_three_hosts_in_ten_thousand(loss: float, rounds: int) -> None:
    assert rounds_for(loss) == rounds
    assert loss**rounds <= 0.0003


@pytest.mark.parametrize(
    ("series", "tries", "shown", "repeats"),
    [([[100, 0]], 2, False, 0), ([[100, 1]], 2, False, 0), ([[90, 9]], 4, True, 3), ([[64, 23, 8]], 6, True, 5)],
)
def test_tries_and_repetitions_follow_from_the_loss(
    series: list[list[int]], tries: int, shown: bool, repeats: int
) -> None:
    loss = Loss(NORMAL, lambda: series)
    assert (loss.tries(2), loss.shown, loss.repeats) == (tries, shown, repeats)


def test_the_user_s_number_of_retries_is_the_bound() -> None:
    loss = Loss(choose("normal", retries=1), lambda: [[64, 23, 8]])
    assert (loss.tries(2), loss.repeats) == (2, 1)


def test_a_probe_with_few_responses_uses_the_loss_of_all_probes() -> None:
    probe = UdpProbe(0, "snmp", step(), 161, Bitmap(8), [3, 0, 0], attempt=3)
    assert rounds_complete(probe, NORMAL)
    assert not rounds_complete(probe, NORMAL, 0.36)
    probe.attempt = 6
    assert rounds_complete(probe, NORMAL, 0.36)


def tried(scan: PortScan, responds: Callable[[int], bool]) -> list[int]:
    """The ports in the order in which they are tried."""
    order = []
    while True:
        port = scan.ports[scan.place]
        order.append(port)
        scan.outcomes[port] = Outcome.ANSWERED if responds(port) else Outcome.NO_ANSWER
        if not scan.advance():
            return order


@pytest.mark.parametrize(
    ("responsive", "more", "order"),
    [
        (set(), {}, [1, 2, 3, 1, 1]),  # no TCP response: one try for each other port
        ({1}, {}, [1, 2, 3, 2, 3, 2, 3]),
        ({2}, {}, [1, 2, 3, 1, 3, 1, 3]),
        ({1, 2, 3}, {}, [1, 2, 3]),
        (set(), {"lossy": True}, [1, 2, 3] * 3),
        ({3}, {"lossy": True}, [1, 2, 3, 1, 2, 1, 2]),
        (set(), {"unresponsive": 1}, [1, 2, 3]),
        ({2}, {"unresponsive": 1}, [1, 2, 3, 1, 3, 1, 3]),
    ],
)
def test_ports_without_a_response_are_tried_again_after_the_others(
    responsive: set[int], more: dict[str, Any], order: list[int]
) -> None:
    scan = PortScan("192.0.2.1", (1, 2, 3), lambda scan: None, attempts=3, **more)
    assert tried(scan, responsive.__contains__) == order


class Wire:
    """A TCP connector whose connects are complete at once. `sent` are the SYNs to each address and port."""

    room = 1_000_000

    def __init__(self, responds: Responds) -> None:
        self.responds = responds
        self.sent: Counter[tuple[str, int]] = Counter()
        self.responses = [0] * 16

    def start(self, scan: PortScan, now: float) -> None:
        while True:
            port = scan.ports[scan.place]
            self.sent[scan.address, port] += 1
            response = self.responds(scan.address, port)
            scan.outcomes[port] = Outcome.ANSWERED if response else Outcome.NO_ANSWER
            self.responses[scan.round + scan.attempt] += response
            if not scan.advance():
                scan.done(scan)
                return


def probed(responds: Responds, udp: list[int], **pace: Any) -> tuple[set[int], Wire]:
    """The indexes of a /23 that TCP probes find, after UDP probes with responses in these rounds; and the wire."""
    chosen = choose("normal", **pace)
    targets = parse(["198.18.0.0/23"])
    eligible, responsive, wire = Bitmap(512), Bitmap(512), Wire(responds)
    eligible.add_range(0, 512)
    tracker: Any = SimpleNamespace(
        responsive=responsive,
        hosts={},
        add_scanned=lambda index, outcomes, left_open: responsive.add(index),
        not_sent=lambda address, outcomes: None,
        host_limiter=SimpleNamespace(forget=lambda address: None),
    )
    loss = Loss(chosen, lambda: [udp, wire.responses])
    least = 2 if chosen.adaptive else chosen.retries + 1
    connector: Any = wire
    probe = TcpProbe(
        TcpProbeState(), targets, Permutation(512, 5), (80, 443), eligible, tracker, connector, least, loss, 0.0
    )
    while not probe.over:
        probe.pump(0.0)
    return set(responsive), wire


@pytest.mark.parametrize(
    ("share", "udp", "found"),
    [
        (0.2, expected(300, 0.36, 6), 0.995),
        (0.2, [], 0.995),  # no UDP response at all: the TCP probes show the loss themselves
        (0.05, expected(300, 0.0975, 4), 1.0),
        (0.05, [], 1.0),
    ],
)
@pytest.mark.parametrize("port", [80, 443])
def test_tcp_probes_find_phones_behind_a_lossy_link(share: float, udp: list[int], found: float, port: int) -> None:
    chance = random.Random(7)

    def responds(address: str, to: int) -> bool:
        return to == port and chance.random() > share and chance.random() > share

    total = sum(len(probed(responds, udp)[0]) for _ in range(4))
    assert total >= 4 * 512 * found


def test_tcp_probes_find_phones_through_bursts_of_loss() -> None:
    packets = iter(range(10_000_000))

    def responds(address: str, port: int) -> bool:  # 12 packets in a row of each 40 are lost
        return port == 80 and next(packets) % 40 >= 12

    assert len(probed(responds, expected(300, 0.3, 6))[0]) >= 0.995 * 512


@pytest.mark.parametrize("udp", [[], [300, 0], [300, 2, 0]])
@pytest.mark.parametrize(
    ("responds", "syns"),
    [
        (lambda address, port: False, {80: 2, 443: 1}),
        (lambda address, port: port == 80, {80: 1, 443: 2}),
        (lambda address, port: port == 443, {80: 2, 443: 1}),
        (lambda address, port: port == 443 and address.endswith("7"), None),
        (lambda address, port: True, {80: 1, 443: 1}),
    ],
)
def test_without_loss_no_address_gets_a_packet_more(
    responds: Responds, syns: dict[int, int] | None, udp: list[int]
) -> None:
    _, wire = probed(responds, udp)
    if syns is None:  # the second round is on the port that responded elsewhere: three packets all the same
        assert set(Counter(address for address, _ in wire.sent.elements()).values()) == {3}
        return
    assert {port: {wire.sent[address, port] for address, _ in wire.sent} for port in syns} == {
        port: {number} for port, number in syns.items()
    }


def test_the_user_s_retries_are_the_rounds_of_tcp_probes() -> None:
    _, wire = probed(lambda address, port: False, [64, 23, 8], retries=3)
    assert set(wire.sent.values()) == {4}
