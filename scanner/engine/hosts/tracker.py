"""The responsive hosts of a run: TCP connects, conversations, and their progress to the end.

Runs on the engine's thread; `next_step.decide` chooses the next step of a host, this executes it. Memory follows the
hosts in progress, plus two bits for each address.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.core.budget import RUN, ByteBudget
from scanner.core.fields import RESOLVED_MAC
from scanner.core.outcomes import Outcome
from scanner.core.targets import Targets
from scanner.core.text import VALUE_LIMIT
from scanner.engine.hosts.next_step import Complete, Connect, DeclaredExchange, Execute, Host, SweepProgress, decide
from scanner.engine.hosts.receive_gap import PATIENCE, ReceiveGap
from scanner.engine.hosts.tcp_connect import PortScan, TcpConnector
from scanner.engine.rate.limits import HostRateLimiter, Pace
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import Sink
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import Loss
from scanner.engine.workers.api import LEFT_OPEN, ConversationResult
from scanner.engine.workers.pool import WorkerPool
from scanner.engine.workers.threads import Completed

#: Responsive hosts above which pace `fast` tries two ports only of those that responded to no probe.
MANY = 8_192
_FAILED = (Outcome.NO_ANSWER, Outcome.UNREACHABLE, Outcome.TIMED_OUT)
_UNREACHED = (Outcome.NO_ANSWER, Outcome.UNREACHABLE)


@dataclass(slots=True, eq=False)
class HostsState:
    """What a checkpoint saves of the hosts.

    `responsive` and `done` are bitmaps over all targets, `hosts` those in progress by index, `phones` how many of the
    done hosts are phones.
    """

    responsive: Bitmap
    done: Bitmap
    hosts: dict[int, Host] = field(default_factory=dict)
    phones: int = 0


class HostTracker:
    """Every responsive host, from its first response until its conversations are complete.

    `resolver` is the discovery that reports the MAC addresses of ARP, empty where none is chosen. `received(index,
    now)` is called for what hosts send. Hosts in progress in the state are continued.
    """

    def __init__(
        self,
        state: HostsState,
        targets: Targets,
        exchanges: Sequence[DeclaredExchange],
        pace: Pace,
        host_limiter: HostRateLimiter,
        tcp_connector: TcpConnector,
        workers: WorkerPool,
        results: ResultBuffer,
        sink: Sink,
        now: Callable[[], float],
        loss: Loss,
        resolver: str = "",
        received: Callable[[int, float], None] = lambda index, now: None,
    ) -> None:
        self.state, self.targets, self.exchanges = state, targets, exchanges
        self.pace, self.host_limiter = pace, host_limiter
        self.tcp_connector, self.workers, self.results, self.sink = tcp_connector, workers, results, sink
        self.now, self.loss, self.resolver, self._received = now, loss, resolver, received
        self.responsive, self.done, self.hosts = state.responsive, state.done, state.hosts
        self.macs: dict[int, str] = {}
        self.gap = ReceiveGap[Completed](now(), 3 * pace.timeout, lambda one: one.host.index)
        self._attempts = max(1, pace.retries + 1)
        self._budget = ByteBudget(RUN)
        for host in state.hosts.values():
            host.learn(sink.recall(host.address), self._budget)
        self._new = deque(index for index in state.responsive if index not in state.done)
        self._unprobed: list[int] = []  # responsive hosts whose probes have yet to be sent
        self._changed = deque(state.hosts.values())
        self._ready: deque[tuple[Host, DeclaredExchange]] = deque()
        self._generation = -1

    def found(self, index: int) -> None:
        """An address responded in some way: it has a host."""
        self.received(index)
        if self.responsive.add(index):
            self._new.append(index)

    def received(self, index: int) -> None:
        """A host sent something: it and the network towards it work."""
        now = self.now()
        self.gap.received(now)
        self._received(index, now)

    def resolved(self, index: int, mac: str) -> None:
        """ARP or the kernel's table contains the MAC of an address: it has a host."""
        self.macs[index] = mac
        if self.resolver:
            self.results.observe(self.resolver, index, self.targets.address(index), 0, ((RESOLVED_MAC, mac),), mac)
        self.found(index)

    def known(self, index: int) -> list[tuple[str, str]]:
        """The findings of an address, or its MAC."""
        host = self.hosts.get(index)
        if host is not None:
            return host.findings
        return [(RESOLVED_MAC, self.macs[index])] if index in self.macs else []

    def may_probe(self, index: int) -> bool:
        """Whether the sink permits probes to an address with what is known of it."""
        return self.sink.may_probe(self.targets.address(index), self.known(index))

    def busy(self, index: int) -> bool:
        """Whether a host is in a TCP connect or a conversation."""
        host = self.hosts.get(index)
        return host is not None and host.busy

    def exclude(self, index: int) -> None:
        """Complete a host that may not be probed."""
        self.responsive.add(index)
        self.done.add(index)

    def response(
        self,
        index: int,
        discovery: str,
        port: int,
        findings: Iterable[tuple[str, str]],
        mac: str | None = None,
        note: str = "",
    ) -> None:
        """A host responded to a probe of the sweep or to a multicast request."""
        self.found(index)
        if index in self.done:
            return
        host = self._host(index)
        news = self._learn(host, discovery, findings)
        if note:
            host.notes[discovery] = note[:VALUE_LIMIT]
        if port:
            host.responded = True
        if news or port:
            self.results.observe(discovery, index, host.address, port, news, mac)
        self._touch(host)

    def not_sent(self, address: str, tried: Mapping[int, Outcome]) -> None:
        """Record the discoveries of the ports of an address to which this host could open no connection."""
        ports = {port for port, outcome in tried.items() if outcome is Outcome.NOT_SENT}
        if ports:
            named = (one.discovery for one in self.exchanges if ports.intersection(one.step.connects))
            for discovery in dict.fromkeys(named):
                self.results.miss(discovery, address, Outcome.NOT_SENT, "this host could open no connection to it")

    def add_scanned(self, index: int, tried: dict[int, Outcome], left_open: bool = False) -> None:
        """An address without a response to the sweep responded to a TCP probe; `left_open` as in `PortScan`."""
        self.found(index)
        if index in self.done:
            return
        host = self._host(index)
        host.tried.update(tried)
        self.not_sent(host.address, tried)
        if left_open:
            self._leave(host)
        self._touch(host)

    def probed(self, index: int) -> None:
        """A TCP probe to a host that has since responded to something else ended without a response."""
        self._touch(self.hosts[index])

    def completed(self, conversations: Iterable[Completed]) -> None:
        """Record conversations that have ended."""
        now = self.now()
        for one in conversations:
            if one.result.found or one.result.outcome not in _FAILED:
                self.received(one.host.index)
            elif not one.result.left_open and self._unexpected(one) and self.gap.hold(one, now):
                continue
            self._complete(*one)

    def _unexpected(self, one: Completed) -> bool:
        """Whether a conversation failed on a port that was open, for the first time."""
        host, exchange = one.host, one.exchange
        open_port = any(port in host.open_ports for port in exchange.step.connects)
        return open_port and exchange.number not in host.repeated

    def _complete(self, host: Host, exchange: DeclaredExchange, result: ConversationResult) -> None:
        host.busy = False
        repeated = not result.left_open and self._repeats(host, exchange, result)
        if not repeated:
            host.pending = [other for other in host.pending if other.number != exchange.number]
        for found in result.found:
            index = host.index if found.address is None else self.targets.index(found.address)
            if index is None or (found.address is not None and index in self.done):
                continue
            subject = host if index == host.index else self._host(index)
            news = self._learn(subject, exchange.discovery, found.findings)
            self.results.observe(exchange.discovery, index, subject.address, found.port, news, found.mac)
        if repeated:
            self._touch(host)
            return
        if result.note:
            self.results.miss(exchange.discovery, host.address, result.outcome, result.note)
        else:
            self.results.outcomes[exchange.discovery, result.outcome] += 1
        if result.left_open:
            self._leave(host)
        host.faults = host.faults + 1 if result.outcome in _UNREACHED and not result.found else 0
        if host.pending and host.deadline is not None and self.now() >= host.deadline:
            self._give_up(host, Outcome.TIMED_OUT, f"not complete within {self.pace.host_seconds:.0f} s")
        self._touch(host)

    def _repeats(self, host: Host, exchange: DeclaredExchange, result: ConversationResult) -> bool:
        """Whether a conversation with a request that has no response is repeated: once, if its requests were not
        repeated because no loss was shown when it began, and it is shown now."""
        if not result.unanswered or host.repeats or exchange.number in host.repeated or not self.loss.shown:
            return False
        host.repeated.add(exchange.number)
        return host.deadline is None or self.now() < host.deadline

    def pump(self, now: float, swept: SweepProgress, generation: int) -> None:
        """Decide on the hosts that have changed, and start what can start. `generation` counts ended rounds."""
        if generation != self._generation:
            self._new.extend(self._unprobed)
            self._unprobed.clear()
        while self._new and self.tcp_connector.room:
            index = self._new.popleft()
            if not swept.probed_once(index):
                self._unprobed.append(index)
            elif index not in self.done:
                self._touch(self._host(index))
        if generation != self._generation:
            self._generation = generation
            for host in self.hosts.values():
                if not host.busy:
                    self._touch(host)
        self._end_gap(now)
        while self._changed:
            self._advance(self._changed.popleft(), now, swept)
        while self.workers.retry:
            self._ready.append(self.workers.retry.popleft())
        while self._ready and self.workers.room > 0:
            self.workers.start(*self._ready.popleft())

    def _end_gap(self, now: float) -> None:
        """Repeat the conversations of hosts that stopped responding together, once these respond; record the others."""
        repeated, own = self.gap.take(now)
        for one in own:
            self._complete(*one)
        for host, exchange, _ in repeated:
            host.repeated.add(exchange.number)
            self._await(host, now, now + PATIENCE)

    def _await(self, host: Host, now: float, until: float) -> None:
        """Try an open port of a host that stopped responding, each second until it responds."""

        def tried(scan: PortScan) -> None:
            later = self.now()
            if scan.responsive or later >= until:
                host.deadline = None
                self._rechecked(host, scan)
            else:
                self._await(host, later + 1.0, until)

        self.tcp_connector.start(PortScan(host.address, host.open_ports[:1], tried, 1, host.index), now)

    @property
    def idle(self) -> bool:
        """Whether every responsive host is complete."""
        return not self.waiting

    @property
    def waiting(self) -> int:
        """Responsive hosts that are not complete."""
        return len(self._new) + len(self._unprobed) + len(self.hosts)

    def end(self, note: str) -> None:
        """End early: the conversations that have not taken place are recorded as not covered."""
        for host in list(self.hosts.values()):
            for discovery in dict.fromkeys(exchange.discovery for exchange in host.pending):
                self.results.miss(discovery, host.address, Outcome.SKIPPED, note)
            if host.findings:
                self.state.phones += self.sink.finished(host.address, host.findings)

    def _learn(self, host: Host, discovery: str, findings: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Add findings to a host within its budget; what does not fit is recorded once as not covered."""
        before = host.truncated
        news = host.learn(findings, self._budget)
        if host.truncated and not before:
            self.results.miss(discovery, host.address, Outcome.TRUNCATED, "more values than are kept of one host")
        return news

    def _touch(self, host: Host) -> None:
        """A host has changed: decide on it and save it again."""
        host.saved = None
        self._changed.append(host)

    def _host(self, index: int) -> Host:
        host = self.hosts.get(index)
        if host is None:
            host = Host(self.targets.address(index), index, list(self.exchanges))
            host.learn(self.sink.recall(host.address), self._budget)
            host.responded = any(field != RESOLVED_MAC for field, _ in host.findings)
            if index in self.macs:
                host.learn([(RESOLVED_MAC, self.macs[index])], self._budget)
            self.hosts[index] = host
        return host

    def _advance(self, host: Host, now: float, swept: SweepProgress) -> None:
        if host.busy or host.index in self.done:
            return
        host.saved = None
        action = decide(host, swept, thorough=not self.pace.echo or self.responsive.number <= MANY)
        if isinstance(action, Connect | Execute) and not self.sink.may_probe(host.address, host.findings):
            self._give_up(host, Outcome.EXCLUDED, "on the passive list")
            host.connected, host.faults = True, 0
            action = decide(host, swept, thorough=True)
        match action:
            case Connect(ports):
                host.busy = True
                done = self._rechecked if host.connected else self._scanned
                tries = self.loss.tries(self._attempts)
                scan = PortScan(
                    host.address, ports, lambda scan: done(host, scan), tries, host.index, lossy=self.loss.shown
                )
                self.tcp_connector.start(scan, now)
            case Execute(exchange) if exchange.step.streams and self.tcp_connector.scanning(host.address):
                pass  # a TCP probe to it is under way; `add_scanned` or `probed` follows
            case Execute(exchange):
                host.busy, host.repeats = True, self.loss.repeats
                self._ready.append((host, exchange))
            case Complete():
                self._finish(host)

    def _scanned(self, host: Host, scan: PortScan) -> None:
        host.busy = False
        if scan.responsive:
            self.received(host.index)
        host.tried.update(scan.outcomes)
        self.not_sent(host.address, scan.outcomes)
        if scan.left_open:
            self._leave(host)
        self._touch(host)

    def _rechecked(self, host: Host, scan: PortScan) -> None:
        """A host without responses to its conversations was tried again at an open port."""
        host.busy, host.faults = False, 0
        if scan.left_open:
            self._leave(host)
        elif scan.responsive:
            self.received(host.index)
        else:
            self._give_up(host, Outcome.WENT_QUIET, "responded at first, and then no longer during its conversations")
        self._touch(host)

    def _leave(self, host: Host) -> None:
        """A connection may still be open at a host: none is opened beside it, and what required one is not covered."""
        for discovery in dict.fromkeys(exchange.discovery for exchange in host.pending if exchange.step.streams):
            self.results.miss(discovery, host.address, Outcome.WENT_QUIET, LEFT_OPEN)
        host.pending = [exchange for exchange in host.pending if not exchange.step.streams]
        host.connected, host.tried = True, dict.fromkeys(host.tried, Outcome.NO_ANSWER)

    def _give_up(self, host: Host, outcome: Outcome, note: str) -> None:
        for discovery in dict.fromkeys(exchange.discovery for exchange in host.pending):
            self.results.miss(discovery, host.address, outcome, note)
        host.pending = []

    def _finish(self, host: Host) -> None:
        self.done.add(host.index)
        del self.hosts[host.index]
        self._budget.give_back(host.held)
        self.host_limiter.forget(host.address)
        if host.findings:
            self.state.phones += self.sink.finished(host.address, host.findings)
