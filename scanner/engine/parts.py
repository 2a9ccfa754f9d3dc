"""Builds the parts of a run from its work and its state, and connects them to each other."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from selectors import EVENT_READ, BaseSelector
from threading import Event

from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.core.permutation import Permutation
from scanner.core.spans import Span, overlap
from scanner.core.targets import Targets
from scanner.discovery.declaration import LinkSweep, steps
from scanner.engine import guard, outages
from scanner.engine.hosts.next_step import DeclaredExchange, Host, unprompted_ports
from scanner.engine.hosts.sweep_progress import CombinedProgress
from scanner.engine.hosts.tcp_connect import TcpConnector
from scanner.engine.hosts.tcp_probe import TcpProbe
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.liveness.control import ControlHosts, Subnets
from scanner.engine.liveness.control_requests import ControlRequests
from scanner.engine.liveness.discovery import HostDiscovery
from scanner.engine.liveness.plan import indexes, plan
from scanner.engine.os import descriptors
from scanner.engine.os.link_watch import LinkWatch
from scanner.engine.os.rtnetlink import Network
from scanner.engine.protocols.drivers import converse
from scanner.engine.protocols.link_steps import BROWSING, LinkSteps, own_addresses
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.rate.limits import HostRateLimiter, Pace, RateLimiter, SendGate
from scanner.engine.rate.round_trip import RoundTripTimes
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import Sink
from scanner.engine.state import RunState, Stage
from scanner.engine.sweep.backpressure import Backpressure
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.loss import Loss, shown_loss
from scanner.engine.sweep.phases import Phases
from scanner.engine.sweep.receive import Receiver
from scanner.engine.sweep.sockets import SweepSockets
from scanner.engine.work import Work
from scanner.engine.workers.api import LinkContext
from scanner.engine.workers.context import ContextFactory
from scanner.engine.workers.messages import WorkerConfig
from scanner.engine.workers.pool import WorkerPool
from scanner.engine.workers.threads import Converse, ThreadPool

#: File descriptors that are not for TCP connects: the inventory, sockets, conversations.
SPARE_DESCRIPTORS = 256
#: Descriptors of one conversation, of one over SNMPv3, and those for the inventory and link steps.
DESCRIPTORS, DESCRIPTORS_V3, RESERVED = 2, 6, 3
#: Seconds that conversations get to end when the run ends.
END_TIMEOUT = 0.6


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the loop of a run drives."""

    rate_limiter: RateLimiter
    host_limiter: HostRateLimiter
    congestion: CongestionControl
    round_trips: RoundTripTimes
    results: ResultBuffer
    sockets: SweepSockets
    sweep: Phases
    discovery: HostDiscovery
    tcp_connector: TcpConnector
    tracker: HostTracker
    tcp_probe: TcpProbe
    workers: WorkerPool
    link_steps: LinkSteps
    progress: CombinedProgress
    watch: LinkWatch
    control: ControlHosts
    subnets: Subnets

    def rejected(self, now: float) -> tuple[float, str, tuple[int, ...]]:
        """Since when the kernel has accepted no packet, why, and the indexes of the last it rejected; else none."""
        found = [one for one in self._senders() if one.failing_since is not None]
        overdue = [
            one for one in found if now - (one.failing_since or now) >= outages.REJECTED * min(1 << one.excused, 64)
        ]
        if not overdue:
            return now, "", ()
        indexes = tuple(one.index for one in overdue if one.index >= 0)
        return min(one.failing_since or now for one in overdue), overdue[0].reason, indexes

    def excuse(self) -> None:
        """What the kernel rejects is about these packets alone."""
        for one in self._senders():
            if one.failing_since is not None:
                one.excuse()

    def _senders(self) -> list[Backpressure]:
        sweepers = (one.backpressure for one in self.sweep.each)
        return [*sweepers, *(task.probe.backpressure for task in self.discovery.tasks)]


