"""The sweep over a network made of numbers: what is sent when, to whom, and what loss does to it."""

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
from scanner.discovery.conversation import Answer
from scanner.discovery.declaration import UdpSweep
from scanner.engine.os.udp import SENT, Datagram, Send, SendResult
from scanner.engine.rate.limits import HostRateLimiter, Pace, RateLimiter, choose
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import SweepPosition, UdpProbe, missing, rounds
from scanner.engine.sweep.phases import Phases
from scanner.engine.sweep.sweeper import Sweeper
from scanner.engine.sweep.token import Cookies

OK, FULL, BLOCKED, DOWN = SENT, SendResult(105, 8), SendResult(1, 1), SendResult(100, 1000)


def step(port: int = 5060, **more: int) -> UdpSweep:
    return UdpSweep(
        ports=(port,),
        request=lambda address, port, cookie, attempt, here: b"OPTIONS sip:x SIP/2.0\r\n\r\n",
        answer=lambda data, cookie, address: Answer(Outcome.ANSWERED),
        **more,  # type: ignore[arg-type]
    )


class Network:
    """Simulated hosts and clock: `answers(question, index)` says after how many seconds one answers, None never."""

    def __init__(
        self,
        targets: Targets,
        pace: Pace,
        steps: list[UdpSweep] | None = None,
        answers: Callable[[int, int], float | None] = lambda question, index: None,
        sends: Callable[[float], SendResult] = lambda now: OK,
        there: Sequence[int] | None = None,
    ) -> None:
        self.targets, self.pace, self.answers, self.sends = targets, pace, answers, sends
        self.sent: list[tuple[float, int, int]] = []
        self.now = 0.0
        self.heap: list[tuple[float, int, int]] = []
        count = targets.count()
        present, silent = Bitmap(count), Bitmap(count)
        for index in range(count):
            (present if there is None or index in there else silent).add(index)
        questions = [UdpProbe(n, f"d{n}", one, one.ports[0], Bitmap(count)) for n, one in enumerate(steps or [step()])]
        self.rate_limiter, self.host_limiter = RateLimiter(pace.rate), HostRateLimiter(pace.host_rate)
        self.phases = Phases(
            targets, Permutation(count, 7), questions, pace, Cookies(b"secret"), self.host_limiter, self.wire,
            lambda question, address: "10.0.0.9:4000", present, silent,
        )  # fmt: skip
        self.sweep = self.phases.first
        for wave in self.phases.each:
            wave.between = min(pace.timeout, 0.3)

    def wire(self, question: UdpProbe) -> Send:
        def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
            for place, (_, address, index) in enumerate(datagrams):
                assert index == self.targets.index(address)
                if (result := self.sends(self.now)).error:
                    return place, result
                self.sent.append((self.now, question.number, index))
                after = self.answers(question.number, index)
                if after is not None:
                    heapq.heappush(self.heap, (self.now + after, question.number, index))
            return len(datagrams), OK

        return send

    def run(self, tick: float = 0.005, until: float = 3600.0) -> Network:
        while not self.phases.over(self.now) and self.now < until:
            while self.heap and self.heap[0][0] <= self.now:
                _, number, index = heapq.heappop(self.heap)
                self.phases.admit(index)
                self.phases.answered(number, index)
            grant = self.rate_limiter.take(4096, self.now)
            self.rate_limiter.give_back(grant - self.phases.pump(self.now, grant))
            self.now += tick
        return self


def lossy(share: float, found: set[int], seed: int = 1) -> Callable[[int, int], float | None]:
    chance = random.Random(seed)
    through = (1 - share) ** 2
    return lambda question, index: 0.05 if index in found and chance.random() < through else None


def test_without_loss_silent_addresses_get_two_packets_and_phones_one() -> None:
    targets = parse(["10.0.0.0/22"])
    phones = set(range(0, 1022, 10))
    net = Network(targets, choose("normal"), answers=lossy(0.0, phones)).run()
    times = Counter(index for _, _, index in net.sent)
    assert {times[index] for index in phones} == {1}
    assert {times[index] for index in range(1022) if index not in phones} == {2}


