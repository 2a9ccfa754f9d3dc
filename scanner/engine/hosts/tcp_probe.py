"""Knocks at addresses that stayed silent in the sweep: a phone may answer nothing but its web page.

Where ARP told that nobody is there, or the pace is `fast` and the sweep asked for them anyway, nobody is knocked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.core.targets import Order, Targets
from scanner.engine.hosts.tcp_connect import Door, Knocker
from scanner.engine.hosts.tracker import Roster
from scanner.engine.sweep.bitmap import Marks

#: Positions looked at in one `pump`.
LOOK = 8_192


class Silent:
    """Goes once through the addresses in order; `position` and `flying` are what a checkpoint needs."""

    def __init__(
        self,
        targets: Targets,
        order: Order,
        ports: tuple[int, ...],
        eligible: Marks,
        roster: Roster,
        knocker: Knocker,
        attempts: int,
    ) -> None:
        self.targets, self.order, self.ports, self.eligible = targets, order, ports, eligible
        self.roster, self.knocker, self.attempts = roster, knocker, attempts
        self.position = 0
        self.flying: dict[int, Door] = {}

    def resume(self, position: int, flying: Iterable[int], now: float) -> None:
        """Go on where an earlier run was; those that were in flight are tried again."""
        self.position = position
        for index in flying:
            self._knock(index, now)

    def pump(self, now: float) -> None:
        """Hand in more addresses while there is room."""
        room, end = self.knocker.room, min(self.order.count, self.position + LOOK)
        while room > 0 and self.position < end:
            index = self.order.index(self.position)
            self.position += 1
            if index in self.eligible and index not in self.roster.there:
                self._knock(index, now)
                room -= 1

    @property
    def over(self) -> bool:
        """Whether all have been tried."""
        return self.position >= self.order.count and not self.flying

    def _knock(self, index: int, now: float) -> None:
        door = Door(self.targets.address(index), self.ports, lambda door: self._done(index, door), self.attempts, index)
        self.flying[index] = door
        self.knocker.knock(door, now)

    def _done(self, index: int, door: Door) -> None:
        del self.flying[index]
        if door.there:
            self.roster.admit(index, door.outcomes)
        else:
            self.roster.floors.forget(door.address)
