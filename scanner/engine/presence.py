"""Who is there, before anything is asked: which addresses get which treatment, by where they are.

- On this host: everything is asked; who is absent refuses at once.
- Behind a router: everything is asked; at pace `fast` large networks are asked for an ICMP echo first.
- On a link of ours: ARP decides, so that an absent address costs one small frame and no entry in the kernel's neighbour
  table; without the privilege, the kernel resolves in portions that the table can hold.
- No route: nothing is sent, and it is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from scanner.core.outcomes import Outcome
from scanner.core.targets import Targets
from scanner.engine.links import Region, Where

if TYPE_CHECKING:
    from scanner.engine.run import Engine


class Presence(Protocol):
    """One way to find out who is there. `settle` makes eligible who is, once it is `over`."""

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due; how many went."""

    def wake_at(self, now: float) -> float:
        """When there is something to send, or to end."""

    def over(self, now: float) -> bool:
        """Whether all were asked and had their time."""

    def settle(self) -> None:
        """Mark as eligible who is to be swept."""


def indexes(targets: Targets, region: Region) -> range:
    """The indexes of a region's addresses; a region lies within one span of the targets."""
    first = targets.index_of(region.span.version, region.span.first)
    if first is None:
        return range(0)
    return range(first, first + region.span.last - region.span.first + 1)


def plan(engine: Engine) -> list[Presence]:
    """The presence stage of a run. What needs none is eligible from the start."""
    targets, found = engine.work.targets, list[Presence]()
    for region in engine.regions:
        places = indexes(targets, region)
        if region.where is Where.NOWHERE:
            for discovery in engine.work.discoveries:
                engine.journal.miss(discovery.name, str(region.span), Outcome.UNREACHABLE, "there is no route to it")
            continue
        _allow(engine, places)
    return found


def _allow(engine: Engine, places: Iterable[int]) -> None:
    if isinstance(places, range) and places:
        engine.eligible.add_range(places.start, places.stop)
