"""The sweep over a simulated network: what is sent when and where, and how loss changes it."""

from __future__ import annotations

import heapq
import json
import random
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from scanner.core.outcomes import Outcome
from scanner.core.permutation import Permutation
from scanner.core.target_syntax import parse
from scanner.core.targets import Targets
from scanner.discovery.conversation import Response
from scanner.discovery.declaration import UdpSweep
from scanner.engine.checkpoint import Checkpoints, restore
from scanner.engine.hosts.tcp_probe import TcpProbeState
from scanner.engine.hosts.tracker import HostsState
from scanner.engine.os.udp import SENT, Datagram, Send, SendResult
from scanner.engine.rate.limits import HostRateLimiter, Pace, RateLimiter, choose
from scanner.engine.state import RunState
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.loss import estimated_missing, round_limits
from scanner.engine.sweep.phases import Phases, new_phases
from scanner.engine.sweep.state import SweepState, UdpProbe
from scanner.engine.sweep.sweeper import Sweeper

OK, FULL, BLOCKED, DOWN = SENT, SendResult(105, 8), SendResult(1, 1), SendResult(100, 1000)


def step(port: int = 5060, **more: int) -> UdpSweep:
    return UdpSweep(
        ports=(port,),
        request=lambda address, port, cookie, attempt, here: b"OPTIONS sip:x SIP/2.0\r\n\r\n",
        response=lambda data, cookie, address: Response(Outcome.ANSWERED),
        **more,  # type: ignore[arg-type]
    )


class Network:
    """Simulated hosts and clock: `answers(probe, index)` is the response time in seconds, None for no response."""

    def __init__(
        self,
        targets: Targets,
        pace: Pace,
        steps: list[UdpSweep] | None = None,
        answers: Callable[[int, int], float | None] = lambda probe, index: None,
        eligible: Sequence[int] | None = None,
        sends: Callable[[float], SendResult] = lambda now: OK,
    ) -> None:
        self.targets, self.pace, self.answers, self.sends = targets, pace, answers, sends
        self.sent: list[tuple[float, int, int]] = []
        self.now = 0.0
        self.heap: list[tuple[float, int, int]] = []
        count = targets.count()
        probes = [UdpProbe(n, f"d{n}", one, one.ports[0], Bitmap(count)) for n, one in enumerate(steps or [step()])]
        self.rate_limiter, self.host_limiter = RateLimiter(pace.rate), HostRateLimiter(pace.host_rate)
        self.state = new_phases(probes, count)
        for index in range(count):
            (self.state.eligible if eligible is None or index in eligible else self.state.single_probe).add(index)
        self.phases = Phases(
            self.state, targets, Permutation(count, 7), pace, Cookies(b"secret"), self.host_limiter, self.sender,
            lambda probe, address: "10.0.0.9:4000",
        )  # fmt: skip
        self.sweep = self.phases.first
        for phase in self.phases.each:
            phase.round_pause = min(pace.timeout, 0.3)

    def sender(self, probe: UdpProbe) -> Send:
        def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
            for place, (_, address, index) in enumerate(datagrams):
                assert index == self.targets.index(address)
                if (result := self.sends(self.now)).error:
                    return place, result
                self.sent.append((self.now, probe.number, index))
                after = self.answers(probe.number, index)
                if after is not None:
                    heapq.heappush(self.heap, (self.now + after, probe.number, index))
            return len(datagrams), OK

        return send

    def run(self, tick: float = 0.005, until: float = 3600.0) -> Network:
        while not self.phases.over(self.now) and self.now < until:
            while self.heap and self.heap[0][0] <= self.now:
                _, number, index = heapq.heappop(self.heap)
                self.phases.admit(index)
                self.phases.responded(number, index)
            grant = self.rate_limiter.take(4096, self.now)
            self.rate_limiter.give_back(grant - self.phases.pump(self.now, grant))
            self.now += tick
        return self


