"""Knocks at addresses that stayed silent in the sweep: a phone may answer nothing but its web page.

Not sent where ARP found no host, nor at pace `fast`, where the sweep has already sent a request to every address.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.core.permutation import Permutation
from scanner.core.targets import Targets
from scanner.engine.hosts.tcp_connect import PortScan, TcpConnector
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.sweep.bitmap import Bitmap

#: Positions looked at in one `pump`.
LOOK = 8_192


class Silent:
    """Goes once through the addresses in order; `position` and `flying` are what a checkpoint needs."""

    def __init__(
        self,
        targets: Targets,
        order: Permutation,
        ports: tuple[int, ...],
        eligible: Bitmap,
        tracker: HostTracker,
        tcp_connector: TcpConnector,
        attempts: int,
    ) -> None:
        self.targets, self.order, self.ports, self.eligible = targets, order, ports, eligible
        self.tracker, self.tcp_connector, self.attempts = tracker, tcp_connector, attempts
        self.position = 0
        self.flying: dict[int, PortScan] = {}

    def resume(self, position: int, flying: Iterable[int], now: float) -> None:
        """Go on where an earlier run was; those that were in flight are tried again."""
        self.position = position
        for index in flying:
            self._knock(index, now)

    def pump(self, now: float) -> None:
        """Hand in more addresses while there is room."""
        room, end = self.tcp_connector.room, min(self.order.count, self.position + LOOK)
        while room > 0 and self.position < end:
            index = self.order.index(self.position)
            self.position += 1
            if index in self.eligible and index not in self.tracker.there:
                self._knock(index, now)
                room -= 1

    @property
    def over(self) -> bool:
        """Whether all have been tried."""
        return self.position >= self.order.count and not self.flying

    def _knock(self, index: int, now: float) -> None:
        door = PortScan(
            self.targets.address(index), self.ports, lambda door: self._done(index, door), self.attempts, index
        )
        self.flying[index] = door
        self.tcp_connector.knock(door, now)

    def _done(self, index: int, door: PortScan) -> None:
        del self.flying[index]
        if door.there:
            self.tracker.admit(index, door.outcomes)
        else:
            self.tracker.host_limiter.forget(door.address)
