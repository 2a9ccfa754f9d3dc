"""Host discovery as planned: opens the sockets of each group, sends its liveness probes and reports the hosts found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from selectors import EVENT_READ, BaseSelector

from scanner.core.address import eui64_mac
from scanner.core.errors import EngineError
from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.engine.liveness import all_nodes
from scanner.engine.liveness.all_nodes import AllNodesEcho
from scanner.engine.liveness.arp import ArpSocket
from scanner.engine.liveness.icmp import EchoSocket
from scanner.engine.liveness.neighbour_table import KernelResolver, NeighbourBudget, budget_of
from scanner.engine.liveness.plan import Method, ProbeGroup, indexes
from scanner.engine.liveness.probe import LivenessProbe, ProbeState
from scanner.engine.os import rtnetlink
from scanner.engine.os.rtnetlink import Link
from scanner.engine.os.udp import SendResult
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.cookie import Cookies

#: Most echo requests to one address without a response.
ECHOES = 3
#: Longest pause between rounds of ARP, whose responses come from the same link, in seconds; and from the last packet
#: that makes the kernel resolve an address to the last reading of its table.
ARP_PAUSE, RESOLVE_PAUSE = 0.4, 3.3
#: Least seconds that an idle entry of ours stays in the neighbour table where no packet is lost: a phone may still be
#: closing a connection.
LEAST_IDLE = 0.3
#: Seconds between two readings of the kernel's table.
READ_EVERY = 0.5
#: Offsets that keep the round keys of kernel resolution and ICMP echo apart from those of ARP.
KERNEL_KEYS, ECHO_KEYS = 1_000_000, 2_000_000


@dataclass(slots=True, eq=False)
class Task:
    """One liveness probe in progress. `limit(now)` is how many packets it may send, `read(now)` polls for responses.

    `first()` sends what precedes the probe, one packet at most, and returns how many were sent.
    """

    method: Method
    probe: LivenessProbe
    neighbours: NeighbourBudget | None = None
    limit: Callable[[float], int] | None = None
    read: Callable[[float], None] = lambda now: None
    first: Callable[[], int] = lambda: 0

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due and allowed. Returns how many were sent."""
        self.read(now)
        sent = self.first() if grant > 0 else 0
        grant -= sent
        return sent + self.probe.pump(now, grant if self.limit is None else min(grant, self.limit(now)))

    def wake_at(self, now: float) -> float:
        """When there is next something to do."""
        wake = self.probe.wake_at(now)
        return max(wake, now + 0.02) if self.limit is not None and not self.limit(now) else wake

    def crowded(self) -> bool:
        """Whether the hosts found on the link take more than half of our share of the neighbour table."""
        return self.neighbours is not None and self.probe.state.responsive.number > self.neighbours.limit / 2

    def shorten_idle(self) -> None:
        """Where no packet was lost, keep idle neighbour entries only as long as responses take."""
        responses = self.probe.state.responses
        if self.neighbours is not None and responses and not any(responses[1:]):
            self.neighbours.idle = min(self.neighbours.idle, max(LEAST_IDLE, self.probe.round_pause))


