"""TCP probes to addresses without a response to the sweep: some phones respond on their web ports alone.

Not sent where ARP found no host, nor at pace `fast`, where the sweep has already probed every address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.core.permutation import Permutation
from scanner.core.targets import Targets
from scanner.engine.hosts.tcp_connect import PortScan, TcpConnector
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.sweep.bitmap import Bitmap

#: Positions examined in one `pump`.
LOOK = 8_192


@dataclass(slots=True, eq=False)
class TcpProbeState:
    """What a checkpoint saves of the TCP probes: the position in the order, and the indexes in flight."""

    position: int = 0
    in_flight: dict[int, None] = field(default_factory=dict)


class TcpProbe:
    """One pass over the eligible addresses in order. Addresses in flight in the state are probed again first."""

    def __init__(
        self,
        state: TcpProbeState,
        targets: Targets,
        order: Permutation,
        ports: tuple[int, ...],
        eligible: Bitmap,
        tracker: HostTracker,
        tcp_connector: TcpConnector,
        attempts: int,
        now: float,
    ) -> None:
        self.state, self.targets, self.order, self.ports, self.eligible = state, targets, order, ports, eligible
        self.tracker, self.tcp_connector, self.attempts = tracker, tcp_connector, attempts
        for index in list(state.in_flight):
            self._start(index, now)

    def pump(self, now: float) -> None:
        """Start more addresses while there is room."""
        state = self.state
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
        """Positions that are still to be visited."""
        return self.order.count - self.state.position

    @property
    def over(self) -> bool:
        """Whether every address has been probed."""
        return not self.remaining and not self.state.in_flight

    def _start(self, index: int, now: float) -> None:
        self.state.in_flight[index] = None
        scan = PortScan(self.targets.address(index), self.ports, self._done, self.attempts, index)
        self.tcp_connector.start(scan, now)

    def _done(self, scan: PortScan) -> None:
        del self.state.in_flight[scan.index]
        if scan.responsive:
            self.tracker.add_scanned(scan.index, scan.outcomes)
        else:
            self.tracker.host_limiter.forget(scan.address)