def build(
    work: Work,
    state: RunState,
    exchanges: Sequence[DeclaredExchange],
    sink: Sink,
    selector: BaseSelector,
    execute: Converse,
    stack: ExitStack,
    results: ResultBuffer,
    read: Callable[[], Network],
) -> Parts:
    """Open sockets and start threads; what must be closed goes on the stack. `read` returns the network as it is then.

    Raises EngineError when the network cannot be used, RefusedError for a port that is never probed.
    """
    now, pace, targets, cookies = time.monotonic, work.pace, work.targets, Cookies(work.secret)
    order = Permutation(state.count, state.seed)
    round_trips, congestion = RoundTripTimes(), CongestionControl(pace.rate)
    rate_limiter, host_limiter = RateLimiter(congestion.rate, state.sent), HostRateLimiter(pace.host_rate)
    tcp_connector = TcpConnector(selector, host_limiter, connects_in_flight(pace), pace.timeout)
    stack.callback(tcp_connector.close)
    stopping = Event()
    gate = SendGate(lambda packets: rate_limiter.reserve(packets, now()), host_limiter, now, stopping.wait)
    contexts = ContextFactory(gate, cookies, work.credentials, pace.timeout, rate_limiter.give_back)
    deadline = _deadlines(work, state.started)
    threads = ThreadPool(
        pace.conversations,
        lambda host, exchange: contexts.context(
            host.address,
            deadline(host),
            host.open_ports,
            host.findings,
            host.notes.get(exchange.discovery, ""),
            host.repeats,
        ),
        stopping,
        execute,
    )
    config = WorkerConfig(tuple(exchanges), work.secret, work.credentials, pace.timeout, pace.host_rate, guard.never())
    workers = WorkerPool(
        threads, config if execute is converse else None, selector, rate_limiter, host_limiter, deadline,
        lambda ended: tracker.completed(ended), pace.conversations, state.count,
    )  # fmt: skip
    stack.callback(workers.close, END_TIMEOUT)

    def rounds() -> Iterator[Sequence[int]]:
        yield from (*_rounds(state), tcp_connector.responses)

    loss = Loss(pace, rounds)
    tracker = HostTracker(
        state.hosts, targets, exchanges, pace, host_limiter, tcp_connector, workers, results, sink, now, loss,
        resolver=next((name for name, _ in steps(work.discoveries, LinkSweep)), ""),
        received=lambda index, when: control.received(index, when),
    )  # fmt: skip

    versions = sorted({span.version for span in targets.spans})
    sockets = SweepSockets(state.probes, versions, selector, lambda sock, probes: receiver.read(sock, probes), stack)
    sweep = Phases(
        state.sweep, targets, order, pace, cookies, host_limiter, sockets.sender, sockets.source, congestion.round_sent
    )
    for sweeper in sweep.each:
        sweeper.sampled = lambda probe, index: round_trips.sent(probe.number, index, now())
    receiver = Receiver(
        targets, cookies, sweep, tracker, congestion, results, round_trips, now,
        lambda number, index: checks.received(number, index),
    )  # fmt: skip

    def found(index: int, mac: str | None) -> None:
        if mac is None:
            tracker.found(index)
        else:
            tracker.resolved(index, mac)
        if state.stage is not Stage.HOST_DISCOVERY and tracker.may_probe(index):  # late: the rounds left include it
            sweep.admit(index)

    planned = plan(work.network.regions, work.network.links, work.interfaces, pace)
    discovery = HostDiscovery(
        planned.groups, targets, pace, work.network.addresses, cookies, congestion, selector, stack, found,
        tracker.busy, now, tracker.resolver,
    )  # fmt: skip
    state.liveness = discovery.resume(state.liveness)
    for places in [*(indexes(targets, region) for region in planned.unprobed), *discovery.unprobed]:
        state.sweep.eligible.add_range(places.start, places.stop)
    state.unreachable = []
    for span, why in planned.unreachable:
        state.unreachable.append(span)
        reason = outages.NOT_RETURNED if any(overlap(span, lost) for lost in state.lost) else why
        _leave_out(state, targets, span)
        for declared in work.discoveries:
            results.miss(declared.name, str(span), Outcome.UNREACHABLE, reason)
    state.notes += discovery.notes

    subnets = Subnets((one for one in work.network.regions if one.span not in state.unreachable), targets)

    checks = ControlRequests(
        targets, cookies, host_limiter, tracker.may_probe, sweep, discovery,
        lambda index, way: control.replied(index, way, now()), now,
    )  # fmt: skip
    for version in versions if subnets else ():
        checks.open(version, selector, stack)
    control = ControlHosts(
        subnets.of, checks.ways, checks.send, lambda: shown_loss(rounds()), state.control, now(),
        lambda: round_trips.timeout(pace.timeout),
    )  # fmt: skip
    state.control = control.hosts
    watch = LinkWatch(work.network, read)
    stack.callback(watch.close)
    if watch.fileno() >= 0:
        selector.register(watch, EVENT_READ, lambda *_: watch.drain())

    swept_all = pace.echo and bool(state.probes)
    tcp_probe = TcpProbe(
        state.tcp_probe, targets, order, unprompted_ports(exchanges), Bitmap(0) if swept_all else state.sweep.eligible,
        tracker, tcp_connector, 2 if pace.adaptive else pace.retries + 1, loss, now(),
    )  # fmt: skip
    _fit_to_descriptors(tcp_connector, workers, pace, any(one.user for one in work.credentials))
    link = LinkContext(
        addresses=own_addresses(work.network, planned.groups),
        cookie=cookies,
        turn=lambda packets: gate.pass_through("multicast", packets, float("inf")),
        wait=stopping.wait,
        seconds=BROWSING.get(pace.name, BROWSING["normal"]),
    )
    link_steps = LinkSteps(work.discoveries, link)
    stack.callback(link_steps.close, END_TIMEOUT)
    return Parts(
        rate_limiter, host_limiter, congestion, round_trips, results, sockets, sweep, discovery, tcp_connector, tracker,
        tcp_probe, workers, link_steps, CombinedProgress(sweep, link_steps), watch,
        control, subnets,
    )  # fmt: skip