class HostDiscovery:
    """The liveness probes of a plan's groups. `notes` are what the report states about them.

    `found(index, mac)` is called for every host that is found, and `busy(index)` reports that one is in a conversation.
    `addresses` are our own, as rtnetlink reports them; `resolver` is the discovery that reports MAC addresses, if any.
    """

    def __init__(
        self,
        groups: Iterable[ProbeGroup],
        targets: Targets,
        pace: Pace,
        addresses: Iterable[tuple[int, Span, int]],
        cookies: Cookies,
        congestion: CongestionControl,
        selector: BaseSelector,
        stack: ExitStack,
        found: Callable[[int, str | None], None],
        busy: Callable[[int], bool],
        now: Callable[[], float],
        resolver: str = "",
    ) -> None:
        self._targets, self._pace, self._cookies, self._congestion = targets, pace, cookies, congestion
        self._addresses = list(addresses)
        self._selector, self._stack, self._found, self._busy, self._now = selector, stack, found, busy, now
        self._resolver = resolver
        self.notes: list[str] = []
        self.unprobed: list[range] = []  # ranges whose probe is not permitted here, and not required
        self.arp_replied: Callable[[int], object] = lambda index: None  # called for every ARP reply of a target
        self._requests: list[tuple[list[range], Callable[[int], SendResult]]] = []  # of ARP, for each link
        self.tasks: list[Task] = []
        self._crowded: list[Task] = []
        for group in groups:
            task = self._open(group)
            if task is not None:
                self.tasks.append(task)

    @property
    def over(self) -> bool:
        """Whether every probe has had its rounds."""
        return all(task.probe.over for task in self.tasks)

    @property
    def failed(self) -> str:
        """Why a probe ended incomplete, else empty."""
        return next((task.probe.failed for task in self.tasks if task.probe.failed), "")

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due. Returns how many were sent."""
        sent = 0
        for task in self.tasks:
            sent += task.pump(now, grant - sent)
        return sent

    def wake_at(self, now: float) -> float:
        """When there is next something to do."""
        return min((task.wake_at(now) for task in self.tasks), default=float("inf"))

    def resume(self, states: list[ProbeState]) -> list[ProbeState]:
        """Continue from the states of an earlier run, if links and privileges are the same. Returns the states used."""
        if len(states) == len(self.tasks):
            for task, state in zip(self.tasks, states, strict=True):
                task.probe.state = state
        return [task.probe.state for task in self.tasks]

    def find_crowded(self) -> bool:
        """Whether the hosts found on some link take more than half of our share of the neighbour table."""
        self._crowded = [task for task in self.tasks if task.crowded()]
        for task in self._crowded:
            task.shorten_idle()
        return bool(self._crowded)

    def neighbour_free_at(self, index: int, now: float) -> float:
        """When a packet may be sent to a host on a crowded link, 0 for now and for other hosts."""
        for task in self._crowded:
            if task.neighbours is not None and index in task.probe.state.responsive:
                return task.neighbours.free_at(index, now)
        return 0.0

    def arp_request(self, index: int) -> Callable[[int], SendResult] | None:
        """The function that sends an ARP request to a host, if there is one."""
        return next((send for ranges, send in self._requests if any(index in places for places in ranges)), None)

    def take_errors(self) -> list[str]:
        """The send errors since the last call, as errno names."""
        errors = [error for task in self.tasks for error in task.probe.backpressure.errors]
        for task in self.tasks:
            task.probe.backpressure.errors.clear()
        return errors

    def _open(self, group: ProbeGroup) -> Task | None:
        match group.method:
            case Method.ECHO:
                return self._echo(group)
            case Method.ARP if group.link is not None:
                return self._arp(group, group.link)
            case _:
                return self._kernel(group)

    def _ranges(self, group: ProbeGroup) -> list[range]:
        return [indexes(self._targets, region) for region in group.regions]

    def _respond(self, probe: LivenessProbe, index: int | None, mac: str | None) -> None:
        if index is None or (position := probe.position(index)) < 0:
            return
        if probe.response(index, self._now()):
            self._congestion.response(probe.key, position)
            self._found(index, mac)

    def _arp(self, group: ProbeGroup, link: Link) -> Task:
        try:
            sock = ArpSocket(link)
        except EngineError as lack:
            if self._resolver:
                note = (
                    f"{self._resolver} on {link.name}: {lack}; MAC addresses are those of the kernel's neighbour table"
                )
                self.notes.append(note)
            return self._kernel(group)
        self._stack.callback(sock.close)
        own = {span.first for number, span, _ in self._addresses if number == link.number and span.version == 4}
        ranges, targets = self._ranges(group), self._targets
        sources = [region.source or min(own, default=0) for region in group.regions]

        def send(index: int) -> SendResult:
            source = next(source for source, places in zip(sources, ranges, strict=True) if index in places)
            return sock.send(source, targets.number(index)[1])

        probe = LivenessProbe(
            ranges, targets.count(), self._pace, send, ran=self._congestion.round_sent, number=link.number
        )
        probe.round_pause = min(probe.round_pause, ARP_PAUSE)

        def replied(address: int, mac: str) -> None:
            index = targets.index_of(4, address)
            self._respond(probe, index, mac)
            if index is not None:
                self.arp_replied(index)

        self._requests.append((ranges, send))
        self._selector.register(sock, EVENT_READ, lambda *_: sock.read(replied))
        return Task(Method.ARP, probe, self._budget(group))

    def _kernel(self, group: ProbeGroup) -> Task:
        targets, budget = self._targets, self._budget(group)
        resolver = KernelResolver()
        self._stack.callback(resolver.close)

        def send(index: int) -> SendResult:
            budget.resolving(index, self._now())
            return resolver.send(*targets.number(index))

        number = KERNEL_KEYS + group.regions[0].link
        probe = LivenessProbe(self._ranges(group), targets.count(), self._pace, send, max_rounds=1, number=number)
        probe.round_pause = RESOLVE_PAUSE
        next_read = 0.0
        responders: dict[int, str] = {}
        first = self._all_nodes(group, responders)

        def read(now: float) -> None:
            nonlocal next_read
            if now < next_read:
                return
            next_read = now + READ_EVERY
            for version, address, mac in rtnetlink.neighbours():
                index = targets.index_of(version, address)
                if index is not None and probe.position(index) >= 0 and probe.response(index):
                    budget.resolved(index, now)
                    self._found(index, mac)
            for index, mac in responders.items():  # those of the table have precedence: it has what is sent to now
                if probe.position(index) >= 0 and probe.response(index):
                    self._found(index, mac)
            responders.clear()

        return Task(Method.KERNEL, probe, budget, budget.room, read, first)

    def _all_nodes(self, group: ProbeGroup, responders: dict[int, str]) -> Callable[[], int]:
        """What sends the echo request to all nodes of an IPv6 link, where it is permitted and macs are wanted.

        Its responders that are targets, with the mac that their address contains, are added to `responders`.
        """
        link, targets = group.link, self._targets
        if link is None or group.regions[0].span.version != 6 or not self._resolver:
            return lambda: 0
        try:
            echo = AllNodesEcho(self._cookies, link.number, all_nodes.source(group.regions, self._addresses))
        except EngineError:
            return lambda: 0
        self._stack.callback(echo.close)

        def replied(address: str) -> None:
            index, mac = targets.index(address), eui64_mac(address)
            if index is not None and mac is not None:
                responders[index] = mac

        self._selector.register(echo, EVENT_READ, lambda *_: echo.read(replied))
        return echo.send_once

    def _echo(self, group: ProbeGroup) -> Task | None:
        ranges, targets, pace = self._ranges(group), self._targets, self._pace
        try:
            sock = EchoSocket(self._cookies)
        except EngineError:  # the probe only saves packets: without it every address gets every UDP probe
            self.unprobed += ranges
            return None
        self._stack.callback(sock.close)
        probe = LivenessProbe(
            ranges, targets.count(), pace, lambda index: sock.send(targets.address(index)),
            max_rounds=ECHOES if pace.adaptive else min(ECHOES, pace.retries + 1), ran=self._congestion.round_sent,
            number=ECHO_KEYS, fallback=True, sample_invalid=lambda: self._congestion.reduced is not None,
        )  # fmt: skip

        def replied(address: str) -> None:
            self._respond(probe, targets.index(address), None)

        self._selector.register(sock, EVENT_READ, lambda *_: sock.read(replied))
        return Task(Method.ECHO, probe)

    def _budget(self, group: ProbeGroup) -> NeighbourBudget:
        region, targets = group.regions[0], self._targets
        return budget_of(region.link, region.span.version, targets, self._busy, self._stack)