def test_retries_that_the_user_sets_are_sent_to_the_silent_alone() -> None:
    for retries in (0, 1, 4):
        net = Network(parse(["10.0.0.0/25"]), choose("fast", retries=retries), answers=lossy(0.0, {1, 2, 3})).run()
        times = Counter(index for _, _, index in net.sent)
        assert times[1] == times[2] == times[3] == 1
        assert {times[index] for index in range(4, 126)} == {retries + 1}


@pytest.mark.parametrize(("share", "least"), [(0.05, 0.999), (0.2, 0.99)])
def test_loss_both_ways_leaves_nearly_every_phone_found_with_default_retries(share: float, least: float) -> None:
    targets = parse(["10.0.0.0/18"])
    phones = set(range(3, 16_000, 8))
    net = Network(targets, choose("fast"), answers=lossy(share, phones)).run()
    found = sum(index in net.sweep.questions[0].settled for index in phones)
    assert found >= least * len(phones)


def test_a_host_gets_no_two_packets_within_the_floor() -> None:
    for text in ("10.0.0.1", "10.0.0.0/29", "10.0.0.0/24"):
        net = Network(parse([text]), choose("normal"), [step(), step(161, variants=2)]).run(tick=0.001)
        by_host = defaultdict(list)
        for time, _, index in net.sent:
            by_host[index].append(time)
        for times in by_host.values():
            assert min(b - a for a, b in pairwise(times)) >= 1 / 40


def test_the_rate_holds_in_any_100_ms_and_sent_over_rate_is_the_time() -> None:
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


def test_everybody_settled_ends_the_sweep_without_waiting() -> None:
    net = Network(parse(["10.0.0.0/24"]), choose("normal"), answers=lambda q, i: 0.001).run()
    assert net.now < choose("normal").timeout
    assert len(net.sent) == 254


def test_a_full_queue_loses_nothing() -> None:
    jammed = Network(parse(["10.0.0.0/24"]), choose("fast"), answers=lossy(0.0, set(range(254))),
                     sends=lambda now: FULL if 0.0 <= now % 0.5 < 0.2 else OK).run()  # fmt: skip
    assert len(jammed.sent) == 254
    assert "ENOBUFS" in jammed.sweep.complaints
    assert not jammed.sweep.failed


def test_what_a_firewall_here_eats_is_counted_and_passed() -> None:
    net = Network(parse(["10.0.0.0/28"]), choose("fast", retries=0))
    net.sends = lambda now: BLOCKED
    net.run()
    assert not net.sent
    assert net.sweep.questions[0].blocked == 14
    assert not net.sweep.failed


def test_an_interface_that_comes_back_costs_nothing_and_one_that_does_not_ends_the_sweep_in_part() -> None:
    back = Network(parse(["10.0.0.0/24"]), choose("fast"), answers=lossy(0.0, set(range(254))),
                   sends=lambda now: DOWN if 0.005 < now < 4 else OK).run()  # fmt: skip
    assert not back.sweep.failed
    assert len({index for _, _, index in back.sent}) == 254
    gone = Network(parse(["10.0.0.0/24"]), choose("normal"), sends=lambda now: DOWN if now > 0.05 else OK).run()
    assert "took nothing for 10 seconds" in gone.sweep.failed
    assert gone.now < 15


def test_a_host_in_conversation_gets_its_question_later() -> None:
    net = Network(parse(["10.0.0.0/30"]), choose("normal", retries=0))
    net.host_limiter.reserve("10.0.0.1", 28, 0.0)
    net.run(tick=0.001)
    first = {net.targets.address(index): time for time, _, index in net.sent}
    assert first["10.0.0.2"] < 0.1
    assert first["10.0.0.1"] >= 1.0


def test_a_sweep_goes_on_where_it_was_and_asks_nobody_twice() -> None:
    pace = choose("fast", retries=0)
    net = Network(parse(["10.0.0.0/20"]), pace)
    net.run(until=0.05)
    place = net.sweep.place
    assert 0 < place.position < 4094
    rest = Network(parse(["10.0.0.0/20"]), pace)
    rest.sweep.resume(SweepPosition(*place))
    rest.run()
    asked = [index for _, _, index in net.sent + rest.sent]
    assert len(asked) == len(set(asked)) == 4094