def lossy(share: float, found: set[int], seed: int = 1) -> Callable[[int, int], float | None]:
    chance = random.Random(seed)
    through = (1 - share) ** 2
    return lambda probe, index: 0.05 if index in found and chance.random() < through else None


def test_without_loss_a_host_gets_one_packet_and_other_addresses_two() -> None:
    targets = parse(["10.0.0.0/22"])
    phones = set(range(0, 1022, 10))
    net = Network(targets, choose("normal"), answers=lossy(0.0, phones)).run()
    times = Counter(index for _, _, index in net.sent)
    assert {times[index] for index in phones} == {1}
    assert {times[index] for index in range(1022) if index not in phones} == {2}


def test_retries_set_by_the_user_are_sent_to_addresses_without_a_response_alone() -> None:
    for retries in (0, 1, 4):
        net = Network(parse(["10.0.0.0/25"]), choose("fast", retries=retries), answers=lossy(0.0, {1, 2, 3})).run()
        times = Counter(index for _, _, index in net.sent)
        assert times[1] == times[2] == times[3] == 1
        assert {times[index] for index in range(4, 126)} == {retries + 1}


@pytest.mark.parametrize(("share", "least"), [(0.05, 0.999), (0.2, 0.99)])
@pytest.mark.slow
def test_default_retries_find_nearly_every_host_despite_loss(share: float, least: float) -> None:
    targets = parse(["10.0.0.0/18"])
    phones = set(range(3, 16_000, 8))
    net = Network(targets, choose("fast"), answers=lossy(share, phones)).run()
    found = sum(index in net.sweep.probes[0].complete for index in phones)
    assert found >= least * len(phones)


def test_two_packets_to_a_host_are_at_least_its_packet_spacing_apart() -> None:
    for text in ("10.0.0.1", "10.0.0.0/29", "10.0.0.0/24"):
        net = Network(parse([text]), choose("normal"), [step(), step(161, variants=2)]).run(tick=0.001)
        by_host = defaultdict(list)
        for time, _, index in net.sent:
            by_host[index].append(time)
        for times in by_host.values():
            assert min(b - a for a, b in pairwise(times)) >= 1 / 40


def test_any_100_ms_contain_at_most_the_rate_and_the_duration_is_packets_over_rate() -> None:
    pace = choose("normal", rate=5000)
    net = Network(parse(["10.0.0.0/18"]), pace).run(tick=0.002)
    windows = Counter(int(time * 10) for time, _, _ in net.sent)
    assert max(windows.values()) <= 5000 * 0.11 + 1
    busy = max(time for time, _, _ in net.sent)
    assert busy == pytest.approx(len(net.sent) / 5000, rel=0.1)


def test_subnets_are_visited_evenly() -> None:
    net = Network(parse(["10.0.0.0/16"]), choose("fast")).run(tick=0.01, until=1.0)
    subnets = Counter(index >> 8 for _, _, index in net.sent[:512])
    assert max(subnets.values()) <= 6


def test_a_sweep_ends_at_once_when_every_address_is_complete() -> None:
    net = Network(parse(["10.0.0.0/24"]), choose("normal"), answers=lambda q, i: 0.001).run()
    assert net.now < choose("normal").timeout
    assert len(net.sent) == 254


def test_a_full_queue_loses_no_packet() -> None:
    full = Network(parse(["10.0.0.0/24"]), choose("fast"), answers=lossy(0.0, set(range(254))),
                     sends=lambda now: FULL if 0.0 <= now % 0.5 < 0.2 else OK).run()  # fmt: skip
    assert len(full.sent) == 254
    assert "ENOBUFS" in full.sweep.backpressure.errors
    assert not full.sweep.failed


def test_a_packet_that_a_local_firewall_rejects_is_counted_as_unsent() -> None:
    net = Network(parse(["10.0.0.0/28"]), choose("fast", retries=0))
    net.sends = lambda now: BLOCKED
    net.run()
    assert not net.sent
    assert list(net.sweep.probes[0].unsent) == list(range(14))
    assert not net.sweep.failed


