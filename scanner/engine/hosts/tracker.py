"""The hosts that are there: knocked at, talked to, and done with. Memory follows those in work.

Runs on the engine's thread; `hosts.decide` says what comes next, this carries it out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from scanner.core.fields import RESOLVED_MAC
from scanner.core.outcomes import Outcome
from scanner.core.targets import Targets
from scanner.engine.hosts.next_step import Ask, Done, Host, Knock, Swept, Talk, decide
from scanner.engine.hosts.tcp_connect import PortScan, TcpConnector
from scanner.engine.rate.limits import HostRateLimiter, Pace
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import Sink
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.workers.pool import WorkerPool
from scanner.engine.workers.threads import Completed

#: Hosts that are there, above which pace `fast` knocks at two ports only of those that answered no question.
MANY = 8_192
_AWAY = (Outcome.NO_ANSWER, Outcome.UNREACHABLE)


class HostTracker:
    """Every host that is there, from the first sign of it until it was asked everything.

    `there` and `done` are marks over all targets; `hosts` those in work; `phones` counts done hosts that are phones.
    """

    def __init__(
        self,
        targets: Targets,
        asks: Sequence[Ask],
        pace: Pace,
        host_limiter: HostRateLimiter,
        tcp_connector: TcpConnector,
        talks: WorkerPool,
        results: ResultBuffer,
        sink: Sink,
        now: Callable[[], float],
    ) -> None:
        self.targets, self.asks, self.pace, self.host_limiter = targets, asks, pace, host_limiter
        self.tcp_connector, self.talks, self.results, self.sink, self.now = tcp_connector, talks, results, sink, now
        self.there = Bitmap(targets.count())
        self.done = Bitmap(targets.count())
        self.hosts: dict[int, Host] = {}
        self.macs: dict[int, str] = {}
        self.resolver = ""  # the discovery that reports MAC addresses of ARP, empty where none is chosen
        self.phones = 0
        self.rounds_of_silence = max(1, pace.retries + 1)
        self._new: deque[int] = deque()
        self._unasked: list[int] = []  # those whose questions have yet to go out
        self._changed: deque[Host] = deque()
        self._ready: deque[tuple[Host, Ask]] = deque()
        self._generation = -1

    def found(self, index: int) -> None:
        """A sign of life from an address."""
        if self.there.add(index):
            self._new.append(index)

    def resolved(self, index: int, mac: str) -> None:
        """ARP or the kernel's table told the mac of an address: somebody is there."""
        self.macs[index] = mac
        if self.resolver:
            self.results.observe(self.resolver, index, self.targets.address(index), 0, ((RESOLVED_MAC, mac),), mac)
        self.found(index)

    def known(self, index: int) -> list[tuple[str, str]]:
        """What is known of an address: its findings, or its mac."""
        host = self.hosts.get(index)
        if host is not None:
            return host.findings
        return [(RESOLVED_MAC, self.macs[index])] if index in self.macs else []

    def busy(self, index: int) -> bool:
        """Whether a host is being knocked at or talked to."""
        host = self.hosts.get(index)
        return host is not None and host.busy

    def exclude(self, index: int) -> None:
        """A host that may not be asked anything: it is done before it began."""
        self.there.add(index)
        self.done.add(index)

    def heard(
        self,
        index: int,
        discovery: str,
        port: int,
        findings: Iterable[tuple[str, str]],
        mac: str | None = None,
        note: str = "",
    ) -> None:
        """A host answered a question of the sweep."""
        self.found(index)
        if index in self.done:
            return
        host = self._host(index)
        news = host.learn(findings)
        if note:
            host.notes[discovery] = note
        if port:
            host.heard = True
        if news or port:
            self.results.observe(discovery, index, host.address, port, news, mac)
        self._touch(host)

    def admit(self, index: int, tried: dict[int, Outcome]) -> None:
        """An address that had been silent answered a knock."""
        self.found(index)
        host = self._host(index)
        host.tried.update(tried)
        self._touch(host)

    def talked(self, results: Iterable[Completed]) -> None:
        """Conversations that ended."""
        for host, ask, heard in results:
            host.busy = False
            host.pending = [other for other in host.pending if other.number != ask.number]
            for told in heard.found:
                index = host.index if told.address is None else self.targets.index(told.address)
                if index is None or (told.address is not None and index in self.done):
                    continue
                subject = host if index == host.index else self._host(index)
                news = subject.learn(told.findings)
                self.results.observe(ask.discovery, index, subject.address, told.port, news, told.mac)
            self.results.outcomes[ask.discovery, heard.outcome] += 1
            if heard.note:
                self.results.outcomes[ask.discovery, heard.outcome] -= 1
                self.results.miss(ask.discovery, host.address, heard.outcome, heard.note)
            host.faults = host.faults + 1 if heard.outcome in _AWAY and not heard.found else 0
            if host.pending and host.deadline is not None and self.now() >= host.deadline:
                self._give_up(host, Outcome.TIMED_OUT, f"not asked all within {self.pace.host_seconds:.0f} s")
            self._touch(host)

    def pump(self, now: float, swept: Swept, generation: int) -> None:
        """Decide on what has changed, and begin what can begin."""
        if generation != self._generation:
            self._new.extend(self._unasked)
            self._unasked.clear()
        while self._new and self.tcp_connector.room:
            index = self._new.popleft()
            if not swept.probed_once(index):
                self._unasked.append(index)
            elif index not in self.done:
                self._touch(self._host(index))
        if generation != self._generation:
            self._generation = generation
            for host in self.hosts.values():
                if not host.busy:
                    self._touch(host)
        while self._changed:
            self._advance(self._changed.popleft(), now, swept)
        while self.talks.again:
            self._ready.append(self.talks.again.popleft())
        while self._ready and self.talks.room > 0:
            self.talks.begin(*self._ready.popleft())

    @property
    def idle(self) -> bool:
        """Whether every host that is there has been asked everything."""
        return not self.hosts and not self._new and not self._unasked

    @property
    def waiting(self) -> int:
        """Hosts that are there and not done."""
        return len(self._new) + len(self._unasked) + len(self.hosts)

    def restored(self, index: int) -> Host:
        """A host that an earlier run was at work with."""
        self.there.add(index)
        host = self._host(index)
        self._touch(host)
        return host

    def end(self, note: str) -> None:
        """The scan ends before its time: whoever is in work was not asked everything."""
        for host in list(self.hosts.values()):
            for discovery in dict.fromkeys(ask.discovery for ask in host.pending):
                self.results.miss(discovery, host.address, Outcome.SKIPPED, note)
            if host.findings:
                self.phones += self.sink.finished(host.address, host.findings)

    def _touch(self, host: Host) -> None:
        """Something about a host has changed: decide anew, save anew."""
        host.saved = None
        self._changed.append(host)

    def _host(self, index: int) -> Host:
        host = self.hosts.get(index)
        if host is None:
            host = Host(self.targets.address(index), index, list(self.asks))
            host.findings += self.sink.recall(host.address)
            host.heard = any(field != RESOLVED_MAC for field, _ in host.findings)
            if index in self.macs:
                host.learn([(RESOLVED_MAC, self.macs[index])])
            self.hosts[index] = host
        return host

    def _advance(self, host: Host, now: float, swept: Swept) -> None:
        if host.busy or host.index in self.done:
            return
        host.saved = None
        action = decide(host, swept, thorough=not self.pace.echo or self.there.number <= MANY)
        if isinstance(action, Knock | Talk) and not self.sink.may_ask(host.address, host.findings):
            self._give_up(host, Outcome.EXCLUDED, "on the passive list")
            host.knocked, host.faults = True, 0
            action = decide(host, swept, thorough=True)
        match action:
            case Knock(ports):
                host.busy = True
                attempts = self.rounds_of_silence
                checking = self._checked if host.knocked else self._knocked
                self.tcp_connector.knock(
                    PortScan(host.address, ports, lambda door: checking(host, door), attempts, host.index), now
                )
            case Talk(ask):
                host.busy = True
                self._ready.append((host, ask))
            case Done():
                self._finish(host)

    def _knocked(self, host: Host, door: PortScan) -> None:
        host.busy = False
        host.tried.update(door.outcomes)
        self._touch(host)

    def _checked(self, host: Host, door: PortScan) -> None:
        """It did not take up conversations: is it still there?"""
        host.busy, host.faults = False, 0
        if not door.there:
            self._give_up(host, Outcome.WENT_QUIET, "answered, and then nothing more while it was being asked")
        self._touch(host)

    def _give_up(self, host: Host, outcome: Outcome, note: str) -> None:
        for discovery in dict.fromkeys(ask.discovery for ask in host.pending):
            self.results.miss(discovery, host.address, outcome, note)
        host.pending = []

    def _finish(self, host: Host) -> None:
        self.done.add(host.index)
        del self.hosts[host.index]
        self.host_limiter.forget(host.address)
        if host.findings:
            self.phones += self.sink.finished(host.address, host.findings)
