"""What routers reported before a scan: its targets, neighbours, and the subnets that it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core.model import Observation
from scanner.core.text import amount
from scanner.inventory import Inventory, Missed

#: Subnets that a note names.
NAMED = 8


class LeftOut(NamedTuple):
    """A subnet, or a part of one, that is not scanned, and why."""

    subnet: str
    reason: str


@dataclass(frozen=True, slots=True)
class RouterSurvey:
    """The result: targets, what routers report of neighbours, what is left out, routers not read whole.

    `number` is how many subnets they report, `scanned` of how many of them the targets are.
    """

    targets: tuple[str, ...] = ()
    observations: tuple[Observation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unread: tuple[str, ...] = ()
    number: int = 0
    scanned: int = 0
    missed: tuple[Missed, ...] = field(default=())

    @property
    def notes(self) -> list[str]:
        """What a scan by this survey states."""
        found = [f"routers report {amount(self.number, 'subnet')}; scanned: {self.scanned:,}"]
        for reason in dict.fromkeys(one.reason for one in self.left_out):
            those = [one.subnet for one in self.left_out if one.reason == reason]
            more = f" and {len(those) - NAMED} more" if len(those) > NAMED else ""
            found.append(f"left out: {', '.join(those[:NAMED])}{more}: {reason}")
        return [*found, *self.unread]

    def record(self, inventory: Inventory, scan: int, time: str) -> None:
        """Store what the routers report, and the subnets that are left out, in an open scan."""
        inventory.record(scan, self.observations, time)
        inventory.missed(scan, self.missed)