def test_those_who_are_there_are_asked_everything_before_the_silent_are_asked_one_question() -> None:
    there, hidden = range(0, 4094, 40), {7, 1_007, 2_007}
    answers = lossy(0.0, {*there, *hidden})
    net = Network(parse(["10.0.0.0/20"]), choose("fast"), [step(), step(161)], answers, there=there).run()
    first = [(question, index) for _, question, index in net.sent[: 2 * len(there)]]
    assert set(first) == {(question, index) for question in (0, 1) for index in there}
    asked = Counter((question, index) for _, question, index in net.sent)
    absent = set(range(4094)) - set(there) - hidden
    assert all(asked[0, index] == 1 and not asked[1, index] for index in absent)
    assert all(asked[0, index] == 1 and asked[1, index] for index in hidden)  # who answers is asked the rest
    assert net.sweep.questions[0].gains[0] == len(there)  # the silent who answer tell nothing of loss
    mute = Network(parse(["10.0.0.0/20"]), choose("fast"), [step(), step(161)], lossy(0.0, hidden), there=there).run()
    asked = Counter((question, index) for _, question, index in mute.sent)
    assert all(asked[0, index] == asked[1, index] >= 2 for index in there)
    assert all(asked[0, index] == asked[1, index] == 1 for index in hidden)


def test_those_who_are_there_have_had_their_rounds_while_the_silent_are_asked() -> None:
    there = range(0, 65_534, 400)
    answers = lossy(0.0, set(there[::2]))
    net = Network(parse(["10.0.0.0/16"]), choose("fast"), [step(), step(161)], answers, there=there)
    net.run(until=2.0)
    assert net.phases.second.place.position > 10_000
    assert all(net.phases.probes_ended(name, index) for name in ("d0", "d1") for index in there)
    silent = next(index for index in range(65_534) if index in net.phases.silent)
    assert net.phases.probed_once(silent)
    assert not net.phases.probes_ended("d0", silent)
    by_host = defaultdict(list)
    for time, _, index in net.run().sent:
        by_host[index].append(time)
    assert min(b - a for times in by_host.values() for a, b in pairwise(times)) >= 1 / 200


def test_who_broke_the_silence_is_asked_as_often_as_anybody() -> None:
    hidden = set(range(5, 16_000, 16))
    net = Network(parse(["10.0.0.0/18"]), choose("fast"), [step(), step(161)], lossy(0.2, hidden), there=range(0)).run()
    broke = {index for index in hidden if index in net.phases.late}
    assert len(broke) > 500
    told = sum(index in net.phases.third.questions[1].settled for index in broke)
    assert told >= 0.99 * len(broke)


def test_a_sweep_that_was_stopped_among_the_silent_goes_on_among_them() -> None:
    pace = choose("fast", retries=0)
    answers = lossy(0.0, set(range(150)))
    net = Network(parse(["10.0.0.0/20"]), pace, answers=answers, there=range(100))
    net.run(until=0.1)
    assert 0 < net.phases.second.place.position < 4094
    saved = json.loads(json.dumps([net.phases.places(), net.phases.settled(), net.phases.late.packed()]))
    rest = Network(parse(["10.0.0.0/20"]), pace, answers=answers, there=range(100))
    rest.phases.resume(*saved)
    rest.run()
    asked = [index for _, _, index in net.sent + rest.sent]
    assert len(asked) == len(set(asked)) == 4094


def test_memory_does_not_follow_absent_addresses() -> None:
    targets = parse(["10.0.0.0/12"])
    tracemalloc.start()
    count = targets.count()
    marks = Bitmap(count)
    question = UdpProbe(0, "sip", step(), 5060, Bitmap(count))
    marks.add_range(0, count)
    sweep = Sweeper(
        targets, Permutation(count, 3), [question], choose("fast"), Cookies(b"x"), HostRateLimiter(200),
        lambda question: lambda datagrams: (len(datagrams), OK), lambda question, address: "h:1", marks,
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
    ("gains", "share"), [([], 0.0), ([0], 0.0), ([10], 1.0), ([90, 9], 0.01), ([100, 0], 0.0), ([640, 230, 83], 0.047)]
)
def test_what_is_missing_follows_from_what_each_round_brought(gains: list[int], share: float) -> None:
    assert missing(gains) == pytest.approx(share, abs=0.002)


def test_a_step_that_says_its_attempts_gets_those() -> None:
    assert rounds(step(), choose("normal")) == (2, 6)
    assert rounds(step(attempts=1), choose("normal")) == (1, 1)
    assert rounds(step(variants=2), choose("normal", retries=2)) == (6, 6)