def test_an_interface_that_stays_down_ends_the_sweep_incomplete() -> None:
    again = Network(parse(["10.0.0.0/24"]), choose("fast"), answers=lossy(0.0, set(range(254))),
                   sends=lambda now: DOWN if 0.005 < now < 4 else OK).run()  # fmt: skip
    assert not again.sweep.failed
    assert len({index for _, _, index in again.sent}) == 254
    down = Network(parse(["10.0.0.0/24"]), choose("normal"), sends=lambda now: DOWN if now > 0.05 else OK).run()
    assert "accepted no packet for 10 seconds" in down.sweep.failed
    assert down.now < 15


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_where_one_phase_ends_incomplete_no_host_waits_for_the_others(phase: int) -> None:
    """The run continues with the conversations, and sends no probe of any phase any more."""
    known = range(0, 254, 2)
    net = Network(parse(["10.0.0.0/24"]), choose("fast"), [step(), step(161)], eligible=known).run(until=0.005)
    net.state.late.add(1)
    net.phases.each[phase].backpressure.failed = "the kernel accepted no packet for 10 seconds"
    assert net.phases.over(net.now)
    for index in (0, 1, 3):
        assert net.phases.probed_once(index)
        assert all(net.phases.probes_ended(name, index) for name in ("d0", "d1"))


def test_a_probe_to_a_host_in_a_conversation_is_deferred() -> None:
    net = Network(parse(["10.0.0.0/30"]), choose("normal", retries=0))
    net.host_limiter.reserve("10.0.0.1", 28, 0.0)
    net.run(tick=0.001)
    first = {net.targets.address(index): time for time, _, index in net.sent}
    assert first["10.0.0.2"] < 0.1
    assert first["10.0.0.1"] >= 1.0


def test_a_resumed_sweep_sends_to_no_address_twice() -> None:
    pace = choose("fast", retries=0)
    net = Network(parse(["10.0.0.0/20"]), pace)
    net.run(until=0.05)
    place = net.sweep.state.place()
    assert 0 < place.position < 4094
    rest = Network(parse(["10.0.0.0/20"]), pace)
    rest.sweep.state.resume(place)
    rest.run()
    sent = [index for _, _, index in net.sent + rest.sent]
    assert len(sent) == len(set(sent)) == 4094


def test_known_hosts_get_every_probe_before_other_addresses_get_one() -> None:
    hosts, hidden = range(0, 4094, 40), {7, 1_007, 2_007}
    answers = lossy(0.0, {*hosts, *hidden})
    net = Network(parse(["10.0.0.0/20"]), choose("fast"), [step(), step(161)], answers, eligible=hosts).run()
    first = [(probe, index) for _, probe, index in net.sent[: 2 * len(hosts)]]
    assert set(first) == {(probe, index) for probe in (0, 1) for index in hosts}
    sent = Counter((probe, index) for _, probe, index in net.sent)
    absent = set(range(4094)) - set(hosts) - hidden
    assert all(sent[0, index] == 1 and not sent[1, index] for index in absent)
    assert all(sent[0, index] == 1 and sent[1, index] for index in hidden)  # a host that responds gets the rest
    assert net.sweep.probes[0].responses[0] == len(hosts)  # responses in the second phase do not count as loss
    unresponsive = Network(
        parse(["10.0.0.0/20"]), choose("fast"), [step(), step(161)], lossy(0.0, hidden), eligible=hosts
    ).run()
    sent = Counter((probe, index) for _, probe, index in unresponsive.sent)
    assert all(sent[0, index] == sent[1, index] >= 2 for index in hosts)
    assert all(sent[0, index] == sent[1, index] == 1 for index in hidden)


