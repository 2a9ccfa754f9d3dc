"""The records of a sweep: its UDP probes with their rounds, and the position that a checkpoint saves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.discovery.declaration import UdpSweep
from scanner.engine.sweep.bitmap import Bitmap


@dataclass(slots=True, eq=False)
class UdpProbe:
    """One step of a discovery at one port: the request of a sweep, and how far its rounds are.

    `number` is its place among the probes, `complete` the addresses with a response or a refusal, `responses` how many
    responses each round brought, `attempt` the rounds that are complete, `last_sent` when the last one ended. `unsent`
    are the addresses to which the kernel has accepted no datagram, `deferred` counts those of this round whose host
    could not be sent to in its turn: the next round waits for them.
    """

    number: int
    discovery: str
    step: UdpSweep
    port: int
    complete: Bitmap
    responses: list[int] = field(default_factory=list)
    last_sent: float = float("-inf")
    attempt: int = 0
    ended: bool = False
    deferred: int = 0
    unsent: Bitmap = field(init=False)

    def __post_init__(self) -> None:
        self.unsent = Bitmap(self.complete.count)


class SweepPosition(NamedTuple):
    """Where a sweep is: probe number, round and position; probe -1 between two rounds."""

    probe: int
    attempt: int
    position: int


@dataclass(slots=True, eq=False)
class SweepState:
    """What a checkpoint saves of a sweep: its probes, the one whose round is in progress, and the position in it."""

    probes: list[UdpProbe]
    current: UdpProbe | None = None
    position: int = 0

    def place(self) -> SweepPosition:
        """The position as a value."""
        if self.current is None:
            return SweepPosition(-1, 0, 0)
        return SweepPosition(self.current.number, self.current.attempt, self.position)

    def resume(self, place: SweepPosition) -> None:
        """Continue from a position that an earlier run reached; earlier rounds are not repeated."""
        if 0 <= place.probe < len(self.probes):
            self.current, self.position = self.probes[place.probe], place.position