def _rounds(state: RunState) -> Iterator[Sequence[int]]:
    """The responses of each round, of every liveness and UDP probe."""
    for liveness in state.liveness:
        yield liveness.responses
    for sweep in state.sweep.sweeps:
        for probe in sweep.probes:
            yield probe.responses[:: probe.step.variants]


def _fit_to_descriptors(connector: TcpConnector, workers: WorkerPool, pace: Pace, v3: bool) -> None:
    """Bound connects and conversations by the descriptors that are left. Raises EngineError where there are too few."""
    left = descriptors.free() - RESERVED
    each = DESCRIPTORS_V3 if v3 else DESCRIPTORS
    if left >= connector.window + each * pace.conversations:
        return
    if left < 1 + each:
        raise EngineError("this process may open too few files for a scan: raise the limit with `ulimit -n 1024`")
    connector.window = max(1, min(connector.window, left // 3))
    workers.restrict(max(1, (left - connector.window) // each))


def _leave_out(state: RunState, targets: Targets, span: Span) -> None:
    """Leave out the targets of a span that cannot be reached, of which an earlier pass may have begun some."""
    first = targets.index_of(span.version, span.first)
    if first is None:
        return
    for bits in (state.sweep.eligible, state.sweep.single_probe, state.sweep.late):
        if bits.number:
            bits.clear_range(first, first + span.size)
    for index in [index for index in state.hosts.hosts if first <= index < first + span.size]:
        del state.hosts.hosts[index]
    if state.hosts.responsive.number:
        state.hosts.done.add_range(first, first + span.size)


def connects_in_flight(pace: Pace) -> int:
    """TCP connects in flight: those of the pace, as far as this process may open files. Raises the soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = pace.connects + pace.conversations + SPARE_DESCRIPTORS
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return max(16, min(pace.connects, soft - pace.conversations - SPARE_DESCRIPTORS))


def _deadlines(work: Work, started: float) -> Callable[[Host], float]:
    """The function that returns when the conversations with a host must end; the time starts at the first."""

    def deadline(host: Host) -> float:
        if host.deadline is None:
            host.deadline = time.monotonic() + work.pace.host_seconds
        return host.deadline if work.deadline is None else min(host.deadline, started + work.deadline)

    return deadline