def test_the_rounds_of_known_hosts_end_while_other_addresses_are_probed() -> None:
    hosts = range(0, 65_534, 400)
    answers = lossy(0.0, set(hosts[::2]))
    net = Network(parse(["10.0.0.0/16"]), choose("fast"), [step(), step(161)], answers, eligible=hosts)
    net.run(until=2.0)
    assert net.phases.second.state.position > 10_000
    assert all(net.phases.probes_ended(name, index) for name in ("d0", "d1") for index in hosts)
    other = next(index for index in range(65_534) if index in net.state.single_probe)
    assert net.phases.probed_once(other)
    assert not net.phases.probes_ended("d0", other)
    by_host = defaultdict(list)
    for time, _, index in net.run().sent:
        by_host[index].append(time)
    assert min(b - a for times in by_host.values() for a, b in pairwise(times)) >= 1 / 200


def test_a_host_found_in_the_second_phase_gets_as_many_probes_as_any() -> None:
    hidden = set(range(5, 16_000, 16))
    net = Network(
        parse(["10.0.0.0/18"]), choose("fast"), [step(), step(161)], lossy(0.2, hidden), eligible=range(0)
    ).run()
    found = {index for index in hidden if index in net.state.late}
    assert len(found) > 500
    complete = sum(index in net.phases.third.probes[1].complete for index in found)
    assert complete >= 0.99 * len(found)


def test_a_sweep_stopped_in_its_second_phase_resumes_there() -> None:
    pace = choose("fast", retries=0)
    answers = lossy(0.0, set(range(150)))
    net = Network(parse(["10.0.0.0/20"]), pace, answers=answers, eligible=range(100))
    net.run(until=0.1)
    assert 0 < net.phases.second.state.position < 4094
    rest = Network(parse(["10.0.0.0/20"]), pace, answers=answers, eligible=range(100))
    saved = RunState(4094, 7, 0.0, net.state, HostsState(Bitmap(4094), Bitmap(4094)), TcpProbeState())
    resumed = RunState(4094, 7, 0.0, rest.state, HostsState(Bitmap(4094), Bitmap(4094)), TcpProbeState())
    restore(resumed, json.loads(json.dumps(Checkpoints(saved).save(0))), rest.targets, [])
    rest.run()
    sent = [index for _, _, index in net.sent + rest.sent]
    assert len(sent) == len(set(sent)) == 4094


@pytest.mark.slow
def test_memory_does_not_grow_with_addresses_without_a_host() -> None:
    targets = parse(["10.0.0.0/12"])
    tracemalloc.start()
    count = targets.count()
    eligible = Bitmap(count)
    eligible.add_range(0, count)
    state = SweepState([UdpProbe(0, "sip", step(), 5060, Bitmap(count))])
    sweep = Sweeper(
        state, targets, Permutation(count, 3), eligible, choose("fast"), Cookies(b"x"), HostRateLimiter(200),
        lambda probe: lambda datagrams: (len(datagrams), OK), lambda probe, address: "h:1",
    )  # fmt: skip
    for turn in range(20):
        sweep.pump(float(turn), 500)
    before = tracemalloc.get_traced_memory()[0]
    for turn in range(20, 60):
        sweep.pump(float(turn), 500)
    assert tracemalloc.get_traced_memory()[0] - before < 50_000
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("responses", "share"),
    [([], 0.0), ([0], 0.0), ([10], 1.0), ([90, 9], 0.01), ([100, 0], 0.0), ([640, 230, 83], 0.047)],
)
def test_the_missing_share_is_estimated_from_the_responses_of_each_round(responses: list[int], share: float) -> None:
    assert estimated_missing(responses) == pytest.approx(share, abs=0.002)


def test_the_attempts_of_a_step_replace_those_of_the_pace() -> None:
    assert round_limits(step(), choose("normal")) == (2, 6)
    assert round_limits(step(attempts=1), choose("normal")) == (1, 1)
    assert round_limits(step(variants=2), choose("normal", retries=2)) == (6, 6)
