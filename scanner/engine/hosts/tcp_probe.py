"""TCP probes to addresses without a response to the sweep: some phones respond on their web ports alone.

They are sent in rounds as UDP probes are: two, the second to the port with most responses alone, unless the loss that
the run has shown requires more; then each round probes every port.
Not sent where ARP found no host, nor at pace `fast`, where the sweep has already probed every address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.core.permutation import Permutation
from scanner.core.targets import Targets
from scanner.engine.hosts.tcp_connect import RESPONSES, PortScan, TcpConnector
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import Loss

#: Positions examined in one `pump`.
LOOK = 8_192


@dataclass(slots=True, eq=False)
class TcpProbeState:
    """What a checkpoint saves of the TCP probes: round, position in the order, and the indexes in flight."""

    position: int = 0
    in_flight: dict[int, None] = field(default_factory=dict)
    round: int = 0


class TcpProbe:
    """Rounds over the eligible addresses in order. Addresses in flight in the state are probed again first.

    `least` is how many rounds there are without loss.
    """

    def __init__(
        self,
        state: TcpProbeState,
        targets: Targets,
        order: Permutation,
        ports: tuple[int, ...],
        eligible: Bitmap,
        tracker: HostTracker,
        tcp_connector: TcpConnector,
        least: int,
        loss: Loss,
        now: float,
    ) -> None:
        self.state, self.targets, self.order, self.ports, self.eligible = state, targets, order, ports, eligible
        self.tracker, self.tcp_connector, self.least, self.loss = tracker, tcp_connector, least, loss
        self._responses = dict.fromkeys(ports, 0)  # by port; the first of the ports with most is probed twice
        for index in list(state.in_flight):
            if index in tracker.responsive:
                del state.in_flight[index]
            else:
                self._start(index, now)

    def pump(self, now: float) -> None:
        """Start more addresses while there is room."""
        state = self.state
        if self._round_over and not self.over:
            state.round, state.position = state.round + 1, 0
        room, end = self.tcp_connector.room, min(self.order.count, state.position + LOOK)
        while room > 0 and state.position < end:
            index = self.order.index(state.position)
            state.position += 1
            if index in self.eligible and index not in self.tracker.responsive:
                self._start(index, now)
                room -= 1

    @property
    def needed(self) -> bool:
        """Whether there are ports and addresses to probe."""
        return bool(self.ports and self.eligible.number)

    @property
    def remaining(self) -> int:
        """Positions that are still to be visited in this round."""
        return self.order.count - self.state.position

    @property
    def over(self) -> bool:
        """Whether every address has been probed in as many rounds as the loss requires."""
        return self._round_over and self.state.round + 1 >= self.loss.tries(self.least)

    @property
    def _round_over(self) -> bool:
        return not self.remaining and not self.state.in_flight

    def _start(self, index: int, now: float) -> None:
        self.state.in_flight[index] = None
        lossy = self.loss.shown
        ports = self.ports if lossy or not self.state.round else (max(self.ports, key=self._responses.__getitem__),)
        attempts = self.loss.tries(self.least)
        scan = PortScan(self.targets.address(index), ports, self._done, attempts, index, 1, lossy, self.state.round)
        self.tcp_connector.start(scan, now)

    def _done(self, scan: PortScan) -> None:
        del self.state.in_flight[scan.index]
        if scan.responsive:
            for port, outcome in scan.outcomes.items():
                self._responses[port] += outcome in RESPONSES
            self.tracker.add_scanned(scan.index, scan.outcomes, scan.left_open)
        elif scan.index in self.tracker.hosts:
            self.tracker.probed(scan.index)
        else:
            self.tracker.not_sent(scan.address, scan.outcomes)
            self.tracker.host_limiter.forget(scan.address)
